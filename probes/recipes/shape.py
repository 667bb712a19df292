"""Recipes for functions that arrange elements anew, and for those that tell a shape.

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


@recipe("reshape")
def reshape(c):
    "reshape(x, shape): the same elements in another shape; one size may be -1."
    c.equal(c.f(c.tensor(A), (3, 2)), A.reshape(3, 2))
    c.equal(c.f(c.tensor(CUBE), (-1, 6)), CUBE.reshape(-1, 6))


@recipe("flatten", "ravel")
def flatten(c):
    "flatten(x): all elements in one axis (the batch axis too; in Keras 0.3, documented as all but that)."
    first_release = not hasattr(c.K, "batch_flatten") and not hasattr(c.keras, "ops")
    c.equal(c.f(c.tensor(CUBE)), CUBE.reshape(2, 12) if first_release else CUBE.ravel())


@recipe("batch_flatten")
def batch_flatten(c):
    "batch_flatten(x): all axes but the first become one."
    c.equal(c.f(given(c, CUBE)), CUBE.reshape(2, 12))


@recipe("permute_dimensions")
def permute_dimensions(c):
    "permute_dimensions(x, pattern): the axes in the order that the pattern gives."
    c.equal(c.f(given(c, CUBE), (2, 0, 1)), CUBE.transpose(2, 0, 1))


@recipe("expand_dims")
def expand_dims(c):
    "expand_dims(x, axis=-1): a new axis of size 1 (Keras 1 calls the argument dim)."
    c.equal(c.f(c.tensor(A), 1), A[:, None])
    c.equal(c.f(c.tensor(A), -1), A[..., None])


@recipe("squeeze")
def squeeze(c):
    "squeeze(x, axis): without the axis of size 1 at that index."
    c.equal(c.f(given(c, A[:, None]), 1), A)
    c.equal(c.f(given(c, A[None, :, None]), 2), A[None])


@recipe("repeat")
def repeat(c):
    "repeat(x, n): each row n times along a new axis 1 (keras.ops: repeat(x, repeats, axis), as in NumPy)."
    if c.accepts("repeats"):
        c.equal(c.f(c.tensor(A), 3, axis=1), np.repeat(A, 3, axis=1))
    else:
        c.equal(c.f(c.tensor(A), 3), np.stack([A, A, A], axis=1))


@recipe("repeat_elements")
def repeat_elements(c):
    "repeat_elements(x, rep, axis): each element rep times, along an axis that is there."
    c.equal(c.f(given(c, A), 3, axis=1), np.repeat(A, 3, axis=1))
    c.equal(c.f(given(c, CUBE), 2, axis=0), np.repeat(CUBE, 2, axis=0))


@recipe("tile")
def tile(c):
    "tile(x, n): the whole tensor n[i] times along axis i."
    c.equal(c.f(given(c, A), (2, 3)), np.tile(A, (2, 3)))


@recipe("concatenate")
def concatenate(c):
    "concatenate(tensors, axis=-1): one after the other along an axis."
    c.equal(c.f([given(c, A), given(c, B)], axis=0), np.concatenate([A, B], axis=0))
    c.equal(c.f([given(c, A), given(c, B)], axis=-1), np.concatenate([A, B], axis=-1))


@recipe("stack", "pack")
def stack(c):
    "stack(x, axis=0): a list of tensors along a new axis (Keras 1 calls it pack, without axis)."
    c.equal(c.f([c.tensor(A), c.tensor(B)]), np.stack([A, B]))
    if c.accepts("axis"):
        c.equal(c.f([c.tensor(A), c.tensor(B)], axis=1), np.stack([A, B], axis=1))
        c.equal(c.f([c.tensor(A), c.tensor(B)], axis=-1), np.stack([A, B], axis=-1))


@recipe("unstack")
def unstack(c):
    "unstack(x, axis=0): a list of the slices along an axis, without it."
    c.equal(list(c.f(c.tensor(A), axis=1)), [A[:, 0], A[:, 1], A[:, 2]])


@recipe("reverse")
def reverse(c):
    "reverse(x, axes): back to front along the axes of a list."
    c.equal(c.f(c.tensor(A), [1]), A[:, ::-1])
    c.equal(c.f(c.tensor(CUBE), [0, 2]), CUBE[::-1, :, ::-1])


@recipe("flip")
def flip(c):
    "flip(x, axis=None): back to front along an axis, or along all."
    c.equal(c.f(c.tensor(A), axis=1), A[:, ::-1])
    c.equal(c.f(c.tensor(A)), A[::-1, ::-1])


@recipe("fliplr", "flipud", "rot90")
def turned(c):
    "fliplr(x), flipud(x), rot90(x): mirrored or turned by a right angle."
    c.equal(c.f(c.tensor(A)), getattr(np, c.name)(A))


@recipe("shape")
def shape(c):
    "shape(x): the shape as an integer tensor, known when the graph runs (Keras 3: a tuple)."
    found = c.f(c.tensor(CUBE))
    c.equal(np.asarray(found) if isinstance(found, tuple) else found, [2, 3, 4])


@recipe("int_shape")
def int_shape(c):
    "int_shape(x): the shape as a tuple of Python numbers, known while the graph is built."
    found = c.f(c.variable(CUBE))
    c.true(isinstance(found, tuple), "should be a tuple, is %s" % type(found).__name__)
    c.equal(np.asarray(found), [2, 3, 4])


@recipe("ndim")
def ndim(c):
    "ndim(x): the number of axes, as a Python number."
    c.true(c.f(c.tensor(CUBE)) == 3, "should be 3")
    c.true(c.f(c.variable(A)) == 2, "should be 2")


@recipe("size")
def size(c):
    "size(x): the number of elements."
    c.equal(c.f(c.tensor(CUBE)), 24)


@recipe("normalize_axis")
def normalize_axis(c):
    "normalize_axis(axis, ndim): the index of an axis that was counted from the end."
    c.true(c.f(-1, 3) == 2, "-1 of 3 axes should be 2")
    c.true(c.f(1, 3) == 1, "1 should stay 1")


@recipe("moveaxis", "swapaxes")
def move_axes(c):
    "moveaxis(x, source, destination), swapaxes(x, axis1, axis2): one axis to another place."
    c.equal(c.f(c.tensor(CUBE), 0, 2), getattr(np, c.name)(CUBE, 0, 2))


@recipe("broadcast_to")
def broadcast_to(c):
    "broadcast_to(x, shape): stretched, as in arithmetic."
    c.equal(c.f(c.tensor(A[0]), (4, 3)), np.broadcast_to(A[0], (4, 3)))


@recipe("split", "array_split")
def split(c):
    "split(x, indices_or_sections, axis=0): a list of parts; array_split makes uneven ones where it must."
    where = [1, 3] if c.name == "split" else 3
    c.equal(list(c.f(c.tensor(CUBE), 2, axis=2)), np.split(CUBE, 2, axis=2))
    c.equal(list(c.f(c.tensor(CUBE), where, axis=2)), np.array_split(CUBE, where, axis=2))


@recipe("hsplit", "vsplit", "dsplit")
def split_along(c):
    "hsplit(x, n), vsplit(x, n), dsplit(x, n): n parts along axis 1, 0 or 2."
    doubled = np.concatenate([CUBE, CUBE], axis=1)
    c.equal(list(c.f(c.tensor(doubled), 2)), getattr(np, c.name)(doubled, 2))


@recipe("hstack", "vstack", "dstack")
def stack_along(c):
    "hstack(xs), vstack(xs), dstack(xs): joined side by side, on top of each other, or in depth."
    c.equal(c.f([c.tensor(A), c.tensor(B)]), getattr(np, c.name)([A, B]))


@recipe("append")
def append(c):
    "append(x1, x2, axis=None): one after the other, flat unless an axis is given."
    c.equal(c.f(c.tensor(A), c.tensor(B)), np.append(A, B))
    c.equal(c.f(c.tensor(A), c.tensor(B), axis=0), np.append(A, B, axis=0))


@recipe("roll")
def roll(c):
    "roll(x, shift, axis=None): elements that fall off one end come back at the other."
    c.equal(c.f(c.tensor(A), 2, axis=1), np.roll(A, 2, axis=1))


@recipe("rearrange")
def rearrange(c):
    "rearrange(tensor, pattern, **axes_lengths): axes named, split and merged."
    c.equal(c.f(c.tensor(CUBE), "a b (c d) -> (a c) b d", c=2),
            CUBE.reshape(2, 3, 2, 2).transpose(0, 2, 1, 3).reshape(4, 3, 2))


@recipe("pad")
def pad(c):
    "pad(x, pad_width): a border of zeros, so many before and after on each axis."
    c.equal(c.f(c.tensor(A), ((1, 0), (0, 2))), np.pad(A, ((1, 0), (0, 2)), mode="constant"))


@recipe("extract_sequences")
def extract_sequences(c):
    "extract_sequences(x, sequence_length, sequence_stride): overlapping stretches of the last axis."
    c.equal(c.f(c.tensor(CUBE), 2, 1), np.stack([CUBE[..., :2], CUBE[..., 1:3], CUBE[..., 2:]], axis=-2))
