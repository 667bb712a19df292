"""Configuration: epsilon, the default float type, the order of image dimensions, the backend's name.

Every setter is called with another value than the default, read back, and set back: the harness
restores the values too, so that a setter that fails half way does no harm.
"""
from __future__ import absolute_import, division, print_function

from recipes import recipe


@recipe("backend")
def backend(c):
    "backend(): the name of the active backend."
    c.true(c.f() == c.backend, "returned %s on %s" % (c.f(), c.backend))


@recipe("epsilon")
def epsilon(c):
    "epsilon(): the fuzz factor, 1e-7 or, before Keras 2, 1e-8."
    c.true(isinstance(c.f(), float), "returned %s, not a float" % type(c.f()).__name__)
    c.true(c.f() in (1e-7, 1e-8, 1e-6), "returned %g by default" % c.f())


@recipe("set_epsilon")
def set_epsilon(c):
    "set_epsilon(e): epsilon() then returns it."
    c.f(1e-3)
    c.equal(c.K.epsilon(), 1e-3)


@recipe("floatx")
def floatx(c):
    "floatx(): the default float type, as text."
    c.true(c.f() == "float32", "returned %r by default" % (c.f(),))


@recipe("set_floatx")
def set_floatx(c):
    "set_floatx(t): floatx() then returns it."
    for name in ("float64", "float32"):  # Keras 0.3 knows no float16
        c.f(name)
        c.true(c.K.floatx() == name, "floatx() is %s after set_floatx('%s')" % (c.K.floatx(), name))
    c.raises(Exception, lambda: c.f("float1024"))


@recipe("image_data_format")
def image_data_format(c):
    "image_data_format(): channels_last or channels_first."
    c.true(c.f() in ("channels_last", "channels_first"), "returned %r" % (c.f(),))


@recipe("set_image_data_format")
def set_image_data_format(c):
    "set_image_data_format(f): image_data_format() then returns it."
    for value in ("channels_first", "channels_last"):
        c.f(value)
        c.true(c.K.image_data_format() == value, "image_data_format() isn't %s after it" % value)
    c.raises(Exception, lambda: c.f("channels_middle"))


@recipe("image_dim_ordering")
def image_dim_ordering(c):
    "image_dim_ordering(): tf or th, the names of Keras 1."
    c.true(c.f() in ("tf", "th"), "returned %r" % (c.f(),))


@recipe("set_image_dim_ordering")
def set_image_dim_ordering(c):
    "set_image_dim_ordering(o): image_dim_ordering() then returns it."
    for value in ("th", "tf"):
        c.f(value)
        c.true(c.K.image_dim_ordering() == value, "image_dim_ordering() isn't %s after it" % value)


@recipe("standardize_dtype")
def standardize_dtype(c):
    "standardize_dtype(d): the canonical name of a dtype."
    c.true(c.f("float32") == "float32", "float32 became %s" % c.f("float32"))
    c.true(c.f(None) == "float32", "None became %s" % c.f(None))
    c.true(c.f(int) in ("int64", "int32"), "int became %s" % c.f(int))


@recipe("to_torch_dtype")
def to_torch_dtype(c):
    "to_torch_dtype(d): the dtype of PyTorch; ValueError for what it has none for."
    import torch
    for name in ("float32", "int64", "bool"):
        c.true(c.f(name) is getattr(torch, name), "%s became %s" % (name, c.f(name)))
    c.raises(ValueError, lambda: c.f("string"))


@recipe("is_float_dtype")
def is_float_dtype(c):
    "is_float_dtype(d): whether the dtype is a float."
    c.true(c.f("float32") is True, "float32 is no float")
    c.true(c.f("int32") is False, "int32 is a float")


@recipe("is_int_dtype")
def is_int_dtype(c):
    "is_int_dtype(d): whether the dtype is an integer."
    c.true(c.f("int32") is True, "int32 is no integer")
    c.true(c.f("float32") is False, "float32 is an integer")
