"""Which cells need work: decided from verdicts, locks and stored reports, before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from keras_matrix.currency import Basis, OwnReports, why_stale
from keras_matrix.feasibility import Impossible, assess
from keras_matrix.matrix import Cell
from keras_matrix.measuring import Bench, impossible_report, locks_of, summary
from keras_matrix.releases import Catalogue
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellReport
from keras_matrix.tiers import Tier, TierKind, plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One cell that needs work, with why."""

    cell: Cell
    tiers: tuple[Tier, ...]
    distributions: Mapping[str, str]
    why: str

    @property
    def shares(self) -> str:
        """The name of the tier that it may share with other cells."""
        shared = [t.name for t in self.tiers if t.kind in (TierKind.PYTHON, TierKind.BACKEND)]
        return shared[-1]


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


def plan_campaign(
    cells: Sequence[Cell],
    catalogue: Catalogue,
    bench: Bench,
    store: ReportStore,
    *,
    own: OwnReports | None = None,
    force: bool = False,
) -> Plan:
    """Sort the cells; with ``own``, a report counts as current only if this machine measured it."""
    impossible: list[CellReport] = []
    current: list[CellReport] = []
    tasks: list[Task] = []
    unwritten: list[CellReport] = []
    problems: list[str] = []
    for cell in cells:
        verdict = assess(cell, catalogue)
        stored = _read(store, cell, problems)
        if isinstance(verdict, Impossible):
            impossible.append(impossible_report(cell, verdict, bench.engine.name, stored))
            unwritten.extend([] if impossible[-1] == stored else impossible[-1:])
            continue
        tiers = plan(cell, verdict.distributions, catalogue)
        why = "asked for" if force else why_stale(stored, _basis(cell, tiers, bench))
        if stored is not None and why is None and (own is None or stored in own):
            current.append(replace(stored, cell=summary(cell)))
            unwritten.extend([] if current[-1] == stored else current[-1:])
            continue
        why = why or "measured elsewhere"
        tasks.append(Task(cell=cell, tiers=tiers, distributions=verdict.distributions, why=why))
    return Plan(
        impossible=tuple(impossible),
        current=tuple(current),
        tasks=tuple(tasks),
        unwritten=tuple(unwritten),
        problems=tuple(problems),
    )


def _read(store: ReportStore, cell: Cell, problems: list[str]) -> CellReport | None:
    try:
        return store.read(cell.id)
    except ValueError as error:
        problems.append(f"{store.path(cell.id)}: {error}; measuring the cell again")
        return None


def _basis(cell: Cell, tiers: tuple[Tier, ...], bench: Bench) -> Basis:
    return Basis(
        cell=summary(cell),
        engine=bench.engine.name,
        locks=locks_of(tiers, bench.project.locks),
        probes=bench.probes,
    )
