#!/usr/bin/env python
"""Measure every attribute of every import path of one cell, in one interpreter start.

Runs on: the cell's own interpreter, inside the sandbox. Floor: Python 2.7; ceiling: 3.14.
Imports: the standard library and, of the cell, NumPy and the frameworks that are measured.
Forbidden syntax: f-strings, annotations, keyword-only arguments, ``nonlocal``, ``yield from``.
Formatters and upgraders never touch this folder; tests/probes runs it on every interpreter found.

The request is JSON in the environment variable KERAS_MATRIX_REQUEST::

    {"schema": 1, "marker": "random text", "paths": ["keras.backend", ...], "backend": "tensorflow",
     "setting": null or "eager-off" or "legacy-keras",
     "only": null or {path: [name, ...]},      what to call; null: everything
     "done": {path: [name, ...]},              called in an earlier process: not again
     "broken": [path, ...],                    crashed or hung when it was imported: not again
     "inventory": true,                        tell every name, the packages and the installs
     "alone": false,                           true: this process is the recipe's own
     "order": null or a number,                seed of a shuffled order of calls
     "alternatives": {"done": [[path, name, use], ...], "only": null or the same},
                                               optional: verify what helps where a name is missing
     "lenient": true}                          optional: go on without topics that don't import

Every answer is one line on standard output, ``<marker> <json>``, sorted keys, ASCII; anything else
there is noise. The ``type`` of a line, in order of appearance:

    hello       schema, python, implementation, platform
    canary      state: "ok", "unimportable" or "failed" (then the run ends), detail
    importing   path                                 the next line is its "path", or the process died
    path        path, outcome: "importable" or "unimportable", detail
    attribute   path, name, kind, signature, same_as, same_function, outcome (null: will be called),
                detail, settings, alone              with "inventory" only
    packages    packages: {name: version}            with "inventory" only
    installs    installs: {...}                      with "inventory" only
    begin       path, name, paths                    paths: all that expose this very object
    result      path, name, outcome, detail          for all paths of its "begin"
    trying      name, targets: [[path, use], ...]    a candidate for a name that these paths lack
    alternative name, targets, outcome, detail, settings    what it came to, for all targets
    complaint   text                                 the harness or a recipe is at fault
    end         calls, timings                       nothing comes after it

By hand: ``python probes/run.py --paths keras.backend,keras.ops [--backend jax] [--only NAME ...]
[--setting eager-off] [--order 7] [--pretty]``
"""
from __future__ import absolute_import, division, print_function

import json
import os
import platform
import random
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
if HERE not in sys.path:
    sys.path.insert(0, HERE)

from harness import byhand, canary, messages, notices  # noqa: E402
from harness.channel import SCHEMA, Channel, take_stdout  # noqa: E402


#: How long a copy of the process may take for one recipe, and which of its outcomes are believed.
COPY_SECONDS = 20
BELIEVED = ("works", "deprecated", "present")


def main():
    notices.quiet()
    _have_a_home()
    if len(sys.argv) > 1:
        request, channel = byhand.parse(sys.argv[1:])
    else:
        request = json.loads(os.environ["KERAS_MATRIX_REQUEST"])
        channel = Channel(request["marker"], take_stdout())
    if request["schema"] != SCHEMA:
        raise SystemExit("run.py speaks schema %d, the request is %r" % (SCHEMA, request["schema"]))
    run(request, channel)
    sys.stderr.flush()
    # Frameworks crash when an interpreter is torn down: everything is measured by now.
    os._exit(0)


def run(request, channel):
    """Answer one request."""
    clock = Clock()
    channel.send(
        "hello",
        schema=SCHEMA,
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        platform="%s/%s" % (platform.system().lower(), platform.machine()),
    )
    state, detail = check_health(request)
    channel.send("canary", state=state, detail=detail)
    if state != "failed":
        namespaces = import_paths(request, channel)
        clock.lap("import")
        entries = take_inventory(request, namespaces, channel)
        clock.lap("inventory")
        calls = call_all(request, namespaces, entries, channel)
        clock.lap("calls")
    channel.send("end", calls=calls if state != "failed" else 0, timings=clock.laps)


class Clock(object):
    """Seconds of each part of the run; never part of what is compared."""

    def __init__(self):
        self.laps = {}
        self._last = time.time()

    def lap(self, name):
        now = time.time()
        self.laps[name] = round(now - self._last, 3)
        self._last = now


def _have_a_home():
    home = os.environ.get("HOME")
    try:
        if not home:
            raise OSError("no HOME")
        if not os.path.isdir(home):
            os.makedirs(home)
    except OSError:
        os.environ["HOME"] = tempfile.mkdtemp(prefix="home")


