"""C3: A `tf.keras` layer whose `call` uses `tensorflow.keras.backend.mean` computes the right numbers (control).

The same layer as in the claim, with nothing but TensorFlow asked for: what it does by default.
"""
from harness.scenario import needs

APPLIES_TO = {"tensorflow": ">=1.4"}
HOLDS_IF = []

needs("tensorflow")

import tensorflow as tf
from _mean_layer import check
from tensorflow.keras import backend as K

check(tf.keras, K.mean)
