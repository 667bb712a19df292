"""Recipes for functions that take many elements together: sums, moments, extremes, running totals.

Run by: probes/run.py, inside a cell (never by the host). Floor: Python 2.7, numpy 1.11; no f-strings,
no keyword-only arguments, nothing but the standard library and the cell's own numpy. Protocol: each
function calls the attribute under test (``c.f``) and states what NumPy says the answer is.
"""
import numpy as np

from recipes import recipe
from recipes._given import given

A = np.array([[-1.5, 0.25, 2.25], [3.0, -4.0, 0.5]], dtype="float32")
CUBE = np.array([[[1.5, -2.0], [0.5, 3.0]], [[-1.0, 2.5], [4.0, -0.25]]], dtype="float32")
TRUTH = np.array([[True, False, True], [True, True, True]])
HOLES = np.array([[np.nan, 1.0, 4.0], [3.0, -2.0, np.nan]], dtype="float32")
SEGMENTS = np.array([0, 2, 0, 2], dtype="int32")
IN_SEGMENTS = np.array([1.5, -2.0, 4.0, 3.0], dtype="float32")


@recipe("sum", "prod", "mean", "max", "min", "std", "var", "amax", "amin", "ptp", "median")
def reduction(c):
    "sum(x, axis=None, keepdims=False) and its kin: over one axis, several, or all; std and var divide by n."
    reduce = getattr(np, c.name)
    c.equal(c.f(c.tensor(A)), reduce(A))
    c.equal(c.f(c.tensor(A), axis=0), reduce(A, axis=0))
    c.equal(c.f(c.tensor(A), axis=-1, keepdims=True), reduce(A, axis=-1).reshape(2, 1))
    c.equal(c.f(c.tensor(CUBE), axis=[0, 2]), reduce(CUBE, axis=(0, 2)))


@recipe("any", "all")
def any_or_all(c):
    "any(x, axis=None, keepdims=False), all(...): or / and over an axis (Keras 0.3 gives 0 and 1)."
    reduce = getattr(np, c.name)
    # Theano had no bool before 1.0.
    given_truth = given(c, TRUTH.astype("int8") if c.backend == "theano" else TRUTH)
    c.equal(np.asarray(c.eval(c.f(given_truth, axis=1))).astype("bool"), reduce(TRUTH, axis=1))
    kept = c.eval(c.f(given_truth, axis=0, keepdims=True))
    c.equal(np.asarray(kept).astype("bool"), reduce(TRUTH, axis=0).reshape(1, 3))


@recipe("argmax", "argmin")
def argument_of_extreme(c):
    "argmax(x, axis=-1), argmin(...): where the extreme stands (keras.ops: axis=None looks at the flat tensor)."
    find = getattr(np, c.name)
    c.equal(c.f(c.tensor(A), axis=0), find(A, axis=0))
    c.equal(c.f(c.tensor(A), axis=-1), find(A, axis=-1))


@recipe("cumsum", "cumprod")
def cumulative(c):
    "cumsum(x, axis=0), cumprod(...): the running total along an axis."
    c.equal(c.f(c.tensor(A), axis=0), getattr(np, c.name)(A, axis=0))
    c.equal(c.f(c.tensor(A), axis=1), getattr(np, c.name)(A, axis=1))


@recipe("logsumexp")
def logsumexp(c):
    "logsumexp(x, axis=None, keepdims=False): log(sum(exp(x))), without overflow on the way."
    expected = np.log(np.sum(np.exp(A), axis=1))
    c.equal(c.f(c.tensor(A), axis=1), expected)
    c.equal(c.f(c.tensor(A), axis=1, keepdims=True), expected.reshape(2, 1))
    c.equal(c.f(c.tensor(A)), np.log(np.sum(np.exp(A))))
    # Theano leaves the overflow to its optimizer, which the cells turn down for want of a compiler.
    if c.backend != "theano":
        c.equal(c.f(c.tensor(A + 1000), axis=1), expected + 1000)


@recipe("py_all", "py_any", "py_sum")
def python_builtin(c):
    "py_all, py_any, py_sum: Python's own all, any and sum, kept under another name by the module."
    answers = {"py_all": False, "py_any": True, "py_sum": 1}
    c.true(c.f([True, False]) == answers[c.name], "should answer as the builtin does")


@recipe("nansum", "nanprod", "nanmean", "nanmax", "nanmin", "nanstd", "nanvar", "nanmedian")
def nan_reduction(c):
    "nansum(x, axis=None, keepdims=False) and its kin: a reduction that leaves out what is not a number."
    c.equal(c.f(c.tensor(HOLES)), getattr(np, c.name)(HOLES))
    c.equal(c.f(c.tensor(HOLES), axis=1), getattr(np, c.name)(HOLES, axis=1))


@recipe("nanargmax", "nanargmin", "nancumsum", "nancumprod")
def nan_along_axis(c):
    "nanargmax(x, axis), nancumsum(x, axis) and their kin: along an axis, leaving out what is not a number."
    c.equal(c.f(c.tensor(HOLES), axis=1), getattr(np, c.name)(HOLES, axis=1))


@recipe("quantile", "nanquantile", "percentile", "nanpercentile")
def quantile(c):
    "quantile(x, q, axis=None): the value below which the fraction q lies; percentile counts to 100."
    values = HOLES if c.name.startswith("nan") else A
    q = 40.0 if "percentile" in c.name else 0.4
    c.equal(c.f(c.tensor(values), q, axis=1), getattr(np, c.name)(values, q, axis=1))


@recipe("average")
def average(c):
    "average(x, axis=None, weights=None): the weighted mean."
    weights = np.array([0.5, 1.0, 2.5], dtype="float32")
    c.equal(c.f(c.tensor(A), axis=1, weights=c.tensor(weights)), np.average(A, axis=1, weights=weights))


@recipe("count_nonzero")
def count_nonzero(c):
    "count_nonzero(x, axis=None): how many elements are not 0."
    c.equal(c.f(c.tensor(TRUTH.astype("int32")), axis=1), [2, 3])


@recipe("moments")
def moments(c):
    "moments(x, axes, keepdims=False): mean and variance in one go."
    mean, variance = c.f(c.tensor(A), axes=[0])
    c.equal(mean, A.mean(axis=0))
    c.equal(variance, A.var(axis=0))


@recipe("diff")
def diff(c):
    "diff(a, n=1, axis=-1): the n-th difference of neighbours."
    c.equal(c.f(c.tensor(A), n=2, axis=1), np.diff(A, n=2, axis=1))


@recipe("trapezoid")
def trapezoid(c):
    "trapezoid(y, x=None, dx=1.0, axis=-1): the area under a line through points."
    c.equal(c.f(c.tensor(A), dx=0.5), 0.25 * (A[:, :-1] + A[:, 1:]).sum(axis=1))


@recipe("segment_sum", "segment_prod", "segment_max", "segment_min")
def segments(c):
    "segment_sum(data, segment_ids, num_segments) and its kin: one result for the elements of each segment."
    reduce = getattr(np, c.name.replace("segment_", ""))
    found = np.asarray(c.eval(c.f(c.tensor(IN_SEGMENTS), c.tensor(SEGMENTS), num_segments=3)))
    c.true(found.shape == (3,), "should have one result for each segment, the empty one included")
    c.equal(found[[0, 2]], [reduce(IN_SEGMENTS[SEGMENTS == segment]) for segment in (0, 2)])
