"""R2: A `keras.json` that names another backend decides which backend Keras takes.

The file names Theano where TensorFlow is installed and TensorFlow where it is not; for a Keras 3 it
names NumPy where JAX is installed and JAX where it is not. That the other backend is
not installed shows that Keras looked for it.
"""
import json
import os
import tempfile

from harness.scenario import installed, major, needs, say

VARIABLES = {"KERAS_BACKEND": None}
GIVEN = ["smallest-model"]
HOLDS_IF = ["works", "raises ImportError: No module", "raises ModuleNotFoundError: No module"]

needs("keras")

if major("keras") >= 3:
    asked = "numpy" if installed("jax") else "jax"
else:
    asked = "theano" if installed("tensorflow") else "tensorflow"
home = tempfile.mkdtemp()
os.environ["HOME"] = os.environ["KERAS_HOME"] = home
folder = os.path.join(home, ".keras")
os.mkdir(folder)
for place in (folder, home):
    with open(os.path.join(place, "keras.json"), "w") as stream:
        json.dump({"backend": asked, "floatx": "float32", "epsilon": 1e-07}, stream)
say("keras.json says '%s'" % asked)

from keras import backend as K

found = K.backend() if hasattr(K, "backend") else K._BACKEND
assert found == asked, "keras.backend is on '%s' all the same" % found
