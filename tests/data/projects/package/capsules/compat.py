"""Whichever Keras is there."""
try:
    import keras
    from keras import backend as K
    from keras import layers
except ImportError:
    from tensorflow import keras
    from tensorflow.keras import backend as K
    from tensorflow.keras import layers

if not hasattr(K, 'logsumexp'):
    def _logsumexp(x, axis=None):
        return K.log(K.sum(K.exp(x), axis=axis))

    K.logsumexp = _logsumexp
