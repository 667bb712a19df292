"""How long the stages of each cell took: reports/timings.json, never part of what is compared.

The file holds, for every cell, what each stage took when it was last really done: a tier that a
later run found standing keeps what it took when it was built.
"""

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

from filelock import FileLock

from keras_matrix.atomicfile import write_text

SCHEMA = 1
DEFAULT_SECONDS = 120.0
"""What a cell is taken for where nothing was timed yet."""

RECURRING = ("probe", "scenarios")
STAGES = ("resolve", *RECURRING, "remeasure")
"""The stages besides the builds. A tier is resolved once, a changed outcome measured again once:
neither is expected of the next run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellTiming:
    """Seconds of wall time of one cell.

    ``tier`` is the backend tier that it may share, ``build`` the seconds of each tier that was
    built. ``failed`` is the class of the failure that the last run ended in, None where it
    measured the cell.
    """

    tier: str
    stages: Mapping[str, float] = field(default_factory=dict)
    build: Mapping[str, float] = field(default_factory=dict)
    received_bytes: int = 0
    failed: str | None = None

    def seconds(self, standing: Collection[str] = ()) -> float:
        """What the next run takes, where the tiers called ``standing`` need no build."""
        built = sum(seconds for tier, seconds in self.build.items() if tier not in standing)
        return built + sum(self.stages.get(stage, 0.0) for stage in RECURRING)


@dataclass(frozen=True, kw_only=True)
class Timings:
    """The file's content by cell id; ``problem`` says why it could not be read."""

    cells: Mapping[str, CellTiming] = field(default_factory=dict)
    problem: str | None = None

    def estimate(self, cell: str, tier: str, standing: Collection[str] = ()) -> float:
        """The seconds that a cell will take, of which ``standing`` tiers are no part.

        Its own timing, else the median of the cells that share its backend tier, else the
        median of all, else a default. What the backend tier takes is known from whichever cell
        built it.
        """
        if cell not in self._whole and not self._siblings.get(tier):
            return self._typical
        shared = 0.0 if tier in standing else self._shared.get(tier, 0.0)
        if cell in self._whole:
            return shared + self._whole[cell].seconds({tier, *standing})
        return shared + median(each.seconds({tier, *standing}) for each in self._siblings[tier])

    @cached_property
    def _whole(self) -> Mapping[str, CellTiming]:
        return {cell: timing for cell, timing in self.cells.items() if "probe" in timing.stages}

    @cached_property
    def _siblings(self) -> Mapping[str, list[CellTiming]]:
        found: dict[str, list[CellTiming]] = {}
        for timing in self._whole.values():
            found.setdefault(timing.tier, []).append(timing)
        return found

    @cached_property
    def _shared(self) -> Mapping[str, float]:
        """Backend tier -> the seconds that it takes to build."""
        built: dict[str, list[float]] = {}
        for timing in self.cells.values():
            if timing.tier in timing.build:
                built.setdefault(timing.tier, []).append(timing.build[timing.tier])
        return {tier: median(seconds) for tier, seconds in built.items()}

    @cached_property
    def _typical(self) -> float:
        known = [
            self._shared.get(timing.tier, 0.0) + timing.seconds({timing.tier})
            for timing in self._whole.values()
        ]
        return median(known) if known else DEFAULT_SECONDS

    @property
    def failures(self) -> Mapping[str, str]:
        """The cells that the last run could not measure, each with the class of its failure."""
        return {cell: timing.failed for cell, timing in self.cells.items() if timing.failed}


class Stopwatch:
    """Sums wall time by stage and tier: a stage ends where the next one begins."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spent: dict[tuple[str, str], float] = {}
        self._running: tuple[str, str] | None = None
        self._since = 0.0

    def begin(self, stage: str, tier: str = "") -> None:
        """From now on time is spent on that."""
        now = self._clock()
        if self._running is not None:
            spent = self._spent.get(self._running, 0.0)
            self._spent[self._running] = spent + now - self._since
        self._running, self._since = (stage, tier), now

    def timing(self, tier: str, *, received: int) -> CellTiming:
        """What was spent until now; waits, and tiers that were only found, aren't counted."""
        self.begin("")
        stages: dict[str, float] = {}
        for (stage, _), seconds in self._spent.items():
            if stage in STAGES:
                stages[stage] = round(stages.get(stage, 0.0) + seconds, 1)
        build = {name: round(s, 1) for (stage, name), s in self._spent.items() if stage == "build"}
        return CellTiming(tier=tier, stages=stages, build=build, received_bytes=received)


def merged(old: CellTiming | None, new: CellTiming) -> CellTiming:
    """``new`` with what it did not do again from ``old``."""
    if old is None or old.tier != new.tier:
        return new
    kept = {stage: old.stages[stage] for stage in RECURRING if stage in old.stages}
    return replace(new, stages={**kept, **new.stages}, build={**old.build, **new.build})


def load_timings(path: Path) -> Timings:
    """Read the file; none at all is an empty one, a corrupt one an empty one with its problem."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Timings()
    except (OSError, UnicodeDecodeError) as error:
        return Timings(problem=f"{path}: can't be read ({error})")
    return parse_timings(text, str(path))


def parse_timings(text: str, name: str) -> Timings:
    """The content of a file called ``name``; a corrupt one is an empty one with its problem."""
    try:
        return Timings(cells=_cells(json.loads(text)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Timings(problem=f"{name}: no timings of schema {SCHEMA} ({error!r})")


def record_timing(path: Path, cell: str, timing: CellTiming, *, lock: Path) -> None:
    """Merge one cell's timing into the file, whole or not at all; ``lock`` keeps runs apart.

    What can't be read is set aside as ``timings.damaged.json`` and begun anew.

    Raises:
        OSError: the file can't be written.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        known = load_timings(path)
        if known.problem:
            path.replace(path.with_suffix(".damaged.json"))
        cells = {**known.cells, cell: merged(known.cells.get(cell), timing)}
        write_text(path, dump_timings(cells))


def dump_timings(cells: Mapping[str, CellTiming]) -> str:
    """The file's text: a cell a line, sorted."""
    lines = (f" {json.dumps(cell)}: {_line(cells[cell])}" for cell in sorted(cells))
    return f'{{"schema": {SCHEMA}, "cells": {{\n' + ",\n".join(lines) + "\n}}\n"


def _line(timing: CellTiming) -> str:
    document = {
        "tier": timing.tier,
        "seconds": dict(timing.stages),
        "build": dict(timing.build),
        "received_bytes": timing.received_bytes,
        **({"failed": timing.failed} if timing.failed else {}),
    }
    return json.dumps(document, sort_keys=True)


def _cells(document: Any) -> dict[str, CellTiming]:
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']!r}")
    return {str(cell): _timing(entry) for cell, entry in document["cells"].items()}


def _timing(entry: Any) -> CellTiming:
    if unknown := entry["seconds"].keys() - set(STAGES):
        raise ValueError(f"unknown stages: {', '.join(sorted(unknown))}")
    failed = entry.get("failed")
    return CellTiming(
        tier=str(entry["tier"]),
        stages={stage: float(seconds) for stage, seconds in entry["seconds"].items()},
        build={str(tier): float(seconds) for tier, seconds in entry["build"].items()},
        received_bytes=int(entry["received_bytes"]),
        failed=None if failed is None else str(failed),
    )
