"""Calling an alternative as the missing name was called, where the arguments changed.

Python 2.7 to 3.14. An adapter takes the alternative and returns what a recipe of the old name can
call. It does what the "change" of its entry in probes/alternatives.json tells people to write, and
nothing more: what is verified is that change.
"""
from __future__ import absolute_import, division, print_function

_FORMATS = {"tf": "channels_last", "th": "channels_first"}
_ORDERINGS = dict((value, key) for key, value in _FORMATS.items())


def ordering_from_format(f):
    return lambda: _ORDERINGS[f()]


def format_from_ordering(f):
    return lambda: _FORMATS[f()]


def set_ordering_by_format(f):
    return lambda dim_ordering: f(_FORMATS[dim_ordering])


def set_format_by_ordering(f):
    return lambda data_format: f(_ORDERINGS[data_format])


def first_axis(f):
    """gather(reference, indices) by take(x, indices, axis=0)."""
    return lambda reference, indices: f(reference, indices, axis=0)


def each(f):
    """batch_get_value(tensors) by one call for each."""
    return lambda tensors: [f(tensor) for tensor in tensors]


def each_pair(f):
    """batch_set_value(tuples) by one call for each."""

    def call(tuples):
        for variable, value in tuples:
            f(variable, value)

    return call


def keep_first_axis(f):
    """batch_flatten(x) by reshape(x, (x.shape[0], -1))."""
    return lambda x: f(x, (x.shape[0], -1))


def one_trial(f):
    """random_bernoulli(shape, p) and random_binomial(shape, p) by binomial(shape, 1, p)."""

    def call(shape, p=0.0, dtype=None, seed=None):
        return f(shape, 1.0, p, dtype=dtype, seed=seed)

    return call


def without_output_shape(f):
    """conv2d_transpose(x, kernel, output_shape, ...) by an operation that works the shape out."""

    def call(x, kernel, output_shape, **options):
        return f(x, kernel, **options)

    return call


def positional(f):
    """A reduction(x, axis=None, keepdims=False) by one that calls the last argument something else."""
    return lambda x, axis=None, keepdims=False: f(x, axis, keepdims)


def axis_by_axis(f):
    """reverse(x, axes) by one flip for each axis."""

    def call(x, axes):
        for axis in axes:
            x = f(x, axis)
        return x

    return call


def pad_time(f):
    """temporal_padding(x, padding) by pad."""
    return lambda x, padding=(1, 1): f(x, ((0, 0), tuple(padding), (0, 0)))


def pad_space(f):
    """spatial_2d_padding(x, padding) and spatial_3d_padding(x, padding), channels last, by pad."""

    def call(x, padding, data_format="channels_last"):
        if data_format != "channels_last":
            return f(x, ((0, 0), (0, 0)) + tuple(padding))
        return f(x, ((0, 0),) + tuple(padding) + ((0, 0),))

    return call


ADAPTERS = {
    "axis_by_axis": axis_by_axis,
    "each": each,
    "each_pair": each_pair,
    "first_axis": first_axis,
    "format_from_ordering": format_from_ordering,
    "keep_first_axis": keep_first_axis,
    "one_trial": one_trial,
    "ordering_from_format": ordering_from_format,
    "pad_space": pad_space,
    "pad_time": pad_time,
    "positional": positional,
    "set_format_by_ordering": set_format_by_ordering,
    "set_ordering_by_format": set_ordering_by_format,
    "without_output_shape": without_output_shape,
}
