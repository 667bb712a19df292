"""Every name of every imported path: what it is, and what will be done with it. Python 2.7 to 3.14."""
from __future__ import absolute_import, division, print_function

import os
import sys

import recipes
from harness import alternatives, homes, introspect, messages

_ABSENT = object()


class Entry(object):
    """One name of one path. ``outcome`` is None where a recipe will be called."""

    def __init__(self, path, name, value, outcome, detail):
        self.path = path
        self.name = name
        self.value = value
        self.outcome = outcome
        self.detail = detail
        self.same_as = []
        self.same_function = []

    @property
    def there(self):
        return self.value is not _ABSENT

    def group(self):
        return (self.name, introspect.identity(self.value))

    def function(self):
        """As group(), of the function below the decorators."""
        wrapped = introspect.kind(self.value) == "function"
        return (self.name, introspect.identity(introspect.unwrap(self.value) if wrapped else self.value))


def survey(namespaces):
    """The entries of all paths, by path as given and name, with where else each object is."""
    entries = []
    for namespace in namespaces:
        for name in sorted(_names(namespace)):
            entries.append(_entry(namespace, name))
    groups, functions = {}, {}
    for entry in entries:
        if entry.there and introspect.shareable(entry.value) and not entry.name.startswith("_"):
            groups.setdefault(entry.group(), []).append(entry)
            functions.setdefault(entry.function(), []).append(entry)
    for group in groups.values():
        for entry in group:
            entry.same_as = sorted(other.path for other in group if other is not entry)
    for group in functions.values():
        for entry in group:
            known = [entry.path] + entry.same_as
            entry.same_function = sorted(other.path for other in group if other.path not in known)
    return entries


def _names(namespace):
    # dir() is no promise where modules are lazy: names that have a recipe are asked for by hand.
    # A module's own machinery (__name__, __path__ ...) is no part of any API.
    found = set(n for n in namespace.listed if not (n.startswith("__") and n.endswith("__")))
    # Keras 2.13 to 2.15 have a keras.src.backend too: the old one.
    has_ops = hasattr(namespace.keras, "ops")
    return found | homes.asked_of(namespace.path, recipes.names() + alternatives.others(), has_ops)


def _entry(namespace, name):
    listed = name in namespace.listed
    try:
        value = getattr(namespace.module, name)
    except AttributeError as error:
        reason = "listed by dir(), yet: " + messages.of_exception(error) if listed else None
        return Entry(namespace.path, name, _ABSENT, "missing", reason)
    except Exception as error:
        reason = "reading the attribute: " + messages.of_exception(error)
        return Entry(namespace.path, name, _ABSENT, "raises", reason)
    if namespace.path in homes.HELPERS:
        return Entry(namespace.path, name, value, "present", "no backend: existence only")
    outcome, detail = _plan(name, value)
    return Entry(namespace.path, name, value, outcome, detail)


def _plan(name, value):
    if name.startswith("_"):
        return "present", "private name: existence only"
    kind = introspect.kind(value)
    if not callable(value):
        return "present", "not callable: " + kind
    if name in recipes.REGISTRY:
        return None, None
    if name in recipes.UNTESTABLE:
        return "present", recipes.UNTESTABLE[name]
    if kind == "class":
        return "present", "class: not called"
    return "present", "no recipe yet"


def settings_for(entry, namespace, eager):
    """The settings under which this name may work where it fails by default."""
    recipe = recipes.REGISTRY.get(entry.name)
    if recipe is None:
        return []
    able = []
    if entry.there and namespace.backend == "tensorflow" and eager:
        able.append("eager-off")
    if _has_legacy_keras(entry.path):
        able.append("legacy-keras")
    return [setting for setting in able if setting in recipe.settings]


def _has_legacy_keras(path):
    if not path.startswith("tensorflow.") or path.startswith("tensorflow.python."):
        return False
    if os.environ.get("TF_USE_LEGACY_KERAS"):
        return False
    version = getattr(sys.modules.get("tensorflow"), "__version__", "0")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return numbers >= (2, 16) and any(
        os.path.isdir(os.path.join(entry, "tf_keras")) for entry in sys.path
    )


def describe(entry):
    """The fields that the host is told of an entry."""
    there = entry.there
    return {
        "path": entry.path,
        "name": entry.name,
        "kind": introspect.kind(entry.value) if there else "missing",
        "signature": introspect.signature(entry.value) if there and entry.name[:1] != "_" else None,
        "same_as": entry.same_as,
        "same_function": entry.same_function,
        "outcome": entry.outcome,
        "detail": entry.detail,
    }
