"""Call recipes: convolutions.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.

What changed between eras: `border_mode` became `padding`, `dim_ordering="tf"` became
`data_format="channels_last"` (Keras 2.0), `deconv2d` became `conv2d_transpose`, `atrous_conv2d` became
`dilation_rate`. On Theano the kernel is flipped (convolution in the strict sense) in every release but
for depthwise kernels; on TensorFlow, JAX and PyTorch it never is (cross-correlation).
"""

import numpy as np

from recipes import recipe
from recipes.references import correlate, correlate_depthwise, flipped, sample, transposed

X1 = sample(2, 9, 3)
X2 = sample(2, 7, 6, 3)
X3 = sample(2, 5, 6, 4, 3)


def options(c, **wanted):
    "The wanted options under the names that this release gives them."
    eras = {"padding": ("padding", "border_mode"),
            "strides": ("strides", "stride"),
            "dilation": ("dilation_rate", "filter_dilation", "rate")}
    given = {}
    for option, value in wanted.items():
        names = [name for name in eras[option] if c.accepts(name)]
        given[names[0] if names else eras[option][0]] = value
    if c.accepts("data_format") or c.accepts("dim_ordering"):
        given.update(c.data_format("channels_last"))
    return given


def given(c, array):
    "An input or a kernel. Theano must know its shape when the graph is built: a variable tells it."
    return c.variable(array) if c.backend == "theano" else c.tensor(array)


def check(c, actual, expected):
    "Compare; without a C compiler Theano convolves in Python, and only where nothing is optimised."
    if c.backend == "theano":
        import theano
        mode = theano.compile.Mode(linker="py", optimizer=None)
        actual = theano.function([], actual, mode=mode)()
    c.equal(actual, expected)


def effective(c, kernel):
    "The kernel as cross-correlation sees it: Theano flips the spatial axes."
    return flipped(kernel, kernel.ndim - 2) if c.backend == "theano" else kernel


@recipe("conv1d")
def conv1d(c):
    "conv1d(x, kernel, strides=1, padding, data_format, dilation_rate): x (N, steps, C), kernel (width, C, F)."
    kernel = sample(3, 3, 4)
    actual = c.f(given(c, X1), given(c, kernel), **options(c, strides=2, padding="valid"))
    check(c, actual, correlate(X1, effective(c, kernel), (2,)))
    if c.accepts("dilation_rate"):
        actual = c.f(given(c, X1), given(c, kernel), **options(c, padding="causal", dilation=2))
        past = np.concatenate([np.zeros((2, 4, 3)), X1], axis=1)
        check(c, actual, correlate(past, effective(c, kernel), (1,), dilation=(2,)))


@recipe("conv2d")
def conv2d(c):
    "conv2d(x, kernel, strides, padding, data_format): x (N, rows, cols, C), kernel (rows, cols, C, F)."
    kernel = sample(3, 2, 3, 4)
    actual = c.f(given(c, X2), given(c, kernel), **options(c, strides=(2, 1), padding="valid"))
    check(c, actual, correlate(X2, effective(c, kernel), (2, 1)))
    kernel = sample(3, 5, 3, 2)
    actual = c.f(given(c, X2), given(c, kernel), **options(c, strides=(1, 1), padding="same"))
    check(c, actual, correlate(X2, effective(c, kernel), (1, 1), "same"))


@recipe("conv3d")
def conv3d(c):
    "conv3d(x, kernel, strides, padding, data_format): x (N, a, b, c, C), kernel (a, b, c, C, F)."
    kernel = sample(2, 3, 2, 3, 4)
    actual = c.f(given(c, X3), given(c, kernel), **options(c, strides=(1, 2, 1), padding="valid"))
    check(c, actual, correlate(X3, effective(c, kernel), (1, 2, 1)))


@recipe("conv2d_transpose")
def conv2d_transpose(c):
    "conv2d_transpose(x, kernel, output_shape, strides, padding, data_format): kernel (rows, cols, F, C)."
    kernel = sample(3, 2, 4, 3)
    expected = transposed(X2, effective(c, kernel), (2, 1))
    check(c, c.f(given(c, X2), given(c, kernel), expected.shape,
                **options(c, strides=(2, 1), padding="valid")), expected)


