"""C4: A `tf.keras` layer whose `call` uses `tf.reduce_mean` works even where `KERAS_BACKEND` is `jax`."""
from harness.scenario import needs

VARIABLES = {"KERAS_BACKEND": "jax"}
APPLIES_TO = {"keras": ">=3", "tensorflow": ">=2.16"}
GIVEN = ["layer-reduce-mean"]

needs("jax", "keras", "tensorflow")

import tensorflow as tf
from _mean_layer import check

check(tf.keras, tf.reduce_mean)
