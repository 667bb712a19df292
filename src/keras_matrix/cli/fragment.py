"""``keras-matrix table`` with --attribute or --path: a piece of the table for other documents.

Read from compatibility.json, the checkout's or the one that came with the package: no report is
opened.
"""

import argparse
import shlex
import sys
from pathlib import Path

from keras_matrix.atomicfile import write_text
from keras_matrix.cli import common
from keras_matrix.errors import InputError
from keras_matrix.fragments import Wanted, cut
from keras_matrix.knowledge import load_knowledge
from keras_matrix.render import Format
from keras_matrix.render.fragment import (
    fragment_csv,
    fragment_html,
    fragment_json,
    fragment_markdown,
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """--attribute and --path."""
    parser.add_argument(
        "--attribute",
        action="append",
        default=[],
        metavar="GLOB",
        help="only the support ranges of these public names, as a fragment for other documents "
        "(md, html, csv, json), from compatibility.json as it was last renewed",
    )
    parser.add_argument(
        "--path",
        action="append",
        default=[],
        metavar="GLOB",
        help="the same for these import paths; both may be given more than once",
    )


def asked_for(arguments: argparse.Namespace) -> bool:
    """Whether a fragment is wanted."""
    return bool(arguments.attribute or arguments.path)


def execute(arguments: argparse.Namespace) -> int:
    """Print or write the fragment.

    Raises:
        InputError: a pattern matches nothing, or the format has no fragments.
    """
    form = Format(arguments.format or (Format.JSON if arguments.json else Format.MD))
    wanted = Wanted(attributes=tuple(arguments.attribute), paths=tuple(arguments.path))
    fragments = cut(load_knowledge(_table(arguments)), wanted)
    match form:
        case Format.MD:
            text = fragment_markdown(fragments, _command(form, wanted))
        case Format.HTML:
            text = fragment_html(fragments, _command(form, wanted))
        case Format.CSV:
            text = fragment_csv(fragments)
        case Format.JSON:
            text = fragment_json(fragments)
        case _:
            raise InputError([f"--format {form} knows no --attribute and --path"])
    if arguments.output is None:
        sys.stdout.write(text)
    else:
        write_text(arguments.output, text)
    return 0


def _table(arguments: argparse.Namespace) -> Path | None:
    """The checkout's table; None, for the package's own, where we stand in no checkout."""
    try:
        return common.project_of(arguments).reports / "compatibility.json"
    except InputError:
        if arguments.root is not None:
            raise
        return None


def _command(form: Format, wanted: Wanted) -> str:
    words = ["keras-matrix", "table", "--format", form.value]
    for pattern in wanted.attributes:
        words += ["--attribute", pattern]
    for pattern in wanted.paths:
        words += ["--path", pattern]
    return shlex.join(words)