@recipe("conv3d_transpose")
def conv3d_transpose(c):
    "conv3d_transpose(x, kernel, output_shape, strides, padding, data_format): kernel (a, b, c, F, C)."
    kernel = sample(2, 3, 2, 4, 3)
    expected = transposed(X3, effective(c, kernel), (1, 2, 1))
    check(c, c.f(given(c, X3), given(c, kernel), expected.shape,
                **options(c, strides=(1, 2, 1), padding="valid")), expected)


@recipe("deconv2d")
def deconv2d(c):
    "deconv2d(x, kernel, output_shape, strides, border_mode, dim_ordering, filter_shape): kernel (rows, cols, C, F)."
    kernel = sample(3, 2, 3, 4)
    expected = transposed(X2, effective(c, kernel).transpose(0, 1, 3, 2), (2, 1))
    check(c, c.f(given(c, X2), given(c, kernel), expected.shape, image_shape=X2.shape,
                filter_shape=kernel.shape, **options(c, strides=(2, 1), padding="valid")), expected)


@recipe("atrous_conv2d")
def atrous_conv2d(c):
    "atrous_conv2d(x, kernel, rate, border_mode, dim_ordering): a kernel with gaps of rate - 1."
    kernel = sample(3, 2, 3, 4)
    actual = c.f(given(c, X2), given(c, kernel), **options(c, dilation=2, padding="valid"))
    check(c, actual, correlate(X2, effective(c, kernel), (1, 1), dilation=(2, 2)))


@recipe("separable_conv1d")
def separable_conv1d(c):
    "separable_conv1d(x, depthwise_kernel, pointwise_kernel, ...): (width, C, M), then (1, C * M, F)."
    deep, point = sample(3, 3, 2), sample(1, 6, 7)
    actual = c.f(given(c, X1), given(c, deep), given(c, point), **options(c, padding="valid"))
    check(c, actual, correlate(correlate_depthwise(X1, deep, (1,)), point, (1,)))


@recipe("separable_conv2d")
def separable_conv2d(c):
    "separable_conv2d(x, depthwise_kernel, pointwise_kernel, ...): (rows, cols, C, M), then (1, 1, C * M, F)."
    deep, point = sample(3, 2, 3, 2), sample(1, 1, 6, 7)  # TensorFlow 1.1 refuses fewer than C * M filters
    actual = c.f(given(c, X2), given(c, deep), given(c, point), **options(c, padding="valid"))
    check(c, actual, correlate(correlate_depthwise(X2, deep, (1, 1)), point, (1, 1)))


@recipe("depthwise_conv2d")
def depthwise_conv2d(c):
    "depthwise_conv2d(x, depthwise_kernel, strides, padding, data_format): kernel (rows, cols, C, M)."
    kernel = sample(3, 2, 3, 2)
    actual = c.f(given(c, X2), given(c, kernel), **options(c, strides=(2, 2), padding="valid"))
    check(c, actual, correlate_depthwise(X2, kernel, (2, 2)))


@recipe("local_conv1d")
def local_conv1d(c):
    "local_conv1d(inputs, kernel, kernel_size, strides): every position has weights of its own (out, width * C, F)."
    kernel = sample(4, 9, 5)
    expected = np.stack([X1[:, 2 * i:2 * i + 3].reshape(2, 9).dot(kernel[i]) for i in range(4)], axis=1)
    check(c, c.f(given(c, X1), given(c, kernel), (3,), (2,), **options(c)), expected)


def _local2d(kernel):
    "Unshared 3 x 2 windows with steps (2, 1): output (3, 5), kernel (15, 18, F)."
    rows = [[X2[:, 2 * i:2 * i + 3, j:j + 2].reshape(2, 18).dot(kernel[5 * i + j]) for j in range(5)]
            for i in range(3)]
    return np.array(rows).transpose(2, 0, 1, 3)


@recipe("local_conv2d", "local_conv")
def local_conv2d(c):
    "local_conv2d(inputs, kernel, kernel_size, strides, output_shape): weights (out_rows * out_cols, rows * cols * C, F)."
    kernel = sample(15, 18, 4)
    check(c, c.f(given(c, X2), given(c, kernel), (3, 2), (2, 1), (3, 5), **options(c)), _local2d(kernel))


