"""Does an answer agree with NumPy's? Shape, kind of dtype, values. Python 2.7 to 3.14.

The messages are short and the same on every run: no addresses, no whole arrays.
"""
from __future__ import absolute_import, division, print_function

import numpy as np


class Differs(Exception):
    """The attribute returned something else than the reference."""


class Skip(Exception):
    """The recipe does not apply to this namespace."""


class HarnessError(Exception):
    """The recipe or the harness is at fault: nothing was learned about the attribute."""


def compare(actual, expected, rtol=1e-4, atol=1e-5, dtype=None):
    """Raise Differs unless ``actual`` (NumPy) agrees with ``expected`` (anything NumPy takes)."""
    if isinstance(expected, (list, tuple)) and any(isinstance(e, np.ndarray) for e in expected):
        _compare_each(actual, expected, rtol, atol, dtype)
        return
    actual, expected = _plain(actual), _plain(expected)
    if actual.shape != expected.shape:
        raise Differs("shape %s instead of %s" % (_shape(actual), _shape(expected)))
    if dtype is not None and actual.dtype.name != str(dtype):
        raise Differs("dtype %s instead of %s" % (actual.dtype.name, dtype))
    if dtype is None and _kind(actual) != _kind(expected):
        raise Differs("dtype %s instead of %s" % (actual.dtype.name, expected.dtype.name))
    _compare_values(actual, expected, rtol, atol)


def _compare_each(actual, expected, rtol, atol, dtype):
    if not isinstance(actual, (list, tuple)):
        raise Differs("%s instead of %d arrays" % (type(actual).__name__, len(expected)))
    if len(actual) != len(expected):
        raise Differs("%d values instead of %d" % (len(actual), len(expected)))
    for position, (one, other) in enumerate(zip(actual, expected)):
        try:
            compare(one, other, rtol, atol, dtype)
        except Differs as error:
            raise Differs("value %d: %s" % (position, error))


def _compare_values(actual, expected, rtol, atol):
    if _kind(actual) not in "fciub":
        if not np.array_equal(actual, expected):
            raise Differs("value %s instead of %s" % (show(actual), show(expected)))
        return
    wide = complex if "c" in (_kind(actual), _kind(expected)) else float
    one, other = actual.astype(wide), expected.astype(wide)
    # Old NumPy answers a comparison of two numbers with a number, which has no indices.
    close = np.asarray(np.isclose(one, other, rtol=rtol, atol=atol, equal_nan=True))
    if close.all():
        return
    where = tuple(int(i) for i in np.argwhere(~close)[0]) if close.ndim else ()
    place = " at %s" % (where,) if where else ""
    raise Differs(
        "%d of %d values differ, first%s: %s instead of %s"
        % (int((~close).sum()), close.size, place, show(one[where]), show(other[where]))
    )


def _plain(value):
    array = np.asarray(value)
    if array.dtype.kind == "V" and array.dtype.name in ("bfloat16", "float8_e4m3fn"):
        return array.astype("float32")
    return array


def _kind(array):
    # Text is one kind, whether its characters are bytes (2.7) or Unicode.
    kind = array.dtype.kind
    return {"S": "U", "u": "i"}.get(kind, kind)


def _shape(array):
    return "(%s)" % ", ".join(str(int(n)) for n in array.shape)


def show(value):
    """One number or short text, the same on every NumPy release."""
    array = np.asarray(value)
    if array.ndim == 0 and array.dtype.kind == "f":
        return "%.4g" % float(array)
    if array.ndim == 0 and array.dtype.kind == "c":
        return "%.4g%+.4gj" % (array.real, array.imag)
    text = str(array.tolist())
    return text if len(text) <= 60 else text[:57] + "..."
