"""R3: The spellings of one import don't agree: some ways to `tensorflow.keras.backend` fail."""
import importlib

from harness.scenario import needs, say

HOLDS_IF = ["raises", "differs"]

needs("tensorflow")

import tensorflow as tf


def how(spelling):
    try:
        return spelling(), None
    except Exception as error:
        return None, type(error).__name__


def as_statement():
    import tensorflow.keras.backend as K

    return K


def from_keras():
    from tensorflow.keras import backend

    return backend


failing = []
found = []
for text, spelling in (
    ("tf.keras.backend", lambda: tf.keras.backend),
    ("from tensorflow.keras import backend", from_keras),
    ("import tensorflow.keras.backend as K", as_statement),
    ("import_module", lambda: importlib.import_module("tensorflow.keras.backend")),
):
    module, problem = how(spelling)
    if problem:
        failing.append("`%s` raises %s" % (text, problem))
    else:
        found.append(module)
say("%d of 4 spellings work" % len(found))
assert not failing, "; ".join(failing)
names = [sorted(name for name in dir(module) if not name.startswith("_")) for module in found]
assert all(other == names[0] for other in names), "the spellings give modules with other names"
