"""``keras-matrix diff OLD NEW``: what changed between two sets of reports."""

import argparse
from dataclasses import asdict
from pathlib import Path

from keras_matrix.cli import common
from keras_matrix.errors import InputError
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellReport, report_from_json
from keras_matrix.tables.changes import diff

EXAMPLES = """examples:
  keras-matrix diff ../yesterday/reports/data reports/data
  keras-matrix diff a/keras2.3.1-tensorflow1.15.5-py37.json b/keras2.3.1-tensorflow1.15.5-py37.json
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)


def execute(arguments: argparse.Namespace) -> int:
    """Print every change of outcome; 1 where something got worse."""
    changes = diff(_reports(arguments.old), _reports(arguments.new))
    if arguments.json:
        common.print_json([asdict(change) | {"worse": change.worse} for change in changes])
    else:
        for change in changes:
            place = " ".join(part for part in (change.cell, change.path, change.attribute) if part)
            detail = f" ({change.detail})" if change.detail else ""
            print(f"{place}: {change.before or 'nothing'} -> {change.after or 'nothing'}{detail}")
        print(f"{len(changes)} changes, {sum(change.worse for change in changes)} for the worse")
    return 1 if any(change.worse for change in changes) else 0


def _reports(place: Path) -> list[CellReport]:
    """The reports of a folder, or the one report of a file."""
    if place.is_dir():
        stored = ReportStore(place).all()
        if stored.problems:
            raise InputError(stored.problems)
        return list(stored.reports)
    try:
        return [report_from_json(place.read_text(encoding="utf-8"))]
    except (OSError, ValueError) as error:
        raise InputError([f"{place}: no report and no folder of reports: {error}"]) from error
