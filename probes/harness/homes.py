"""Where a name belongs, as far as it must be asked for by hand. Python 2.7 to 3.14.

A name that has a recipe is looked for on every path, for dir() is no promise where modules are lazy,
and so that a report says of each known name whether it is there. Most names of Keras 3's operations
never were anywhere else: to be told so of ten other paths in every cell would only be noise.
What dir() lists is recorded on every path all the same.

HELPERS are no backends: people meet the same error there, so their names are looked at, not called.
"""
from __future__ import absolute_import, division, print_function

#: Namespaces beside the backend, and the names of each that are asked for by hand.
HELPERS = {
    "keras.utils": frozenset(
        "conv_utils data_utils generic_utils io_utils layer_utils np_utils vis_utils".split()
    ),
}

#: The paths on which OPS_ONLY is looked for.
OPS_PATHS = ("keras.ops", "keras.src.backend")

#: Names that only keras.ops or Keras 3's internal backend have ever bound.
OPS_ONLY = frozenset(
    """
absolute adaptive_average_pool adaptive_max_pool add allclose amax amin angle
any_symbolic_tensors append arccos arccosh arcsin arcsinh arctan arctan2 arctanh
argpartition argsort array array_split associative_scan average average_pool bartlett
bidirectional_gru bidirectional_lstm bincount bitwise_and bitwise_invert bitwise_left_shift
bitwise_not bitwise_or bitwise_right_shift bitwise_xor blackman broadcast_to cbrt cdist ceil
celu cholesky cholesky_inverse compute_output_spec conj conjugate conv conv_transpose
convert_to_numpy convert_to_tensor corrcoef correlate cosh count_nonzero cross ctc_loss
cudnn_ok custom_gradient deg2rad deprecated depth_to_space depthwise_conv det device
device_scope diag diagflat diagonal diff digitize divide divide_no_nan dot_product_attention
dsplit dstack eig eigh einsum empty empty_like erf erfc erfinv eval_in_eager_or_function
exp2 expm1 extract_sequences fabs fft fft2 flip fliplr flipud floor floor_divide fmax fmin
fmod fold fori_loop full full_like gcd gelu geomspace get_autocast_scope get_item
get_keras_mask get_stateless_scope get_symbolic_scope glu gru hamming hanning hard_shrink
hard_silu hard_swish hard_tanh heaviside histogram hsplit hstack hypot i0 ifft2 imag
in_stateless_scope in_symbolic_scope inner inv irfft is_nnx_enabled isclose isfinite isin
isinf isnan isneginf isposinf isreal jvp kaiser kron layer_normalization lcm ldexp
leaky_relu left_shift linspace log10 log1p log2 log_sigmoid log_softmax logaddexp logaddexp2
logdet logical_and logical_not logical_or logical_xor logspace lstm lstsq lu_factor map
matmul matrix_rank max_pool median meshgrid mod moveaxis multi_hot multiply
nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin
nanpercentile nanprod nanquantile nanstd nansum nanvar negative nextafter nonzero norm
normalize outer percentile pinv polar power psnr ptp qr quantile rad2deg random_seed_dtype
ravel real rearrange reciprocal relu6 rfft right_shift rms_normalization roll rot90 rsqrt
saturate_cast scan scatter scatter_update searchsorted segment_max segment_min segment_prod
segment_sum select selu separable_conv set_keras_mask signbit silu sinc sinh slice_update
slogdet soft_shrink solve solve_triangular sort space_to_depth sparse_plus sparse_sigmoid
sparsemax split squareplus standardize_data_format standardize_shape subtract svd swapaxes
swish take take_along_axis tan tanh_shrink tensordot tf_export threshold to_torch_dtype top_k trace
trapezoid tri tril triu true_divide trunc unfold unique unravel_index unstack vander vdot
vectorize vectorized_map view view_as_complex view_as_real vsplit vstack where
    """.split()
)


def asked_of(path, names, has_ops=True):
    """Those of the names that are worth asking a path for by hand; has_ops: its Keras has operations."""
    if path in HELPERS:
        return frozenset(names) & HELPERS[path]
    asked = frozenset(names).difference(*HELPERS.values())
    if path in OPS_PATHS and has_ops:
        return asked
    return asked - OPS_ONLY
