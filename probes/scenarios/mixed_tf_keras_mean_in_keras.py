"""C8: The other way round, a standalone `keras` layer that calls `tensorflow.keras.backend.mean` fails or gives wrong numbers."""
from harness.scenario import needs

APPLIES_TO = {"tensorflow": ">=1.4"}
GIVEN = ["layer-backend-mean", "smallest-model"]
HOLDS_IF = ["raises", "differs", "crashed"]

needs("keras", "tensorflow")

import keras
from _mean_layer import check
from tensorflow.keras import backend as K

check(keras, K.mean)
