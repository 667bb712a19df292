"""``keras-matrix guard OLD NEW``: may the tables be renewed from these reports?"""

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from keras_matrix.cli import common
from keras_matrix.errors import EnvironmentUnusableError

if TYPE_CHECKING:
    from keras_matrix.guarding import Verdict

EXAMPLES = """examples:
  keras-matrix guard HEAD .              the reports of the work tree against the last commit
  keras-matrix guard published/reports/data reports/data --json
  keras-matrix table --guard HEAD        the same, and the tables where it doesn't refuse

OLD and NEW are as in `keras-matrix diff`. Refuses (exit 3) where a canary of expectations.yaml
differs, a column collapses, the inventory shrinks, or an environment is unhealthy.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")
    common.add_expectations(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print every refusal; 3 where there is any."""
    from keras_matrix.plaintext import plain

    verdict = verdict_of(arguments, arguments.old, arguments.new)
    if arguments.json:
        common.print_json(_document(verdict))
    else:
        for refusal in verdict.refusals:
            print(f"{refusal.rule}: {plain(refusal.text)}")
        said = f"refused, {len(verdict.refusals)} reasons" if verdict.refusals else "nothing wrong"
        print(f"{said}: {verdict.cells} cells, {verdict.canaries} canaries")
    return EnvironmentUnusableError.exit_code if verdict.refusals else 0


def verdict_of(arguments: argparse.Namespace, old: str, new: str) -> "Verdict":
    """What the guard says of the reports of two places."""
    # Here, because the help needs none of it.
    from keras_matrix.comparing.places import opened
    from keras_matrix.guarding import guard

    expectations = common.expectations_of(arguments)
    with ExitStack() as stack:
        before, after = (
            stack.enter_context(opened(place, lambda: common.project_of(arguments).root))
            for place in (old, new)
        )
        return guard(before, after, expectations)


def _document(verdict: "Verdict") -> Mapping[str, Any]:
    return {
        "old": verdict.old,
        "new": verdict.new,
        "cells": verdict.cells,
        "canaries": verdict.canaries,
        "refused": bool(verdict.refusals),
        "refusals": [
            {
                "rule": refusal.rule.value,
                "cell": refusal.cell,
                "text": refusal.text,
                "numbers": dict(refusal.numbers),
            }
            for refusal in verdict.refusals
        ],
    }
