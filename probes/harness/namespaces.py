"""One import path: how it was imported, which Keras it belongs to, which framework is behind it.

Python 2.7 to 3.14.
"""
from __future__ import absolute_import, division, print_function

import importlib
import sys
import types

BACKENDS = ("tensorflow", "theano", "jax", "torch", "numpy", "cntk", "openvino", "mxnet")

#: Longest first: the root package of the Keras that a path belongs to.
ROOTS = (
    "tensorflow.contrib.keras.python.keras",
    "tensorflow.contrib.keras",
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    "tensorflow.python.keras",
    "tensorflow.keras",
    "keras._tf_keras.keras",
    "tf_keras",
    "keras",
)


class Namespace(object):
    """An imported path."""

    def __init__(self, path, module, default_backend):
        self.path = path
        self.module = module
        # Now, for importing another path binds it here: keras.backend.theano_backend does.
        self.listed = frozenset(dir(module))
        self.keras = root_of(path)
        self.backend = _backend(path, module, self.keras, default_backend)

    def helpers(self):
        """Where to look for ``variable``, ``get_session`` and the like: the namespace, then its Keras's backend."""
        yield self.module
        backend = getattr(self.keras, "backend", None)
        if isinstance(backend, types.ModuleType) and backend is not self.module:
            yield backend


def load(path):
    """The module behind a dotted path, and a note where importing it works only in part.

    Users write both ``import tensorflow.keras.backend`` and ``tf.keras.backend``: where the first
    fails and the second works, the path counts as importable and the note says so.
    """
    try:
        return importlib.import_module(path), None
    except ImportError as error:
        head, _, rest = path.partition(".")
        if not rest or head not in sys.modules:
            raise
        try:
            module = sys.modules[head]
            for part in rest.split("."):
                module = getattr(module, part)
        except Exception:
            raise error
        # dir() makes a lazy module show what it would raise now, and not at the first attribute.
        dir(module)
        return module, "only as an attribute of %s: importing it raises %s: %s" % (
            head,
            type(error).__name__,
            error,
        )


def root_of(path):
    for root in ROOTS:
        if path == root or path.startswith(root + "."):
            try:
                return load(root)[0]
            except Exception:
                return None
    return None


def _backend(path, module, keras, default):
    last = path.rpartition(".")[2]
    for name in BACKENDS:
        if last == name + "_backend":
            return name
    for holder in (module, getattr(keras, "backend", None)):
        ask = getattr(holder, "backend", None)
        if callable(ask):
            try:
                answer = ask()
            except Exception:
                continue
            if answer in BACKENDS:
                return str(answer)
    if path.startswith("tensorflow.") or path.startswith("tf_keras"):
        return "tensorflow"
    return _by_names(module) or default


def _by_names(module):
    # Keras 0.3 has no backend(): its functions come from the module that it chose.
    owner = getattr(getattr(module, "variable", None), "__module__", None) or ""
    for name in BACKENDS:
        if owner.endswith(name + "_backend"):
            return name
    return None
