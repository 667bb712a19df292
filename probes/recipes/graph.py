"""Call recipes: placeholders, compiled functions, gradients.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.
"""

import numpy as np

from recipes import recipe
from recipes.references import sample

A = sample(2, 3)


@recipe("placeholder")
def placeholder(c):
    "placeholder(shape, ndim, dtype): an input that a compiled function is fed."
    x = c.f(shape=(2, 3))
    run = c.K.function([x], [x * 2 + 1])
    c.equal(run([A])[0], A * 2 + 1)
    c.true(c.K.ndim(c.f(ndim=4)) == 4, "placeholder(ndim=4) has 4 axes")


@recipe("is_placeholder")
def is_placeholder(c):
    "is_placeholder(x): true for what placeholder() returns, false for a variable."
    c.true(c.f(c.K.placeholder(shape=(2, 3))), "a placeholder is one")
    c.true(not c.f(c.variable(A)), "a variable is no placeholder")


@recipe("function")
def function(c):
    "function(inputs, outputs, updates): a callable from a list of arrays to a list of arrays."
    x, y = c.K.placeholder(shape=(2, 3)), c.K.placeholder(shape=(2, 3))
    run = c.f([x, y], [x + y, x * y])
    for first, second in ((A, A * 3), (A + 1, A)):
        outputs = run([first, second])
        c.equal(outputs[0], first + second)
        c.equal(outputs[1], first * second)


@recipe("gradients")
def gradients(c):
    "gradients(loss, variables): the derivative of a scalar loss by each variable."
    if not hasattr(c.K, "placeholder") or not hasattr(c.K, "function"):  # Keras 3 has variables only
        x, y = c.variable(A), c.variable(A * 3 + 1)
        total = c.tools.helper("sum") or c.keras.ops.sum
        by_x, by_y = c.f(total(x * x * y), [x, y])
        c.equal(by_x, 2 * A * (A * 3 + 1))
        c.equal(by_y, A * A)
        return
    x, y = c.K.placeholder(shape=(2, 3)), c.K.placeholder(shape=(2, 3))
    slopes = c.K.function([x, y], c.f(c.K.sum(c.K.square(x) * y), [x, y]))
    by_x, by_y = slopes([A, A * 3 + 1])
    c.equal(by_x, 2 * A * (A * 3 + 1))
    c.equal(by_y, A * A)


@recipe("stop_gradient")
def stop_gradient(c):
    "stop_gradient(variables): the same values, constant for differentiation."
    x = c.hold(c.tensor(A))
    c.equal(c.f(x), A)
    slope = _slope(c, lambda x: x * x + c.f(x * x) * x, A)
    if slope is not None:
        c.equal(slope, 2 * A + A * A)


def _slope(c, function, at):
    "The derivative of sum(function(x)), by the backend's own means; None where there are none."
    if c.backend == "theano" or (c.backend == "tensorflow" and not c.eager):
        x = c.hold(c.variable(at))
        return c.K.gradients(c.K.sum(function(x)), [x])[0]
    if c.backend == "tensorflow":
        import tensorflow as tf
        x = tf.constant(at)
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(function(x))
        return tape.gradient(total, x)
    if c.backend == "jax":
        import jax
        return jax.grad(lambda x: function(x).sum())(np.asarray(at))
    if c.backend == "torch":
        import torch
        x = torch.tensor(at, requires_grad=True)
        function(x).sum().backward()
        return x.grad
    return None


@recipe("custom_gradient")
def custom_gradient(c):
    "ops.custom_gradient(f): f returns (value, grad function), and that is what differentiation uses."
    def with_slope_seven(x):
        def grad(*args, **kwargs):
            upstream = args[0] if len(args) == 1 else kwargs.get("upstream", args[-1])
            return upstream * 7.0
        return x * x, grad
    c.equal(c.f(with_slope_seven)(c.tensor(A)), A * A)


@recipe("jvp")
def jvp(c):
    "ops.jvp(fun, primals, tangents): (value, derivative in the direction of the tangents)."
    value, slope = c.f(lambda x: x * x, (c.tensor(A),), (c.tensor(A + 1),))
    c.equal(value, A * A)
    c.equal(slope, 2 * A * (A + 1))
