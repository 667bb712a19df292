from ..compat import *
from ..squash import squash


class Capsule(layers.Layer):
    def __init__(self, routings=3, **kwargs):
        super(Capsule, self).__init__(**kwargs)
        self.routings = routings
        self.backend = K

    def call(self, inputs):
        b = self.backend.zeros_like(inputs[:, :, :, 0])
        for _ in range(self.routings):
            c = K.softmax(b, axis=1)
            v = squash(K.batch_dot(c, inputs, [2, 2]))
            b = b + K.batch_dot(v, inputs, [2, 3])
        return v
