"""Is the cell itself healthy? Python 2.7 to 3.14.

NumPy and the framework multiply two numbers in their own API, before any Keras is imported. A cell
that can't do that would show every attribute as broken: it says nothing about Keras.
"""
from __future__ import absolute_import, division, print_function

from harness import forked, messages


def numpy_works():
    """None, or what is wrong with NumPy."""
    try:
        import numpy as np

        product = np.array([2.0, 4.0]) * np.array([3.0, 0.5])
        matrix = np.dot(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
        if product.tolist() != [6.0, 2.0] or matrix.tolist() != [[11.0]]:
            return "NumPy multiplies wrongly: %s, %s" % (product.tolist(), matrix.tolist())
    except Exception as error:
        return "NumPy: " + messages.of_exception(error)
    return None


def framework_works(backend):
    """(state, detail): "ok", "unimportable" or "failed"."""
    try:
        module = _IMPORT[backend]()
    except Exception as error:
        return "unimportable", messages.of_exception(error)
    # In a copy, so that the framework has computed nothing yet when recipes are given copies; what
    # a copy can't do is tried here before it is believed.
    answer = forked.in_copy(lambda: _multiplies(backend, module), 20)
    if answer is None or answer[0] != "ok":
        answer = _multiplies(backend, module)
    return tuple(answer)


def _multiplies(backend, module):
    try:
        product, matrix = _MULTIPLY[backend](module)
    except Exception as error:
        return "failed", messages.of_exception(error)
    if [float(n) for n in product] != [6.0] or float(matrix[0][0]) != 11.0:
        return "failed", "multiplies wrongly: %s, %s" % (product, matrix)
    return "ok", None


def _import(name):
    def load():
        module = __import__(name)
        for part in name.split(".")[1:]:
            module = getattr(module, part)
        return module

    return load


def _tensorflow(tf):
    v1 = getattr(getattr(tf, "compat", None), "v1", tf)
    eager = getattr(tf, "executing_eagerly", None)
    if eager is not None and eager():
        product = tf.constant([2.0]) * tf.constant([3.0])
        return product.numpy(), tf.matmul([[1.0, 2.0]], [[3.0], [4.0]]).numpy()
    with tf.Graph().as_default():
        answers = [tf.constant([2.0]) * tf.constant([3.0]), tf.matmul([[1.0, 2.0]], [[3.0], [4.0]])]
        session = v1.Session()
        try:
            return session.run(answers)
        finally:
            session.close()


def _theano(theano):
    import numpy as np
    import theano.tensor as T

    x, y, a, b = T.vector(), T.vector(), T.matrix(), T.matrix()
    compute = theano.function([x, y, a, b], [x * y, T.dot(a, b)], allow_input_downcast=True)
    values = [2.0], [3.0], [[1.0, 2.0]], [[3.0], [4.0]]
    return compute(*[np.array(value) for value in values])


def _torch(torch):
    matrix = torch.matmul(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]]))
    return (torch.tensor([2.0]) * torch.tensor([3.0])).tolist(), matrix.tolist()


def _array_module(module):
    matrix = module.dot(module.array([[1.0, 2.0]]), module.array([[3.0], [4.0]]))
    return (module.array([2.0]) * module.array([3.0])).tolist(), matrix.tolist()


def _cntk(cntk):
    matrix = cntk.times(cntk.constant([[1.0, 2.0]]), cntk.constant([[3.0], [4.0]])).eval()
    return (cntk.constant([2.0]) * cntk.constant([3.0])).eval().tolist(), matrix.tolist()


_IMPORT = {
    "tensorflow": _import("tensorflow"),
    "theano": _import("theano"),
    "jax": _import("jax.numpy"),
    "torch": _import("torch"),
    "numpy": _import("numpy"),
    "cntk": _import("cntk"),
}
_MULTIPLY = {
    "tensorflow": _tensorflow,
    "theano": _theano,
    "jax": _array_module,
    "torch": _torch,
    "numpy": _array_module,
    "cntk": _cntk,
}
