"""The hand-run mode of run.py: a request from arguments, and results that a person can read.

Python 2.7 to 3.14.
"""
from __future__ import absolute_import, division, print_function

import argparse
import os
import sys

from harness.channel import SCHEMA, Channel, take_stdout


def parse(arguments):
    """(request, channel) for a run by hand."""
    parser = argparse.ArgumentParser(description="Measure import paths in this interpreter.")
    parser.add_argument("--paths", required=True, help="comma-separated import paths")
    parser.add_argument("--backend", help="the active backend (default: $KERAS_BACKEND or by path)")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="call only these names")
    parser.add_argument("--setting", choices=("eager-off", "legacy-keras"))
    parser.add_argument("--order", type=int, metavar="SEED", help="shuffle the calls")
    parser.add_argument("--pretty", action="store_true", help="a table instead of the protocol")
    given = parser.parse_args(arguments)
    paths = given.paths.split(",")
    backend = given.backend or os.environ.get("KERAS_BACKEND") or _backend_of(paths[:1])
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("THEANO_FLAGS", "cxx=,optimizer=fast_compile,device=cpu")
    os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if given.setting == "legacy-keras":
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    request = {
        "schema": SCHEMA,
        "marker": "@",
        "paths": paths,
        "backend": backend,
        "setting": given.setting,
        "only": None if given.only is None else dict((path, given.only) for path in paths),
        "done": {},
        "broken": [],
        "inventory": True,
        "alone": False,
        "order": given.order,
        "lenient": True,
        "alternatives": {"done": [], "only": None},
    }
    _tell_broken_topics()
    stream = take_stdout()
    return request, Pretty(stream, given.only) if given.pretty else Channel("@", stream)


def _tell_broken_topics():
    # NumPy may be at fault too: the canary says so afterwards.
    import recipes

    for topic, error in sorted(recipes.load().items()):
        sys.stderr.write("recipes/%s.py does not import: %r\n" % (topic, error))


def _backend_of(paths):
    for backend in ("theano", "cntk"):
        if any(path.endswith(backend + "_backend") for path in paths):
            return backend
    return "tensorflow"


class Pretty(object):
    """A channel that prints one short line for each result, then the counts."""

    def __init__(self, stream, only):
        self._stream = stream
        self._only = only
        self._counts = {}
        self._begun = None

    def send(self, type, **fields):
        text = getattr(self, "_" + type, self._nothing)(fields)
        if text:
            self._stream.write((text + "\n").encode("utf-8"))
            self._stream.flush()

    def _nothing(self, fields):
        return None

    def _hello(self, fields):
        return "Python %(python)s on %(platform)s" % fields

    def _canary(self, fields):
        return "canary: %s %s" % (fields["state"], fields["detail"] or "")

    def _path(self, fields):
        return "%s: %s %s" % (fields["path"], fields["outcome"], fields["detail"] or "")

    def _attribute(self, fields):
        outcome = fields["outcome"]
        if outcome is None:
            return None
        key = (fields["path"], fields["detail"] if outcome == "present" else outcome)
        if outcome == "present" and not (fields["detail"] or "").startswith("no recipe"):
            key = (fields["path"], outcome)
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._only and fields["name"] in self._only:
            return "  %-13s %s.%s  %s" % (outcome, fields["path"], fields["name"], fields["detail"] or "")
        return None

    def _begin(self, fields):
        self._begun = fields
        return None

    def _result(self, fields):
        for path in self._begun["paths"]:
            key = (path, fields["outcome"])
            self._counts[key] = self._counts.get(key, 0) + 1
        also = ["= " + path for path in self._begun["paths"][1:]]
        return "  %-13s %s.%s  %s" % (
            fields["outcome"],
            fields["path"],
            fields["name"],
            "  ".join([fields["detail"] or ""] + also),
        )

    def _alternative(self, fields):
        uses = sorted(set(use for _, use in fields["targets"]))
        paths = sorted(set(path for path, _ in fields["targets"]))
        for path in paths:
            key = (path, "alternative " + fields["outcome"])
            self._counts[key] = self._counts.get(key, 0) + 1
        return "  %-13s %s -> %s  on %d paths  %s" % (
            fields["outcome"], fields["name"], ", ".join(uses), len(paths), fields["detail"] or ""
        )

    def _complaint(self, fields):
        return "  HARNESS       " + fields["text"]

    def _end(self, fields):
        lines = ["%6d  %s  %s" % (count, path, what) for (path, what), count in sorted(self._counts.items())]
        timings = ", ".join("%s %.2f s" % item for item in sorted(fields["timings"].items()))
        return "\n".join(lines + ["%d calls; %s" % (fields["calls"], timings)])
