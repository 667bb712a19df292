"""Scaled dot product attention for any backend of Keras 3."""

import keras
from keras import ops


@keras.saving.register_keras_serializable()
class Attention(keras.layers.Layer):
    def call(self, query, key, value, mask=None):
        scores = ops.matmul(query, ops.transpose(key, (0, 2, 1)))
        scores = scores / ops.sqrt(ops.cast(ops.shape(key)[-1], scores.dtype))
        if mask is not None:
            scores = ops.where(mask, scores, -1e9)
        return ops.matmul(ops.softmax(scores, axis=-1), value)


def describe() -> str:
    name = keras.backend.backend()
    return f"running on {name}, {keras.backend.floatx()}, epsilon {keras.config.epsilon():.0e}"
