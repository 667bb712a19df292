"""Many cells: which need work, in which order, run on an executor, resumable at any moment.

A cell is finished when its report is written; nothing else is remembered. So a run that was
stopped goes on where it was by being started again.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from enum import StrEnum

from keras_matrix.currency import OwnReports
from keras_matrix.engines import Engine
from keras_matrix.engines.lineage import superfluous
from keras_matrix.errors import FailureClass, KerasMatrixError
from keras_matrix.measuring import Bench, Measured, failed_report, measure_cell
from keras_matrix.planning import Plan, Task
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome, CellReport

ENVIRONMENTAL = frozenset({FailureClass.NETWORK, FailureClass.DISK, FailureClass.ENGINE})
"""Failures that say something of the machine, nothing of the cell."""


_HALT_AGAIN_SECONDS = 2.0


class Stage(StrEnum):
    """Where a cell is on its way."""

    BUILD = "build"
    PROBE = "probe"
    SCENARIOS = "scenarios"
    MEASURED = "measured"
    IMPOSSIBLE = "impossible"
    FAILED = "build-failed"
    NOT_RUN = "not-run"

    @property
    def last(self) -> bool:
        """True for the stages that a cell ends in."""
        return self not in (Stage.BUILD, Stage.PROBE, Stage.SCENARIOS)


_STAGE_OF_OUTCOME = {
    CellOutcome.MEASURED: Stage.MEASURED,
    CellOutcome.IMPOSSIBLE: Stage.IMPOSSIBLE,
    CellOutcome.BUILD_FAILED: Stage.FAILED,
    CellOutcome.NOT_RUN: Stage.NOT_RUN,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One step of one cell, for whoever shows progress."""

    cell: str
    stage: Stage
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How to run: ``jobs`` cells at a time; with ``keep_images`` set, environments that no cell
    of the run still needs are removed but for so many of the newest."""

    jobs: int = 2
    keep_images: int | None = None


class CampaignStopped(Exception):  # noqa: N818 - a request, not an error
    """Raised inside a worker at its next step once the campaign was asked to stop."""


def next_task(pending: Sequence[Task], building: frozenset[str], ready: frozenset[str]) -> Task:
    """The task to start now: prefer tiers that stand, then tiers that nobody is building.

    Two workers on one unbuilt tier would only wait for each other.
    """
    for task in pending:
        if task.shares in ready:
            return task
    for task in pending:
        if task.shares not in building:
            return task
    return pending[0]


def run_tasks(
    tasks: Iterable[Task],
    work: Callable[[Task], Measured],
    *,
    executor: Executor,
    jobs: int,
    on_done: Callable[[Measured, Sequence[Task]], None],
    halt: Callable[[], None],
) -> Mapping[str, Measured]:
    """Run every task, ``jobs`` at a time; returns what was measured by cell id.

    ``on_done`` is told each task's end, and which tasks haven't ended yet. Any exception, of
    ``work`` or a KeyboardInterrupt here, ends the campaign: ``halt`` is called until the running
    workers have left; then it is raised.
    """
    pending = list(tasks)
    running: dict[Future[Measured], Task] = {}
    ready: set[str] = set()
    done: dict[str, Measured] = {}
    try:
        while pending or running:
            while pending and len(running) < jobs:
                building = frozenset(task.shares for task in running.values()) - ready
                task = next_task(pending, building, frozenset(ready))
                pending.remove(task)
                running[executor.submit(work, task)] = task
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                task = running.pop(future)
                measured = future.result()
                ready.add(task.shares)
                done[task.cell.id] = measured
                on_done(measured, [*pending, *running.values()])
    except BaseException:
        # Again and again: a worker may have been about to start something.
        halt()
        while wait(running, timeout=_HALT_AGAIN_SECONDS).not_done:
            halt()
        raise
    return done


def finished_event(measured: Measured) -> Event:
    """The event that a report ends its cell with: what was found, or why not, and the whole log."""
    report = measured.report
    detail = _counts(report)
    if report.reason is not None:
        log = f" (log: {measured.log})" if measured.log else ""
        detail = ": ".join(part for part in (report.failure, report.reason) if part) + log
    return Event(cell=report.cell.id, stage=_STAGE_OF_OUTCOME[report.outcome], detail=detail)


def _counts(report: CellReport) -> str:
    importable = [path for path in report.paths.values() if path.attributes]
    attributes = sum(len(path.attributes) for path in importable)
    return f"{len(importable)} paths, {attributes} attributes"


def run_campaign(
    plan: Plan,
    bench: Bench,
    store: ReportStore,
    own_reports: OwnReports,
    *,
    options: Options,
    on_event: Callable[[Event], None],
) -> Mapping[str, Measured]:
    """Measure every planned cell and store each report as soon as it is there."""
    stop = threading.Event()

    def work(task: Task) -> Measured:
        def on_step(stage: str, detail: str) -> None:
            if stop.is_set():
                raise CampaignStopped
            on_event(Event(cell=task.cell.id, stage=Stage(stage), detail=detail))

        measured = measure_cell(task.cell, task.tiers, task.distributions, bench, on_step)
        if stop.is_set():
            # What was killed under a cell looks like its own crash: nothing of it counts.
            raise CampaignStopped
        return kept(measured, task, store, own_reports)

    def halt() -> None:
        stop.set()
        bench.index.abort()
        with contextlib.suppress(KerasMatrixError):  # an engine that is gone runs nothing
            bench.engine.abort()

    def on_done(measured: Measured, left: Sequence[Task]) -> None:
        on_event(finished_event(measured))
        if options.keep_images is not None:
            needed = {tier.name for task in left for tier in task.tiers}
            make_room(bench.engine, needed, options.keep_images)

    with ThreadPoolExecutor(max_workers=options.jobs, thread_name_prefix="cell") as executor:
        return run_tasks(
            plan.tasks,
            work,
            executor=executor,
            jobs=options.jobs,
            on_done=on_done,
            halt=halt,
        )


def kept(measured: Measured, task: Task, store: ReportStore, own_reports: OwnReports) -> Measured:
    """Store the report where it may replace what is there; a full disk is the cell's failure."""
    report = measured.report
    if not keeps(report, store):
        return measured
    try:
        store.write(report)
        own_reports.add(report)
    except OSError as error:
        return replace(measured, report=failed_report(task.cell, error, report.provenance))
    return measured


def make_room(engine: Engine, needed: Collection[str], newest: int) -> None:
    """Remove the environments of other tiers than the ``needed``, but for the newest."""
    with contextlib.suppress(KerasMatrixError):  # told where it matters, at the next build
        for environment in superfluous(engine.held(), needed, newest):
            engine.remove(environment)


def keeps(report: CellReport, store: ReportStore) -> bool:
    """Whether ``report`` may replace what is stored.

    What the machine's own trouble (network, disk, engine, no such Python) kept from being
    measured says nothing about the cell: it never replaces a measurement.
    """
    if report.failure not in ENVIRONMENTAL and report.outcome is not CellOutcome.NOT_RUN:
        return True
    try:
        stored = store.read(report.cell.id)
    except ValueError:
        return True
    return stored is None or stored.outcome is not CellOutcome.MEASURED
