"""R1: The Keras and the framework of this combination don't fit: the smallest model can't be imported and run."""
from harness.scenario import needs

HOLDS_IF = ["raises", "differs", "crashed", "timed-out"]

needs("keras")

import numpy as np
from keras.layers import Dense
from keras.models import Sequential

model = Sequential()
model.add(Dense(1, input_dim=2))
model.compile("sgd", "mse")
model.set_weights([np.ones((2, 1)), np.zeros((1,))])
answer = np.asarray(model.predict(np.array([[1.0, 2.0]]))).tolist()
assert answer == [[3.0]], "the model answers %s, not [[3.0]]" % answer
