"""Recipes for activations, losses and the decoding of sequences (CTC).

Run by: probes/run.py, inside a cell (never by the host). Floor: Python 2.7, numpy 1.11; no f-strings,
no keyword-only arguments, nothing but the standard library and the cell's own numpy. Protocol: each
function calls the attribute under test (``c.f``) and states what NumPy says the answer is.

Keras 2.0.7 turned the order of the losses' arguments from (output, target) to (target, output): the
recipes name them, which is right in every era. Whoever passes them by position has to know the release.
"""
import numpy as np

from recipes import recipe
from recipes import _ctc
from recipes._given import given

X = np.array([[-3.5, -1.0, -0.25], [0.5, 1.25, 4.0]], dtype="float32")
TARGET = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]], dtype="float32")
CLASSES = np.array([1, 0, 2], dtype="int32")
PROBABILITIES = np.array([[0.2, 0.7, 0.1], [0.5, 0.25, 0.25], [0.1, 0.3, 0.6]], dtype="float32")
BINARY_TARGET = np.array([[0, 1], [1, 0]], dtype="float32")
BINARY_OUTPUT = np.array([[0.2, 0.7], [0.9, 0.4]], dtype="float32")
# Log-probabilities are logits too: their softmax gives the probabilities back.
LOGITS = np.log(PROBABILITIES)
BINARY_LOGITS = np.log(BINARY_OUTPUT / (1 - BINARY_OUTPUT))


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _softmax(x, axis=-1):
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


# Activations


@recipe("relu")
def relu(c):
    "relu(x, alpha=0.0, max_value=None, threshold=0.0): max(x, 0), a slope below, a ceiling (keras.ops: x only)."
    c.equal(c.f(c.tensor(X)), np.maximum(X, 0))
    if c.accepts("alpha"):
        c.equal(c.f(c.tensor(X), alpha=0.1), np.where(X > 0, X, 0.1 * X))
    if c.accepts("max_value"):
        c.equal(c.f(c.tensor(X), max_value=1.5), np.clip(X, 0, 1.5))
    if c.accepts("alpha") and c.accepts("max_value"):
        c.equal(c.f(c.tensor(X), alpha=0.1, max_value=1.5), np.minimum(np.where(X > 0, X, 0.1 * X), 1.5))
    if c.accepts("threshold"):
        c.equal(c.f(c.tensor(X), threshold=1.0), np.where(X > 1, X, 0))
        c.equal(c.f(c.tensor(X), alpha=0.1, threshold=1.0), np.where(X > 1, X, 0.1 * (X - 1)))


@recipe("elu", "celu")
def elu(c):
    "elu(x, alpha=1.0): x, and alpha * (exp(x) - 1) below 0 (celu: alpha * (exp(x / alpha) - 1))."
    scale = 0.5 if c.name == "celu" else 1.0
    c.equal(c.f(c.tensor(X)), np.where(X > 0, X, np.exp(X) - 1))
    c.equal(c.f(c.tensor(X), alpha=0.5), np.where(X > 0, X, 0.5 * (np.exp(X / scale) - 1)))


@recipe("softmax")
def softmax(c):
    "softmax(x, axis=-1): positive numbers that sum to 1 along the axis."
    c.equal(c.f(c.tensor(X)), _softmax(X))
    if c.accepts("axis"):
        c.equal(c.f(c.tensor(X), axis=0), _softmax(X, axis=0))


@recipe("log_softmax")
def log_softmax(c):
    "log_softmax(x, axis=-1): the logarithm of softmax."
    c.equal(c.f(c.tensor(X)), np.log(_softmax(X)))


@recipe("hard_sigmoid")
def hard_sigmoid(c):
    "hard_sigmoid(x): a sigmoid of straight lines, 0.2 x + 0.5 within [0, 1] (keras.ops: x / 6 + 0.5)."
    slope = 1 / 6.0 if c.path.endswith("ops") else 0.2
    c.equal(c.f(c.tensor(X)), np.clip(slope * X + 0.5, 0, 1))


