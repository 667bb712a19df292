"""Recipes for picking, placing, ordering and finding elements.

Run by: probes/run.py, inside a cell (never by the host). Floor: Python 2.7, numpy 1.11; no f-strings,
no keyword-only arguments, nothing but the standard library and the cell's own numpy. Protocol: each
function calls the attribute under test (``c.f``) and states what NumPy says the answer is.
"""
import numpy as np

from recipes import recipe
from recipes._given import given

A = np.array([[-1.5, 0.0, 2.25], [3.0, -4.0, 0.5]], dtype="float32")
B = np.array([[2.0, 0.5, -1.0], [3.0, 1.5, 0.25]], dtype="float32")
CUBE = np.arange(24, dtype="float32").reshape(2, 3, 4)
RISING = np.array([0.5, 1.0, 2.5, 4.0], dtype="float32")
CLASSES = np.array([2, 0, 3, 1], dtype="int32")
REPEATED = np.array([3, 1, 3, 0, 1, 3], dtype="int32")


@recipe("gather")
def gather(c):
    "gather(reference, indices): the rows with those indices."
    rows = np.array([2, 0, 2], dtype="int32")
    c.equal(c.f(given(c, A.T), c.tensor(rows)), A.T[rows])
    grid = np.array([[0, 1], [2, 2]], dtype="int32")
    c.equal(c.f(given(c, A.T), c.tensor(grid)), A.T[grid])


@recipe("one_hot")
def one_hot(c):
    "one_hot(indices, num_classes): 1 at the index, 0 elsewhere, in a new last axis (Keras 1: nb_classes)."
    c.equal(c.f(c.tensor(CLASSES), 4), np.eye(4)[CLASSES])
    grid = CLASSES.reshape(2, 2)
    c.equal(c.f(c.tensor(grid), 4), np.eye(4)[grid])


@recipe("multi_hot")
def multi_hot(c):
    "multi_hot(inputs, num_classes): 1 at each index of a row, 0 elsewhere."
    c.equal(c.f(c.tensor(CLASSES.reshape(2, 2)), num_classes=4), [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])


@recipe("slice")
def slice_(c):
    "slice(x, start, size): a block, by where it begins and how large it is."
    c.equal(c.f(given(c, CUBE), (0, 1, 2), (2, 2, 1)), CUBE[0:2, 1:3, 2:3])


@recipe("py_slice")
def py_slice(c):
    "py_slice: Python's own slice, kept under another name by the module."
    c.true([0, 1, 2, 3][c.f(1, 3)] == [1, 2], "should slice as the builtin does")


@recipe("in_top_k")
def in_top_k(c):
    "in_top_k(predictions, targets, k): is the target among the k best? (keras.ops: targets come first)."
    scores = np.array([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.2, 0.3, 0.5]], dtype="float32")
    targets = np.array([2, 1, 2], dtype="int32")
    found = c.eval(c.f(predictions=given(c, scores), targets=c.tensor(targets), k=2))
    c.equal(np.asarray(found).astype("bool"), [True, False, True])
    found = c.eval(c.f(predictions=given(c, scores), targets=c.tensor(targets), k=1))
    c.equal(np.asarray(found).astype("bool"), [False, False, True])


@recipe("take")
def take(c):
    "take(x, indices, axis=None): the elements with those indices along an axis."
    chosen = np.array([2, 0], dtype="int32")
    c.equal(c.f(c.tensor(A), c.tensor(chosen), axis=1), A[:, chosen])


@recipe("take_along_axis")
def take_along_axis(c):
    "take_along_axis(x, indices, axis): along an axis, for each row its own indices."
    chosen = np.array([[2, 0], [1, 1]], dtype="int32")
    c.equal(c.f(c.tensor(A), c.tensor(chosen), axis=1), [[2.25, -1.5], [-4.0, -4.0]])


@recipe("get_item")
def get_item(c):
    "get_item(x, key): x[key]."
    c.equal(c.f(c.tensor(A), (slice(None), 1)), A[:, 1])


@recipe("where")
def where(c):
    "where(condition, x1, x2): x1 where the condition holds, x2 elsewhere."
    c.equal(c.f(c.tensor(A > 0), c.tensor(A), c.tensor(B)), np.where(A > 0, A, B))


@recipe("select")
def select(c):
    "select(condlist, choicelist, default=0): the choice of the first condition that holds."
    conditions = [A < -1, A > 1]
    c.equal(c.f([c.tensor(one) for one in conditions], [c.tensor(A), c.tensor(B)], 0.5),
            np.select(conditions, [A, B], 0.5))


