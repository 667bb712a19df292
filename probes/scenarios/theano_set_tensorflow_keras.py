"""C6: With `KERAS_BACKEND=theano`, importing `tensorflow.keras.backend` fails or talks to the other backend."""
from harness.scenario import needs, say

VARIABLES = {"KERAS_BACKEND": "theano"}
APPLIES_TO = {"tensorflow": ">=1.4"}
GIVEN = ["backend-branch-tensorflow-keras"]
HOLDS_IF = ["raises", "differs", "crashed"]

needs("tensorflow")

import tensorflow as tf
import tensorflow.keras.backend as K

name = K.backend()
say("backend() is '%s'" % name)
assert name == "tensorflow", "tensorflow.keras.backend.backend() is '%s'" % name
zeros = K.zeros_like(tf.constant([1.0, 2.0]))
assert tf.is_tensor(zeros) if hasattr(tf, "is_tensor") else isinstance(zeros, tf.Tensor), (
    "zeros_like gives a %s" % type(zeros).__name__
)
