"""What helps where a name is missing: candidates of probes/alternatives.json, each one verified.

Python 2.7 to 3.14. A candidate counts only where it is called by the recipe of the missing name and
agrees with the same reference. The same name on another measured path needs no candidate: the
records of that path say it.
"""
from __future__ import absolute_import, division, print_function

import importlib
import io
import json
import os
import random
import types

import recipes
from harness import calls, forked, introspect, messages, namespaces, notices, state
from harness.adapters import ADAPTERS
from harness.tensors import tools_for

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "alternatives.json")

#: How long a copy of the process may take for one candidate whose recipe wants to be alone.
COPY_SECONDS = 20

#: A framework's own functions help only those whose tensors are that framework's.
FRAMEWORKS = ("tensorflow", "theano", "jax", "torch")

_KNOWN = {}


def known():
    """{missing name: its candidates, the best first}, as alternatives.json has them."""
    if not _KNOWN and os.path.exists(DATA):
        with io.open(DATA, encoding="utf-8") as file:
            for name, entries in json.load(file).items():
                _KNOWN[str(name)] = [
                    dict((str(key), value) for key, value in entry.items()) for entry in entries
                ]
    return _KNOWN


def others():
    """The names with candidates that no recipe calls: modules that people reach through K."""
    return sorted(set(known()) - set(recipes.names()))


