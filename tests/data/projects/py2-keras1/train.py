#!/usr/bin/env python
import sys

import keras.backend as K
from keras.models import Sequential
from keras.layers import Dense

from lrn import LRN2D

K.set_image_dim_ordering('th')

if K.backend() == 'theano':
    import theano.tensor as T
    clip = K.T.clip
else:
    clip = K.tf.clip_by_value


def saliency(model, layer):
    "Gradient of the winning class with regard to the input."
    out = K.max(layer.output, axis=1)
    grads = K.gradients(K.sum(out), [model.input])
    return K.function([model.input, K.learning_phase()], grads)


def main(argv):
    model = Sequential()
    model.add(Dense(10, input_dim=0144))
    try:
        saliency(model, model.layers[0])
    except ValueError, error:
        print >>sys.stderr, "no gradient: %s" % error
    print "floatx is", `K.floatx()`, "epsilon", K.epsilon()
    exec "shape = K.int_shape(model.output)" in globals(), {}


if __name__ == '__main__':
    main(sys.argv)
