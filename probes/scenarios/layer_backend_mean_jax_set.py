"""C3: A `tf.keras` layer whose `call` uses `tensorflow.keras.backend.mean` fails where `KERAS_BACKEND` is `jax`.

With JAX beside TensorFlow, TensorFlow is installed and not the active backend of a Keras 3.
"""
from harness.scenario import needs

VARIABLES = {"KERAS_BACKEND": "jax"}
APPLIES_TO = {"keras": ">=3", "tensorflow": ">=2.16"}
GIVEN = ["layer-backend-mean"]
HOLDS_IF = ["raises", "differs", "crashed"]

needs("jax", "keras", "tensorflow")

import tensorflow as tf
from _mean_layer import check
from tensorflow.keras import backend as K

check(tf.keras, K.mean)