@recipe("nonzero")
def nonzero(c):
    "nonzero(x): the indices of what is not 0, one array for each axis."
    rows, columns = c.f(c.tensor(A))
    c.equal(rows, np.nonzero(A)[0])
    c.equal(columns, np.nonzero(A)[1])


@recipe("sort", "argsort")
def sort(c):
    "sort(x, axis=-1), argsort(x, axis=-1): rising order, or the indices that give it."
    c.equal(c.f(c.tensor(A), axis=-1), getattr(np, c.name)(A, axis=-1))
    c.equal(c.f(c.tensor(A), axis=0), getattr(np, c.name)(A, axis=0))


@recipe("argpartition")
def argpartition(c):
    "argpartition(x, kth): indices that put the kth element in its place, smaller ones before it."
    order = np.asarray(c.eval(c.f(c.tensor(A), 1)))
    c.equal(A[[0, 1], order[:, 1]], np.sort(A)[:, 1])
    c.equal(np.sort(order), [[0, 1, 2], [0, 1, 2]])


@recipe("top_k")
def top_k(c):
    "top_k(x, k): the k greatest of each row, falling, and their indices."
    values, indices = c.f(c.tensor(A), 2)
    c.equal(values, -np.sort(-A)[:, :2])
    c.equal(indices, np.argsort(-A)[:, :2])


@recipe("searchsorted")
def searchsorted(c):
    "searchsorted(sorted_sequence, values, side='left'): where to insert so that order is kept."
    c.equal(c.f(c.tensor(RISING), c.tensor(B[0])), np.searchsorted(RISING, B[0]))
    c.equal(c.f(c.tensor(RISING), c.tensor(B[0]), side="right"), np.searchsorted(RISING, B[0], side="right"))


@recipe("digitize")
def digitize(c):
    "digitize(x, bins): the index of the bin that each element falls into."
    c.equal(c.f(c.tensor(B), RISING), np.digitize(B, RISING))


@recipe("histogram")
def histogram(c):
    "histogram(x, bins=10, range=None): how many elements fall into each bin, and the bins' edges."
    counts, edges = c.f(c.tensor(A[0]), bins=3)
    expected = np.histogram(A[0], bins=3)
    c.equal(np.asarray(c.eval(counts)).astype("int64"), expected[0])
    c.equal(edges, expected[1])


@recipe("bincount")
def bincount(c):
    "bincount(x, weights=None, minlength=0): how often each whole number occurs."
    c.equal(c.f(c.tensor(REPEATED), minlength=6), np.bincount(REPEATED, minlength=6))


@recipe("unique")
def unique(c):
    "unique(x): each value once, rising."
    c.equal(c.f(c.tensor(REPEATED)), np.unique(REPEATED))


@recipe("isin")
def isin(c):
    "isin(x1, x2): which elements of x1 occur in x2."
    c.equal(c.f(c.tensor(REPEATED), c.tensor(CLASSES[:3])), [True, False, True, True, False, True])


@recipe("unravel_index")
def unravel_index(c):
    "unravel_index(indices, shape): flat indices as indices of each axis."
    rows, columns = c.f(c.tensor(CLASSES), (2, 3))
    c.equal(rows, [0, 0, 1, 0])
    c.equal(columns, [2, 0, 0, 1])


@recipe("scatter")
def scatter(c):
    "scatter(indices, values, shape): zeros, with the values at the indices."
    places = np.array([[0, 1], [1, 2]], dtype="int32")
    c.equal(c.f(c.tensor(places), c.tensor(RISING[:2]), (2, 3)), [[0.0, 0.5, 0.0], [0.0, 0.0, 1.0]])


@recipe("scatter_update")
def scatter_update(c):
    "scatter_update(inputs, indices, updates): a copy with other values at the indices."
    places = np.array([[0, 1], [1, 2]], dtype="int32")
    expected = A.copy()
    expected[0, 1], expected[1, 2] = 0.5, 1.0
    c.equal(c.f(c.tensor(A), c.tensor(places), c.tensor(RISING[:2])), expected)


@recipe("slice_update")
def slice_update(c):
    "slice_update(inputs, start_indices, updates): a copy with a block overwritten."
    expected = A.copy()
    expected[0:2, 1:2] = B[:, :1]
    c.equal(c.f(c.tensor(A), (0, 1), c.tensor(B[:, :1])), expected)
