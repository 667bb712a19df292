"""Reports -> Table: what every rendering shows, decided once.

Rows are the public names seen in any measured cell of an import path, columns the cells in
version order, grouped by era. Pure and deterministic: the only dates are the reports' own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from packaging.utils import canonicalize_name

from keras_matrix.results import (
    AttributeOutcome,
    AttributeRecord,
    CellOutcome,
    CellReport,
    CellSummary,
    PathOutcome,
    PathRecord,
    Provenance,
)
from keras_matrix.sharedkeys import SharedKeys
from keras_matrix.tables.detours import Detour, detours
from keras_matrix.tables.drift import Drift, drifts
from keras_matrix.tables.eras import Era, axis_of, column_key, era_of, pins_of, project_name
from keras_matrix.tables.placing import Block, Place, blocks_of, observations, path_observations
from keras_matrix.tables.ranges import SupportRange, measured_releases, support_ranges
from keras_matrix.tables.staleness import staleness
from keras_matrix.tables.states import Entry, State

_HEADING = ("keras", "tf-keras", "tensorflow", "theano", "jax", "torch", "cntk")


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One cell as a column. ``releases`` are its pins, and what was installed besides them;
    ``stale`` says how old it is, where newer columns rest on newer probes or locks."""

    cell: CellSummary
    era: Era
    outcome: CellOutcome
    reason: str | None
    failure: str | None
    provenance: Provenance
    releases: Mapping[str, str]
    stale: str | None = None

    @property
    def heading(self) -> tuple[str, ...]:
        """The lines above a column: "Keras 2.3.1", "TensorFlow 1.15.5", "Python 3.7"; the day of
        measuring, where that is too long ago."""
        pins = pins_of(self.cell.pins)
        lines = [f"{project_name(name)} {pins[name]}" for name in _HEADING if name in pins]
        age = [f"stale: measured on {self.provenance.measured_on}"] if self.stale else []
        return (*lines, f"Python {self.cell.python}", *age)


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
    """One public name of one path: an entry for each cell where the path was importable.

    Equal entries of a path are one object.
    """

    attribute: str
    entries: SharedKeys[Entry]
    ranges: tuple[SupportRange, ...]
    drifts: tuple[Drift, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PathTable:
    """One import path, its support ranges running over the releases of ``axis``.

    ``never_seen`` are names that were asked for and missing in every cell; ``releases`` are
    those of the axis that were measured, under each backend. ``tallies`` count for each cell how
    many names came out how. ``private`` says in which cells a name with an underscore is there
    (they are never called). ``detours`` say what works in the same cell where a name is missing.
    """

    path: str
    axis: str
    states: Mapping[str, PathState]
    rows: tuple[Row, ...]
    ranges: tuple[SupportRange, ...]
    never_seen: tuple[str, ...]
    releases: Mapping[str, tuple[str, ...]]
    tallies: Mapping[str, Mapping[State, int]] = field(default_factory=dict)
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

    def entries(self, cell: str) -> list[Entry]:
        """One for each row, of a cell where the path is importable."""
        if not self.rows:
            return []
        place = self.rows[0].entries.place(cell)
        return [row.entries.in_order[place] for row in self.rows]

    def counts(self, cell: str) -> Mapping[State, int]:
        """How many names came out how, in the legend's order; empty where the path has none."""
        return self.tallies.get(cell, {})


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
    stale = staleness(ordered)
    columns = tuple(_column(report, stale.get(report.cell.id)) for report in ordered)
    names = sorted({path for report in ordered for path in report.paths}, key=_path_key)
    releases = {
        str(canonicalize_name(project)): tuple(versions)
        for project, versions in catalogue_versions.items()
    }
    paths = tuple(_path_table(name, ordered, columns, releases) for name in names)
    return Table(columns=columns, paths=paths, releases=releases)


def _report_key(report: CellReport) -> tuple[object, ...]:
    cell = report.cell
    return (*column_key(cell.pins, cell.backend, cell.python), cell.id)


def _path_key(path: str) -> tuple[object, ...]:
    axis = axis_of(path)
    return (axis != "keras", axis, not path.endswith("keras.backend"), path.count("."), path)


def _column(report: CellReport, stale: str | None) -> Column:
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
        stale=stale,
    )


