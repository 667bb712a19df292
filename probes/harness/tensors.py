"""Making inputs and reading answers, one small class for each framework. Python 2.7 to 3.14.

Each reads a result without the function under test where the framework has a way of its own, so that
a broken ``K.eval`` costs one attribute and not all.
"""
from __future__ import absolute_import, division, print_function

import numpy as np

from harness.compare import HarnessError


def tools_for(namespace):
    """The tools of the framework that is active behind a namespace."""
    made = {"tensorflow": TensorFlow, "theano": Theano}.get(namespace.backend, Multi)
    return made(namespace)


def text_of(dtype):
    """A dtype's name, from None, a string, a NumPy dtype or a scalar type."""
    if dtype is None:
        return None
    return dtype if isinstance(dtype, str) else np.dtype(dtype).name


class Tools(object):
    """What all frameworks share: the lookups in the namespace and in its Keras's backend."""

    def __init__(self, namespace):
        self.namespace = namespace

    def helper(self, name):
        """A function of the namespace itself, or of its Keras's backend, or None."""
        for module in self.namespace.helpers():
            found = getattr(module, name, None)
            if callable(found):
                return found
        return None

    def first(self, what, *ways):
        """The result of the first way that works; a HarnessError naming what none could make."""
        problem = None
        for way in ways:
            if way is None:
                continue
            try:
                return way()
            except Exception as error:
                problem = problem or error
        raise HarnessError("could not make %s: %s: %s" % (what, type(problem).__name__, problem))

    def placeholder(self, shape, ndim, dtype):
        make = self.helper("placeholder")
        if make is None:
            return self.own_placeholder(shape, ndim, dtype)
        options = {} if dtype is None else {"dtype": dtype}
        if shape is not None:
            options["shape"] = shape
        else:
            options["ndim"] = ndim
        return make(**options)

    def own_placeholder(self, shape, ndim, dtype):
        shape = (None,) * ndim if shape is None else shape
        keras = self.namespace.keras
        return keras.KerasTensor(shape, dtype=dtype or "float32")

    def evaluate(self, value, feed):
        """NumPy's view of a tensor, a variable or a plain value; lists item by item.

        ``feed`` is None or a list of (symbol, array).
        """
        if isinstance(value, (list, tuple)) and not hasattr(value, "dense_shape"):
            return [self.evaluate(item, feed) for item in value]
        if value is None or isinstance(value, (np.ndarray, np.generic, bool, int, float, complex, str)):
            return value
        return dense(self.evaluate_one(value, feed))

    def through_function(self, value, feed):
        """Evaluate by a compiled function of symbolic inputs, as Keras's models do."""
        feed = feed or []
        symbols, arrays = [pair[0] for pair in feed], [np.asarray(pair[1]) for pair in feed]
        make = self.helper("function")
        if make is None:
            keras = self.namespace.keras
            make = getattr(keras, "Function", None) or keras.Model
            answer = make(symbols, value)(arrays)
            return self.evaluate(answer, None)
        answer = make(symbols, [value])(arrays)
        return self.evaluate(answer[0], None)


def dense(value):
    """A sparse value as a NumPy array; everything else as it is."""
    if hasattr(value, "todense"):
        return np.asarray(value.todense())
    if all(hasattr(value, name) for name in ("indices", "values", "dense_shape")):
        full = np.zeros(tuple(int(n) for n in value.dense_shape), dtype=np.asarray(value.values).dtype)
        for index, item in zip(np.asarray(value.indices), np.asarray(value.values)):
            full[tuple(index)] = item
        return full
    return value


