"""Reports -> Table: what every rendering shows, decided once.

Rows are the public names seen in any measured cell of an import path, columns the cells in
version order, grouped by era. Pure and deterministic: the only dates are the reports' own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from packaging.utils import canonicalize_name

from keras_matrix.results import (
    AttributeOutcome,
    CellOutcome,
    CellReport,
    CellSummary,
    PathOutcome,
    PathRecord,
    Provenance,
)
from keras_matrix.tables.detours import Detour, detours, working_names
from keras_matrix.tables.drift import Drift, drifts
from keras_matrix.tables.eras import Era, axis_of, column_key, era_of, pins_of, project_name
from keras_matrix.tables.ranges import Observation, SupportRange, measured_releases, support_ranges
from keras_matrix.tables.states import Entry, State

_HEADING = ("keras", "tf-keras", "tensorflow", "theano", "jax", "torch", "cntk")


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One cell as a column. ``releases`` are its pins, and what was installed besides them."""

    cell: CellSummary
    era: Era
    outcome: CellOutcome
    reason: str | None
    failure: str | None
    provenance: Provenance
    releases: Mapping[str, str]

    @property
    def heading(self) -> tuple[str, ...]:
        """The lines above a column: "Keras 2.3.1", "TensorFlow 1.15.5", "Python 3.7"."""
        pins = pins_of(self.cell.pins)
        lines = [f"{project_name(name)} {pins[name]}" for name in _HEADING if name in pins]
        return (*lines, f"Python {self.cell.python}")


@dataclass(frozen=True, kw_only=True, slots=True)
class PathState:
    """One import path in one cell: WORKS stands for importable, else why there is nothing."""

    state: State
    detail: str | None = None

    @property
    def importable(self) -> bool:
        """Whether the path's names were seen, so that an absent name is a missing one."""
        return self.state is State.WORKS


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One public name of one path: an entry for each cell where the path was importable."""

    attribute: str
    entries: Mapping[str, Entry]
    ranges: tuple[SupportRange, ...]
    drifts: tuple[Drift, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PathTable:
    """One import path, its support ranges running over the releases of ``axis``.

    ``never_seen`` are names that were asked for and missing in every cell; ``releases`` are
    those of the axis that were measured, under each backend. ``private`` says in which cells a
    name with an underscore is there (they are never called). ``detours`` say what works in the
    same cell where a name is missing.
    """

    path: str
    axis: str
    states: Mapping[str, PathState]
    rows: tuple[Row, ...]
    ranges: tuple[SupportRange, ...]
    never_seen: tuple[str, ...]
    releases: Mapping[str, tuple[str, ...]]
    private: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    detours: tuple[Detour, ...] = ()

    def measured(self, family: str) -> tuple[str, ...]:
        """The releases of the axis measured on that backend, oldest first."""
        return self.releases.get(family, ())

    def entry(self, row: Row, cell: str) -> Entry:
        """What to show for one cell: its entry, or why there is none."""
        found = row.entries.get(cell)
        if found is not None:
            return found
        path = self.states[cell]
        return Entry(state=path.state, detail=path.detail)

    def counts(self, cell: str) -> Mapping[State, int]:
        """How many names came out how, in the legend's order; empty where the path has none."""
        counted = Counter(row.entries[cell].state for row in self.rows if cell in row.entries)
        return {state: counted[state] for state in State if counted[state]}


@dataclass(frozen=True, kw_only=True)
class Table:
    """Everything that a rendering shows. Columns in version order, paths in a fixed one."""

    columns: tuple[Column, ...]
    paths: tuple[PathTable, ...]
    releases: Mapping[str, tuple[str, ...]]

    @cached_property
    def outcomes(self) -> Mapping[CellOutcome, int]:
        """How many cells came out how; every outcome is there."""
        counted = Counter(column.outcome for column in self.columns)
        return {outcome: counted[outcome] for outcome in CellOutcome}

    @cached_property
    def dates(self) -> tuple[date, date] | None:
        """The first and the last day of measuring, None where nothing was measured."""
        days = sorted(column.provenance.measured_on for column in self.measured)
        return (days[0], days[-1]) if days else None

    @cached_property
    def engines(self) -> tuple[str, ...]:
        """The engines that measured."""
        return tuple(sorted({column.provenance.engine for column in self.measured}))

    @cached_property
    def measured(self) -> tuple[Column, ...]:
        """The columns that hold measurements."""
        return tuple(c for c in self.columns if c.outcome is CellOutcome.MEASURED)

    @cached_property
    def eras(self) -> Mapping[Era, tuple[Column, ...]]:
        """The columns of each era that has any, in order."""
        grouped: dict[Era, list[Column]] = {}
        for column in self.columns:
            grouped.setdefault(column.era, []).append(column)
        return {era: tuple(columns) for era, columns in grouped.items()}


