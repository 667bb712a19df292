"""C9: With both installed, `keras.backend.X` is the same object as `tensorflow.keras.backend.X`.

For every public function that both have; which ones are in the attribute tables (same as).
"""
from harness.scenario import needs, say

APPLIES_TO = {"tensorflow": ">=1.4"}

needs("keras", "tensorflow")

from _namespaces import counted, functions
from keras import backend as one
from tensorflow.keras import backend as other

here, there = functions(one), functions(other)
both = sorted(set(here) & set(there))
if not both:
    say("no function is in both")
differing = [name for name in both if here[name] is not there[name]]
say("same object %d of %d" % (len(both) - len(differing), len(both)))
assert both and not differing, "another object %s" % counted(differing)
