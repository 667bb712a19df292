"""C4: A `tf.keras` layer whose `call` uses `tf.reduce_mean` works wherever TensorFlow is installed."""
from harness.scenario import needs

needs("tensorflow")

import tensorflow as tf
from _mean_layer import check

check(tf.keras, tf.reduce_mean)