def tabulate(
    reports: Sequence[CellReport], catalogue_versions: Mapping[str, Sequence[str]]
) -> Table:
    """The table of these reports, in any order given.

    ``catalogue_versions`` names the releases known to exist of "keras", "tensorflow" and
    "tf-keras"; where a project is absent, no statement about unmeasured releases is made.

    Raises:
        ValueError: two reports are of the same cell.
    """
    twice = [name for name, n in Counter(report.cell.id for report in reports).items() if n > 1]
    if twice:
        raise ValueError(f"more than one report of {', '.join(sorted(twice))}")
    ordered = sorted(reports, key=_report_key)
    columns = tuple(_column(report) for report in ordered)
    names = sorted({path for report in ordered for path in report.paths}, key=_path_key)
    releases = {
        str(canonicalize_name(project)): tuple(versions)
        for project, versions in catalogue_versions.items()
    }
    working = {report.cell.id: working_names(report) for report in ordered}
    paths = tuple(
        replace(
            _path_table(name, ordered, columns, releases),
            detours=detours(name, ordered, working),
        )
        for name in names
    )
    return Table(columns=columns, paths=paths, releases=releases)


def _report_key(report: CellReport) -> tuple[object, ...]:
    cell = report.cell
    return (*column_key(cell.pins, cell.backend, cell.python), cell.id)


def _path_key(path: str) -> tuple[object, ...]:
    axis = axis_of(path)
    return (axis != "keras", axis, not path.endswith("keras.backend"), path.count("."), path)


def _column(report: CellReport) -> Column:
    installed = pins_of(report.packages)
    if "tensorflow-cpu" in installed:
        installed.setdefault("tensorflow", installed["tensorflow-cpu"])
    return Column(
        cell=report.cell,
        era=era_of(report.cell.pins, report.cell.backend),
        outcome=report.outcome,
        reason=report.reason,
        failure=report.failure,
        provenance=report.provenance,
        releases={**installed, **pins_of(report.cell.pins)},
    )


def _path_table(
    path: str,
    reports: Sequence[CellReport],
    columns: Sequence[Column],
    releases: Mapping[str, Sequence[str]],
) -> PathTable:
    states = {report.cell.id: _path_state(report, path) for report in reports}
    importable = [report for report in reports if states[report.cell.id].importable]
    records = {report.cell.id: report.paths[path] for report in importable}
    asked = {name for record in records.values() for name in record.attributes}
    seen = {name for name in asked if any(_is_there(record, name) for record in records.values())}
    axis = axis_of(path)
    known = releases.get(axis, ())
    points = _points(columns, states, axis)
    return PathTable(
        path=path,
        axis=axis,
        states=states,
        rows=tuple(
            _row(name, records, points, (axis, known)) for name in sorted(filter(_public, seen))
        ),
        ranges=support_ranges(points.values(), axis, known),
        never_seen=tuple(sorted(filter(_public, asked - seen))),
        releases=measured_releases(points.values()),
        private={
            name: tuple(cell for cell, record in records.items() if _is_there(record, name))
            for name in sorted(seen)
            if not _public(name)
        },
    )


def _public(name: str) -> bool:
    return not name.startswith("_")


def _is_there(record: PathRecord, name: str) -> bool:
    found = record.attributes.get(name)
    return found is not None and found.outcome is not AttributeOutcome.MISSING


def _path_state(report: CellReport, path: str) -> PathState:
    if report.outcome is not CellOutcome.MEASURED:
        return PathState(state=State.NOT_MEASURED, detail=f"{report.outcome}: {report.reason}")
    record = report.paths.get(path)
    if record is None:
        return PathState(state=State.NOT_MEASURED, detail="the path was not asked for in this cell")
    if record.outcome is PathOutcome.UNIMPORTABLE:
        return PathState(state=State.UNIMPORTABLE, detail=record.detail)
    if not record.attributes:
        # Not one name recorded: something went wrong, and that must not read as "all missing".
        return PathState(state=State.NOT_MEASURED, detail="importable, but no names were recorded")
    return PathState(state=State.WORKS, detail=record.detail)


def _points(
    columns: Sequence[Column], states: Mapping[str, PathState], axis: str
) -> dict[str, Observation]:
    """Each cell that knows the path, placed on the axis; the state is the path's own."""
    return {
        column.cell.id: Observation(
            cell=column.cell.id,
            release=column.releases[axis],
            family=column.cell.backend,
            on=None if axis == column.cell.backend else column.releases.get(column.cell.backend),
            state=states[column.cell.id].state,
        )
        for column in columns
        if states[column.cell.id].state is not State.NOT_MEASURED and axis in column.releases
    }


def _row(
    name: str,
    records: Mapping[str, PathRecord],
    points: Mapping[str, Observation],
    releases: tuple[str, Sequence[str]],
) -> Row:
    entries = {cell: _entry(record, name) for cell, record in records.items()}
    observations = [
        replace(point, state=entries[cell].state, signature=entries[cell].signature)
        if cell in entries
        else point
        for cell, point in points.items()
    ]
    axis, known = releases
    ranges = support_ranges(observations, axis, known)
    return Row(
        attribute=name,
        entries=entries,
        # That the path can't be imported is said once, by the path's own ranges.
        ranges=tuple(found for found in ranges if found.state is not State.UNIMPORTABLE),
        drifts=drifts(observations, axis, known),
    )


def _entry(record: PathRecord, name: str) -> Entry:
    found = record.attributes.get(name)
    if found is None:
        return Entry(state=State.MISSING)
    return Entry(
        state=State(found.outcome.value),
        kind=found.kind,
        signature=found.signature,
        same_as=found.same_as,
        same_function=found.same_function,
        detail=found.detail,
        alternatives=found.alternatives,
    )
