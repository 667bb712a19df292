"""Call recipes: reading and writing variables.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.

An update happens at once in eager TensorFlow; in graph mode the call returns an operation to run; on
Theano it returns a pair (variable, new expression) for `function(..., updates=[pair])`.
"""

import numpy as np

from recipes import recipe
from recipes.references import sample

A, B = sample(2, 3), sample(2, 3) * 10 + 5


def perform(c, update, variable):
    "Let an update of a variable that holds A happen, whatever the era hands back for it."
    if isinstance(update, tuple):
        c.K.function([], [], updates=[update])([])
    elif not c.eager:
        c.eval(update)
    elif hasattr(c.K, "symbolic") and np.array_equal(c.eval(variable), A):
        # Keras 2.3 builds some updates in its own graph on TensorFlow 2: a function performs them.
        x = c.K.placeholder(shape=(2, 3))
        c.K.function([x], [c.K.square(x)], updates=[update])([A])


def graph_variables(c):
    "The variables of TensorFlow's default graph, by name; none in eager execution and elsewhere."
    if c.backend != "tensorflow" or c.eager:
        return {}
    import tensorflow as tf
    tf1 = getattr(getattr(tf, "compat", None), "v1", tf)
    return dict((variable.name, variable) for variable in tf1.global_variables())


@recipe("update")
def update(c):
    "update(x, new_x): x becomes new_x."
    x = c.hold(c.variable(A))
    perform(c, c.f(x, c.tensor(B)), x)
    c.equal(c.eval(x), B)


@recipe("update_add")
def update_add(c):
    "update_add(x, increment): x becomes x + increment."
    x = c.hold(c.variable(A))
    perform(c, c.f(x, c.tensor(B)), x)
    c.equal(c.eval(x), A + B)


@recipe("update_sub")
def update_sub(c):
    "update_sub(x, decrement): x becomes x - decrement."
    x = c.hold(c.variable(A))
    perform(c, c.f(x, c.tensor(B)), x)
    c.equal(c.eval(x), A - B)


@recipe("moving_average_update")
def moving_average_update(c):
    "moving_average_update(x, value, momentum): x becomes x * momentum + value * (1 - momentum)."
    x = c.hold(c.variable(A))
    known = graph_variables(c)
    result = c.f(x, c.tensor(B), 0.75)
    for name, helper in graph_variables(c).items():
        if name not in known:  # tf.keras 1.x counts the steps; the user has to initialise that
            c.eval(helper.initializer)
    perform(c, result, x)
    moved = c.eval(x)
    c.true(not np.allclose(moved, B, atol=1e-4), "debiased (zero_debias): the first update gives the value itself")
    c.equal(moved, A * 0.75 + B * 0.25)


@recipe("eval")
def eval_(c):
    "eval(x): the value of a variable or an expression as a NumPy array."
    x = c.hold(c.variable(A))
    c.equal(c.f(x), A)
    c.equal(c.f(x * 2 + 1), A * 2 + 1)


@recipe("get_value")
def get_value(c):
    "get_value(x): the value of a variable as a NumPy array."
    c.equal(c.f(c.hold(c.variable(A))), A)


@recipe("set_value")
def set_value(c):
    "set_value(x, value): gives a variable a new value from a NumPy array."
    x = c.hold(c.variable(A))
    c.f(x, B)
    c.equal(c.eval(x), B)


@recipe("batch_get_value")
def batch_get_value(c):
    "batch_get_value(tensors): the values of many variables, in their order, in one session run."
    x, y = c.hold(c.variable(A)), c.hold(c.variable(B))
    values = c.f([y, x])
    c.true(len(values) == 2, "as many values as variables")
    c.equal(values[0], B)
    c.equal(values[1], A)


@recipe("batch_set_value")
def batch_set_value(c):
    "batch_set_value([(variable, value), ...]): new values for many variables at once."
    x, y = c.hold(c.variable(A)), c.hold(c.variable(B))
    c.f([(x, B), (y, A * 2)])
    c.equal(c.eval(x), B)
    c.equal(c.eval(y), A * 2)
