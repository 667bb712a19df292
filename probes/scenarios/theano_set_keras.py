"""C6: With `KERAS_BACKEND=theano`, `keras.backend` silently talks to another backend.

The honest answers are 'theano', or an exception at `import keras` where Theano is not installed.
"""
from harness.scenario import needs, say

VARIABLES = {"KERAS_BACKEND": "theano"}
HOLDS_IF = ["differs"]

needs("keras")

import keras

name = keras.backend.backend()
say("keras.backend.backend() is '%s'" % name)
assert name == "theano", "KERAS_BACKEND is theano, and keras.backend.backend() says '%s'" % name