def check_health(request):
    """("ok" | "unimportable" | "failed", why): NumPy, the recipes, then the framework."""
    problem = canary.numpy_works()
    if problem is not None:
        return "failed", problem
    import recipes

    broken = recipes.load()
    if broken and not request.get("lenient"):
        topic, error = sorted(broken.items())[0]
        reason = messages.of_exception(error)
        return "failed", "harness: recipes/%s.py does not import: %s" % (topic, reason)
    try:
        apply_setting(request["setting"])
    except Exception as error:
        return "unimportable", "%s: %s" % (request["setting"], messages.of_exception(error))
    return canary.framework_works(request["backend"])


def apply_setting(setting):
    """What can be set only before Keras is imported. legacy-keras is an environment variable."""
    if setting == "eager-off":
        import tensorflow

        tensorflow.compat.v1.disable_eager_execution()


def import_paths(request, channel):
    """The namespaces that could be imported, in the order of the request."""
    from harness import namespaces

    found = []
    for path in request["paths"]:
        if path in request["broken"]:
            continue
        channel.send("importing", path=path)
        try:
            module, note = namespaces.load(path)
            namespace = namespaces.Namespace(path, module, request["backend"])
        except Exception as error:
            detail = messages.of_exception(error)
            channel.send("path", path=path, outcome="unimportable", detail=detail)
            continue
        note = None if note is None else messages.tidy(note)
        channel.send("path", path=path, outcome="importable", detail=note)
        found.append(namespace)
    return found


def take_inventory(request, namespaces, channel):
    """Every entry of every path; told to the host where it asks for it."""
    import recipes
    from harness import installs, inventory
    from harness.tensors import tools_for

    entries = inventory.survey(namespaces)
    if not request["inventory"]:
        return entries
    eager = dict((namespace.path, tools_for(namespace).eager()) for namespace in namespaces)
    by_path = dict((namespace.path, namespace) for namespace in namespaces)
    for entry in entries:
        fields = inventory.describe(entry)
        recipe = recipes.REGISTRY.get(entry.name)
        fields["alone"] = bool(recipe is not None and recipe.alone)
        fields["settings"] = inventory.settings_for(entry, by_path[entry.path], eager[entry.path])
        channel.send("attribute", **fields)
    distributions = installs.distributions()
    channel.send("packages", packages=installs.packages(distributions))
    channel.send("installs", installs=installs.account(distributions, namespaces))
    return entries


def call_all(request, namespaces, entries, channel):
    """Call each distinct object once; returns how many were called.

    Recipes that want to be alone come first, each in a copy of this process. What fails there is not
    believed: it is left to the host, which gives it a process of its own ("alone" in the request).
    """
    import recipes
    from harness import alternatives, calls, forked, state

    by_path = dict((namespace.path, namespace) for namespace in namespaces)
    guard = state.Guard(namespaces)
    groups = wanted_groups(request, entries)
    lonely = [] if request["alone"] else [g for g in groups if recipes.REGISTRY[g[0].name].alone]
    called = 0
    verification = alternatives.Verification(request, namespaces, entries, channel)

    def call(entry):
        namespace = by_path[entry.path]
        return calls.call(recipes.REGISTRY[entry.name], namespace, entry.name, entry.value, guard)

    for group in lonely:
        answer = forked.in_copy(lambda: call(group[0]), COPY_SECONDS)
        if answer is not None and (answer[0] in BELIEVED or request["setting"] is not None):
            called += 1
            send_begin(channel, group)
            send_result(channel, group, *answer)
    verification.run(alone=True)
    for group in groups:
        if group not in lonely:
            called += 1
            send_begin(channel, group)
            send_result(channel, group, *call(group[0]))
    verification.run(alone=False)
    return called


def send_begin(channel, group):
    channel.send(
        "begin", path=group[0].path, name=group[0].name, paths=[entry.path for entry in group]
    )


def send_result(channel, group, outcome, detail, complaint):
    if complaint is not None:
        channel.send("complaint", text=complaint)
    channel.send(
        "result", path=group[0].path, name=group[0].name, outcome=outcome, detail=detail
    )


def wanted_groups(request, entries):
    """Lists of entries that share one object, in the order of calling."""
    groups = {}
    order = []
    for entry in entries:
        if entry.outcome is not None or not _wanted(request["only"], entry):
            continue
        if entry.group() not in groups:
            order.append(entry.group())
        groups.setdefault(entry.group(), []).append(entry)
    if request["order"] is not None:
        random.Random(request["order"]).shuffle(order)
    done = request["done"]
    return [
        groups[key]
        for key in order
        if not any(entry.name in done.get(entry.path, ()) for entry in groups[key])
    ]


def _wanted(only, entry):
    return only is None or entry.name in only.get(entry.path, ())


if __name__ == "__main__":
    main()
