"""``keras-matrix cells``: the matrix expanded, with feasibility and reasons."""

import argparse
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from keras_matrix.cli import common
from keras_matrix.feasibility import Feasible, Impossible
from keras_matrix.matrix import Cell

EXAMPLES = """examples:
  keras-matrix cells                        every declared cell
  keras-matrix cells --tag smoke            the quick ones
  keras-matrix cells 'keras2.*-theano*'     by id
  keras-matrix cells keras=2.3.1 --json     as data
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    common.add_selection(parser)


def execute(arguments: argparse.Namespace) -> int:
    """List the selected cells."""
    loaded = common.load(arguments)
    verdicts = loaded.verdicts()
    if arguments.json:
        common.print_json([describe(cell, verdicts[cell.id]) for cell in loaded.cells])
        return 0
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("cell", "python", "backend", "as of", "tags", "feasible"):
        table.add_column(heading, no_wrap=heading != "feasible")
    for cell in loaded.cells:
        verdict = verdicts[cell.id]
        text = "yes" if isinstance(verdict, Feasible) else f"impossible: {verdict.reason.text}"
        table.add_row(
            cell.id, cell.python, cell.backend, str(cell.as_of), " ".join(cell.tags), text
        )
    # A pipe has no width to fit into: what is cut off there is lost.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 1000)
    console.print(table)
    feasible = sum(isinstance(verdict, Feasible) for verdict in verdicts.values())
    console.print(f"{len(verdicts)} cells, {feasible} feasible", markup=False)
    return 0


def describe(cell: Cell, verdict: Feasible | Impossible) -> dict[str, Any]:
    """One cell as data."""
    impossible = isinstance(verdict, Impossible)
    return {
        "id": cell.id,
        "group": cell.group,
        "python": cell.python,
        "backend": cell.backend,
        "pins": dict(cell.pins),
        "as_of": cell.as_of.isoformat(),
        "tags": list(cell.tags),
        "feasible": not impossible,
        "reason": {
            "code": verdict.reason.code.value,
            "project": verdict.reason.project,
            "text": verdict.reason.text,
        }
        if isinstance(verdict, Impossible)
        else None,
        "distributions": dict(verdict.distributions) if isinstance(verdict, Feasible) else None,
    }