_SIMPLE = {
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "log_sigmoid": lambda x: -np.log(1 + np.exp(-x)),
    "silu": lambda x: x * _sigmoid(x),
    "swish": lambda x: x * _sigmoid(x),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "relu6": lambda x: np.clip(x, 0, 6),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * (np.exp(x) - 1)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
    "gelu": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3))),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "squareplus": lambda x: (x + np.sqrt(x ** 2 + 4)) / 2,
}


@recipe(*sorted(_SIMPLE))
def activation(c):
    "sigmoid(x), tanh(x), softplus(x), softsign(x) and their kin: one curve, with its default parameters."
    c.equal(c.f(c.tensor(X)), _SIMPLE[c.name](X))


@recipe("threshold")
def threshold(c):
    "threshold(x, threshold, default_value): x where it is above the threshold, else the default."
    c.equal(c.f(c.tensor(X), 0.75, -2.0), np.where(X > 0.75, X, -2.0))


@recipe("glu")
def glu(c):
    "glu(x, axis=-1): the first half times the sigmoid of the second."
    x = np.concatenate([X, X[::-1]], axis=1)
    c.equal(c.f(c.tensor(x)), X * _sigmoid(X[::-1]))


@recipe("T_softsign")
def theano_softsign(c):
    "T_softsign(x): Theano's own x / (1 + |x|), imported by name."
    c.equal(c.f(c.tensor(X)), X / (1 + np.abs(X)))


@recipe("sparsemax")
def sparsemax(c):
    "sparsemax(x, axis=-1): the nearest point whose coordinates are positive and sum to 1."
    c.equal(c.f(c.tensor(np.array([[0.5, 1.0, -2.0], [0.1, 3.0, 0.2]], dtype="float32"))),
            [[0.25, 0.75, 0.0], [0.0, 1.0, 0.0]])


# Losses: one number a sample, but for the binary ones, which give one for each element.


@recipe("categorical_crossentropy")
def categorical_crossentropy(c):
    "categorical_crossentropy(target, output, from_logits=False, axis=-1): -sum(target * log(output)) for each sample."
    expected = -(TARGET * LOGITS).sum(axis=-1)
    c.equal(c.f(target=given(c, TARGET), output=given(c, PROBABILITIES)), expected)
    c.equal(c.f(target=given(c, TARGET), output=given(c, LOGITS), from_logits=True), expected)
    if c.accepts("axis"):
        c.equal(c.f(target=given(c, TARGET.T), output=given(c, PROBABILITIES.T), axis=0), expected)


