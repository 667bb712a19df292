"""Recipes for functions that work on each element: arithmetic, comparisons, logic, bits.

Run by: probes/run.py, inside a cell (never by the host). Floor: Python 2.7, numpy 1.11; no f-strings,
no keyword-only arguments, nothing but the standard library and the cell's own numpy. Protocol: each
function calls the attribute under test (``c.f``) and states what NumPy says the answer is.
"""
import math

import numpy as np

from recipes import recipe

A = np.array([[-1.5, 0.0, 2.25], [3.0, -4.0, 0.5]], dtype="float32")
B = np.array([[2.0, 0.0, -1.0], [3.0, 5.5, 0.25]], dtype="float32")
POSITIVE = np.array([[0.25, 1.0, 2.5], [9.0, 0.5, 3.0]], dtype="float32")
INSIDE = np.array([[-0.9, -0.25, 0.0], [0.125, 0.5, 0.75]], dtype="float32")
HOLES = np.array([[np.nan, 1.0, np.inf], [-np.inf, 0.0, -2.0]], dtype="float32")
WHOLE = np.array([[12, 3, 8], [7, 1, 30]], dtype="int32")
WHOLE_TOO = np.array([[4, 2, 1], [3, 5, 2]], dtype="int32")
YES = np.array([True, True, False, False])
NO = np.array([True, False, True, False])


@recipe("abs", "absolute", "fabs", "square", "sign", "negative", "exp", "exp2", "expm1", "sin", "cos", "tan",
        "sinh", "cosh", "arctan", "arcsinh", "floor", "ceil", "trunc", "cbrt", "sinc", "deg2rad", "rad2deg", "i0",
        "signbit", "conj", "conjugate", "real", "imag", "angle", "isreal")
def unary(c):
    "exp(x) and its kin: the NumPy function of the same name, element by element."
    c.equal(c.f(c.tensor(A)), getattr(np, c.name)(A))


@recipe("sqrt", "log", "log1p", "log2", "log10", "reciprocal")
def unary_of_positive(c):
    "sqrt(x), log(x) and their kin: as in NumPy, where x is positive."
    c.equal(c.f(c.tensor(POSITIVE)), getattr(np, c.name)(POSITIVE))


@recipe("arcsin", "arccos", "arctanh")
def unary_inside_one(c):
    "arcsin(x), arccos(x), arctanh(x): as in NumPy, where x lies between -1 and 1."
    c.equal(c.f(c.tensor(INSIDE)), getattr(np, c.name)(INSIDE))


@recipe("arccosh")
def arccosh(c):
    "arccosh(x): as in NumPy, where x is at least 1."
    c.equal(c.f(c.tensor(1 + POSITIVE)), np.arccosh(1 + POSITIVE))


@recipe("rsqrt")
def rsqrt(c):
    "rsqrt(x): one over the square root."
    c.equal(c.f(c.tensor(POSITIVE)), 1 / np.sqrt(POSITIVE))


@recipe("erf", "erfc")
def error_function(c):
    "erf(x): the Gauss error function; erfc(x) is 1 - erf(x)."
    c.equal(c.f(c.tensor(A)), np.vectorize(getattr(math, c.name))(A))


@recipe("erfinv")
def erfinv(c):
    "erfinv(y): the x whose erf(x) is y."
    c.equal(np.vectorize(math.erf)(c.eval(c.f(c.tensor(INSIDE)))), INSIDE)


@recipe("round")
def round_to_whole(c):
    "round(x): the nearest whole number; a tie goes to the even one where the docstring promises that."
    untied = np.array([-1.75, -0.25, 0.0, 0.75, 2.25], dtype="float32")
    c.equal(c.f(c.tensor(untied)), np.round(untied))
    if "half to even" in (c.f.__doc__ or ""):
        tied = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], dtype="float32")
        c.equal(c.f(c.tensor(tied)), np.round(tied))
    if c.accepts("decimals"):
        c.equal(c.f(c.tensor(A), decimals=1), np.round(A, decimals=1))


@recipe("pow", "power")
def power(c):
    "pow(x, a): x to the a-th, one exponent for all (keras.ops: power(x1, x2))."
    c.equal(c.f(c.tensor(A), 2), np.power(A, 2))
    c.equal(c.f(c.tensor(POSITIVE), 0.5), np.sqrt(POSITIVE))


@recipe("clip")
def clip(c):
    "clip(x, min_value, max_value): values outside the interval become its ends."
    c.equal(c.f(c.tensor(A), -1.0, 2.0), np.clip(A, -1.0, 2.0))


@recipe("maximum", "minimum", "fmax", "fmin", "add", "subtract", "multiply", "logaddexp", "logaddexp2", "arctan2",
        "hypot", "heaviside")
def binary(c):
    "maximum(x, y) and its kin: the NumPy function of the same name, element against element."
    c.equal(c.f(c.tensor(A), c.tensor(B)), getattr(np, c.name)(A, B))
    c.equal(c.f(c.tensor(A), c.tensor(B[:1])), getattr(np, c.name)(A, B[:1]))