class TensorFlow(Tools):
    """TensorFlow 0.12 to today, in graph mode and in eager mode."""

    def __init__(self, namespace):
        Tools.__init__(self, namespace)
        import tensorflow

        self.tf = tensorflow
        self.v1 = getattr(getattr(tensorflow, "compat", None), "v1", tensorflow)
        self._session = None

    def eager(self):
        executing = getattr(self.tf, "executing_eagerly", None)
        return bool(executing()) if executing is not None else False

    def graph(self):
        return self.v1.get_default_graph()

    def session(self):
        # Keras's own session initialises the variables that Keras made. Keras 2.3 refuses to give
        # its own under TensorFlow 2, and from 2.4 on it is only in TensorFlow's version 1 names.
        keras_v1 = getattr(getattr(self.v1, "keras", None), "backend", None)
        for get in (self.helper("get_session"), getattr(keras_v1, "get_session", None)):
            if get is not None:
                try:
                    return get()
                except RuntimeError:
                    continue
        if self._session is None or self._session.graph is not self.graph():
            self._session = self.v1.Session()
        return self._session

    def tensor(self, array, dtype):
        return self.first(
            "a tensor", lambda: self.tf.constant(array, dtype=dtype or array.dtype.name)
        )

    def variable(self, array, dtype):
        make = self.helper("variable")
        keras = self.namespace.keras
        dtype = dtype or array.dtype.name
        made = self.first(
            "a variable",
            make and (lambda: make(array, dtype=dtype)),
            hasattr(keras, "Variable") and (lambda: keras.Variable(array, dtype=dtype)) or None,
            lambda: self.tf.Variable(array, dtype=dtype),
        )
        # Keras 2 initialises its variables in its session; Keras 3 has none.
        if not self.eager() and (hasattr(keras, "ops") or not (make or hasattr(keras, "Variable"))):
            self.session().run((made.value if _is_keras3_variable(made) else made).initializer)
        return made

    def own_placeholder(self, shape, ndim, dtype):
        if self.eager() and hasattr(self.namespace.keras, "KerasTensor"):
            return Tools.own_placeholder(self, shape, ndim, dtype)
        shape = (None,) * ndim if shape is None else shape
        return self.v1.placeholder(dtype or "float32", shape=shape)

    def evaluate_one(self, value, feed):
        if self.eager():
            return self._evaluate_eager(value, feed)
        if not self._is_symbolic(value):
            return np.asarray(value)
        return self.session().run(value, feed_dict=dict(feed or ()))

    def _evaluate_eager(self, value, feed):
        if feed:
            return self.through_function(value, feed)
        if isinstance(value, getattr(self.tf, "IndexedSlices", ())):
            value = self.tf.convert_to_tensor(value)
        if hasattr(value, "dense_shape"):
            return self.tf.sparse.to_dense(self.tf.sparse.reorder(value)).numpy()
        value = getattr(value, "value", value) if _is_keras3_variable(value) else value
        if hasattr(value, "numpy"):
            try:
                return value.numpy()
            except (AttributeError, NotImplementedError):
                pass
        if not self._is_symbolic(value):
            return np.asarray(value)
        # A tensor of Keras's own graph (Keras 2.3 on TensorFlow 2).
        return self.through_function(value, None)

    def _is_symbolic(self, value):
        return hasattr(value, "graph") or hasattr(value, "op") or hasattr(value, "_keras_history")


def _is_keras3_variable(value):
    return hasattr(value, "value") and not callable(value.value) and hasattr(value, "assign")


class Theano(Tools):
    """Theano 0.7 to 1.0, with or without a C compiler."""

    def eager(self):
        return False

    def graph(self):
        return None

    def tensor(self, array, dtype):
        import theano.tensor

        if dtype is not None:
            array = array.astype(dtype)
        make = self.helper("constant")
        return self.first(
            "a tensor",
            make and (lambda: make(array, dtype=array.dtype.name)),
            lambda: theano.tensor.as_tensor_variable(array),
        )

    def variable(self, array, dtype):
        import theano

        dtype = dtype or array.dtype.name
        make = self.helper("variable")
        return self.first(
            "a variable",
            make and (lambda: make(array, dtype=dtype)),
            lambda: theano.shared(array.astype(dtype)),
        )

    def own_placeholder(self, shape, ndim, dtype):
        import theano.tensor

        ndim = len(shape) if shape is not None else ndim
        return theano.tensor.TensorType(dtype or "float32", (False,) * ndim)()

    def evaluate_one(self, value, feed):
        import theano

        if hasattr(value, "get_value") and not feed:
            return value.get_value()
        if not isinstance(value, theano.gof.graph.Variable):
            return np.asarray(value)
        feed = feed or []
        made = theano.function(
            [pair[0] for pair in feed], value, on_unused_input="ignore", allow_input_downcast=True
        )
        return made(*[np.asarray(pair[1]) for pair in feed])


class Multi(Tools):
    """Keras 3 on JAX, PyTorch or NumPy (and CNTK's Keras 2, as far as its own functions go)."""

    def eager(self):
        return self.namespace.backend != "cntk"

    def graph(self):
        return None

    def _ops(self):
        return getattr(self.namespace.keras, "ops", None)

    def tensor(self, array, dtype):
        ops, constant = self._ops(), self.helper("constant")
        dtype = dtype or array.dtype.name
        return self.first(
            "a tensor",
            ops and (lambda: ops.convert_to_tensor(array, dtype=dtype)),
            constant and (lambda: constant(array, dtype=dtype)),
        )

    def variable(self, array, dtype):
        dtype = dtype or array.dtype.name
        make, keras = self.helper("variable"), self.namespace.keras
        return self.first(
            "a variable",
            make and (lambda: make(array, dtype=dtype)),
            hasattr(keras, "Variable") and (lambda: keras.Variable(array, dtype=dtype)) or None,
        )

    def evaluate_one(self, value, feed):
        if feed:
            return self.through_function(value, feed)
        ops = self._ops()
        if ops is None:
            evaluate = self.helper("eval")
            return evaluate(value) if evaluate is not None else np.asarray(value)
        if hasattr(value, "todense"):
            value = value.todense()
        return np.asarray(ops.convert_to_numpy(value))