class Overlay(object):
    """A module, and by adapters the old names that a recipe asks it for besides its own."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        try:
            return getattr(self._module, name)
        except AttributeError:
            for entry in known().get(name, ()):
                if "adapter" in entry and entry["use"].startswith("K."):
                    found = getattr(self._module, entry["use"][2:], None)
                    if found is not None:
                        return ADAPTERS[entry["adapter"]](found)
            raise


class Place(object):
    """Where a candidate is called: a namespace whose module answers to the old names too."""

    def __init__(self, base):
        self._base = base
        self.path = base.path
        self.module = Overlay(base.module)
        self.keras = base.keras
        self.backend = base.backend

    def helpers(self):
        return self._base.helpers()


class Candidate(object):
    """One resolved candidate for one missing name, and every (path, use) that it answers for."""

    def __init__(self, name, entry, value, namespace):
        self.name = name
        self.module = entry.get("module")
        self.recipe = recipes.REGISTRY.get(str(entry.get("recipe", name)))
        self.recipe_name = str(entry.get("recipe", name))
        self.value = ADAPTERS[entry["adapter"]](value) if "adapter" in entry else value
        self.place = Place(namespace) if "adapter" in entry else namespace
        self.called = entry["use"].rpartition(".")[2]
        self.targets = []

    @property
    def alone(self):
        return self.module is None and self.recipe.alone


class Verification(object):
    """The candidates of one request: those that want to be alone first, the others at the end."""

    def __init__(self, request, spaces, entries, channel):
        self._asked = request.get("alternatives")
        self._request = request
        self._channel = channel
        self._entries = entries
        self._spaces = dict((space.path, space) for space in spaces)
        self._made = {}
        self._candidates = self._collect() if self._asked is not None else []
        self._guard = None
        if self._candidates:
            places = list(self._made.values())
            self._guard = state.Guard(list(spaces) + [place for place in places if place])

    def run(self, alone):
        """Verify the candidates of one kind, and tell what each came to."""
        for candidate in self._candidates:
            if candidate.alone == alone:
                self._verify(candidate)

    def _verify(self, candidate):
        targets = sorted(candidate.targets)
        if candidate.alone and not self._request["alone"]:
            answer = forked.in_copy(lambda: self._call(candidate), COPY_SECONDS)
            if answer is None:
                return
            self._channel.send("trying", name=candidate.name, targets=targets)
        else:
            self._channel.send("trying", name=candidate.name, targets=targets)
            answer = self._call(candidate)
        outcome, detail, complaint = answer
        if complaint is not None:
            self._channel.send("complaint", text="alternative %s: %s" % (targets[0][1], complaint))
        self._channel.send(
            "alternative",
            name=candidate.name,
            targets=targets,
            outcome=outcome,
            detail=detail,
            settings=self._settings(candidate, outcome),
        )

    def _settings(self, candidate, outcome):
        if outcome != "raises" or candidate.module is not None:
            return []
        able = candidate.place.backend == "tensorflow" and tools_for(candidate.place).eager()
        return ["eager-off"] if able and "eager-off" in candidate.recipe.settings else []

    def _call(self, candidate):
        if candidate.module is not None:
            return self._compare_module(candidate)
        return calls.call(
            candidate.recipe,
            candidate.place,
            candidate.recipe_name,
            candidate.value,
            self._guard,
            candidate.called,
        )

    def _compare_module(self, candidate):
        """A module was a module: it is the one of that name, or the very one that another path has."""
        there = [e for e in self._entries if e.name == candidate.name and e.there]
        name = getattr(candidate.value, "__name__", None)
        if any(entry.value is candidate.value for entry in there):
            return "works", None, None
        if introspect.kind(candidate.value) == "module" and name == candidate.module:
            return "works", None, None
        return "differs", messages.tidy("is %s, not module %s" % (name, candidate.module)), None

    def _collect(self):
        """Each distinct object once for each missing name, in the order of the inventory."""
        found = {}
        order = []
        done = set(tuple(item) for item in self._asked.get("done", ()))
        wanted = self._asked.get("only")
        wanted = None if wanted is None else set(tuple(item) for item in wanted)
        for entry in self._entries:
            if entry.outcome != "missing" or entry.there or not self._is_wanted(entry):
                continue
            for candidate, key, target in self._candidates_of(entry):
                if target in done or (wanted is not None and target not in wanted):
                    continue
                if key not in found:
                    found[key] = candidate
                    order.append(key)
                if [target[0], target[2]] not in found[key].targets:
                    found[key].targets.append([target[0], target[2]])
        if self._request["order"] is not None:
            random.Random(self._request["order"]).shuffle(order)
        return [found[key] for key in order]

    def _is_wanted(self, entry):
        only = self._request["only"]
        if only is None or self._asked.get("only") is not None:
            return True
        return entry.name in only.get(entry.path, ())

    def _candidates_of(self, entry):
        """(candidate, key of its object, (path, name, use)) of everything that could be resolved."""
        space = self._spaces[entry.path]
        for data in known().get(entry.name, ()):
            use = str(data["use"])
            use = entry.path + use[1:] if use.startswith("K.") else use
            if data.get("module") is None and str(data.get("recipe", entry.name)) not in recipes.REGISTRY:
                continue
            head = use.partition(".")[0]
            if head in FRAMEWORKS and head != space.backend:
                continue
            resolved = self._resolve(use, data, space)
            if resolved is None:
                continue
            value, place = resolved
            candidate = Candidate(entry.name, data, value, place)
            key = (
                entry.name,
                introspect.identity(value),
                data.get("adapter"),
                data.get("recipe"),
                place.path,
            )
            yield candidate, key, (entry.path, entry.name, use)

    def _resolve(self, use, data, space):
        """(object, namespace to call it in), or None where it is not there or of no use."""
        with notices.listen():
            found = resolve(use)
        if found is None:
            return None
        value, owner, module = found
        if data.get("module") is not None:
            return value, space
        if not callable(value):
            return None
        if use.startswith(space.path + "."):
            return value, space
        place = self._place(owner, module, space)
        return (value, place) if place.backend == space.backend else None

    def _place(self, owner, module, space):
        """A Keras module is a namespace of its own; other functions are called among the path's."""
        if owner in self._spaces:
            return self._spaces[owner]
        if owner not in self._made:
            is_keras = namespaces.root_of(owner) is not None
            made = namespaces.Namespace(owner, module, self._request["backend"]) if is_keras else None
            self._made[owner] = made
        return self._made[owner] or space


def resolve(use):
    """(the object, the path of the module that it is in, that module); None if it is not there."""
    parts = use.split(".")
    try:
        value = importlib.import_module(parts[0])
        owner, module = parts[0], value
        for position, part in enumerate(parts[1:], start=1):
            path = ".".join(parts[: position + 1])
            try:
                value = getattr(value, part)
            except AttributeError:
                value = importlib.import_module(path)
            if isinstance(value, types.ModuleType) and position < len(parts) - 1:
                owner, module = path, value
    except Exception:
        # Not there, or not importable here: then it is no alternative here, and nothing more.
        return None
    return value, owner, module
