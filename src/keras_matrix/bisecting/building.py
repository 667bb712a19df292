"""Building and measuring the cells that are lacking: the only part with side effects."""

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from keras_matrix import probing
from keras_matrix.bisecting.memory import Memory
from keras_matrix.bisecting.outcomes import SCRIPT, Outcome, Source, of_report
from keras_matrix.bisecting.question import Attribute, Script
from keras_matrix.bisecting.steps import Step
from keras_matrix.errors import BuildFailedError, EnvironmentUnusableError, KerasMatrixError
from keras_matrix.locks import lock_digest
from keras_matrix.reproducing import Combination, End, Ending, Request, Snippet, Workplace
from keras_matrix.reproducing.model import Chosen, Prepared
from keras_matrix.reproducing.workplace import prepare, reproduce_in
from keras_matrix.results import (
    AttributeOutcome,
    CellOutcome,
    CellReport,
    PathRecord,
    Provenance,
    ScenarioRecord,
)
from keras_matrix.running.campaign import CampaignStopped, Event, Stage
from keras_matrix.running.measuring import PLATFORM, Measured, failed_report, summary
from keras_matrix.running.planning import Task
from keras_matrix.running.scheduling import run_tasks
from keras_matrix.tiers import plan

_LONGEST_DETAIL = 300
_ENDS = {
    End.FINISHED: AttributeOutcome.WORKS,
    End.RAISED: AttributeOutcome.RAISES,
    End.EXITED: AttributeOutcome.RAISES,
    End.DIED: AttributeOutcome.CRASHED,
    End.KILLED: AttributeOutcome.CRASHED,
    End.TIMED_OUT: AttributeOutcome.TIMED_OUT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What cells are measured with. ``measured_with`` is the digest of ``probes``."""

    place: Workplace
    memory: Memory
    probes: Path
    measured_with: str | None
    jobs: int
    on_event: Callable[[Event], None]

    def measure(self, steps: Sequence[Step]) -> Mapping[str, Outcome]:
        """Release -> what its cell came to, a failed build too; each is kept at once.

        Raises:
            KeyboardInterrupt: after the running builds have ended; what was finished is kept.
        """
        stop = threading.Event()

        def work(task: Task) -> Measured:
            def on_step(stage: str, detail: str) -> None:
                if stop.is_set():
                    raise CampaignStopped
                shown = Stage.BUILD if stage == "build" else Stage.PROBE
                self.on_event(Event(cell=task.cell.id, stage=shown, detail=detail))

            report = self._report(task, declared[task.cell.id], on_step)
            if stop.is_set():
                raise CampaignStopped  # what was killed looks like the cell's own crash
            self.memory.keep(report)
            return Measured(report=report, build_seconds=0.0)

        def halt() -> None:
            stop.set()
            with contextlib.suppress(KerasMatrixError):  # an engine that is gone runs nothing
                self.place.engine.abort()

        declared = {step.cell.id: step.declared for step in steps if step.cell}
        with ThreadPoolExecutor(max_workers=self.jobs, thread_name_prefix="bisect") as executor:
            done = run_tasks(
                [task for step in steps if (task := self._task(step))],
                work,
                executor=executor,
                jobs=self.jobs,
                on_done=lambda measured, _: self.on_event(self._ended(measured.report)),
                halt=halt,
            )
        return {
            step.release: self._outcome(done[step.cell.id].report)
            for step in steps
            if step.cell is not None and step.cell.id in done
        }

    def _task(self, step: Step) -> Task | None:
        if step.cell is None or step.distributions is None:
            return None
        tiers = plan(step.cell, step.distributions, self.place.catalogue)
        return Task(
            cell=step.cell, tiers=tiers, distributions=step.distributions, why="not measured"
        )

    def _report(
        self, task: Task, declared: bool, on_step: Callable[[str, str], None]
    ) -> CellReport:
        chosen = Chosen(cell=task.cell, distributions=task.distributions, declared=declared)
        start = self._provenance(task)
        try:
            prepared = prepare(chosen, self.place, on_step)
            start = replace(
                start,
                image=prepared.environment.digest,
                python=prepared.environment.python,
                locks={lock.tier: lock_digest(lock) for lock in prepared.locks},
            )
            subject = self.memory.question.subject
            if isinstance(subject, Attribute):
                return self._probed(prepared, subject, start, on_step)
            return self._run(prepared, subject, start, on_step)
        except (BuildFailedError, EnvironmentUnusableError, OSError) as error:
            return failed_report(task.cell, error, start)

    def _probed(
        self,
        prepared: Prepared,
        subject: Attribute,
        start: Provenance,
        on_step: Callable[[str, str], None],
    ) -> CellReport:
        result = probing.measure(
            self.place.engine,
            prepared.environment,
            probing.ProbePlan(
                paths=(subject.path,),
                backend=prepared.cell.backend,
                probes=self.probes,
                only={subject.path: (subject.name,)},
            ),
            lambda seen: on_step("probe", seen.attribute or seen.phase),
        )
        if result.unhealthy:
            return CellReport(
                cell=summary(prepared.cell),
                outcome=CellOutcome.BUILD_FAILED,
                reason=result.unhealthy,
                failure="unhealthy",
                provenance=start,
                packages=result.packages,
            )
        return CellReport(
            cell=summary(prepared.cell),
            outcome=CellOutcome.MEASURED,
            provenance=start,
            packages=result.packages,
            installs=result.installs,
            paths={path: _only(record, subject.name) for path, record in result.paths.items()},
        )

    def _run(
        self,
        prepared: Prepared,
        subject: Script,
        start: Provenance,
        on_step: Callable[[str, str], None],
    ) -> CellReport:
        cell = prepared.cell
        request = Request(
            combination=Combination(pins=cell.pins, python=cell.python, backend=cell.backend),
            snippet=Snippet(code=subject.code, name=subject.file),
        )
        ending = reproduce_in(prepared, request, self.place, on_step).ending
        packages = {p.name: p.version for lock in prepared.locks for p in lock.packages}
        return CellReport(
            cell=summary(cell),
            outcome=CellOutcome.MEASURED,
            provenance=start,
            packages=packages,
            scenarios={SCRIPT: record_of(ending)},
        )

    def _provenance(self, task: Task) -> Provenance:
        subject = self.memory.question.subject
        return Provenance(
            engine=self.place.engine.name,
            image=None,
            locks={},
            probes=self.measured_with if isinstance(subject, Attribute) else None,
            python=None,
            platform=PLATFORM,
            measured_on=datetime.now(UTC).date(),
            distributions={p: name for p, name in task.distributions.items() if p != name},
        )

    def _outcome(self, report: CellReport) -> Outcome:
        outcome = of_report(report, self.memory.question.subject, Source.NOW)
        if outcome is None:
            raise ValueError(f"the report of {report.cell.id} doesn't say what was asked")
        return outcome

    def _ended(self, report: CellReport) -> Event:
        outcome = self._outcome(report)
        text = f"{outcome.state}: {outcome.detail}" if outcome.detail else outcome.state.value
        stage = Stage.MEASURED if outcome.measured else Stage.FAILED
        detail = text if outcome.measured else outcome.detail or ""
        return Event(cell=report.cell.id, stage=stage, detail=detail)


def _only(record: PathRecord, name: str) -> PathRecord:
    """The path with the one name that was called: the others were seen, not measured."""
    asked = {name: record.attributes[name]} if name in record.attributes else {}
    return replace(record, attributes=asked)


def record_of(ending: Ending) -> ScenarioRecord:
    """How a script ended, as a report keeps it."""
    outcome = _ENDS[ending.end]
    if outcome is AttributeOutcome.WORKS and not ending.errors:
        return ScenarioRecord(outcome=outcome)
    if outcome is AttributeOutcome.WORKS:
        outcome = AttributeOutcome.RAISES  # in a thread: the program itself came to its end
    detail = " ".join(str(ending).split())
    if len(detail) > _LONGEST_DETAIL:
        detail = f"{detail[: _LONGEST_DETAIL - 1]}…"
    return ScenarioRecord(outcome=outcome, detail=detail)
