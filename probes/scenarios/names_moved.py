"""C7: Under TensorFlow 2.x every function of `keras.backend` is in `tensorflow.keras.backend`, too.

Public functions that a Keras defines; the whole lists are in the attribute tables.
"""
from harness.scenario import needs, say

APPLIES_TO = {"keras": "", "tensorflow": ">=2"}

needs("keras", "tensorflow")

from _namespaces import counted, functions
from keras import backend as old
from tensorflow.keras import backend as new

here, there = set(functions(old)), set(functions(new))
say("in both %d" % len(here & there))
only = here - there
assert not only, "only in keras.backend %s" % counted(only, 8)
