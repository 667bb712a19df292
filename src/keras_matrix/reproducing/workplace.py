"""Building a combination and running code in it: the only part with side effects."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_matrix import environments
from keras_matrix.atomicfile import write_text
from keras_matrix.engines import Engine
from keras_matrix.environments import DatedIndex
from keras_matrix.locks import lock_path, read_lock
from keras_matrix.matrix import Cell
from keras_matrix.releases import Catalogue
from keras_matrix.reproducing.combination import AT_HAND, choose
from keras_matrix.reproducing.comparing import compare
from keras_matrix.reproducing.model import Chosen, Combination, Prepared, Reproduction, Request
from keras_matrix.reproducing.running import run
from keras_matrix.tiers import Tier, plan

OnStep = Callable[[str, str], None]


def quiet(_stage: str, _detail: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workplace:
    """What reproductions are made with.

    ``declared`` are the cells of a checkout, whose locks are kept in ``declared_locks``; the locks
    of all others in ``cache``. ``shipped_locks`` are read and never written.
    """

    engine: Engine
    index: DatedIndex
    catalogue: Catalogue
    cache: Path
    shipped_locks: Path
    declared: Sequence[Cell] = ()
    declared_locks: Path | None = None
    pythons: Sequence[str] = AT_HAND

    def choose(self, combination: Combination) -> Chosen:
        """The cell that a combination means; raises InputError where there is none."""
        return choose(combination, self.catalogue, declared=self.declared, pythons=self.pythons)


def reproduce(request: Request, place: Workplace, on_step: OnStep = quiet) -> Reproduction:
    """Build the combination, run the code, compare.

    ``on_step(stage, detail)`` is told every step ("build", "run"); it may raise to stop.

    Raises:
        InputError: a version that never existed, or an impossible combination.
        BuildFailedError: a tier could not be resolved or installed.
        EnvironmentUnusableError: no engine, no such Python, no index.
    """
    return reproduce_in(
        prepare(place.choose(request.combination), place, on_step), request, place, on_step
    )


def prepare(chosen: Chosen, place: Workplace, on_step: OnStep = quiet) -> Prepared:
    """The built environment of a cell; raises as :func:`reproduce` does."""
    started = time.monotonic()
    cell = chosen.cell
    tiers = plan(cell, chosen.distributions, place.catalogue)
    locks_dir = _locks_dir(chosen, tiers, place)
    environment = environments.ensure(
        tiers,
        engine=place.engine,
        index=place.index,
        locks_dir=locks_dir,
        logs_dir=place.cache / "logs",
        on_event=lambda event: on_step("build", str(event)),
        label=cell.id,
    )
    return Prepared(
        chosen=chosen,
        environment=environment,
        locks=tuple(read_lock(lock_path(locks_dir, tier)) for tier in tiers if tier.requirements),
        build_seconds=time.monotonic() - started,
    )


def reproduce_in(
    prepared: Prepared, request: Request, place: Workplace, on_step: OnStep = quiet
) -> Reproduction:
    """As :func:`reproduce`, in an environment that stands; the request's versions don't count."""
    on_step("run", request.snippet.name)
    ending, by_hand = run(prepared, request, place.engine, place.cache / "scratch")
    verdict, note = compare(ending, request.expected)
    return Reproduction(
        prepared=prepared,
        snippet=request.snippet,
        expected=request.expected,
        verdict=verdict,
        note=note,
        ending=ending,
        by_hand=by_hand,
    )


def _locks_dir(chosen: Chosen, tiers: Sequence[Tier], place: Workplace) -> Path:
    """Where the chain's locks are kept; the shipped ones that it shares are there already."""
    if chosen.declared and place.declared_locks is not None:
        return place.declared_locks
    folder = place.cache / "locks"
    for tier in tiers:
        shipped = lock_path(place.shipped_locks, tier)
        if shipped.is_file():
            write_text(lock_path(folder, tier), shipped.read_text(encoding="utf-8"))
    return folder
