"""What one call must not leave to the next: configuration, seeds, graphs. Python 2.7 to 3.14."""
from __future__ import absolute_import, division, print_function

import random
import sys

import numpy as np

from harness import introspect

SEED = 1337

#: Functions whose module keeps the configuration in its globals.
_WITNESSES = (
    "floatx",
    "epsilon",
    "image_data_format",
    "image_dim_ordering",
    "learning_phase",
    "set_learning_phase",
    "manual_variable_initialization",
    "variable",
)
_VALUES = (
    "_FLOATX",
    "_EPSILON",
    "_IMAGE_DATA_FORMAT",
    "_IMAGE_DIM_ORDERING",
    "_LEARNING_PHASE",
    "_MANUAL_VAR_INIT",
    "_IS_IN_GRAPH_MODE",
)
_MAPPINGS = ("_GRAPH_LEARNING_PHASES",)


class Guard(object):
    """Remembers the state of every imported Keras, and puts it back."""

    def __init__(self, namespaces):
        self._namespaces = list(namespaces)
        self._globals = _configuration_globals(self._namespaces)
        self._clearers = _clearers(self._namespaces)

    def prepare(self, namespace):
        """A fresh graph in graph mode, seeded generators; returns what :meth:`restore` wants back.

        TensorFlow 1 looks at the whole graph whenever a session runs something new: on one graph
        for all recipes, the last ones would take seconds each.
        """
        if _default_graph() is not None:
            self._clear(namespace)
        _seed()
        kept = []
        for scope in self._globals:
            values = [(name, scope[name]) for name in _VALUES if name in scope]
            mappings = [(scope[n], list(scope[n].items())) for n in _MAPPINGS if n in scope]
            kept.append((scope, values, mappings))
        return kept, _default_graph()

    def restore(self, kept, failed):
        """Put the configuration back; after a failure in eager mode, start Keras's own graph anew.

        A call that failed half way leaves things there that change what later calls raise.
        """
        state, graph = kept
        if failed and graph is None:
            self._clear(None)
        for scope, values, mappings in state:
            for name, value in values:
                scope[name] = value
            for mapping, items in mappings:
                mapping.clear()
                if _default_graph() is graph:
                    mapping.update(items)

    def _clear(self, namespace):
        # Each replaces the default graph: the one that is called next must come last.
        owners = [clear for clear, paths in self._clearers if namespace and namespace.path in paths]
        others = [clear for clear, _ in self._clearers if clear not in owners]
        for clear in others + owners:
            try:
                clear()
            except Exception:
                # A broken clear_session is measured as an attribute, not here.
                pass


def _configuration_globals(namespaces):
    scopes = {}
    for namespace in namespaces:
        modules = list(namespace.helpers())
        modules.append(getattr(namespace.keras, "config", None))
        for module in modules:
            for name in _WITNESSES:
                try:
                    found = introspect.unwrap(getattr(module, name))
                    scope = found.__globals__
                except Exception:
                    continue
                scopes[id(scope)] = scope
    return list(scopes.values())


def _clearers(namespaces):
    """[(clear_session, the paths whose sessions it clears)], each distinct one once."""
    found = {}
    for namespace in namespaces:
        if namespace.backend != "tensorflow":
            continue
        for module in namespace.helpers():
            clear = getattr(module, "clear_session", None)
            if callable(clear):
                key = introspect.identity(introspect.unwrap(clear))
                found.setdefault(key, (clear, set()))[1].add(namespace.path)
    return list(found.values())


def _tensorflow():
    tensorflow = sys.modules.get("tensorflow")
    return getattr(getattr(tensorflow, "compat", None), "v1", tensorflow)


def _default_graph():
    v1 = _tensorflow()
    try:
        if getattr(v1, "executing_eagerly", bool)():
            return None
        return v1.get_default_graph()
    except Exception:
        return None


def _seed():
    random.seed(SEED)
    np.random.seed(SEED)
    keras = sys.modules.get("keras")
    modern = getattr(getattr(keras, "utils", None), "set_random_seed", None)
    steps = []
    if hasattr(keras, "ops") and modern is not None:
        steps.append(lambda: modern(SEED))
    v1 = _tensorflow()
    if hasattr(v1, "set_random_seed"):
        steps.append(lambda: v1.set_random_seed(SEED))
    for step in steps:
        try:
            step()
        except Exception:
            # A seed that can't be set shows up as a random answer, which the checks allow for.
            pass
