"""Just enough of TensorFlow 2. Python 2.7 to 3.14."""
import numpy as np

__version__ = "2.15.0"


class Tensor(object):
    op = "op"

    def __init__(self, value):
        self.value_ = np.asarray(value)

    def __mul__(self, other):
        return Tensor(self.value_ * getattr(other, "value_", other))

    def numpy(self):
        return self.value_


class _Flag(object):
    eager = True


def constant(value, dtype=None):
    return Tensor(value)


def matmul(a, b):
    return Tensor(np.dot(np.asarray(a), np.asarray(b)))


def executing_eagerly():
    return _Flag.eager


class Graph(object):
    def as_default(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


class Session(object):
    def run(self, values, feed_dict=None):
        if isinstance(values, list):
            return [value.numpy() for value in values]
        return values.numpy()

    def close(self):
        pass


class compat(object):
    class v1(object):
        Session = Session
        executing_eagerly = staticmethod(executing_eagerly)

        @staticmethod
        def disable_eager_execution():
            _Flag.eager = False

        @staticmethod
        def get_default_graph():
            return None