@recipe("divide", "true_divide", "floor_divide", "mod", "fmod")
def divide(c):
    "divide(x1, x2) and its kin: as in NumPy; the remainder of mod takes the sign of x2, that of fmod of x1."
    c.equal(c.f(c.tensor(A), c.tensor(POSITIVE)), getattr(np, c.name)(A, POSITIVE))


@recipe("divide_no_nan")
def divide_no_nan(c):
    "divide_no_nan(x1, x2): a quotient, and 0 where x2 is 0."
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(B == 0, 0, A / B)
    c.equal(c.f(c.tensor(A), c.tensor(B)), expected)


@recipe("nextafter")
def nextafter(c):
    "nextafter(x1, x2): the next number that floats can hold, towards x2."
    following = c.eval(c.f(c.tensor(A), c.tensor(B)))
    c.true(np.array_equal(following, np.nextafter(A, B)), "should differ from x1 by one step, bit for bit")


@recipe("ldexp")
def ldexp(c):
    "ldexp(x1, x2): x1 times two to the x2."
    c.equal(c.f(c.tensor(A), c.tensor(WHOLE_TOO)), np.ldexp(A, WHOLE_TOO))


@recipe("equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "lesser", "lesser_equal")
def comparison(c):
    "equal(x, y) and its kin: truth element by element (Keras 1 says lesser where Keras 2 says less)."
    compare = getattr(np, c.name.replace("lesser", "less"))
    truth = c.eval(c.f(c.tensor(A), c.tensor(B)))
    c.equal(np.asarray(truth).astype("bool"), compare(A, B))


@recipe("logical_and", "logical_or", "logical_xor")
def logical(c):
    "logical_and(x1, x2) and its kin: logic element by element."
    c.equal(c.f(c.tensor(YES), c.tensor(NO)), getattr(np, c.name)(YES, NO))


@recipe("logical_not")
def logical_not(c):
    "logical_not(x): the opposite, element by element."
    c.equal(c.f(c.tensor(YES)), np.logical_not(YES))


@recipe("isnan", "isinf", "isfinite", "isposinf", "isneginf")
def is_special(c):
    "isnan(x) and its kin: which elements are no ordinary numbers."
    c.equal(c.f(c.tensor(HOLES)), getattr(np, c.name)(HOLES))


@recipe("nan_to_num")
def nan_to_num(c):
    "nan_to_num(x, nan=0.0, posinf=None, neginf=None): ordinary numbers in the place of the others."
    plain = np.where(np.isinf(HOLES), 0, HOLES)
    plain[0, 0] = np.nan
    c.equal(c.f(c.tensor(plain)), np.nan_to_num(plain))
    if not c.accepts("nan"):
        return  # Keras 3.0 and 3.1 take x alone.
    expected = np.array([[0.5, 1.0, 9.0], [-9.0, 0.0, -2.0]])
    c.equal(c.f(c.tensor(HOLES), nan=0.5, posinf=9.0, neginf=-9.0), expected)


@recipe("isclose", "allclose")
def close(c):
    "isclose(x1, x2, rtol, atol): which elements agree within a tolerance; allclose: whether all do."
    near = A + np.array([[1e-4, 0.0, 0.0], [0.0, 0.5, 0.0]], dtype="float32")
    compare = getattr(np, c.name)
    c.equal(c.f(c.tensor(A), c.tensor(near)), compare(A, near))
    if c.accepts("atol"):
        c.equal(c.f(c.tensor(A), c.tensor(near), atol=1e-3), compare(A, near, atol=1e-3))
        c.equal(c.f(c.tensor(A), c.tensor(near), atol=1.0), compare(A, near, atol=1.0))


@recipe("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "bitwise_left_shift",
        "bitwise_right_shift", "gcd", "lcm")
def whole_numbers(c):
    "bitwise_and(x, y), gcd(x1, x2) and their kin: bits and divisors of whole numbers."
    name = c.name.replace("bitwise_left", "left").replace("bitwise_right", "right")
    c.equal(c.f(c.tensor(WHOLE), c.tensor(WHOLE_TOO)), getattr(np, name)(WHOLE, WHOLE_TOO))


@recipe("bitwise_not", "bitwise_invert")
def bitwise_not(c):
    "bitwise_not(x): every bit flipped."
    c.equal(c.f(c.tensor(WHOLE)), np.invert(WHOLE))


@recipe("polar")
def polar(c):
    "polar(abs_, angle): complex numbers from length and angle."
    c.equal(c.f(c.tensor(POSITIVE), c.tensor(INSIDE)), POSITIVE * np.exp(1j * INSIDE))


@recipe("view_as_complex")
def view_as_complex(c):
    "view_as_complex(x): the last axis (real, imaginary) becomes one complex number."
    pairs = POSITIVE.reshape(3, 2)
    c.equal(c.f(c.tensor(pairs)), pairs[:, 0] + 1j * pairs[:, 1])


@recipe("view_as_real")
def view_as_real(c):
    "view_as_real(x): a complex number becomes a last axis (real, imaginary)."
    c.equal(c.f(c.tensor((A + 1j * B).astype("complex64"))), np.stack([A, B], axis=-1))


@recipe("view")
def view(c):
    "view(x, dtype): the same bits, read as another dtype."
    c.equal(c.f(c.tensor(A), dtype="int32"), A.view("int32"), dtype="int32")
