"""NumPy references shared by the call recipes on structure (convolution, pooling, recurrence).

Runs inside a cell, imported by its recipe modules (see probes/run.py for the protocol).
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.

All arrays are channels-last. The data is irregular on purpose: a flipped kernel, swapped axes or
reversed time must change the result.
"""

from __future__ import division

import numpy as np


def sample(*shape):
    "Irregular, reproducible float32 numbers between -1 and 1."
    return np.random.RandomState(len(shape) * 100 + shape[-1]).uniform(-1, 1, shape).astype("float32")


def flipped(kernel, rank):
    "The kernel with its spatial axes (the first `rank`) reversed: convolution in the strict sense."
    return kernel[(slice(None, None, -1),) * rank]


def correlate(x, kernel, strides, padding="valid", dilation=None):
    "Cross-correlation of (N, *space, C) with (*window, C, F), as every deep-learning `conv` documents."
    rank = kernel.ndim - 2
    taps = windows(x, kernel.shape[:rank], strides, padding, dilation or (1,) * rank)
    total = 0.0
    for place, values in taps:
        total = total + np.tensordot(values, kernel[place], axes=1)
    return total


def correlate_depthwise(x, kernel, strides, padding="valid", dilation=None):
    "Each channel with its own M kernels (*window, C, M); output channel c * M + m."
    rank = kernel.ndim - 2
    taps = windows(x, kernel.shape[:rank], strides, padding, dilation or (1,) * rank)
    total = 0.0
    for place, values in taps:
        product = values[..., np.newaxis] * kernel[place]
        total = total + product.reshape(product.shape[:-2] + (-1,))
    return total


def transposed(x, kernel, strides):
    "The adjoint of `correlate` with valid padding; kernel (*window, F, C), x (N, *space, C)."
    rank = kernel.ndim - 2
    space = x.shape[1:-1]
    size = tuple((space[i] - 1) * strides[i] + kernel.shape[i] for i in range(rank))
    result = np.zeros((x.shape[0],) + size + (kernel.shape[rank],))
    for place in np.ndindex(*kernel.shape[:rank]):
        spread = tuple(slice(place[i], place[i] + (space[i] - 1) * strides[i] + 1, strides[i])
                       for i in range(rank))
        result[(slice(None),) + spread] += np.tensordot(x, kernel[place].T, axes=1)
    return result


def pooled(x, window, strides, padding="valid", mode="max"):
    "Maximum or average over windows; cells of the padding count neither for the one nor the other."
    taps = windows(x, window, strides, padding, (1,) * len(window), fill=np.nan)
    stack = np.array([values for _, values in taps])
    return np.nanmax(stack, axis=0) if mode == "max" else np.nanmean(stack, axis=0)


def windows(x, window, strides, padding, dilation, fill=0.0):
    "For each place in the window, the values of x that it meets: pairs (place, (N, *out, C))."
    rank = len(window)
    reach = [(window[i] - 1) * dilation[i] + 1 for i in range(rank)]
    if padding == "same":
        short = [max((-(-x.shape[i + 1] // strides[i]) - 1) * strides[i] + reach[i] - x.shape[i + 1], 0)
                 for i in range(rank)]
        widths = [(0, 0)] + [(s // 2, s - s // 2) for s in short] + [(0, 0)]
        x = np.pad(x.astype("float64"), widths, "constant", constant_values=fill)
    size = [(x.shape[i + 1] - reach[i]) // strides[i] + 1 for i in range(rank)]
    taps = []
    for place in np.ndindex(*window):
        first = [place[i] * dilation[i] for i in range(rank)]
        cut = tuple(slice(first[i], first[i] + (size[i] - 1) * strides[i] + 1, strides[i])
                    for i in range(rank))
        taps.append((place, x[(slice(None),) + cut]))
    return taps


def decaying_sum(x, mask=None):
    "h[t] = h[t-1] / 2 + x[t] over axis 1, from zeros; a masked step repeats the one before it."
    state = np.zeros_like(x[:, 0])
    outputs = []
    for t in range(x.shape[1]):
        new = state / 2 + x[:, t]
        state = new if mask is None else np.where(mask[:, t, np.newaxis], new, state)
        outputs.append(state)
    return np.stack(outputs, axis=1)
