"""What two scenarios share: branching on ``K.backend()``, each branch with the framework's own root.

Not a scenario itself (its name begins with an underscore). Python 2.7 to 3.14.
"""
import numpy as np
from harness.scenario import say


def check(K):
    """Take the root of a variable of that backend (or of the framework's own tensor) and check it."""
    name = K.backend()
    say("backend() is '%s'" % name)
    make = getattr(K, "variable", None)
    values = np.array([4.0, 9.0], dtype="float32")
    say("of a K.variable" if make else "no K.variable: of a tensor of the framework")
    if name == "tensorflow":
        import tensorflow as tf

        root = tf.sqrt(make(values) if make else tf.constant(values))
        answer = root.numpy() if hasattr(root, "numpy") and _eager(tf) else K.get_session().run(root)
    elif name == "theano":
        import theano.tensor as T

        answer = T.sqrt(make(values) if make else T.as_tensor_variable(values)).eval()
    elif name == "jax":
        import jax.numpy as jnp

        answer = jnp.sqrt(make(values) if make else jnp.asarray(values))
    elif name == "torch":
        import torch

        answer = torch.sqrt(make(values) if make else torch.tensor(values)).detach().numpy()
    elif name == "numpy":
        answer = np.sqrt(values)
    elif name == "cntk":
        import cntk

        answer = cntk.sqrt(make(values) if make else cntk.constant(values)).eval()
    else:
        raise AssertionError("backend() is %r, for which there is no branch" % (name,))
    assert np.allclose(answer, [2.0, 3.0]), "the roots of 4 and 9 are %s" % np.asarray(answer).tolist()


def _eager(tf):
    executing = getattr(tf, "executing_eagerly", None)
    return executing is not None and executing()
