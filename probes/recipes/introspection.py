"""Call recipes: what a value is, and how things are named.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.
"""

import collections

import numpy as np

from recipes import recipe, untestable
from recipes.references import sample

A = sample(2, 3)


def keras_input(c):
    "A symbolic tensor as the matching Keras makes it for a model."
    layers = getattr(c.keras, "layers", None)
    make = getattr(c.keras, "Input", None) or getattr(layers, "Input", None)
    if make is None:
        import importlib
        make = importlib.import_module(c.keras.__name__ + ".layers").Input
    return make(shape=(3,))


@recipe("is_keras_tensor")
def is_keras_tensor(c):
    "is_keras_tensor(x): true for the output of Input or of a layer; ValueError or False for an array."
    c.true(c.f(keras_input(c)), "Input() returns a Keras tensor")
    c.true(not c.f(c.variable(A)), "true for a variable, which is documented to be none")
    try:
        c.true(not c.f(A), "an array is no Keras tensor")
    except ValueError:
        pass  # documented from Keras 2.0 to 2.15


@recipe("is_tensor")
def is_tensor(c):
    "is_tensor(x): true for a tensor of the backend, false for a NumPy array."
    c.true(c.f(c.hold(c.variable(A)) * 2), "the result of an operation is one")
    c.true(not c.f(A), "an array is none")


@recipe("is_variable")
def is_variable(c):
    "is_variable(x): true for a variable, false for a constant tensor."
    c.true(c.f(c.variable(A)), "a variable is one")
    c.true(not c.f(c.tensor(A)), "a constant is none")


@recipe("is_symbolic")
def is_symbolic(c):
    "is_symbolic(x): true for a tensor of a graph, false for an array."
    c.true(c.f(c.K.placeholder(shape=(2, 3))), "a placeholder is symbolic")
    c.true(not c.f(A), "an array is not")


def sparse_identity(c):
    "A 3 x 3 sparse tensor with the diagonal 1, 2, 3."
    if c.backend == "theano":
        import scipy.sparse
        import theano.sparse
        return theano.sparse.as_sparse_variable(scipy.sparse.csr_matrix(np.diag([1.0, 2.0, 3.0])))
    import tensorflow as tf
    make = getattr(tf, "SparseTensor")
    return make([[0, 0], [1, 1], [2, 2]], [1.0, 2.0, 3.0], [3, 3])


@recipe("is_sparse")
def is_sparse(c):
    "is_sparse(tensor): whether a tensor is sparse."
    if c.backend in ("tensorflow", "theano"):
        c.true(c.f(sparse_identity(c)), "a sparse tensor is")
    c.true(not c.f(c.tensor(A)), "a dense one is not")


@recipe("to_dense")
def to_dense(c):
    "to_dense(tensor): a sparse tensor made dense, a dense one as it is."
    if c.backend in ("tensorflow", "theano"):
        c.equal(c.f(sparse_identity(c)), np.diag([1.0, 2.0, 3.0]))
    c.equal(c.f(c.tensor(A)), A)


@recipe("dtype")
def dtype(c):
    "dtype(x): the name of the dtype (up to Keras 2.0, documented as float32_ref for TensorFlow's variables)."
    for name in ("float32", "int32"):
        found = str(c.f(c.variable(A.astype(name))))
        c.true(found in (name, name + "_ref"), "%s for a variable of %s" % (found, name))
        found = str(c.f(c.tensor(A.astype(name))))
        c.true(found == name, "%s for a tensor of %s" % (found, name))


@recipe("dtype_numpy")
def dtype_numpy(c):
    "dtype_numpy(x): the NumPy type of a tensor's dtype."
    c.true(np.dtype(c.f(c.tensor(A))) == np.dtype("float32"), "float32")
    c.true(np.dtype(c.f(c.tensor(A.astype("int32")))) == np.dtype("int32"), "int32")


@recipe("result_type")
def result_type(c):
    "result_type(*dtypes): the dtype that an operation on these dtypes gives."
    c.true(c.f("int32", "float32") == "float32", "int32 and float32 give float32")
    c.true(c.f("bool", "int8") == "int8", "bool and int8 give int8")
    c.true(c.f("float16", "float32") == "float32", "float16 and float32 give float32")


@recipe("count_params")
def count_params(c):
    "count_params(x): how many numbers a variable holds."
    c.true(int(c.f(c.variable(sample(4, 5, 3)))) == 60, "4 * 5 * 3 = 60")


@recipe("get_variable_shape")
def get_variable_shape(c):
    "get_variable_shape(x): the shape of a variable as a tuple of integers."
    c.true(tuple(int(n) for n in c.f(c.variable(A))) == (2, 3), "(2, 3)")


@recipe("get_uid")
def get_uid(c):
    "get_uid(prefix): 1, 2, 3 ... for every prefix."
    first = c.f("probe_" + c.path)
    c.true(c.f("probe_" + c.path) == first + 1, "counts up")
    c.true(c.f("other_" + c.path) == first, "each prefix on its own")


