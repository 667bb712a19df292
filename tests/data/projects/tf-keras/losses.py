import tensorflow as tf
from tensorflow.keras import backend as K


def dice(y_true, y_pred, smooth=1.0):
    y_true, y_pred = K.flatten(y_true), K.flatten(y_pred)
    intersection = K.sum(y_true * y_pred)
    return 1 - (2 * intersection + smooth) / (K.sum(y_true) + K.sum(y_pred) + smooth)


def mean_iou(y_true, y_pred):
    prediction = tf.keras.backend.cast(y_pred > 0.5, tf.keras.backend.floatx())
    shadows = [K.name for K in (y_true, y_pred)]
    return tf.keras.backend.mean(prediction * y_true), shadows
