from . import compat
from .compat import K as backend


def squash(vectors, axis=-1):
    norm = backend.sum(backend.square(vectors), axis, keepdims=True)
    scale = norm / (1 + norm) / compat.K.sqrt(norm + compat.keras.backend.epsilon())
    return scale * vectors


def agreement(logits):
    return backend.exp(logits - backend.logsumexp(logits, axis=1))
