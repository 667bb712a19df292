"""C1: `from keras import backend as K; K.clear_session()` fails with AttributeError under TensorFlow 2.x."""
from harness.scenario import needs

APPLIES_TO = {"keras": "", "tensorflow": ">=2"}
HOLDS_IF = ["raises AttributeError"]

needs("keras")

from keras import backend as K

K.clear_session()
