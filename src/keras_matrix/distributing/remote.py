"""What runs on a worker: one bench per process and campaign, opened once, closed at its end.

Every function that Dask is handed is one of this module's own, so that it is sent by name.
"""

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from keras_matrix.atomicfile import write_text
from keras_matrix.distributing.orders import Delivery, Order, Step, Terms, unpack
from keras_matrix.engines.choice import choose_engine, moves_of
from keras_matrix.errors import EnvironmentUnusableError, KerasMatrixError
from keras_matrix.index import PackageIndex, Sources
from keras_matrix.locks import lock_path
from keras_matrix.probing import probes_digest
from keras_matrix.probing.scenarios import list_scenarios
from keras_matrix.project import Project, find_cache
from keras_matrix.running.campaign import CampaignStopped, make_room
from keras_matrix.running.measuring import Bench, Measured, measure_cell

_LOG_CHARACTERS = 256 * 1024


@dataclass(kw_only=True)
class _Workplace:
    """An open bench; ``closing`` ends it."""

    bench: Bench
    about: str
    closing: contextlib.ExitStack
    stop: threading.Event


_OPEN: dict[str, _Workplace] = {}
_GUARD = threading.Lock()


def open_bench(terms: Terms) -> tuple[str, str]:
    """Open this process's bench for the campaign, if need be; its engine's name and description.

    Raises:
        KerasMatrixError: the engine, the registry or the index isn't usable here.
    """
    place = _workplace(terms)
    return place.bench.engine.name, place.about


def measure(order: Order, tell: Callable[[Step], None]) -> Delivery:
    """Measure one cell. ``tell`` hears of every step; it may raise to stop.

    Raises:
        CampaignStopped: the campaign was halted.
    """
    place = _workplace(order.terms)
    bench, cell = place.bench, order.task.cell
    for tier in order.task.tiers:
        if tier.name in order.locks:
            write_text(lock_path(bench.project.locks, tier), order.locks[tier.name])

    def on_step(stage: str, detail: str) -> None:
        if place.stop.is_set():
            raise CampaignStopped
        received = bench.index.served(cell.id)
        tell(Step(cell=cell.id, stage=stage, detail=detail, received=received))

    task = order.task
    measured = measure_cell(cell, task.tiers, task.distributions, bench, on_step, task.stored)
    if place.stop.is_set():
        raise CampaignStopped
    return _delivery(order, measured, bench)


def _delivery(order: Order, measured: Measured, bench: Bench) -> Delivery:
    locks = {}
    for tier in order.task.tiers:
        path = lock_path(bench.project.locks, tier)
        if tier.requirements and tier.name not in order.locks and path.exists():
            locks[tier.name] = path.read_text(encoding="utf-8")
    log = None
    if measured.log is not None:
        with contextlib.suppress(OSError):
            log = measured.log.read_text(encoding="utf-8", errors="replace")[-_LOG_CHARACTERS:]
    moves = moves_of(bench.engine)
    return Delivery(
        measured=replace(measured, log=None),
        received=bench.index.served(order.task.cell.id),
        locks=locks,
        log=log,
        pushed=moves.pushed,
        pulled=moves.pulled,
        warnings=moves.warnings,
    )


def tidy(campaign: str, needed: frozenset[str], newest: int) -> None:
    """Remove the environments that no remaining cell needs, but for the newest."""
    if place := _OPEN.get(campaign):
        make_room(place.bench.engine, needed, newest)


def halt(campaign: str) -> None:
    """End whatever the campaign does in this process; nothing more of it starts here."""
    if place := _OPEN.get(campaign):
        place.stop.set()
        place.bench.index.abort()
        with contextlib.suppress(KerasMatrixError):  # an engine that is gone runs nothing
            place.bench.engine.abort()


def close(campaign: str) -> None:
    """Close the campaign's bench in this process."""
    with _GUARD:
        place = _OPEN.pop(campaign, None)
    if place is not None:
        place.closing.close()


def _workplace(terms: Terms) -> _Workplace:
    with _GUARD:
        if terms.campaign not in _OPEN:
            _OPEN[terms.campaign] = _opened(terms)
        return _OPEN[terms.campaign]


def _opened(terms: Terms) -> _Workplace:
    cache = find_cache(os.environ)
    with contextlib.ExitStack() as stack:
        root = stack.enter_context(_folder(cache / "cluster"))
        project = Project(root=root, cache=cache)
        unpack(terms.kit, project.probes)
        project.locks.mkdir(parents=True)
        if probes_digest(project.probes) != terms.probes:
            raise EnvironmentUnusableError("the probes arrived otherwise than they were sent")
        chosen = choose_engine(terms.engine, os.environ, cache, terms.registry)
        sources = Sources.from_environment(os.environ)
        index = stack.enter_context(PackageIndex(sources, cache / "index"))
        index.listen(chosen.engine.index_host())
        bench = Bench(
            project=project,
            engine=chosen.engine,
            index=index,
            import_paths=terms.import_paths,
            scenarios=list_scenarios(project.scenarios),
            probes=terms.probes,
        )
        return _Workplace(
            bench=bench, about=chosen.why, closing=stack.pop_all(), stop=threading.Event()
        )


@contextlib.contextmanager
def _folder(parent: Path) -> Iterator[Path]:
    """A folder of this process; those of processes that ended without removing theirs go."""
    parent.mkdir(parents=True, exist_ok=True)
    with FileLock(parent / "lock", is_singleton=False):
        for left in parent.glob("*.lock"):
            with (
                contextlib.suppress(Timeout),
                FileLock(left, timeout=0, is_singleton=False),
            ):
                shutil.rmtree(left.with_suffix(""), ignore_errors=True)
                left.unlink()
        folder = Path(tempfile.mkdtemp(dir=parent))
        mine = FileLock(folder.with_name(f"{folder.name}.lock"), thread_local=False)
        mine.acquire()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        Path(mine.lock_file).unlink(missing_ok=True)
        mine.release()
