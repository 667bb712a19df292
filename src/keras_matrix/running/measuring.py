"""One cell, from its tiers to its report."""

import errno
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from keras_matrix import environments, probing
from keras_matrix.engines import Engine, Environment
from keras_matrix.errors import (
    BuildFailedError,
    EngineUnavailableError,
    EnvironmentUnusableError,
    FailureClass,
    IndexUnavailableError,
    PythonUnavailableError,
    ReleaseUnavailableError,
)
from keras_matrix.feasibility import Impossible
from keras_matrix.index import PackageIndex
from keras_matrix.installers import classify
from keras_matrix.locks import Lock, lacking, lock_path, read_lock, stored_digest
from keras_matrix.matrix import Cell
from keras_matrix.probing.scenarios import Scenario, run_scenarios
from keras_matrix.project import Project
from keras_matrix.results import CellOutcome, CellReport, CellSummary, Provenance
from keras_matrix.running.remeasuring import changed, settled
from keras_matrix.running.timings import CellTiming, Stopwatch
from keras_matrix.tiers import Tier, shared_tier

PLATFORM = f"linux/{'amd64' if platform.machine() == 'x86_64' else platform.machine()}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What cells are measured with. ``probes`` is the digest of the probes, scenarios too."""

    project: Project
    engine: Engine
    index: PackageIndex
    import_paths: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    probes: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A cell's report and what it took, in seconds of wall time.

    ``log`` is the whole story of a failed build, ``earlier`` says why each earlier attempt
    failed. ``remeasured`` counts the changed outcomes for whose sake it was probed twice.
    """

    report: CellReport
    build_seconds: float
    probe_seconds: float = 0.0
    log: Path | None = None
    timing: CellTiming | None = None
    earlier: tuple[str, ...] = ()
    remeasured: int = 0


def measure_cell(
    cell: Cell,
    tiers: tuple[Tier, ...],
    distributions: Mapping[str, str],
    bench: Bench,
    on_step: Callable[[str, str], None],
    before: CellReport | None = None,
) -> Measured:
    """Build the tiers that are not there, probe, and report; a failure is a report, too.

    Where an outcome is another one than in ``before``, a measurement of the same pins, the cell
    is probed a second time. ``on_step(stage, detail)`` is told every step ("build", "probe",
    "scenarios", "remeasure"); it may raise to stop.
    """
    watch = Stopwatch()

    def on_tier(event: environments.TierEvent) -> None:
        watch.begin(event.step.value, event.tier)
        on_step("build", str(event))

    def on_stage(stage: str, detail: str) -> None:
        watch.begin(stage)
        on_step(stage, detail)

    started = time.monotonic()
    built = None
    log = None
    remeasured = 0
    try:
        environment = environments.ensure(
            tiers,
            engine=bench.engine,
            index=bench.index,
            locks_dir=bench.project.locks,
            logs_dir=bench.project.logs,
            on_event=on_tier,
            label=cell.id,
        )
        built = time.monotonic()
        watch.begin("probe")
        start = provenance(tiers, bench, distributions)
        report = _probe(cell, tiers, environment, start, bench, on_stage)
        if changes := changed(before, report):
            remeasured = len(changes)
            again = partial(_again, on_stage, f"changed outcomes: {remeasured}")
            report = settled(report, _probe(cell, tiers, environment, start, bench, again))
    except (BuildFailedError, EnvironmentUnusableError, OSError) as error:
        report = failed_report(cell, error, provenance(tiers, bench, distributions))
        log = error.log if isinstance(error, BuildFailedError) else None
    ended = time.monotonic()
    built = built or ended
    return Measured(
        report=report,
        build_seconds=built - started,
        probe_seconds=ended - built,
        log=log,
        timing=watch.timing(shared_tier(tiers), received=bench.index.served(cell.id)),
        remeasured=remeasured,
    )


def _again(on_stage: Callable[[str, str], None], why: str, stage: str, detail: str) -> None:
    """Every step of the second probe is one of "remeasure"."""
    on_stage("remeasure", f"{why}; {stage} {detail}")


def failed_report(cell: Cell, error: Exception, start: Provenance) -> CellReport:
    """The report of a cell that ``error`` kept from being measured, classed by it."""
    match error:
        case BuildFailedError():
            reason, failure = error.reason, error.failure
        case PythonUnavailableError():
            return _unmeasured(cell, CellOutcome.NOT_RUN, str(error), "python", start)
        case ReleaseUnavailableError():
            return _unmeasured(cell, CellOutcome.NOT_RUN, str(error), "source", start)
        case _:
            reason, failure = str(error), failure_of(error)
    return _unmeasured(cell, CellOutcome.BUILD_FAILED, reason, failure.value, start)


def failure_of(error: Exception) -> FailureClass:
    """Whose fault an error of this machine is."""
    causes = [each for each in (error, error.__cause__) if isinstance(each, OSError)]
    full = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
    # The engine's own "went away" can stand on any OSError; only a full disk is a full disk.
    if any(cause.errno in full for cause in causes):
        return FailureClass.DISK
    match error:
        case IndexUnavailableError():
            return FailureClass.NETWORK
        case EngineUnavailableError():
            return FailureClass.ENGINE
        case _:
            disk = classify(str(error))[0] is FailureClass.DISK
            return FailureClass.DISK if disk else FailureClass.ENGINE


def _probe(
    cell: Cell,
    tiers: tuple[Tier, ...],
    environment: Environment,
    start: Provenance,
    bench: Bench,
    on_step: Callable[[str, str], None],
) -> CellReport:
    """Probe a built environment; an unhealthy one is a failed cell, never a column of "missing"."""
    plan = probing.ProbePlan(
        paths=bench.import_paths, backend=cell.backend, probes=bench.project.probes
    )
    result = probing.measure(
        bench.engine,
        environment,
        plan,
        lambda seen: on_step("probe", f"{seen.done}/{seen.total} {seen.attribute or seen.phase}"),
    )
    start = replace(start, image=environment.digest, python=result.python or environment.python)
    if result.unhealthy:
        report = _unmeasured(cell, CellOutcome.BUILD_FAILED, result.unhealthy, "unhealthy", start)
        return replace(report, packages=result.packages, installs=result.installs)
    _check_complete(tiers, environment, bench, result.packages)
    records = run_scenarios(
        bench.engine,
        environment,
        bench.scenarios,
        cell.backend,
        bench.project.probes,
        lambda scenario, number, of: on_step("scenarios", f"{number}/{of} {scenario.name}"),
    )
    if probing.probes_digest(bench.project.probes) != bench.probes:
        raise EnvironmentUnusableError(
            f"{bench.project.probes} was changed while its probes ran: run again"
        )
    return CellReport(
        cell=summary(cell),
        outcome=CellOutcome.MEASURED,
        provenance=start,
        packages=result.packages,
        installs=result.installs,
        paths=result.paths,
        scenarios=records,
    )


def summary(cell: Cell) -> CellSummary:
    """The cell as its report names it."""
    return CellSummary(
        id=cell.id,
        python=cell.python,
        backend=cell.backend,
        pins=cell.pins,
        as_of=cell.as_of,
        tags=cell.tags,
    )


def locks_of(tiers: tuple[Tier, ...], locks_dir: Path) -> dict[str, str]:
    """Tier name -> sha256 of its lock, for the tiers that have one on disk."""
    found = {}
    for tier in tiers:
        if tier.requirements and (digest := stored_digest(lock_path(locks_dir, tier))):
            found[tier.name] = digest
    return found


def _locks(tiers: tuple[Tier, ...], locks_dir: Path) -> list[Lock]:
    """The locks on disk, bottom first."""
    paths = (lock_path(locks_dir, tier) for tier in tiers if tier.requirements)
    return [read_lock(path) for path in paths if path.exists()]


def _check_complete(
    tiers: tuple[Tier, ...], environment: Environment, bench: Bench, packages: Mapping[str, str]
) -> None:
    """Whatever spoilt a build: what an environment was not given is nothing that a release lacks.

    Raises:
        EnvironmentUnusableError: it is not what its locks say; it is removed, to be built anew.
    """
    lacks = lacking(_locks(tiers, bench.project.locks), packages)
    if lacks:
        bench.engine.remove(environment)
        raise EnvironmentUnusableError(
            f"the environment has not what its locks say ({', '.join(lacks[:3])}): it was removed"
        )


def provenance(
    tiers: tuple[Tier, ...], bench: Bench, distributions: Mapping[str, str]
) -> Provenance:
    """Where a report of these tiers comes from, before anything ran."""
    locks = _locks(tiers, bench.project.locks)
    return Provenance(
        engine=bench.engine.name,
        image=None,
        locks=locks_of(tiers, bench.project.locks),
        probes=bench.probes,
        python=None,
        platform=PLATFORM,
        measured_on=datetime.now(UTC).date(),
        distributions={pin: name for pin, name in distributions.items() if pin != name},
        conflict=next((lock.conflict for lock in locks if lock.conflict), None),
    )


def impossible_report(
    cell: Cell, verdict: Impossible, engine: str, stored: CellReport | None
) -> CellReport:
    """A cell that no installer could build; as old as the stored report that says the same."""
    reason = verdict.reason
    start = Provenance(
        engine=engine,
        image=None,
        locks={},
        probes=None,
        python=None,
        platform=PLATFORM,
        measured_on=datetime.now(UTC).date(),
    )
    report = _unmeasured(cell, CellOutcome.IMPOSSIBLE, reason.text, reason.code.value, start)
    if stored is not None and replace(report, provenance=stored.provenance) == stored:
        return stored
    return report


def _unmeasured(
    cell: Cell, outcome: CellOutcome, reason: str, failure: str, start: Provenance
) -> CellReport:
    return CellReport(
        cell=summary(cell), outcome=outcome, reason=reason, failure=failure, provenance=start
    )
