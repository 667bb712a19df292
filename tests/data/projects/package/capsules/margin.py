from keras.backend import *
from keras.backend import lesser as less


def margin_loss(y_true, y_pred):
    return mean(sum(y_true * square(maximum(0., 0.9 - y_pred)), 1)), less(y_true, y_pred)
