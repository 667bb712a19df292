"""Recipes of the fake backend. Python 2.7 to 3.14."""
from __future__ import absolute_import, division, print_function

import numpy as np

from recipes import recipe, untestable

A = np.array([1.0, 2.0, 3.0])
TWICE = np.array([2.0, 4.0, 6.0])


@recipe(
    "double", "going", "not_going", "wrong", "failing", "segfaults", "hangs", "exits",
    "crashes_once", "graph_only", "prints", "is_not_there",
)
def twice(c):
    c.equal(c.f(c.tensor(A)), TWICE)


@recipe("left_alone", alone=True)
def left_alone(c):
    c.equal(c.f(c.tensor(A)), TWICE)


@recipe("set_floatx")
def set_floatx(c):
    c.f("float64")
    c.true(c.K.floatx() == "float64", "not set")


@recipe("floatx")
def floatx(c):
    c.true(c.f() == "float32", "floatx is %s" % c.f())


@recipe("backend")
def backend(c):
    c.skip("nothing to check")


@recipe("eval")
def checks_nothing(c):
    pass


untestable("untested", "nobody knows what it should do")
