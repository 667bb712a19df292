"""Two sets of reports, compared: changes in groups, and what expectations.yaml makes of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from keras_matrix.comparing.arrivals import column, newest_releases, news, predecessor
from keras_matrix.comparing.causes import (
    Cause,
    Difference,
    What,
    arrival_differences,
    differences,
)
from keras_matrix.comparing.groups import Found, Group, fold
from keras_matrix.comparing.pairs import Pair, pairs
from keras_matrix.comparing.places import Reports
from keras_matrix.expecting.model import Allowance, Expectations
from keras_matrix.results import CellOutcome, CellReport, CellSummary
from keras_matrix.tables.changes import Change, Kind, cell_changes

_NEW_COMBINATION = frozenset({Difference(what=What.OUTCOME, name="new in the matrix")})
_NO_REPORT = frozenset({Difference(what=What.OUTCOME, name="no report any more")})


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What changed from ``old`` to ``new`` (the names given by the user).

    ``arrivals`` maps the cell of a new release to the cell it was compared with; ``backends``
    are those of every cell. ``problems`` are entries of expectations.yaml that must be mended.
    """

    old: str
    new: str
    cells: int
    found: tuple[Found, ...]
    groups: tuple[Group, ...]
    arrivals: Mapping[str, str]
    backends: Mapping[str, str]
    problems: tuple[str, ...]

    def of(self, kind: Kind, *, allowed: bool = False) -> tuple[Group, ...]:
        """The groups of one kind; of regressions either those allowed or those not."""
        return tuple(
            g for g in self.groups if g.kind is kind and (g.allowed is not None) == allowed
        )

    @property
    def worse(self) -> bool:
        """Whether something got worse that nothing allows."""
        return bool(self.of(Kind.REGRESSION))


@dataclass(kw_only=True, slots=True)
class _Seen:
    """What is kept of the reports while they pass, one cell at a time."""

    found: list[Found]
    compared: dict[str, Cause]
    known: list[CellSummary]
    measured: list[CellSummary]
    arrived: list[CellSummary]
    backends: dict[str, str]
    without_cell: list[Allowance]
    without_part: list[Allowance]


def compare(old: Reports, new: Reports, expectations: Expectations, today: date) -> Comparison:
    """Every change from ``old`` to ``new``, grouped by cause.

    Raises:
        InputError: a report of either can't be read.
    """
    seen = _Seen(
        found=[],
        compared={},
        known=[],
        measured=[],
        arrived=[],
        backends={},
        without_cell=list(expectations.allowed),
        without_part=list(expectations.allowed),
    )
    for pair in pairs(old, new):
        _take(pair, seen)
    arrivals = dict(_arrivals(seen, new))
    valid = [entry for entry in expectations.allowed if not entry.expired(today)]
    found = tuple(_judged(each, valid) for each in seen.found)
    return Comparison(
        old=old.name,
        new=new.name,
        cells=len(seen.backends),
        found=found,
        groups=fold(found, seen.compared),
        arrivals=arrivals,
        backends=seen.backends,
        problems=tuple(_problems(expectations, seen, today)),
    )


def _take(pair: Pair, seen: _Seen) -> None:
    old, new = pair.old, pair.new
    for report in (old, new):
        if report is not None:
            seen.backends[pair.cell] = report.cell.backend
            seen.without_cell = [e for e in seen.without_cell if not e.names_cell(pair.cell)]
            seen.without_part = [e for e in seen.without_part if not e.names_part(report)]
    if old is not None and old.outcome is CellOutcome.MEASURED:
        seen.known.append(old.cell)
    if new is not None and new.outcome is CellOutcome.MEASURED:
        seen.measured.append(new.cell)
        if old is None:
            seen.arrived.append(new.cell)
            return
    if old is new:
        return
    both = old is not None and new is not None
    cause = differences(old, new) if old is not None and new is not None else frozenset()
    if both:
        seen.compared[pair.cell] = cause
    for change in cell_changes(pair.cell, old, new):
        why = cause if change.path is not None else _cell_cause(new, cause)
        seen.found.append(Found(change=change, cause=why))


def _cell_cause(new: CellReport | None, cause: Cause) -> Cause:
    """Why a whole cell came or went: how it failed, where it did."""
    if new is None:
        return _NO_REPORT
    if new.outcome is CellOutcome.MEASURED:
        return cause
    name = f"{new.outcome} ({new.failure})" if new.failure else new.outcome.value
    return frozenset({Difference(what=What.OUTCOME, name=name)})


def _arrivals(seen: _Seen, new: Reports) -> Iterator[tuple[str, str]]:
    """Notes what each cell that arrived brings; yields it with the cell it was compared with."""
    newest = newest_releases(seen.known)
    columns: dict[object, list[CellSummary]] = {}
    for each in seen.measured:
        columns.setdefault(column(each), []).append(each)
    for cell in seen.arrived:
        releases = news(cell, newest)
        before = predecessor(cell, releases, columns[column(cell)]) if releases else None
        arrival = Change(cell=cell.id, before=None, after=CellOutcome.MEASURED.value)
        if before is None:
            seen.found.append(Found(change=arrival, cause=_NEW_COMBINATION))
            continue
        was, now = new.read(before.id), new.read(cell.id)
        cause = arrival_differences(was, now)
        seen.compared[cell.id] = cause
        seen.found.append(Found(change=arrival, cause=cause))
        seen.found.extend(
            Found(change=_as_arrival(change), cause=cause)
            for change in cell_changes(cell.id, was, now)
        )
        yield cell.id, before.id


def _as_arrival(change: Change) -> Change:
    """A name that a new release brings is new, not mended."""
    brought = change.kind is Kind.FIX and change.before == "missing"
    return replace(change, before=None) if brought else change


def _judged(found: Found, valid: Iterable[Allowance]) -> Found:
    if not found.change.worse:
        return found
    entry = next((entry for entry in valid if entry.covers(found.change)), None)
    return replace(found, allowed=entry)


def _problems(expectations: Expectations, seen: _Seen, today: date) -> Iterator[str]:
    """What must be mended in the file. An entry needn't fit a change of today: it stays until it
    is over. But it must fit a cell, and a path or name somewhere: those a new release lost are
    not in its own report any more."""
    for entry in expectations.allowed:
        where = f"{expectations.name}:{entry.line}"
        whose = f"({entry.owner}: {entry.reason})"
        if entry.expired(today):
            yield (
                f"{where}: expired on {entry.expires} and allows nothing any more {whose}; "
                "renew it or take it out"
            )
        if entry in seen.without_cell or entry in seen.without_part:
            what = "cell" if entry in seen.without_cell else "path or name"
            yield (
                f"{where}: matches no {what} that was measured, before or now {whose}; "
                "mend its patterns or take it out"
            )
