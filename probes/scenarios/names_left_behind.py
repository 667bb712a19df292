"""C7: Under TensorFlow 2.x `keras.backend` is outdated: it lacks functions that `tensorflow.keras.backend` has.

Public functions that a Keras defines; the whole lists are in the attribute tables.
"""
from harness.scenario import needs, say

APPLIES_TO = {"keras": "", "tensorflow": ">=2"}
HOLDS_IF = ["differs"]

needs("keras", "tensorflow")

from _namespaces import counted, functions
from keras import backend as old
from tensorflow.keras import backend as new

here, there = set(functions(old)), set(functions(new))
say("in both %d" % len(here & there))
only = there - here
assert not only, "only in tensorflow.keras.backend %s" % counted(only, 8)
