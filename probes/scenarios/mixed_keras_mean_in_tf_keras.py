"""C8: A custom `tf.keras` layer that calls `keras.backend.mean` fails or gives wrong numbers."""
from harness.scenario import needs

APPLIES_TO = {"tensorflow": ">=1.4"}
GIVEN = ["layer-backend-mean", "smallest-model"]
HOLDS_IF = ["raises", "differs", "crashed"]

needs("keras", "tensorflow")

import tensorflow as tf
from _mean_layer import check
from keras import backend as K

check(tf.keras, K.mean)
