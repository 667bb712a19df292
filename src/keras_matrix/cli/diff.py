"""``keras-matrix diff OLD NEW``: what changed between two sets of reports, and why."""

import argparse
import sys
from contextlib import ExitStack
from datetime import date

from keras_matrix.cli import common
from keras_matrix.errors import InputError

EXAMPLES = """examples:
  keras-matrix diff HEAD~1 HEAD                 what the last commit changed
  keras-matrix diff ../yesterday/reports/data reports/data
  keras-matrix diff v1.0 . --format md >> "$GITHUB_STEP_SUMMARY"
  keras-matrix diff HEAD . --format github      annotations of a GitHub workflow
  keras-matrix diff a/keras2.3.1-tensorflow1.15.5-py37.json b/keras2.3.1-tensorflow1.15.5-py37.json

OLD and NEW are each a folder of reports, a checkout, one report, or a git revision of this checkout
(./NAME where a folder and a revision have the same name). exit codes: 1 something got worse that
expectations.yaml doesn't allow; 2 an entry there is expired or matches nothing
"""
FORMATS = ("text", "md", "github")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to say it")
    common.add_expectations(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print what changed; 1 where something got worse and is not expected."""
    # Here, because the help needs none of it.
    from keras_matrix.comparing import formats
    from keras_matrix.comparing.comparison import compare
    from keras_matrix.comparing.places import opened

    expectations = common.expectations_of(arguments)
    with ExitStack() as stack:
        old, new = (
            stack.enter_context(opened(place, lambda: common.project_of(arguments).root))
            for place in (arguments.old, arguments.new)
        )
        comparison = compare(old, new, expectations, date.today())
    if arguments.json:
        common.print_json(formats.to_document(comparison))
    elif arguments.format == "md":
        sys.stdout.write(formats.to_markdown(comparison))
    elif arguments.format == "github":
        sys.stdout.write(formats.to_annotations(comparison))
    else:
        sys.stdout.write(formats.to_text(comparison))
    if comparison.problems:
        sys.stdout.flush()
        raise InputError(comparison.problems)
    return 1 if comparison.worse else 0
