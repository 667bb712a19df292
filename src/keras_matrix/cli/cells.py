"""``keras-matrix cells``: the matrix expanded, with feasibility and reasons."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from keras_matrix.cli import common
from keras_matrix.cli.sharded import github_matrix, only_needed, shard_count, shards_of, words
from keras_matrix.feasibility import Feasible, Impossible
from keras_matrix.matrix import Cell
from keras_matrix.shards.sharding import Shard

EXAMPLES = """examples:
  keras-matrix cells                        every declared cell
  keras-matrix cells --tag smoke            the quick ones
  keras-matrix cells 'keras2.*-theano*'     by id
  keras-matrix cells keras=2.3.1 --json     as data
  keras-matrix cells --needed               those without a current report
  keras-matrix cells --shards 8 --json      for 8 machines, as a GitHub job's dynamic matrix
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    common.add_selection(parser)
    parser.add_argument(
        "--needed",
        action="store_true",
        help="only cells that `keras-matrix run` would measure, on whichever engine measured them",
    )
    parser.add_argument(
        "--shards",
        type=shard_count,
        metavar="N",
        help="divide them among N machines, by what they took; cells that share a "
        "backend stay together",
    )


def execute(arguments: argparse.Namespace) -> int:
    """List the selected cells, or their shards."""
    loaded = common.load(arguments)
    if arguments.needed:
        loaded = only_needed(loaded)
    if arguments.shards is not None:
        return _shards(shards_of(loaded, arguments.shards), as_json=arguments.json)
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


def _shards(shards: Sequence[Shard], *, as_json: bool) -> int:
    if as_json:
        common.print_json(github_matrix(shards))
        return 0
    for shard in shards:
        print(words(shard))
        for cell in shard.ids:
            print(f"  {cell}")
    print(f"{sum(len(shard.ids) for shard in shards)} cells in {len(shards)} shards")
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
