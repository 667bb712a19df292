"""What several scenarios share: a model with a layer whose ``call`` takes a mean.

Not a scenario itself (its name begins with an underscore). Python 2.7 to 3.14.
"""
import numpy as np


def check(keras, mean):
    """Build Input -> Dense -> a layer that calls ``mean``, with that Keras, and check its numbers.

    The Dense layer's weights are ones: each of its two units is the sum of a row.
    """

    class RowMean(keras.layers.Layer):
        def call(self, inputs):
            return mean(inputs, axis=1, keepdims=True)

        def compute_output_shape(self, input_shape):
            return (input_shape[0], 1)

    inputs = keras.layers.Input(shape=(3,))
    hidden = keras.layers.Dense(2, use_bias=False, kernel_initializer="ones")(inputs)
    model = keras.models.Model(inputs, RowMean()(hidden))
    answer = np.asarray(model.predict(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))).tolist()
    assert answer == [[6.0], [15.0]], "the model answers %s, not [[6.0], [15.0]]" % answer
