"""C5: `tensorflow.keras.backend.backend()` tells the active backend, so that code can branch on it."""
from harness.scenario import needs

APPLIES_TO = {"tensorflow": ">=1.4"}

needs("tensorflow")

from _square_root import check
from tensorflow.keras import backend as K

check(K)
