"""Recipes for what makes tensors: fills, ranges, conversions and copies.

Run by: probes/run.py, inside a cell (never by the host). Floor: Python 2.7, numpy 1.11; no f-strings,
no keyword-only arguments, nothing but the standard library and the cell's own numpy. Protocol: each
function calls the attribute under test (``c.f``) and states what NumPy says the answer is.
"""
import numpy as np

from recipes import recipe

A = np.array([[-1.5, 0.0, 2.25], [3.0, -4.0, 0.5]], dtype="float32")
WHOLE = np.array([[0, 3, -2], [7, 1, 5]], dtype="int32")


@recipe("zeros", "ones")
def zeros_or_ones(c):
    "zeros(shape, dtype=None), ones(...): a variable (Keras 3: a tensor) of floatx unless told otherwise."
    filled = getattr(np, c.name)((2, 3))
    c.equal(c.f((2, 3)), filled, dtype="float32")
    wider = "float64" if c.accepts("name") else "int32"  # JAX knows no float64 unless it is told to.
    c.equal(c.f((2, 3), dtype=wider), filled, dtype=wider)


@recipe("zeros_like", "ones_like")
def zeros_or_ones_like(c):
    "zeros_like(x, dtype=None), ones_like(...): the shape and, unless told otherwise, the dtype of x."
    filled = getattr(np, c.name)(A)
    c.equal(c.f(c.tensor(A)), filled, dtype="float32")
    if c.accepts("dtype"):
        c.equal(c.f(c.tensor(A), dtype="int32"), filled, dtype="int32")


@recipe("eye")
def eye(c):
    "eye(size, dtype=None): an identity matrix (keras.ops: eye(N, M=None, k=0), as in NumPy)."
    c.equal(c.f(3), np.eye(3), dtype="float32")
    if c.accepts("M"):
        c.equal(c.f(2, 4, k=1), np.eye(2, 4, k=1))


@recipe("identity")
def identity(c):
    "identity(x): a tensor with the same content (keras.ops: identity(n), the identity matrix)."
    if c.accepts("n"):
        c.equal(c.f(3), np.identity(3), dtype="float32")
    else:
        c.equal(c.f(c.tensor(A)), A, dtype="float32")


@recipe("constant")
def constant(c):
    "constant(value, dtype=None, shape=None): a value, or one number spread over a shape."
    made = c.f(A)
    c.equal(made, A, dtype="float32")
    if hasattr(c.K, "int_shape"):
        known = c.K.int_shape(made)
        c.true(known == (2, 3), "int_shape() of it is %s instead of (2, 3)" % (known,))
    c.equal(c.f(2.5, shape=(2, 3)), np.full((2, 3), 2.5), dtype="float32")
    c.equal(c.f(WHOLE, dtype="int32"), WHOLE, dtype="int32")


@recipe("variable")
def variable(c):
    "variable(value, dtype=None, name=None): a variable that starts as value."
    held = c.hold(c.f(A, name="held"))
    c.equal(held, A, dtype="float32")
    double = c.hold(c.f(A, dtype="float64"))
    c.equal(double, A, dtype="float64")


@recipe("arange")
def arange(c):
    "arange(start, stop=None, step=1, dtype='int32'): evenly spaced whole numbers; one argument means stop."
    c.equal(c.f(4), np.arange(4), dtype="int32")
    c.equal(c.f(1, 10, 3), np.arange(1, 10, 3), dtype="int32")
    c.equal(c.f(5, 0, -2, dtype="float32"), np.arange(5, 0, -2), dtype="float32")


@recipe("cast")
def cast(c):
    "cast(x, dtype): another dtype; fractions are cut off towards zero."
    c.equal(c.f(c.tensor(A), "int32"), A.astype("int32"), dtype="int32")
    c.equal(c.f(c.tensor(WHOLE), "float32"), WHOLE, dtype="float32")


@recipe("saturate_cast")
def saturate_cast(c):
    "saturate_cast(x, dtype): another dtype; what is too great or too small becomes the nearest that fits."
    c.equal(c.f(c.tensor(A), "uint8"), np.clip(A, 0, 255).astype("uint8"), dtype="uint8")
    c.equal(c.f(c.tensor(300 * A), "uint8"), np.clip(300 * A, 0, 255).astype("uint8"), dtype="uint8")
    c.equal(c.f(c.tensor(WHOLE), "float32"), WHOLE, dtype="float32")


@recipe("cast_to_floatx")
def cast_to_floatx(c):
    "cast_to_floatx(x): a NumPy array as floatx (float32 unless configured), still a NumPy array."
    cast_array = c.f(A.astype("float64"))
    c.true(isinstance(cast_array, np.ndarray), "a NumPy array should stay one")
    c.equal(cast_array, A, dtype="float32")


@recipe("full")
def full(c):
    "full(shape, fill_value, dtype=None): one value everywhere."
    c.equal(c.f((2, 3), 2.5, dtype="float32"), np.full((2, 3), 2.5), dtype="float32")


@recipe("full_like")
def full_like(c):
    "full_like(x, fill_value): one value in the shape and dtype of x."
    c.equal(c.f(c.tensor(A), 2.5), np.full_like(A, 2.5), dtype="float32")


@recipe("empty", "empty_like")
def empty(c):
    "empty(shape), empty_like(x): shape and dtype are promised, the content is not."
    made = c.eval(c.f((2, 3)) if c.name == "empty" else c.f(c.tensor(A)))
    c.true(np.shape(made) == (2, 3), "shape should be (2, 3)")
    c.equal(np.zeros_like(made), np.zeros((2, 3)), dtype="float32")


@recipe("linspace", "logspace", "geomspace")
def spaced(c):
    "linspace(start, stop, num), logspace(...), geomspace(...): evenly spaced in value, exponent or ratio."
    c.equal(c.f(1.0, 3.0, num=5), getattr(np, c.name)(1.0, 3.0, num=5))


@recipe("tri")
def tri(c):
    "tri(N, M=None, k=0): ones at and below a diagonal."
    c.equal(c.f(3, 4, k=1), np.tri(3, 4, k=1))


@recipe("array", "convert_to_tensor", "copy")
def to_tensor(c):
    "array(x), convert_to_tensor(x), copy(x): a tensor with the content of a NumPy array."
    c.equal(c.f(A), A, dtype="float32")


@recipe("convert_to_numpy")
def convert_to_numpy(c):
    "convert_to_numpy(x): a NumPy array with the content of a tensor."
    array = c.f(c.tensor(A))
    c.true(isinstance(array, np.ndarray), "should be a NumPy array")
    c.equal(array, A, dtype="float32")


@recipe("meshgrid")
def meshgrid(c):
    "meshgrid(*x): coordinate matrices from coordinate vectors."
    rows, columns = c.f(c.tensor(A[0]), c.tensor(A[1, :2]))
    expected = np.meshgrid(A[0], A[1, :2])
    c.equal(rows, expected[0])
    c.equal(columns, expected[1])


@recipe("bartlett", "blackman", "hamming", "hanning")
def window(c):
    "hanning(n) and its kin: a window of n samples for smoothing or spectra."
    c.equal(c.f(7), getattr(np, c.name)(7))


@recipe("kaiser")
def kaiser(c):
    "kaiser(n, beta): the Kaiser window of n samples."
    c.equal(c.f(7, 8.6), np.kaiser(7, 8.6))
