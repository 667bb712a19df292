"""Call recipes: the parts of CTC that Keras's Theano backend left public (Keras 1.1 and later).

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.

Labels are interleaved with blanks (index -1, the last class): [a, b] becomes [-1, a, -1, b, -1].
"""

from __future__ import division

import numpy as np

from recipes import recipe
from recipes.references import sample

LABELS = np.array([1, 2, 2], dtype="int32")
PATH = np.array([-1, 1, -1, 2, -1, 2, -1], dtype="int32")
PREDICTED = np.abs(sample(6, 4)) + 0.1
PREDICTED /= PREDICTED.sum(axis=1, keepdims=True)


def log_likelihood():
    "Forward algorithm on the smoothed predictions (alpha = 1e-4), in plain probabilities."
    emitted = (1 - 1e-4) * PREDICTED[:, PATH] + 1e-4 / len(PATH)
    reached = np.zeros(len(PATH))
    reached[:2] = emitted[0, :2]
    for now in emitted[1:]:
        before = reached.copy()
        for s in range(len(PATH)):
            skip = s > 1 and PATH[s] != -1 and PATH[s] != PATH[s - 2]
            reached[s] = now[s] * (before[s] + (before[s - 1] if s else 0) + (before[s - 2] if skip else 0))
    return np.log(reached[-1] + reached[-2])


@recipe("ctc_interleave_blanks")
def ctc_interleave_blanks(c):
    "ctc_interleave_blanks(Y): a blank before, between and after the labels."
    c.equal(c.f(c.tensor(LABELS)), PATH)


@recipe("ctc_create_skip_idxs")
def ctc_create_skip_idxs(c):
    "ctc_create_skip_idxs(Y): where the blank between two different labels may be left out."
    c.equal(c.f(c.tensor(PATH)), np.array([1]))


@recipe("ctc_update_log_p")
def ctc_update_log_p(c):
    "ctc_update_log_p(skip_idxs, zeros, active, log_p_curr, log_p_prev): one step of the forward algorithm."
    before, now = np.log(np.array([0.5, 0.25, 1, 1, 1, 1, 1])), np.log(PREDICTED[1, PATH])
    active, after = c.f(c.tensor(np.array([1])), c.tensor(np.zeros(7)), c.tensor(np.int32(2)),
                        c.tensor(now), c.tensor(before))
    c.equal(active, np.int32(4))
    reached = now[:4] + np.log([0.5, 0.5 + 0.25, 0.25, 0.25])
    c.equal(after, np.concatenate([reached, np.zeros(3)]))


@recipe("ctc_path_probs")
def ctc_path_probs(c):
    "ctc_path_probs(predict, Y, alpha): (log probability of each step and place, which count)."
    log_probs, mask = [c.eval(part) for part in c.f(c.tensor(PREDICTED), c.tensor(PATH))]
    each_step = np.log(np.sum(np.where(mask, np.exp(log_probs), 0), axis=1))
    c.equal(each_step, np.full(6, log_likelihood()))


@recipe("ctc_cost")
def ctc_cost(c):
    "ctc_cost(predict, Y): minus the log of the labels' probability, added up over the steps: log(steps) too low."
    predicted = c.placeholder(ndim=2)
    labels = c.placeholder(ndim=1, dtype="int32")
    cost = c.eval(c.f(predicted, labels), {predicted: PREDICTED.astype("float32"), labels: LABELS})
    c.equal(cost, -log_likelihood() - np.log(len(PREDICTED)), rtol=1e-3)
