"""What changed between two reports of one cell: outcomes of the cell, its paths, public names
and scenarios, and whether they are marked as flaky."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.results import (
    AttributeOutcome,
    AttributeRecord,
    CellOutcome,
    CellReport,
    PathOutcome,
    PathRecord,
    ScenarioRecord,
)

SCENARIOS = "scenarios"
"""What stands for the path where a change is a scenario's."""

FLAKY = "flaky: "
"""How the reason of an outcome begins that was another one when it was measured twice."""

_GOOD_TO_BAD = (
    AttributeOutcome.WORKS,
    AttributeOutcome.DEPRECATED,
    AttributeOutcome.NEEDS_SETTING,
    AttributeOutcome.DIFFERS,
    AttributeOutcome.RAISES,
    AttributeOutcome.TIMED_OUT,
    AttributeOutcome.CRASHED,
    AttributeOutcome.MISSING,
)
Record = AttributeRecord | PathRecord | ScenarioRecord

_RANK: Mapping[str, int] = {
    **{outcome.value: rank for rank, outcome in enumerate(_GOOD_TO_BAD)},
    PathOutcome.IMPORTABLE.value: 0,
    PathOutcome.UNIMPORTABLE.value: 1,
}


class Kind(StrEnum):
    """What a change means to the reader, the most urgent first."""

    REGRESSION = "regression"
    UNMEASURED = "no-longer-measured"
    FLAKY = "flaky"
    FIX = "fix"
    NEW = "new"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One outcome that is another now. ``path`` and ``attribute`` are None for what is above them.

    ``before`` or ``after`` is None where there was no such cell, path or scenario, or nothing
    of it was recorded. ``detail`` is the reason of the new outcome.
    """

    cell: str
    path: str | None = None
    attribute: str | None = None
    before: str | None
    after: str | None
    detail: str | None = None
    flaky: bool = False

    @property
    def kind(self) -> Kind:
        """What the change means. Where either side says nothing, it is neither better nor worse."""
        if self.flaky:
            return Kind.FLAKY
        if self.path is None:
            measured = CellOutcome.MEASURED.value
            new = self.after == measured or self.before is None
            return Kind.NEW if new else Kind.UNMEASURED
        if self.before is None or self.after is None:
            return Kind.NEW if self.before is None else Kind.UNMEASURED
        return _kind(self.before, self.after)

    @property
    def worse(self) -> bool:
        """Whether measured behaviour got worse. A cell that could not be measured says nothing."""
        return self.kind is Kind.REGRESSION


def _kind(before: str, after: str) -> Kind:
    """``present`` names are there and weren't called: they can come and go, not work or fail."""
    present, missing = AttributeOutcome.PRESENT.value, AttributeOutcome.MISSING.value
    if after == present:
        return Kind.FIX if before == missing else Kind.UNMEASURED
    if before == present:
        return Kind.REGRESSION if after == missing else Kind.NEW
    return Kind.REGRESSION if _RANK[after] > _RANK[before] else Kind.FIX


def diff(old: Sequence[CellReport], new: Sequence[CellReport]) -> tuple[Change, ...]:
    """Every change of outcome, by cell, path and name.

    What lies below a change is not repeated: a cell that is no longer measured, or a path that
    is no longer importable, is one change.
    """
    before = {report.cell.id: report for report in old}
    after = {report.cell.id: report for report in new}
    return tuple(
        change
        for cell in sorted(before.keys() | after.keys())
        for change in cell_changes(cell, before.get(cell), after.get(cell))
    )


def cell_changes(
    cell: str, before: CellReport | None, after: CellReport | None
) -> Iterator[Change]:
    """What changed from one report to the other, under the name of ``cell``."""
    if before is None or after is None or before.outcome is not after.outcome:
        yield Change(
            cell=cell,
            before=before.outcome.value if before else None,
            after=after.outcome.value if after else None,
            detail=after.reason if after else None,
        )
        return
    if after.outcome is not CellOutcome.MEASURED:
        return
    for path in sorted(before.paths.keys() | after.paths.keys()):
        yield from _path_changes(cell, path, before.paths.get(path), after.paths.get(path))
    for name in sorted(before.scenarios.keys() | after.scenarios.keys()):
        was, now = before.scenarios.get(name), after.scenarios.get(name)
        same = was is not None and now is not None and was.outcome is now.outcome
        if not same or _newly_flaky(was, now):
            yield Change(
                cell=cell,
                path=SCENARIOS,
                attribute=name,
                before=was.outcome.value if was else None,
                after=now.outcome.value if now else None,
                detail=now.detail if now else None,
                flaky=_flaky(was) or _flaky(now),
            )


def _path_changes(
    cell: str, path: str, before: PathRecord | None, after: PathRecord | None
) -> Iterator[Change]:
    was, now = _path_outcome(before), _path_outcome(after)
    if was != now or _newly_flaky(before, after):
        yield Change(
            cell=cell,
            path=path,
            before=was,
            after=now,
            detail=after.detail if after else None,
            flaky=_flaky(before) or _flaky(after),
        )
        return
    if before is None or after is None or now != PathOutcome.IMPORTABLE.value:
        return
    for name in sorted(before.attributes.keys() | after.attributes.keys()):
        record, found = before.attributes.get(name), after.attributes.get(name)
        if name.startswith("_"):
            continue
        if _outcome(record) is not _outcome(found) or _newly_flaky(record, found):
            yield Change(
                cell=cell,
                path=path,
                attribute=name,
                before=_outcome(record).value,
                after=_outcome(found).value,
                detail=found.detail if found else None,
                flaky=_flaky(record) or _flaky(found),
            )


def _path_outcome(record: PathRecord | None) -> str | None:
    """None, too, for an importable path without a single name: that is not "all missing"."""
    if record is None:
        return None
    silent = record.outcome is PathOutcome.IMPORTABLE and not record.attributes
    return None if silent else record.outcome.value


def _outcome(record: AttributeRecord | None) -> AttributeOutcome:
    return record.outcome if record else AttributeOutcome.MISSING


def _flaky(record: Record | None) -> bool:
    return record is not None and (record.detail or "").startswith(FLAKY)


def _newly_flaky(before: Record | None, after: Record | None) -> bool:
    """An outcome that came and went between two looks is news, though it is the old one again."""
    return _flaky(after) and not _flaky(before)