@recipe("reset_uids", alone=True)
def reset_uids(c):
    "reset_uids(): get_uid counts from the start again."
    first = c.K.get_uid("probe")
    c.K.get_uid("probe")
    c.f()
    c.true(c.K.get_uid("probe") == first, "from the start again")


@recipe("unique_object_name")
def unique_object_name(c):
    "unique_object_name(name, name_uid_map): name_1, name_2 ...; zero_based starts with the name alone."
    names = collections.defaultdict(int)
    c.true(c.f("dense", name_uid_map=names) == "dense_1", "dense_1 first")
    c.true(c.f("dense", name_uid_map=names) == "dense_2", "dense_2 next")
    c.true(c.f("conv", name_uid_map=names, zero_based=True) == "conv", "zero based: the bare name")


@recipe("observe_object_name", alone=True)
def observe_object_name(c):
    "observe_object_name(name): unique_object_name(..., avoid_observed_names=True) keeps clear of it."
    c.f("dense_1")
    name = c.K.unique_object_name("dense", name_uid_map=collections.defaultdict(int), avoid_observed_names=True)
    c.true(name == "dense_2", "dense_1 is avoided")


@recipe("get_default_graph_uid_map")
def get_default_graph_uid_map(c):
    "get_default_graph_uid_map(): the counters behind automatic names, a defaultdict(int)."
    names = c.f()
    c.true(names["never seen " + c.path] == 0, "an unknown name counts 0")
    c.true(c.f() is names, "the same map every time")


@recipe("has_arg")
def has_arg(c):
    "has_arg(fn, name, accept_all): whether a function takes a keyword argument."
    c.true(c.f(lambda x, y=1: x, "y"), "y is an argument")
    c.true(not c.f(lambda x, y=1: x, "z"), "z is none")
    c.true(c.f(lambda x, **kwargs: x, "z", accept_all=True), "**kwargs takes anything")


@recipe("name_scope")
def name_scope(c):
    "with name_scope(name): what is made inside has this prefix in its name."
    made = []
    with c.f("probed"):
        if c.backend == "tensorflow" and not c.eager:
            made.append(c.K.square(c.tensor(A)))
        elif c.backend == "tensorflow":
            import tensorflow as tf
            made.append(tf.Variable(A, name="weight"))
        elif not hasattr(c.keras, "Variable"):
            made.append(c.K.variable(A, name="weight"))
        if hasattr(c.keras, "Variable"):  # Keras 3 has a scope of its own beside TensorFlow's
            made.append(c.keras.Variable(A, name="weight"))
    names = [getattr(c.hold(thing), "path", None) or thing.name for thing in made]
    c.true(any("probed" in name for name in names), "the prefix probed is in the name")


@recipe("print_tensor")
def print_tensor(c):
    "print_tensor(x, message): the same tensor, printed when it is evaluated."
    c.equal(c.f(c.tensor(A), message="probe: "), A)


@recipe("pattern_broadcast")
def pattern_broadcast(c):
    "pattern_broadcast(x, broadcastable): tells Theano which axes may be stretched."
    x = c.f(c.variable(sample(1, 3)), (True, False))
    c.true(tuple(x.broadcastable) == (True, False), "the pattern is set")
    c.equal(x + c.tensor(A), sample(1, 3) + A)


@recipe("normalize_data_format", "standardize_data_format")
def normalize_data_format(c):
    "normalize_data_format(value): None becomes the configured format; an unknown one is refused."
    c.true(c.f("channels_last") == "channels_last", "a valid format stays")
    c.true(c.f("channels_first") == "channels_first", "a valid format stays")
    c.true(c.f(None) in ("channels_first", "channels_last"), "None means the configured one")
    c.raises(ValueError, lambda: c.f("channels_middle"))


@recipe("transpose_shape")
def transpose_shape(c):
    "transpose_shape(shape, target_format, spatial_axes): a channels-last shape in the target format."
    c.true(tuple(c.f((16, 128, 128, 32), "channels_first", spatial_axes=(1, 2))) == (16, 32, 128, 128),
           "channels come first")
    c.true(tuple(c.f((16, 128, 128, 32), "channels_last", spatial_axes=(1, 2))) == (16, 128, 128, 32),
           "nothing to do")


@recipe("standardize_shape")
def standardize_shape(c):
    "standardize_shape(shape): a tuple; a negative dimension is refused."
    c.true(tuple(c.f([2, None, 3])) == (2, None, 3), "a list becomes a tuple")
    c.raises(ValueError, lambda: c.f((2, -3)))


@recipe("cast_variables_to_tensor")
def cast_variables_to_tensor(c):
    "cast_variables_to_tensor(tensors): variables in a structure become tensors."
    tensors = c.f([c.variable(A), c.tensor(A * 2)])
    c.true(not hasattr(tensors[0], "assign"), "no variable any more")
    c.equal(tensors[0], A)
    c.equal(tensors[1], A * 2)


def ragged(c):
    "Rows of 1, 3 and 2 numbers."
    import tensorflow as tf
    return tf.ragged.constant([[1.0], [2.0, 3.0, 4.0], [5.0, 6.0]])


