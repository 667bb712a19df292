"""C2: `import tensorflow.keras.backend as K; K.clear_session()` works under TensorFlow 2.x."""
from harness.scenario import needs

APPLIES_TO = {"tensorflow": ">=2"}

needs("tensorflow")

import tensorflow.keras.backend as K

K.clear_session()
