"""``c``: what a recipe gets. Python 2.7 to 3.14."""
from __future__ import absolute_import, division, print_function

import numpy as np

from harness import introspect
from harness.compare import Differs, HarnessError, Skip, compare, show
from harness.tensors import text_of, tools_for

#: Everything that a recipe made stays alive until the process ends: a variable that nothing holds
#: any more makes a later K.switch fail on Keras 2.3 with TensorFlow 2.0.
_HELD = []


class Context(object):
    """The attribute under test, the namespace around it, and the ways to make and to check values."""

    def __init__(self, namespace, name, value):
        self.f = value
        self.name = name
        self.path = namespace.path
        self.K = namespace.module
        self.backend = namespace.backend
        self.keras = namespace.keras
        self.tools = tools_for(namespace)
        self.eager = self.tools.eager()
        self.checks = 0

    def hold(self, value):
        """Keep a reference to ``value`` for the life of the process; returns it."""
        _HELD.append(value)
        return value

    # Making inputs

    def tensor(self, array, dtype=None):
        """A constant tensor of the active framework, of the array's own dtype unless told."""
        return self.hold(self.tools.tensor(np.asarray(array), text_of(dtype)))

    def variable(self, array, dtype=None):
        """A mutable, initialised variable: ``K.variable`` where it is there, else the framework's."""
        return self.hold(self.tools.variable(np.asarray(array), text_of(dtype)))

    def placeholder(self, shape=None, ndim=None, dtype=None):
        """A symbolic input, as the namespace makes it. Eager mode may refuse: that is a result."""
        if isinstance(shape, int):
            shape, ndim = None, shape
        if shape is None and ndim is None:
            raise HarnessError("placeholder() needs a shape or an ndim")
        return self.hold(self.tools.placeholder(shape, ndim, text_of(dtype)))

    def graph(self):
        """TensorFlow's default graph; None elsewhere."""
        return self.tools.graph()

    # Reading answers

    def eval(self, value, feed=None):
        """NumPy's view of a tensor, a variable, a plain value, or a list of them.

        ``feed`` maps placeholders to arrays: ``{x: array}``, or ``[(x, array), ...]`` for tensors
        that can't be hashed.
        """
        self.hold(value)
        pairs = list(feed.items()) if hasattr(feed, "items") else feed
        return self.tools.evaluate(value, pairs)

    # Checking

    def equal(self, actual, expected, rtol=1e-4, atol=1e-5, dtype=None):
        """Shape, values, and the dtype's kind (or exactly ``dtype``) agree; a list, item by item."""
        self.checks += 1
        answer = self.eval(actual)
        compare(answer, expected, rtol, atol, dtype)

    def true(self, condition, message):
        """The condition holds; else the attribute differs, with that message."""
        self.checks += 1
        if not condition:
            raise Differs(message)

    def close_moments(self, actual, mean=None, std=None, tolerance=0.1, low=None, high=None, shape=None):
        """Random values have about this mean and standard deviation, within [low, high]."""
        self.checks += 1
        values = np.asarray(self.eval(actual))
        if shape is not None and values.shape != tuple(shape):
            raise Differs("shape %s instead of %s" % (values.shape, tuple(shape)))
        values = values.astype(float)
        for what, found, wanted in (("mean", values.mean(), mean), ("std", values.std(), std)):
            if wanted is not None and abs(found - wanted) > tolerance:
                raise Differs("%s %.1f instead of %s" % (what, found, show(wanted)))
        if low is not None and values.min() < low:
            raise Differs("values below %s" % show(low))
        if high is not None and values.max() > high:
            raise Differs("values above %s" % show(high))

    def raises(self, types, call):
        """Calling ``call()`` raises one of ``types``; returns the exception."""
        self.checks += 1
        try:
            call()
        except types as error:
            return error
        raise Differs("raised nothing")

    def skip(self, reason):
        """Not applicable to this namespace: the outcome is ``present``, with this reason."""
        raise Skip(reason)

    # Fitting the call to the signature

    def accepts(self, argument):
        """Whether the attribute takes an argument of that name, as far as its signature tells."""
        known, takes_any = introspect.arguments(self.f)
        return argument in known or takes_any

    def data_format(self, value="channels_last"):
        """The keyword for the order of image dimensions that the attribute takes, if any."""
        known, _ = introspect.arguments(self.f)
        if "data_format" in known:
            return {"data_format": value}
        if "dim_ordering" in known:
            return {"dim_ordering": {"channels_last": "tf", "channels_first": "th"}[value]}
        return {}
