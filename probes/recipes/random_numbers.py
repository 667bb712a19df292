"""Recipes for random numbers: shape, dtype, range and moments of enough of them, with a seed where one is taken.

Run by: probes/run.py, inside a cell (never by the host). Floor: Python 2.7, numpy 1.11; no f-strings,
no keyword-only arguments, nothing but the standard library and the cell's own numpy. Protocol: each
function calls the attribute under test (``c.f``) and states what the distribution promises.

20,000 numbers put the error of a mean or a standard deviation of about 1 near 0.007, so that 0.05 is
seven times what chance does. (The module isn't called random: on 2.7 it would hide Python's own.)
"""
import math

import numpy as np

from recipes import recipe

SHAPE = (200, 100)
SEED = 1337


def _check(c, drawn, mean, std, low=None, high=None):
    values = np.asarray(c.eval(drawn))
    c.equal(np.zeros_like(values), np.zeros(SHAPE), dtype="float32")
    c.close_moments(values, mean=mean, std=std, tolerance=0.05, low=low, high=high)
    c.true(len(np.unique(values)) > 1, "should not be one number over and over")
    return values


@recipe("random_normal")
def random_normal(c):
    "random_normal(shape, mean=0.0, stddev=1.0, seed=None): the normal distribution (Keras 1: std)."
    _check(c, c.f(SHAPE, seed=SEED), mean=0.0, std=1.0)
    _check(c, c.f(SHAPE, 3.0, 0.5, seed=SEED), mean=3.0, std=0.5)


@recipe("random_uniform")
def random_uniform(c):
    "random_uniform(shape, minval=0.0, maxval=1.0, seed=None): any number between two (Keras 1: low, high)."
    _check(c, c.f(SHAPE, seed=SEED), mean=0.5, std=math.sqrt(1 / 12.0), low=0.0, high=1.0)
    _check(c, c.f(SHAPE, -2.0, 1.0, seed=SEED), mean=-0.5, std=3 * math.sqrt(1 / 12.0), low=-2.0, high=1.0)


@recipe("random_binomial", "random_bernoulli")
def random_binomial(c):
    "random_binomial(shape, p=0.0, seed=None), random_bernoulli(...): 1 with probability p, else 0."
    values = _check(c, c.f(SHAPE, p=0.3, seed=SEED), mean=0.3, std=math.sqrt(0.3 * 0.7))
    c.equal(np.unique(values), [0.0, 1.0])


@recipe("truncated_normal")
def truncated_normal(c):
    "truncated_normal(shape, mean=0.0, stddev=1.0, seed=None): values beyond two stddev are drawn again, not cut."
    values = _check(c, c.f(SHAPE, 1.0, 0.5, seed=SEED), mean=1.0, std=0.44, low=0.0, high=2.0)
    at_bounds = np.mean((values < 1e-6) | (values > 2.0 - 1e-6))
    c.true(at_bounds < 0.001, "values beyond two stddev are cut to the bound instead of drawn again")


@recipe("random_uniform_variable")
def random_uniform_variable(c):
    "random_uniform_variable(shape, low, high): a variable that starts with any numbers between two."
    seed = {"seed": SEED} if c.accepts("seed") else {}
    drawn = c.hold(c.f(SHAPE, -2.0, 1.0, **seed))
    _check(c, drawn, mean=-0.5, std=3 * math.sqrt(1 / 12.0), low=-2.0, high=1.0)
    c.true(np.array_equal(c.eval(drawn), c.eval(drawn)), "a variable should keep its value")


@recipe("random_normal_variable")
def random_normal_variable(c):
    "random_normal_variable(shape, mean, scale): a variable that starts with normally distributed numbers."
    seed = {"seed": SEED} if c.accepts("seed") else {}
    drawn = c.hold(c.f(SHAPE, 3.0, 0.5, **seed))
    _check(c, drawn, mean=3.0, std=0.5)
    c.true(np.array_equal(c.eval(drawn), c.eval(drawn)), "a variable should keep its value")


@recipe("dropout")
def dropout(c):
    "dropout(x, level, seed=None): elements become 0 with probability level, the others grow by 1 / (1 - level)."
    x = np.ones(SHAPE, dtype="float32")
    values = np.asarray(c.eval(c.f(c.tensor(x), 0.25, seed=SEED)))
    c.close_moments(values, mean=1.0, shape=SHAPE, tolerance=0.05)
    c.equal(np.unique(values), [0.0, 1 / 0.75])
    if c.accepts("noise_shape"):
        values = np.asarray(c.eval(c.f(c.variable(x), 0.25, noise_shape=(200, 1), seed=SEED)))
        c.true(bool((values == values[:, :1]).all()), "with noise_shape (200, 1), rows should drop out whole")
