"""C3: A `tf.keras` layer whose `call` uses `tensorflow.keras.backend.mean` fails where `KERAS_BACKEND` is `theano`."""
from harness.scenario import needs

VARIABLES = {"KERAS_BACKEND": "theano"}
APPLIES_TO = {"tensorflow": ">=1.4"}
GIVEN = ["layer-backend-mean"]
HOLDS_IF = ["raises", "differs", "crashed"]

needs("tensorflow")

import tensorflow as tf
from _mean_layer import check
from tensorflow.keras import backend as K

check(tf.keras, K.mean)
