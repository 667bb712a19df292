"""Many cells: which need work, in which order, run on an executor, resumable at any moment.

A cell is finished when its report is written; nothing else is remembered. So a run that was
stopped goes on where it was by being started again.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from keras_matrix.engines import Engine
from keras_matrix.engines.lineage import superfluous
from keras_matrix.errors import FailureClass, KerasMatrixError
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome, CellReport
from keras_matrix.running.budgeting import Budget
from keras_matrix.running.claiming import Claims
from keras_matrix.running.currency import OwnReports
from keras_matrix.running.keeping import kept, timing_of
from keras_matrix.running.measuring import Bench, Measured, measure_cell
from keras_matrix.running.planning import Plan, Task
from keras_matrix.running.remeasuring import flaky
from keras_matrix.running.retrying import Persistence
from keras_matrix.running.scheduling import run_tasks
from keras_matrix.running.timings import CellTiming


class Stage(StrEnum):
    """Where a cell is on its way."""

    BUILD = "build"
    PROBE = "probe"
    SCENARIOS = "scenarios"
    REMEASURE = "remeasure"
    RETRY = "retry"
    MEASURED = "measured"
    IMPOSSIBLE = "impossible"
    FAILED = "build-failed"
    NOT_RUN = "not-run"

    @property
    def last(self) -> bool:
        """True for the stages that a cell ends in."""
        return self in _STAGE_OF_OUTCOME.values()


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
    """How to run: with ``keep_images`` set, environments that no cell of the run still needs are
    removed but for so many of the newest. Without a ``budget`` every cell is measured.
    ``record(cell, timing)`` keeps what a cell took. With the same ``claims`` several runs measure
    each cell once.
    """

    keep_images: int | None = None
    budget: Budget | None = None
    record: Callable[[str, CellTiming], None] = lambda _cell, _timing: None
    claims: Claims | None = None


class CampaignStopped(Exception):  # noqa: N818 - a request, not an error
    """Raised inside a worker at its next step once the campaign was asked to stop."""


def finished_event(measured: Measured) -> Event:
    """The event that a report ends its cell with: what was found, or why not, and the whole log."""
    report = measured.report
    detail = _counts(report)
    if measured.remeasured:
        told = f"changed outcomes: {measured.remeasured}, measured twice"
        detail = f"{detail}; {told}, flaky: {len(flaky(report))}"
    if report.reason is not None:
        log = f" (log: {measured.log})" if measured.log else ""
        detail = ": ".join(part for part in (report.failure, report.reason) if part) + log
    return Event(cell=report.cell.id, stage=_STAGE_OF_OUTCOME[report.outcome], detail=detail)


def _counts(report: CellReport) -> str:
    importable = [path for path in report.paths.values() if path.attributes]
    attributes = sum(len(path.attributes) for path in importable)
    return f"{len(importable)} paths, {attributes} attributes"


class Crew(Protocol):
    """Who measures the cells: this machine, or the workers of a cluster."""

    @property
    def jobs(self) -> int:
        """How many cells may be submitted at a time."""

    def executor(self) -> AbstractContextManager[Executor]:
        """Runs the cells."""

    def measure(self, task: Task, on_step: Callable[[str, str], None]) -> Measured:
        """Measure one cell; ``on_step`` may raise to stop."""

    def halt(self) -> None:
        """End everything that is under way, at once; safe from any thread."""

    def make_room(self, needed: Collection[str], newest: int) -> None:
        """Remove the environments of other tiers than the ``needed``, but for the newest."""


@dataclass(frozen=True, slots=True)
class OwnCrew:
    """This machine, ``jobs`` cells at a time."""

    bench: Bench
    jobs: int

    def executor(self) -> ThreadPoolExecutor:
        """See the protocol."""
        self.bench.index.listen(self.bench.engine.index_host())
        return ThreadPoolExecutor(max_workers=self.jobs, thread_name_prefix="cell")

    def measure(self, task: Task, on_step: Callable[[str, str], None]) -> Measured:
        """See the protocol."""
        return measure_cell(
            task.cell, task.tiers, task.distributions, self.bench, on_step, task.stored
        )

    def halt(self) -> None:
        """See the protocol."""
        self.bench.index.abort()
        with contextlib.suppress(KerasMatrixError):  # an engine that is gone runs nothing
            self.bench.engine.abort()

    def make_room(self, needed: Collection[str], newest: int) -> None:
        """See the protocol."""
        make_room(self.bench.engine, needed, newest)


def run_campaign(
    plan: Plan,
    crew: Crew,
    store: ReportStore,
    own_reports: OwnReports,
    *,
    options: Options,
    on_event: Callable[[Event], None],
) -> Mapping[str, Measured]:
    """Measure every planned cell that the budget admits; each report is stored at once."""
    campaign = _Campaign(
        crew=crew, store=store, own_reports=own_reports, options=options, on_event=on_event
    )
    campaign.unfinished.update({task.cell.id: task for task in plan.tasks})
    with crew.executor() as executor:
        return run_tasks(
            plan.tasks,
            campaign.work,
            executor=executor,
            jobs=crew.jobs,
            on_done=campaign.on_done,
            halt=campaign.halt,
        )


@dataclass(kw_only=True)
class _Campaign:
    """What :func:`run_campaign` does with a cell; ``unfinished`` are those that haven't ended."""

    crew: Crew
    store: ReportStore
    own_reports: OwnReports
    options: Options
    on_event: Callable[[Event], None]
    unfinished: dict[str, Task] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    persistence: Persistence = field(init=False)

    def __post_init__(self) -> None:
        self.persistence = Persistence(self.stop, self.before_retry)

    def work(self, task: Task) -> Measured | None:
        """Measure one cell and store its report; None where the budget doesn't admit it.

        What another run in the same checkout has measured meanwhile is taken as it is.
        """

        def on_step(stage: str, detail: str) -> None:
            self.go_on()
            self.on_event(Event(cell=task.cell.id, stage=Stage(stage), detail=detail))

        def attempt() -> Measured:
            self.go_on()
            return self.crew.measure(task, on_step)

        if not self.admits(task):
            return None
        claims = self.options.claims
        if claims is None:
            return self.measure(task, attempt, on_step)
        with claims.on(task, lambda: on_step("build", "wait for another run")):
            if found := claims.finished_meanwhile(task, self.store):
                return Measured(report=found, build_seconds=0)
            # The wait for the other run may have used up the budget.
            return self.measure(task, attempt, on_step) if self.admits(task) else None

    def admits(self, task: Task) -> bool:
        """Whether there is time for the cell."""
        return self.options.budget is None or self.options.budget.admits(task)

    def measure(
        self, task: Task, attempt: Callable[[], Measured], on_step: Callable[[str, str], None]
    ) -> Measured:
        """Attempt it until it is measured or lost, and store its report."""
        measured = self.persistence.measure(attempt, on_step)
        # What was killed under a cell looks like its own crash: nothing of it counts.
        self.go_on()
        return kept(measured, task, self.store, self.own_reports)

    def go_on(self) -> None:
        """Go on, unless the campaign was asked to stop."""
        if self.stop.is_set():
            raise CampaignStopped

    def halt(self) -> None:
        """End everything."""
        self.stop.set()
        self.crew.halt()

    def on_done(self, measured: Measured, _left: Sequence[Task]) -> None:
        """Tell and remember a cell's end."""
        self.on_event(finished_event(measured))
        task = self.unfinished.pop(measured.report.cell.id)
        with contextlib.suppress(OSError):  # a full disk has failed the cell itself already
            self.options.record(task.cell.id, timing_of(measured, task))
        if self.options.budget is not None and measured.report.failure is None:
            self.options.budget.built(task)
        if self.options.keep_images is not None:
            self.make_room(self.options.keep_images)

    def before_retry(self, measured: Measured) -> None:
        """A full disk may have room for the next attempt."""
        if measured.report.failure == FailureClass.DISK and self.options.keep_images is not None:
            self.make_room(0)

    def make_room(self, newest: int) -> None:
        """Remove what no unfinished cell needs."""
        tasks = list(self.unfinished.values())
        self.crew.make_room({tier.name for task in tasks for tier in task.tiers}, newest)


def make_room(engine: Engine, needed: Collection[str], newest: int) -> None:
    """Remove the environments of other tiers than the ``needed``, but for the newest."""
    with contextlib.suppress(KerasMatrixError):  # told where it matters, at the next build
        for environment in superfluous(engine.held(), needed, newest):
            engine.remove(environment)
