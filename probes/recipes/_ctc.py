"""NumPy's answers for the CTC recipes: the sum over all alignments, written out.

Imported by recipes inside a cell. Floor: Python 2.7, numpy 1.11; no f-strings, no keyword-only
arguments, nothing but the standard library and the cell's own numpy.
"""
import itertools

import numpy as np

BLANK = 2  # the last of three classes

# (samples, steps, classes) probabilities; the second sample is one step shorter, and has one label.
OUTPUT = np.array([[[0.6, 0.1, 0.3], [0.2, 0.3, 0.5], [0.1, 0.7, 0.2], [0.15, 0.6, 0.25]],
                   [[0.1, 0.3, 0.6], [0.2, 0.7, 0.1], [0.25, 0.15, 0.6], [0.5, 0.3, 0.2]]], dtype="float32")
OUTPUT_LENGTHS = np.array([4, 3], dtype="int32")
LABELS = np.array([[0, 1], [1, 0]], dtype="int32")
LABEL_LENGTHS = np.array([2, 1], dtype="int32")


def samples():
    "(labels, output) of each sample, without what fills them up."
    return [(list(labels[:label_length]), output[:length]) for labels, label_length, output, length
            in zip(LABELS, LABEL_LENGTHS, OUTPUT, OUTPUT_LENGTHS)]


def collapse(path):
    "The labels that an alignment spells: runs become one, then blanks go."
    return [int(label) for label, _ in itertools.groupby(path) if label != BLANK]


def _weights(output):
    "(labels, probability) of every alignment."
    for path in itertools.product(range(output.shape[1]), repeat=len(output)):
        yield collapse(path), np.prod([output[step, label] for step, label in enumerate(path)])


def cost(labels, output):
    "-log of the probability of all alignments that spell the labels."
    return -np.log(sum(weight for spelt, weight in _weights(output) if spelt == labels))


def best_path(output, length):
    "What the most probable class of each step spells (greedy)."
    return collapse(output[:length].argmax(axis=-1))


def best_labels(output, length):
    "The labels whose alignments are the most probable together (an exhaustive beam)."
    totals = {}
    for spelt, weight in _weights(output[:length]):
        totals[tuple(spelt)] = totals.get(tuple(spelt), 0.0) + weight
    return list(max(totals, key=totals.get))