DENSE = np.array([[1, 0, 0], [2, 3, 4], [5, 6, 0]], dtype="float32")


@recipe("convert_inputs_if_ragged")
def convert_inputs_if_ragged(c):
    "convert_inputs_if_ragged(inputs): (padded dense tensor, lengths of rows), or (inputs, None)."
    inputs, lengths = c.f(ragged(c))
    c.equal(inputs, DENSE)
    c.equal(lengths, np.array([1, 3, 2]))
    dense = c.tensor(A)
    inputs, lengths = c.f(dense)
    c.true(inputs is dense and lengths is None, "a dense tensor stays")


@recipe("maybe_convert_to_ragged")
def maybe_convert_to_ragged(c):
    "maybe_convert_to_ragged(is_ragged_input, output, nested_row_lengths): rows cut to their lengths again."
    rows = c.f(True, c.tensor(DENSE), c.tensor(np.array([1, 3, 2], dtype="int32")))
    c.equal(rows.values, np.array([1, 2, 3, 4, 5, 6], dtype="float32"))
    dense = c.tensor(A)
    c.true(c.f(False, dense, None) is dense, "a dense output stays")


@recipe("is_explicit_shape")
def is_explicit_shape(c):
    "is_explicit_shape(shape): a tuple of integers (and None or -1), not a symbolic shape."
    c.true(c.f((2, 3)), "(2, 3) is explicit")
    c.true(not c.f(c.tensor(A).shape), "a symbolic shape is not")


@recipe("legacy_weight_ordering")
def legacy_weight_ordering(c):
    "legacy_weight_ordering(): whether weights are ordered as in Keras 1.0 files; False unless set."
    c.true(c.f() is False, "False unless set")


@recipe("set_legacy_weight_ordering")
def set_legacy_weight_ordering(c):
    "set_legacy_weight_ordering(value): read weight files in the order of Keras 1.0."
    ask = getattr(c.K, "legacy_weight_ordering", None)
    if ask is None:
        c.skip("legacy_weight_ordering() is not in this namespace")
    try:
        c.f(True)
        c.true(ask() is True, "True once set")
    finally:
        c.f(False)


@recipe("any_symbolic_tensors")
def any_symbolic_tensors(c):
    "any_symbolic_tensors(args, kwargs): whether a KerasTensor is anywhere in a structure."
    symbolic = c.keras.KerasTensor((2, 3))
    c.true(c.f((A, [symbolic])), "found in a nested list")
    c.true(not c.f((A, [A])), "arrays are not symbolic")


@recipe("compute_output_spec")
def compute_output_spec(c):
    "compute_output_spec(fn, *args): shape and dtype of fn's result, without computing."
    spec = c.f(lambda x: c.keras.ops.sum(x, axis=1), c.keras.KerasTensor((2, 3), dtype="float32"))
    c.true(tuple(spec.shape) == (2,), "shape (2,)")
    c.true(str(spec.dtype) == "float32", "float32")


@recipe("get_keras_mask")
def get_keras_mask(c):
    "get_keras_mask(x): the mask attached to a tensor, or None."
    c.true(c.f(c.keras.KerasTensor((2, 3))) is None, "no mask at first")


@recipe("set_keras_mask")
def set_keras_mask(c):
    "set_keras_mask(x, mask): attaches a mask to a tensor."
    x, mask = c.keras.KerasTensor((2, 3)), c.tensor(A > 0)
    c.f(x, mask)
    c.true(c.K.get_keras_mask(x) is mask, "get_keras_mask returns it")


@recipe("in_stateless_scope", "in_symbolic_scope", "get_stateless_scope", "get_autocast_scope", "get_symbolic_scope")
def outside_of_scopes(c):
    "in_stateless_scope() and others: what surrounds the call; here nothing does."
    c.true(not c.f(), "there is no scope around")


@recipe("random_seed_dtype")
def random_seed_dtype(c):
    "random_seed_dtype(): the dtype of a random seed, an integer type."
    c.true("int" in str(c.f()), "an integer dtype")


@recipe("is_nnx_enabled")
def is_nnx_enabled(c):
    "is_nnx_enabled(): whether Keras variables are Flax NNX variables; off unless configured."
    c.true(c.f() is False, "off unless configured")


CNTK = "of the CNTK backend only; CNTK wants libmpi_cxx.so.1, so no cell imports it"
for _name in ("get_num_dynamic_axis", "has_seq_axis", "classification_error"):
    untestable(_name, CNTK)
untestable("freezable_variable", "TensorFlow's saved_model helper, imported by name")
untestable("deprecated", "TensorFlow's decorator, imported by name")
untestable("eval_in_eager_or_function", "evaluates a function of a traced optimizer step; no result outside of it")
untestable("get_config", "TensorFlow's configuration proto of the running context, imported by name")
untestable("contextmanager", "the standard library's decorator, imported by name")
untestable("keras_export", "the decorator that names an API at import time")
untestable("tf_export", "the decorator that names an API at import time")
