"""Call recipes: padding and resizing of sequences, images and volumes.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.

What changed between eras: up to Keras 1.2 one number pads both ends (`padding=1`, `padding=(1, 2)`) and
`asymmetric_*` pads them differently; from Keras 2.0 on it is `(1, 2)` and `((1, 2), (3, 0))`.
"""

import numpy as np

from recipes import recipe
from recipes.convolution import X1, X2, X3, given


def zeros_around(x, *widths):
    "x with (before, after) zeros on the axes that follow the batch."
    missing = x.ndim - 1 - len(widths)
    return np.pad(x, ((0, 0),) + widths + ((0, 0),) * missing, "constant")


@recipe("temporal_padding")
def temporal_padding(c):
    "temporal_padding(x, padding=(1, 1)): zeros before and after the steps of (N, steps, C)."
    if getattr(c.f, "__defaults__", None) == (1,):  # Keras 0.x and 1.x: one number for both ends
        c.equal(c.f(given(c, X1), padding=2), zeros_around(X1, (2, 2)))
    else:
        c.equal(c.f(given(c, X1), padding=(2, 1)), zeros_around(X1, (2, 1)))


@recipe("asymmetric_temporal_padding")
def asymmetric_temporal_padding(c):
    "asymmetric_temporal_padding(x, left_pad, right_pad): Keras 1.x only."
    c.equal(c.f(given(c, X1), left_pad=2, right_pad=1), zeros_around(X1, (2, 1)))


@recipe("spatial_2d_padding")
def spatial_2d_padding(c):
    "spatial_2d_padding(x, padding=((top, bottom), (left, right)), data_format)."
    layout = c.data_format("channels_last")
    if c.accepts("dim_ordering"):
        c.equal(c.f(given(c, X2), padding=(2, 1), **layout), zeros_around(X2, (2, 2), (1, 1)))
    else:
        c.equal(c.f(given(c, X2), padding=((2, 1), (0, 3)), **layout), zeros_around(X2, (2, 1), (0, 3)))


@recipe("asymmetric_spatial_2d_padding")
def asymmetric_spatial_2d_padding(c):
    "asymmetric_spatial_2d_padding(x, top_pad, bottom_pad, left_pad, right_pad, dim_ordering): Keras 1.x only."
    c.equal(c.f(given(c, X2), top_pad=2, bottom_pad=1, left_pad=0, right_pad=3,
                **c.data_format("channels_last")), zeros_around(X2, (2, 1), (0, 3)))


@recipe("spatial_3d_padding")
def spatial_3d_padding(c):
    "spatial_3d_padding(x, padding=((a, b), (c, d), (e, f)), data_format)."
    layout = c.data_format("channels_last")
    if c.accepts("dim_ordering"):
        c.equal(c.f(given(c, X3), padding=(2, 1, 3), **layout), zeros_around(X3, (2, 2), (1, 1), (3, 3)))
    else:
        c.equal(c.f(given(c, X3), padding=((2, 1), (0, 3), (1, 0)), **layout),
                zeros_around(X3, (2, 1), (0, 3), (1, 0)))


@recipe("resize_images")
def resize_images(c):
    "resize_images(x, height_factor, width_factor, data_format): nearest neighbour, so pixels are repeated."
    expected = X2.repeat(2, axis=1).repeat(3, axis=2)
    c.equal(c.f(given(c, X2), 2, 3, **c.data_format("channels_last")), expected)


@recipe("resize_volumes")
def resize_volumes(c):
    "resize_volumes(x, depth_factor, height_factor, width_factor, data_format): cells are repeated."
    expected = X3.repeat(2, axis=1).repeat(3, axis=2).repeat(2, axis=3)
    c.equal(c.f(given(c, X3), 2, 3, 2, **c.data_format("channels_last")), expected)