def _path_table(
    path: str,
    reports: Sequence[CellReport],
    columns: Sequence[Column],
    releases: Mapping[str, Sequence[str]],
) -> PathTable:
    states = _states(reports, path)
    records = {r.cell.id: r.paths[path] for r in reports if states[r.cell.id].importable}
    asked = {name for record in records.values() for name in record.attributes}
    seen = {name for name in asked if any(_is_there(record, name) for record in records.values())}
    axis = axis_of(path)
    known = releases.get(axis, ())
    places = _places(columns, states, axis)
    whole = path_observations(places)
    rows = tuple(_rows(sorted(filter(_public, seen)), records, blocks_of(places), (axis, known)))
    return PathTable(
        path=path,
        axis=axis,
        states=states,
        rows=rows,
        ranges=support_ranges(whole, axis, known),
        never_seen=tuple(sorted(filter(_public, asked - seen))),
        releases=measured_releases(whole),
        tallies=_tallies(rows),
        private={
            name: tuple(cell for cell, record in records.items() if _is_there(record, name))
            for name in sorted(seen)
            if not _public(name)
        },
        detours=detours(path, reports),
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


def _states(reports: Sequence[CellReport], path: str) -> dict[str, PathState]:
    """The path in each cell; equal states are one object."""
    known: dict[PathState, PathState] = {}
    found = ((report.cell.id, _path_state(report, path)) for report in reports)
    return {cell: known.setdefault(state, state) for cell, state in found}


def _places(
    columns: Sequence[Column], states: Mapping[str, PathState], axis: str
) -> tuple[Place, ...]:
    """Each cell that knows the path, placed on the axis."""
    importable = (column.cell.id for column in columns if states[column.cell.id].importable)
    positions = {cell: position for position, cell in enumerate(importable)}
    return tuple(
        Place(
            release=column.releases[axis],
            family=column.cell.backend,
            on=None if axis == column.cell.backend else column.releases.get(column.cell.backend),
            state=states[column.cell.id].state,
            position=positions.get(column.cell.id),
        )
        for column in columns
        if states[column.cell.id].state is not State.NOT_MEASURED and axis in column.releases
    )


def _rows(
    names: Iterable[str],
    records: Mapping[str, PathRecord],
    blocks: Sequence[Block],
    releases: tuple[str, Sequence[str]],
) -> Iterator[Row]:
    axis, known = releases
    attributes = [record.attributes for record in records.values()]
    made: dict[int, Entry] = {}
    equal: dict[Entry, Entry] = {}
    for name in names:
        found = [each.get(name) for each in attributes]
        for record in found:
            if id(record) not in made:
                entry = _entry(record)
                made[id(record)] = equal.setdefault(entry, entry)
        entries = [made[id(record)] for record in found]
        seen = tuple(observations(blocks, entries))
        ranges = support_ranges(seen, axis, known)
        yield Row(
            attribute=name,
            entries=SharedKeys(records, entries),
            # That the path can't be imported is said once, by the path's own ranges.
            ranges=tuple(found for found in ranges if found.state is not State.UNIMPORTABLE),
            drifts=drifts(seen, axis, known),
        )


def _entry(found: AttributeRecord | None) -> Entry:
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


def _tallies(rows: Sequence[Row]) -> dict[str, Mapping[State, int]]:
    """For each cell how many names came out how, in the legend's order."""
    if not rows:
        return {}
    columns = zip(*(row.entries.in_order for row in rows), strict=True)
    return {cell: _tally(column) for cell, column in zip(rows[0].entries, columns, strict=True)}


def _tally(entries: Sequence[Entry]) -> Mapping[State, int]:
    by_object = {id(entry): entry for entry in entries}
    counted: Counter[State] = Counter()
    for number, count in Counter(map(id, entries)).items():
        counted[by_object[number].state] += count
    return {state: counted[state] for state in State if counted[state]}
