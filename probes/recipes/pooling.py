"""Call recipes: pooling.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.
"""

import numpy as np

from recipes import recipe
from recipes.convolution import X1, X2, X3, given, options
from recipes.references import pooled


@recipe("pool2d")
def pool2d(c):
    "pool2d(x, pool_size, strides, padding, data_format, pool_mode='max' or 'avg')."
    for mode in ("max", "avg"):
        how = options(c, strides=(2, 1), padding="valid")
        c.equal(c.f(given(c, X2), (2, 3), pool_mode=mode, **how), pooled(X2, (2, 3), (2, 1), mode=mode))
    if c.accepts("data_format"):  # Keras 0.x on Theano has no "same"
        for mode in ("max", "avg"):
            how = options(c, strides=(1, 1), padding="same")
            found = c.eval(c.f(given(c, X2), (3, 3), pool_mode=mode, **how))
            padded = np.pad(X2, ((0, 0), (1, 1), (1, 1), (0, 0)), "constant")
            c.true(mode == "max" or found.shape != X2.shape
                   or not np.allclose(found, pooled(padded, (3, 3), (1, 1), mode=mode), atol=1e-5),
                   "averages with padding='same' count the zeros around the image")
            c.equal(found, pooled(X2, (3, 3), (1, 1), "same", mode))


@recipe("pool3d")
def pool3d(c):
    "pool3d(x, pool_size, strides, padding, data_format, pool_mode='max' or 'avg')."
    for mode in ("max", "avg"):
        how = options(c, strides=(2, 1, 2), padding="valid")
        c.equal(c.f(given(c, X3), (2, 3, 2), pool_mode=mode, **how),
                pooled(X3, (2, 3, 2), (2, 1, 2), mode=mode))


@recipe("max_pool", "average_pool")
def rank_free_pool(c):
    "ops.max_pool(inputs, pool_size, strides, padding, data_format), and average_pool."
    mode = "max" if c.name == "max_pool" else "avg"
    for x, window, strides in ((X1, (3,), (2,)), (X2, (2, 3), (2, 1)), (X3, (2, 3, 2), (2, 1, 2))):
        how = options(c, strides=strides, padding="valid")
        c.equal(c.f(given(c, x), window, **how), pooled(x, window, strides, mode=mode))
    how = options(c, strides=(2, 2), padding="same")
    c.equal(c.f(given(c, X2), (3, 3), **how), pooled(X2, (3, 3), (2, 2), "same", mode))


@recipe("adaptive_max_pool", "adaptive_average_pool")
def adaptive_pool(c):
    "ops.adaptive_max_pool(inputs, output_size, data_format): window i covers floor(i*n/k) to ceil((i+1)*n/k)."
    reduce = np.max if c.name == "adaptive_max_pool" else np.mean
    edges = [(i * 9 // 4, -(-(i + 1) * 9 // 4)) for i in range(4)]
    expected = np.stack([reduce(X1[:, low:high], axis=1) for low, high in edges], axis=1)
    c.equal(c.f(given(c, X1), 4, **options(c)), expected)
