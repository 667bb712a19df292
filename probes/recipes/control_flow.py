"""Call recipes: conditions and phases chosen by a condition.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.
"""

import functools

import numpy as np

from recipes import recipe
from recipes.references import sample

A, B = sample(2, 3), sample(2, 3) * 10 + 5


def truth(c, value):
    "A scalar boolean tensor, made as every era can make one."
    return c.K.equal(c.tensor(np.float32(1)), c.tensor(np.float32(1 if value else 0)))


@recipe("switch")
def switch(c):
    "switch(condition, then_expression, else_expression); ops.switch(index, branches, *operands)."
    if c.accepts("branches"):
        for index, expected in ((0, A + B), (1, A * B)):
            actual = c.f(c.tensor(np.int32(index)), [lambda x, y: x + y, lambda x, y: x * y],
                         c.tensor(A), c.tensor(B))
            c.equal(actual, expected)
        return
    first, second = c.hold(c.tensor(A)), c.hold(c.tensor(B))
    c.equal(c.f(truth(c, True), first, second), A)
    c.equal(c.f(truth(c, False), first, second), B)


@recipe("cond")
def cond(c):
    "cond(pred, true_fn, false_fn): the result of one of two functions without arguments."
    c.equal(c.f(c.tensor(np.array(True)), lambda: c.tensor(A), lambda: c.tensor(B)), A)
    c.equal(c.f(c.tensor(np.array(False)), lambda: c.tensor(A), lambda: c.tensor(B)), B)


def _by_phase(c, phase):
    "What in_train_phase or in_test_phase selects from (A, B) in phase 0 (test) or 1 (train)."
    first, second = c.hold(c.tensor(A)), c.hold(c.tensor(B))
    if c.accepts("training"):
        return c.f(first, second, training=phase)
    # Up to Keras 1.2 the phase is an input that every compiled function is fed.
    function = c.K.function([c.K.learning_phase()], [c.f(first, second)])
    return function([phase])[0]


@recipe("in_train_phase")
def in_train_phase(c):
    "in_train_phase(x, alt, training): x while training (phase 1), alt otherwise."
    c.equal(_by_phase(c, 1), A)
    c.equal(_by_phase(c, 0), B)


@recipe("in_test_phase")
def in_test_phase(c):
    "in_test_phase(x, alt, training): x while testing (phase 0), alt otherwise."
    c.equal(_by_phase(c, 0), A)
    c.equal(_by_phase(c, 1), B)


@recipe("control_dependencies")
def control_dependencies(c):
    "with control_dependencies([update]): what is built inside runs after the update."
    variable = c.hold(c.variable(A))
    assign = getattr(variable, "assign", None) or functools.partial(c.K.update, variable)
    with c.f([assign(c.tensor(B))]):
        result = c.tensor(A) * 2
    c.equal(result, A * 2)
    c.equal(variable, B)


@recipe("ifelse")
def ifelse(c):
    "ifelse(condition, then_branch, else_branch): Theano's own choice, which computes only one side."
    c.equal(c.f(truth(c, True), c.tensor(A), c.tensor(B)), A)
    c.equal(c.f(truth(c, False), c.tensor(A), c.tensor(B)), B)
