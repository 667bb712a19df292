#!/usr/bin/env python
"""Run one scenario: a script that does what a user's script would do, and tell how it ended.

Runs on: the cell's own interpreter, inside the sandbox, in a fresh process for each scenario.
Floor: Python 2.7; ceiling: 3.14. Imports: the standard library; the scenario imports the rest.
Forbidden syntax: f-strings, annotations, keyword-only arguments, ``nonlocal``, ``yield from``.

The request is JSON in the environment variable KERAS_MATRIX_REQUEST::

    {"schema": 1, "marker": "random text", "scenario": "clear_session_keras_backend.py"}

Every answer is one line on standard output, ``<marker> <json>``. The ``type`` of a line::

    said        text                 a fact that the script told with say()
    ended       outcome, detail      nothing comes after it

    outcome "works": the script came to its end. "differs": an assertion failed. "raises": any other
    exception. "present": not_applicable(), the reason is the detail.

A script may import from here: ``say``, ``needs``, ``not_applicable``, ``installed``, ``major``.

By hand: ``python probes/harness/scenario.py probes/scenarios/<name>.py`` (set KERAS_BACKEND and the
script's own VARIABLES yourself).
"""
from __future__ import absolute_import, division, print_function

import json
import os
import re
import runpy
import sys

HARNESS = os.path.dirname(os.path.abspath(__file__))
PROBES = os.path.dirname(HARNESS)

_NOT_APPLICABLE = "not applicable: "
_COLOURS = re.compile("\x1b\\[[0-9;]*m")
_CHANNEL = None


def say(fact):
    """Add a short fact to the scenario's row; the same on every run, please."""
    from harness import messages

    if _CHANNEL is not None:
        _CHANNEL.send("said", text=messages.tidy(messages.first_line(fact)))


def not_applicable(reason):
    """End the script: this cell can't show the claim, neither way."""
    raise SystemExit(_NOT_APPLICABLE + reason)


def needs(*modules):
    """End the script where one of these top-level modules is not installed (nothing is imported)."""
    for name in modules:
        if not installed(name):
            not_applicable("no %s in this cell" % name)


def major(project):
    """The first number of an installed project's version, read without an import; 0 where unknown."""
    from harness import installs

    found = installs.distributions().get(project)
    head = found.version.split(".")[0] if found is not None else ""
    return int(head) if head.isdigit() else 0


def installed(name):
    """Whether a top-level module could be imported; it is looked for, not imported."""
    try:
        from importlib.util import find_spec
    except ImportError:
        from pkgutil import find_loader as find_spec
    return find_spec(name) is not None


def run(path):
    """(outcome, detail) of the script."""
    from harness import messages

    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as error:
        return _of_exit(error)
    except AssertionError as error:
        text = messages.first_line(messages.as_text(error))
        return "differs", messages.tidy(text or "an assertion without a message failed")
    except Exception as error:
        return "raises", _of_exception(error)
    return "works", None


def _of_exception(error):
    from harness import messages

    lines = [line for line in messages.as_text(error).splitlines() if line.strip()]
    # Keras 2.9 and later wrap what a layer raised: the exception's own words are in the next line.
    if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
        text = _COLOURS.sub("", " ".join((lines[0] + " " + lines[1]).split()))
        return messages.tidy("%s: %s" % (type(error).__name__, text))
    return messages.of_exception(error)


def _of_exit(error):
    from harness import messages

    if error.code is None or error.code == 0:
        return "works", None
    text = messages.first_line(str(error.code))
    if text.startswith(_NOT_APPLICABLE):
        return "present", messages.tidy(text[len(_NOT_APPLICABLE) :])
    return "raises", messages.tidy("SystemExit: " + text)


class _Printer(object):
    """The channel of a run by hand."""

    def send(self, type, **fields):
        parts = [fields[name] for name in ("outcome", "detail", "text") if fields.get(name)]
        os.write(1, ("%s: %s\n" % (type, ": ".join(parts))).encode("utf-8"))


def main():
    """Answer the request, or run the script that the command line names."""
    global _CHANNEL
    from harness import notices
    from harness.channel import SCHEMA, Channel, take_stdout

    notices.quiet()
    if len(sys.argv) > 1:
        path, _CHANNEL = os.path.abspath(sys.argv[1]), _Printer()
    else:
        request = json.loads(os.environ.pop("KERAS_MATRIX_REQUEST"))
        if request["schema"] != SCHEMA:
            raise SystemExit("the request's schema is %r, not %d" % (request["schema"], SCHEMA))
        path = os.path.join(PROBES, "scenarios", request["scenario"])
        _CHANNEL = Channel(request["marker"], take_stdout())
    sys.argv[:] = [path]
    # As for a user's script: what lies beside it can be imported.
    sys.path.insert(0, os.path.dirname(path))
    outcome, detail = run(path)
    _CHANNEL.send("ended", outcome=outcome, detail=detail)
    sys.stderr.flush()
    # Frameworks crash when an interpreter is torn down: everything is told by now.
    os._exit(0)


if __name__ == "__main__":
    # This folder must not be where modules come from: its names are common ones. And the scenario
    # imports harness.scenario, which has to be the module that is at work.
    sys.path[:] = [PROBES] + [entry for entry in sys.path if os.path.abspath(entry) != HARNESS]
    from harness import scenario

    scenario.main()
