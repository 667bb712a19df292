"""R5: With several installs, `keras.layers.Layer` and `tensorflow.keras.layers.Layer` are two classes.

Layers of one can't be used in models of the other.
"""
from harness.scenario import needs, say

APPLIES_TO = {"tensorflow": ">=1.4"}
HOLDS_IF = ["differs"]

needs("keras", "tensorflow")

import keras
import tensorflow as tf

say("keras.layers.Layer is of %s" % keras.layers.Layer.__module__)
assert keras.layers.Layer is tf.keras.layers.Layer, (
    "tf.keras.layers.Layer is another class, of %s" % tf.keras.layers.Layer.__module__
)
