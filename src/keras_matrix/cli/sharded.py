"""The shards of the selected cells: --shards, --shard."""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from keras_matrix.cli.common import Loaded
from keras_matrix.comparing.gitblobs import blobs, tree
from keras_matrix.errors import EnvironmentUnusableError, InputError
from keras_matrix.feasibility import Feasible, Impossible
from keras_matrix.project import Project
from keras_matrix.running.timings import Timings, load_timings, parse_timings
from keras_matrix.shards.sharding import MOST_SHARDS, Shard, parse_shard, shard_of, split
from keras_matrix.tiers import plan


def add_shard(parser: argparse.ArgumentParser) -> None:
    """--shard, for the verb that does the work of one."""
    parser.add_argument(
        "--shard",
        metavar="K/N",
        help="only the K-th of N shards of the selected cells: what `keras-matrix cells --shards "
        "N` lists, with the same selection",
    )


def shard_count(text: str) -> int:
    """The argument's type of --shards."""
    if not (text.isdecimal() and 1 <= int(text) <= MOST_SHARDS):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number from 1 to {MOST_SHARDS}, the most jobs that a matrix may have"
        )
    return int(text)


def shards_of(loaded: Loaded, count: int) -> tuple[Shard, ...]:
    """The selected cells in shards, by what reports/timings.json says of them.

    Raises:
        InputError: the timings can't be read: another machine may read others.
    """
    timings = _committed(loaded.project) or load_timings(loaded.project.timings)
    if timings.problem:
        raise InputError([f"{timings.problem}; without them shards may differ: mend or remove it"])
    verdicts = loaded.verdicts()
    chains = {
        cell.id: plan(cell, verdict.distributions, loaded.catalogue)
        for cell in loaded.cells
        if isinstance(verdict := verdicts[cell.id], Feasible)
    }
    impossible = [cell for cell, found in verdicts.items() if isinstance(found, Impossible)]
    return split(chains, impossible, timings, count)


def _committed(project: Project) -> Timings | None:
    """The timings of the last commit, None where there are none.

    Those of the work tree change with every cell: a shard that is gone on with would be another
    one, and not what the other machines left to it.
    """
    try:
        blob = tree(project.root, "HEAD", "reports").get(project.timings.name)
        if blob is None:
            return None
        with blobs(project.root) as objects:
            text = objects.read(blob).decode("utf-8", errors="replace")
    except (InputError, EnvironmentUnusableError):
        return None  # no checkout of git
    return parse_timings(text, f"HEAD:reports/{project.timings.name}")


def only_shard(loaded: Loaded, wanted: str | None) -> tuple[Loaded, Shard | None]:
    """The selection without what is another shard's, and that shard.

    Raises:
        InputError: there can be no such shard.
    """
    if wanted is None:
        return loaded, None
    number, count = parse_shard(wanted)
    shard = shard_of(shards_of(loaded, count), number, count)
    cells = tuple(cell for cell in loaded.cells if cell.id in set(shard.ids))
    return replace(loaded, cells=cells), shard


def only_needed(loaded: Loaded) -> Loaded:
    """The selection without the cells whose report is current."""
    from keras_matrix.probing import probes_digest
    from keras_matrix.reportstore import ReportStore
    from keras_matrix.running.needed import needed

    cells = needed(
        loaded.cells,
        loaded.catalogue,
        ReportStore(loaded.project.data),
        locks=loaded.project.locks,
        probes=probes_digest(loaded.project.probes),
        import_paths=loaded.matrix.import_paths,
    )
    return replace(loaded, cells=cells)


def words(shard: Shard) -> str:
    """``shard 3/8: 12 cells, about 14 min``."""
    minutes = round(shard.seconds / 60)
    took = f"about {minutes} min" if minutes else "less than a minute"
    extra = f", {len(shard.impossible)} impossible" if shard.impossible else ""
    return f"shard {shard.number}/{shard.of}: {len(shard.cells)} cells{extra}, {took}"


def github_matrix(shards: Sequence[Shard]) -> dict[str, object]:
    """What a job's ``strategy.matrix`` takes through ``fromJSON``."""
    return {
        "include": [
            {
                "shard": shard.number,
                "of": shard.of,
                "cells": " ".join(shard.ids),
                "estimated_seconds": round(shard.seconds),
            }
            for shard in shards
        ]
    }
