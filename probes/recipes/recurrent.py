"""Call recipes: loops over time and over elements.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.

What changed in `rnn`: Keras 0.3.1 skips all-zero steps (`masking=True`, Theano only) where every later
release takes a `mask`; `constants` came with 0.3.3, `unroll` with 1.0. The step function and the result,
(last output, all outputs, last states), have stayed the same.
"""

from __future__ import division

import numpy as np

from recipes import recipe, untestable
from recipes.references import decaying_sum, sample

X = sample(2, 5, 3)
MASK = np.array([[True, True, False, True, False], [True, False, True, True, True]])


def step(inputs, states):
    "One step: half of the state, and the input. Returns (output, [new state])."
    state = states[0] / 2 + inputs
    return state, [state]


@recipe("rnn")
def rnn(c):
    "rnn(step_function, inputs, initial_states, go_backwards, mask): (last_output, outputs, new_states)."
    plain = {"masking": False} if c.accepts("masking") else {}

    def check(times, expected, **given):
        "Outputs come in the order in which they were computed."
        start = c.tensor(np.zeros((2, 3), dtype="float32"))
        last, outputs, states = c.f(step, c.tensor(times), [start], **dict(plain, **given))
        c.equal(outputs, expected)
        c.equal(last, expected[:, -1])
        c.equal(states[0], expected[:, -1])

    check(X, decaying_sum(X))
    check(X, decaying_sum(X[:, ::-1]), go_backwards=True)
    if c.accepts("mask"):
        mask = MASK
        if c.backend == "theano":  # switches on numbers
            mask = MASK.astype("int8")
        check(X, decaying_sum(X, MASK), mask=c.tensor(mask))


ELEMENTS = np.array([1.0, 2.0, 4.0, 8.0], dtype="float32")


@recipe("foldl")
def foldl(c):
    "foldl(fn, elems, initializer): fn(accumulator, element) from the left."
    c.equal(c.f(lambda acc, x: acc / 2 + x, c.tensor(ELEMENTS)), 8 + 4 / 2 + 2 / 4 + 1 / 8)


@recipe("foldr")
def foldr(c):
    "foldr(fn, elems, initializer): fn(accumulator, element) from the right."
    c.equal(c.f(lambda acc, x: acc / 2 + x, c.tensor(ELEMENTS)), 1 + 2 / 2 + 4 / 4 + 8 / 8)


@recipe("map_fn")
def map_fn(c):
    "map_fn(fn, elems): fn of each element along the first axis, stacked."
    c.equal(c.f(lambda row: row * row + 1, c.tensor(X[0])), X[0] ** 2 + 1)


@recipe("map", "vectorized_map")
def map_elements(c):
    "ops.map(f, xs), ops.vectorized_map(function, elements): along the first axis, stacked."
    c.equal(c.f(lambda row: row * row + 1, c.tensor(X[0])), X[0] ** 2 + 1)


@recipe("vectorize")
def vectorize(c):
    "ops.vectorize(pyfunc): a function of single numbers becomes one of whole tensors."
    c.equal(c.f(lambda x, y: x * y + 1)(c.tensor(X[0]), c.tensor(X[1])), X[0] * X[1] + 1)


@recipe("scan")
def scan(c):
    "ops.scan(f, init, xs): f(carry, x) gives (carry, y); the result is (last carry, stacked ys)."
    def body(carry, x):
        return carry / 2 + x, carry / 2 + x
    last, outputs = c.f(body, c.tensor(np.zeros(3, dtype="float32")), c.tensor(X[0]))
    expected = decaying_sum(X[:1])[0]
    c.equal(outputs, expected)
    c.equal(last, expected[-1])


@recipe("associative_scan")
def associative_scan(c):
    "ops.associative_scan(f, elems): every prefix combined by f, here matrix-free products."
    c.equal(c.f(lambda a, b: a * b, c.tensor(ELEMENTS)), np.cumprod(ELEMENTS))


@recipe("fori_loop")
def fori_loop(c):
    "ops.fori_loop(lower, upper, body_fun, init_val): body_fun(i, value) for i in range(lower, upper)."
    c.equal(c.f(2, 5, lambda i, value: value * 2.0, c.tensor(ELEMENTS)), ELEMENTS * 8)


@recipe("while_loop")
def while_loop(c):
    "ops.while_loop(cond, body, loop_vars): body until cond is false."
    maximum = c.tools.helper("max") or c.keras.ops.max
    result = c.f(lambda x: maximum(x) < 50, lambda x: [x * 2], [c.tensor(ELEMENTS)])
    c.equal(result[0] if isinstance(result, (list, tuple)) else result, ELEMENTS * 8)


for _name in ("lstm", "gru", "bidirectional_lstm", "bidirectional_gru"):
    untestable(_name, "the fused kernel of a Keras 3 layer: raises NotImplementedError where there is no GPU")
untestable("cudnn_ok", "answers whether the fused GPU kernel fits; there is no GPU in a cell")
