"""C4: A `tf.keras` layer whose `call` uses `tf.reduce_mean` works even where `KERAS_BACKEND` is `theano`."""
from harness.scenario import needs

VARIABLES = {"KERAS_BACKEND": "theano"}
APPLIES_TO = {"tensorflow": ">=1.4"}
GIVEN = ["layer-reduce-mean"]

needs("tensorflow")

import tensorflow as tf
from _mean_layer import check

check(tf.keras, tf.reduce_mean)