@recipe("sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(c):
    "sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1): the target is the class's number."
    expected = -(TARGET * LOGITS).sum(axis=-1)
    c.equal(c.f(target=given(c, CLASSES), output=given(c, PROBABILITIES)), expected)
    c.equal(c.f(target=given(c, CLASSES), output=given(c, LOGITS), from_logits=True), expected)
    if c.accepts("ignore_class"):
        c.equal(c.f(target=given(c, CLASSES), output=given(c, PROBABILITIES), ignore_class=2),
                np.where(CLASSES == 2, 0, expected))


@recipe("binary_crossentropy")
def binary_crossentropy(c):
    "binary_crossentropy(target, output, from_logits=False): -log of the probability given to what was true."
    expected = -np.log(np.where(BINARY_TARGET == 1, BINARY_OUTPUT, 1 - BINARY_OUTPUT))
    c.equal(c.f(target=given(c, BINARY_TARGET), output=given(c, BINARY_OUTPUT)), expected)
    c.equal(c.f(target=given(c, BINARY_TARGET), output=given(c, BINARY_LOGITS), from_logits=True), expected)


@recipe("binary_focal_crossentropy", "binary_weighted_focal_crossentropy")
def binary_focal_crossentropy(c):
    "binary_focal_crossentropy(target, output, gamma=2.0): (1 - p) ** gamma * crossentropy, p given to what was true."
    chance = np.where(BINARY_TARGET == 1, BINARY_OUTPUT, 1 - BINARY_OUTPUT)
    expected = -np.log(chance) * (1 - chance) ** 1.5
    balance = np.where(BINARY_TARGET == 1, 0.3, 0.7)
    inputs = {"target": given(c, BINARY_TARGET), "output": given(c, BINARY_OUTPUT), "gamma": 1.5}
    if c.name == "binary_weighted_focal_crossentropy":
        c.equal(c.f(alpha=0.3, **inputs), balance * expected)
        return
    c.equal(c.f(**inputs), expected)
    if c.accepts("apply_class_balancing"):
        c.equal(c.f(apply_class_balancing=True, alpha=0.3, **inputs), balance * expected)


@recipe("categorical_focal_crossentropy")
def categorical_focal_crossentropy(c):
    "categorical_focal_crossentropy(target, output, alpha=0.25, gamma=2.0): alpha * (1 - p) ** gamma * crossentropy."
    chance = (TARGET * PROBABILITIES).sum(axis=-1)
    expected = -0.3 * (1 - chance) ** 1.5 * np.log(chance)
    for output, from_logits in ((PROBABILITIES, False), (LOGITS, True)):
        loss = c.f(target=given(c, TARGET), output=given(c, output), alpha=0.3, gamma=1.5, from_logits=from_logits)
        c.equal(loss, expected)


@recipe("psnr")
def psnr(c):
    "psnr(x1, x2, max_val): the peak signal-to-noise ratio in decibels."
    error = ((PROBABILITIES - TARGET) ** 2).mean()
    c.equal(c.f(c.tensor(PROBABILITIES), c.tensor(TARGET), 1.0), -10 * np.log10(error))


# CTC: sequences without alignment


@recipe("ctc_batch_cost")
def ctc_batch_cost(c):
    "ctc_batch_cost(y_true, y_pred, input_length, label_length): -log P(labels), shape (samples, 1); last class blank."
    expected = [[_ctc.cost(*sample)] for sample in _ctc.samples()]
    loss = c.f(given(c, _ctc.LABELS), given(c, _ctc.OUTPUT),
               given(c, _ctc.OUTPUT_LENGTHS[:, None]), given(c, _ctc.LABEL_LENGTHS[:, None]))
    c.equal(loss, expected, rtol=1e-3)


@recipe("ctc_loss")
def ctc_loss(c):
    "ctc_loss(target, output, target_length, output_length, mask_index=0): as ctc_batch_cost, of logits; class 0 blank."
    logits = np.log(np.roll(_ctc.OUTPUT, 1, axis=-1))
    loss = c.f(c.tensor(_ctc.LABELS + 1), c.tensor(logits), c.tensor(_ctc.LABEL_LENGTHS), c.tensor(_ctc.OUTPUT_LENGTHS))
    c.equal(loss, [_ctc.cost(*sample) for sample in _ctc.samples()], rtol=1e-3)


@recipe("ctc_decode")
def ctc_decode(c):
    "ctc_decode(y_pred, input_length, greedy=True): ([labels, filled up with -1], log-probabilities)."
    if c.accepts("strategy"):
        how = ({"strategy": "greedy", "mask_index": 2}, {"strategy": "beam_search", "beam_width": 20, "mask_index": 2})
        output = np.log(_ctc.OUTPUT)
    else:
        how = ({"greedy": True}, {"greedy": False, "beam_width": 20, "top_paths": 1})
        output = _ctc.OUTPUT
    expected = (_ctc.best_path, _ctc.best_labels)
    for options, decode in zip(how, expected):
        decoded, _ = c.f(given(c, output), given(c, _ctc.OUTPUT_LENGTHS), **options)
        rows = np.asarray(c.eval(decoded[0]))
        found = [[int(label) for label in row if label >= 0] for row in rows]
        wanted = [decode(steps, length) for steps, length in zip(_ctc.OUTPUT, _ctc.OUTPUT_LENGTHS)]
        c.true(found == wanted, "%s: %s instead of %s" % (decode.__name__, found, wanted))


@recipe("ctc_label_dense_to_sparse")
def ctc_label_dense_to_sparse(c):
    "ctc_label_dense_to_sparse(labels, label_lengths): a sparse tensor of the labels that count."
    sparse = c.f(given(c, _ctc.LABELS), given(c, _ctc.LABEL_LENGTHS))
    c.equal(sparse.indices, [[0, 0], [0, 1], [1, 0]])
    c.equal(sparse.values, [0, 1, 1])
