"""Just enough of NumPy for the harness, on interpreters that have none. Python 2.7 to 3.14."""


class dtype(object):
    def __init__(self, name):
        self.name = name if isinstance(name, str) else getattr(name, "__name__", "float64")
        self.kind = {"f": "f", "i": "i", "b": "b"}.get(self.name[0], "U")


class generic(object):
    pass


class ndarray(object):
    def __init__(self, data):
        self.data = data
        flat = self._flat(data)
        self.dtype = dtype({float: "float64", int: "int64", bool: "bool"}.get(type(flat[0]), "str"))
        self.shape, level = (), data
        while isinstance(level, list):
            self.shape += (len(level),)
            level = level[0]
        self.ndim = len(self.shape)
        self.size = len(flat)

    def _flat(self, data):
        return [n for item in data for n in self._flat(item)] if isinstance(data, list) else [data]

    def __mul__(self, other):
        if isinstance(other, ndarray):
            return ndarray([a * b for a, b in zip(self.data, other.data)])
        return ndarray([a * other for a in self.data])

    def __getitem__(self, index):
        found = self.data
        for position in index if isinstance(index, tuple) else (index,):
            found = found[position]
        return found

    def __iter__(self):
        return iter(self.data)

    def __invert__(self):
        return ndarray([not item for item in self.data])

    def __float__(self):
        return float(self.data)

    def all(self):
        return all(self._flat(self.data))

    def sum(self):
        return sum(self._flat(self.data))

    def astype(self, kind):
        return self

    def tolist(self):
        return self.data


def asarray(data, dtype=None):
    return data if isinstance(data, ndarray) else ndarray(data)


def array(data, dtype=None):
    return ndarray(data)


def dot(a, b):
    a, b = asarray(a).data, asarray(b).data
    return ndarray([[sum(x * row[j] for x, row in zip(line, b)) for j in range(len(b[0]))] for line in a])


def isclose(a, b, rtol=0, atol=0, equal_nan=False):
    return ndarray([abs(x - y) <= atol + rtol * abs(y) for x, y in zip(a.data, b.data)])


def argwhere(a):
    return [(position,) for position, item in enumerate(a.data) if item]


class random(object):
    @staticmethod
    def seed(value):
        pass
