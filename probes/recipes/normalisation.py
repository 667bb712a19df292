"""Call recipes: batch and layer normalisation.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.
"""

from __future__ import division

import numpy as np

from recipes import recipe
from recipes.references import sample

X = sample(6, 4)
MEAN, BETA, GAMMA = X[0], X[1], X[2]
VARIANCE = X[3] ** 2 + 0.5


@recipe("batch_normalization")
def batch_normalization(c):
    "batch_normalization(x, mean, var, beta, gamma, epsilon); ops: (x, mean, variance, axis, offset, scale, epsilon)."
    expected = (X - MEAN) / np.sqrt(VARIANCE + 0.01) * GAMMA + BETA
    if c.accepts("offset"):
        actual = c.f(c.tensor(X), c.tensor(MEAN), c.tensor(VARIANCE), -1, offset=c.tensor(BETA),
                     scale=c.tensor(GAMMA), epsilon=0.01)
    else:
        actual = c.f(c.tensor(X), c.tensor(MEAN), c.tensor(VARIANCE), c.tensor(BETA), c.tensor(GAMMA),
                     epsilon=0.01)
    c.equal(actual, expected)


@recipe("normalize_batch_in_training")
def normalize_batch_in_training(c):
    "normalize_batch_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3): (normalised, mean, variance)."
    result = c.f(c.tensor(X), c.tensor(GAMMA), c.tensor(BETA), [0], epsilon=1e-3)
    c.true(len(result) == 3, "normalised, mean, variance: three tensors")
    mean, variance = X.mean(axis=0), X.var(axis=0)
    c.equal(result[0], (X - mean) / np.sqrt(variance + 1e-3) * GAMMA + BETA)
    c.equal(result[1], mean)
    spread = c.eval(result[2])
    c.true(not np.allclose(spread, variance + 1e-3, atol=1e-5), "epsilon is added to the variance that it returns")
    c.equal(spread, variance)


@recipe("layer_normalization")
def layer_normalization(c):
    "ops.layer_normalization(x, gamma, beta, axis, epsilon): each sample to mean 0 and variance 1."
    center = X - X.mean(axis=1, keepdims=True)
    expected = center / np.sqrt(X.var(axis=1, keepdims=True) + 0.01) * GAMMA + BETA
    c.equal(c.f(c.tensor(X), gamma=c.tensor(GAMMA), beta=c.tensor(BETA), axis=-1, epsilon=0.01), expected)


@recipe("rms_normalization")
def rms_normalization(c):
    "ops.rms_normalization(x, scale, axis, epsilon): each sample divided by its root mean square."
    expected = X / np.sqrt((X ** 2).mean(axis=1, keepdims=True) + 0.01) * GAMMA
    c.equal(c.f(c.tensor(X), scale=c.tensor(GAMMA), axis=-1, epsilon=0.01), expected)
