"""The recipes: how to call each public attribute, and what NumPy says the answer is.

Runs on: the interpreter of a cell, through ``probes/run.py``. Floor: Python 2.7 (and up to 3.14).
Forbidden: f-strings, annotations, keyword-only arguments, ``nonlocal``, ``yield from``; anything but
the standard library and NumPy.

A topic is a module of this package::

    @recipe("mean")
    def mean(c):
        "mean(x, axis): the arithmetic mean along one axis."
        c.equal(c.f(c.tensor(A), axis=1), A.mean(axis=1))

``c`` is a ``harness.context.Context``; ``probes/README.md`` lists what it offers.
"""
from __future__ import absolute_import, division, print_function

import importlib
import os

#: Settings under which a name that fails by default is tried again, in this order.
SETTINGS = ("eager-off", "legacy-keras")

#: attribute name -> Recipe
REGISTRY = {}

#: attribute name -> why it is not called
UNTESTABLE = {}


class Recipe(object):
    """One function that serves one or several attribute names."""

    def __init__(self, names, call, settings, alone):
        self.names = names
        self.call = call
        self.settings = settings
        self.alone = alone
        self.topic = call.__module__.rpartition(".")[2]


def recipe(*names, **options):
    """Register the decorated function as the recipe of one or several attribute names.

    ``settings``: which of SETTINGS are tried where the name fails by default (all, unless said
    otherwise). ``alone``: give it a process of its own, for global state that can't be restored; it
    costs one import of the framework, so use it for that only.
    """
    settings = tuple(options.pop("settings", SETTINGS))
    alone = bool(options.pop("alone", False))
    if options:
        raise TypeError("recipe() knows no %s" % ", ".join(sorted(options)))
    if not names:
        raise TypeError("recipe() needs the name of an attribute")
    for setting in settings:
        if setting not in SETTINGS:
            raise ValueError("unknown setting %r; known: %s" % (setting, ", ".join(SETTINGS)))

    def register(call):
        made = Recipe(names, call, settings, alone)
        for name in names:
            _claim(name, made.topic)
        REGISTRY.update((name, made) for name in names)
        return call

    return register


def untestable(name, reason):
    """Declare that a name is never called, and why; it comes out as ``present`` with that reason."""
    if not reason:
        raise ValueError("untestable(%r) needs a reason" % name)
    _claim(name, "untestable")
    UNTESTABLE[name] = reason


def _claim(name, where):
    if name in REGISTRY:
        raise ValueError("%s: %r has a recipe in %s already" % (where, name, REGISTRY[name].topic))
    if name in UNTESTABLE:
        raise ValueError("%s: %r is declared untestable already" % (where, name))


def topics():
    """The names of the topic modules in this package, sorted."""
    here = os.path.dirname(os.path.abspath(__file__))
    return sorted(
        entry[:-3]
        for entry in os.listdir(here)
        if entry.endswith(".py") and not entry.startswith(("_", "."))
    )


def load():
    """Import every topic, so that REGISTRY and UNTESTABLE are whole; returns {topic: exception}."""
    problems = {}
    for topic in topics():
        try:
            importlib.import_module(__name__ + "." + topic)
        except Exception as error:
            problems[topic] = error
            _forget(topic)
    return problems


def _forget(topic):
    # What a half-imported module registered has lost its globals.
    for name in [name for name, made in REGISTRY.items() if made.topic == topic]:
        del REGISTRY[name]


def names():
    """Every name that has a recipe or is declared untestable, sorted."""
    return sorted(set(REGISTRY) | set(UNTESTABLE))