@recipe("bias_add")
def bias_add(c):
    "bias_add(x, bias, data_format): one bias for each channel."
    bias = sample(3)
    check(c, c.f(given(c, X2), given(c, bias), **c.data_format("channels_last")), X2 + bias)
    first = X2.transpose(0, 3, 1, 2)
    check(c, c.f(given(c, first), given(c, bias), **c.data_format("channels_first")),
            first + bias.reshape(1, 3, 1, 1))


@recipe("conv")
def conv(c):
    "ops.conv(inputs, kernel, strides, padding, data_format, dilation_rate): the rank follows the inputs."
    for x, kernel, strides in ((X1, sample(3, 3, 4), (2,)), (X2, sample(3, 2, 3, 4), (2, 1)),
                               (X3, sample(2, 3, 2, 3, 4), (1, 2, 1))):
        c.equal(c.f(c.tensor(x), c.tensor(kernel), **options(c, strides=strides, padding="valid")),
                correlate(x, kernel, strides))
    kernel = sample(3, 2, 3, 4)
    c.equal(c.f(c.tensor(X2), c.tensor(kernel), **options(c, strides=2, padding="same")),
            correlate(X2, kernel, (2, 2), "same"))


@recipe("conv_transpose")
def conv_transpose(c):
    "ops.conv_transpose(inputs, kernel, strides, padding, data_format): kernel (*window, F, C)."
    for x, kernel, strides in ((X1, sample(3, 4, 3), (2,)), (X2, sample(3, 2, 4, 3), (2, 1))):
        c.equal(c.f(c.tensor(x), c.tensor(kernel), **options(c, strides=strides, padding="valid")),
                transposed(x, kernel, strides))


@recipe("depthwise_conv")
def depthwise_conv(c):
    "ops.depthwise_conv(inputs, kernel, strides, padding, data_format): kernel (*window, C, M)."
    for x, kernel, strides in ((X1, sample(3, 3, 2), 2), (X2, sample(3, 2, 3, 2), 2)):
        c.equal(c.f(c.tensor(x), c.tensor(kernel), **options(c, strides=strides, padding="valid")),
                correlate_depthwise(x, kernel, (strides,) * (x.ndim - 2)))


@recipe("separable_conv")
def separable_conv(c):
    "ops.separable_conv(inputs, depthwise_kernel, pointwise_kernel, ...): (*window, C, M), then (1.., C * M, F)."
    deep, point = sample(3, 2, 3, 2), sample(1, 1, 6, 4)
    actual = c.f(c.tensor(X2), c.tensor(deep), c.tensor(point), **options(c, strides=1, padding="valid"))
    c.equal(actual, correlate(correlate_depthwise(X2, deep, (1, 1)), point, (1, 1)))


@recipe("unfold")
def unfold(c):
    "ops.unfold(x, kernel_size): (N, C, rows, cols) to (N, C * window, positions), like torch.nn.Unfold."
    x = sample(2, 3, 4, 5)
    columns = [x[:, :, i:i + 2, j:j + 3].reshape(2, 18) for i in range(3) for j in range(3)]
    c.equal(c.f(c.tensor(x), (2, 3)), np.stack(columns, axis=-1))


@recipe("fold")
def fold(c):
    "ops.fold(x, output_size, kernel_size): adds columns back into an image; the adjoint of unfold."
    x = sample(2, 18, 9)
    expected = np.zeros((2, 3, 4, 5))
    for i in range(3):
        for j in range(3):
            expected[:, :, i:i + 2, j:j + 3] += x[:, :, 3 * i + j].reshape(2, 3, 2, 3)
    c.equal(c.f(c.tensor(x), (4, 5), (2, 3)), expected)


@recipe("depth_to_space")
def depth_to_space(c):
    "ops.depth_to_space(x, block_size): channels become blocks of pixels, (N, h, w, 4C) to (N, 2h, 2w, C)."
    x = sample(2, 3, 2, 8)
    expected = x.reshape(2, 3, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(2, 6, 4, 2)
    c.equal(c.f(c.tensor(x), 2), expected)


@recipe("space_to_depth")
def space_to_depth(c):
    "ops.space_to_depth(x, block_size): blocks of pixels become channels, (N, 2h, 2w, C) to (N, h, w, 4C)."
    x = sample(2, 6, 4, 2)
    expected = x.reshape(2, 3, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(2, 3, 2, 8)
    c.equal(c.f(c.tensor(x), 2), expected)
