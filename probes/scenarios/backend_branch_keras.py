"""C5: `keras.backend.backend()` tells the active backend, so that code can branch on it.

The branch takes the framework's own square root of a `K.variable` and checks the numbers.
"""
from harness.scenario import needs

needs("keras")

from _square_root import check
from keras import backend as K

check(K)
