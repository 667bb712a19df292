# -*- coding: latin-1 -*-
# Local response normalisation, after Krizhevsky et al.; by J. Müller
from keras import backend as K
from keras.engine import Layer


class LRN2D(Layer):

    def __init__(self, alpha=1e-4, k=2, beta=0.75, n=5, **kwargs):
        if n % 2 == 0:
            raise NotImplementedError, "LRN2D only works with odd n. n provided: %d" % n
        super(LRN2D, self).__init__(**kwargs)
        self.alpha, self.k, self.beta, self.n = alpha, k, beta, n

    def call(self, x, mask=None):
        half = self.n // 2
        square = K.square(x)
        if K.image_dim_ordering() == 'th':
            b, ch, r, c = x.shape
            extra = K.spatial_2d_padding(K.permute_dimensions(square, (0, 2, 3, 1)), (0, half))
            square = K.permute_dimensions(extra, (0, 3, 1, 2))
        scale = self.k + self.alpha * K.sum(square, axis=1, keepdims=True)
        return x / K.pow(scale, self.beta)
