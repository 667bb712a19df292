"""Which cells need work: decided from verdicts, locks and stored reports, before anything runs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from keras_matrix.errors import ENVIRONMENTAL
from keras_matrix.feasibility import Impossible, assess
from keras_matrix.matrix import Cell
from keras_matrix.releases import Catalogue
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome, CellReport
from keras_matrix.running.currency import Basis, OwnReports, why_stale
from keras_matrix.running.measuring import Bench, impossible_report, locks_of, summary
from keras_matrix.running.ordering import LEAST, Urgency, urgency
from keras_matrix.tables.boundaries import boundary_counts
from keras_matrix.tiers import Tier, plan, shared_tier


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One cell that needs work, with why; ``stored`` is the report that it has."""

    cell: Cell
    tiers: tuple[Tier, ...]
    distributions: Mapping[str, str]
    why: str
    stored: CellReport | None = None
    urgency: Urgency = LEAST

    @property
    def shares(self) -> str:
        """The name of the tier that it may share with other cells."""
        return shared_tier(self.tiers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What stored reports are held against: an engine's name, the folder of the locks, the digest
    of the probes, the import paths."""

    engine: str
    locks: Path
    probes: str
    import_paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The selected cells in three heaps.

    ``unwritten`` are those of the first two whose stored report is missing or says otherwise;
    ``problems`` names unreadable reports.
    """

    impossible: tuple[CellReport, ...]
    current: tuple[CellReport, ...]
    tasks: tuple[Task, ...]
    unwritten: tuple[CellReport, ...]
    problems: tuple[str, ...]


def ground_of(bench: Bench) -> Ground:
    """What this machine's own measurements rest on."""
    return Ground(
        engine=bench.engine.name,
        locks=bench.project.locks,
        probes=bench.probes,
        import_paths=bench.import_paths,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Criteria:
    """Which cells to look at, and when a report is current although nothing of it changed.

    With ``own`` only one that this machine measured itself is, with ``since`` only one that was
    measured on that day or later, with ``force`` none. ``failures`` are the cells that the last
    run could not measure, with the class of the failure; with ``only_failed`` no others are
    looked at, but those whose report is itself a failure.
    """

    own: OwnReports | None = None
    force: bool = False
    since: date | None = None
    only_failed: bool = False
    failures: Mapping[str, str] = field(default_factory=dict)

    def include(self, cell: Cell, stored: CellReport | None) -> bool:
        """Whether the cell is looked at."""
        if not self.only_failed or cell.id in self.failures:
            return True
        failed = (CellOutcome.BUILD_FAILED, CellOutcome.NOT_RUN)
        return stored is not None and stored.outcome in failed

    def why(self, stored: CellReport | None, stale: str | None) -> str | None:
        """Why to measure a cell that is ``stale`` for that reason; None where it is current."""
        if self.force:
            return "asked for"
        if stale is not None or stored is None:
            return stale or "no report"
        if self.own is not None and stored not in self.own:
            return "measured elsewhere"
        if self.since is not None and stored.provenance.measured_on < self.since:
            return f"was measured before {self.since}"
        if self.only_failed:
            return f"failed the last time: {self.failures[stored.cell.id]}"
        return None


DEFAULT_CRITERIA = Criteria()


def plan_campaign(
    cells: Sequence[Cell],
    catalogue: Catalogue,
    ground: Ground,
    store: ReportStore,
    criteria: Criteria = DEFAULT_CRITERIA,
) -> Plan:
    """Sort the cells into their heaps, the tasks by what they are likeliest to tell."""
    impossible: list[CellReport] = []
    current: list[CellReport] = []
    tasks: list[Task] = []
    unwritten: list[CellReport] = []
    problems: list[str] = []
    known: list[CellReport] = []
    stale: set[str] = set()
    for cell in cells:
        stored = _read(store, cell, problems)
        if not criteria.include(cell, stored):
            continue
        verdict = assess(cell, catalogue)
        if isinstance(verdict, Impossible):
            impossible.append(impossible_report(cell, verdict, ground.engine, stored))
            unwritten.extend([] if impossible[-1] == stored else impossible[-1:])
            continue
        tiers = plan(cell, verdict.distributions, catalogue)
        outdated = why_stale(stored, basis_of(cell, tiers, ground))
        known.extend([stored] if stored else [])
        stale.update([cell.id] if outdated else [])
        why = criteria.why(stored, outdated)
        if stored is not None and why is None:
            current.append(replace(stored, cell=summary(cell)))
            unwritten.extend([] if current[-1] == stored else current[-1:])
            continue
        tasks.append(
            Task(
                cell=cell,
                tiers=tiers,
                distributions=verdict.distributions,
                why=why or "no report",
                stored=stored,
            )
        )
    return Plan(
        impossible=tuple(impossible),
        current=tuple(current),
        tasks=_ordered(tasks, known, stale, criteria, catalogue),
        unwritten=tuple(unwritten),
        problems=tuple(problems),
    )


def _read(store: ReportStore, cell: Cell, problems: list[str]) -> CellReport | None:
    try:
        return store.read(cell.id)
    except ValueError as error:
        problems.append(f"{store.path(cell.id)}: {error}; measuring the cell again")
        return None


def basis_of(cell: Cell, tiers: tuple[Tier, ...], ground: Ground) -> Basis:
    """What a report of the cell would rest on if it were measured on that ground now."""
    return Basis(
        cell=summary(cell),
        engine=ground.engine,
        locks=locks_of(tiers, ground.locks),
        probes=ground.probes,
        import_paths=ground.import_paths,
    )


def _ordered(
    tasks: Sequence[Task],
    known: Iterable[CellReport],
    stale: Collection[str],
    criteria: Criteria,
    catalogue: Catalogue,
) -> tuple[Task, ...]:
    """The most telling first; boundaries are those among the ``known`` reports."""
    boundaries = boundary_counts(known) if len(tasks) > 1 else {}
    urgent = [
        replace(
            task,
            urgency=urgency(
                task.stored,
                stale=task.cell.id in stale,
                failed=criteria.failures.get(task.cell.id) in ENVIRONMENTAL,
                newest=_newest(task.cell, catalogue),
                boundaries=boundaries.get(task.cell.id, 0),
            ),
        )
        for task in tasks
    ]
    return tuple(sorted(urgent, key=lambda task: task.urgency))


def _newest(cell: Cell, catalogue: Catalogue) -> date:
    """The day of the newest release that the cell pins."""
    releases = [catalogue.release(name, version) for name, version in cell.pins.items()]
    return max((each.uploaded for each in releases if each is not None), default=cell.as_of)
