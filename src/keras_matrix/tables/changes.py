"""What changed between two sets of reports: outcomes only, of cells, paths and public names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keras_matrix.results import (
    AttributeOutcome,
    CellOutcome,
    CellReport,
    PathOutcome,
    PathRecord,
)

_GOOD_TO_BAD = (
    AttributeOutcome.WORKS,
    AttributeOutcome.DEPRECATED,
    AttributeOutcome.PRESENT,
    AttributeOutcome.NEEDS_SETTING,
    AttributeOutcome.DIFFERS,
    AttributeOutcome.RAISES,
    AttributeOutcome.TIMED_OUT,
    AttributeOutcome.CRASHED,
    AttributeOutcome.MISSING,
)
_RANK: Mapping[str, int] = {
    **{outcome.value: rank for rank, outcome in enumerate(_GOOD_TO_BAD)},
    PathOutcome.IMPORTABLE.value: 0,
    PathOutcome.UNIMPORTABLE.value: 1,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One outcome that is another now. ``path`` and ``attribute`` are None for what is above them.

    ``before`` or ``after`` is None where there was no such cell or path. ``detail`` is the
    reason of the new outcome.
    """

    cell: str
    path: str | None = None
    attribute: str | None = None
    before: str | None
    after: str | None
    detail: str | None = None

    @property
    def worse(self) -> bool:
        """Whether measured behaviour got worse. A cell that could not be measured says nothing."""
        if self.path is None or self.before is None or self.after is None:
            return False
        return _RANK[self.after] > _RANK[self.before]


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
        for change in _cell_changes(cell, before.get(cell), after.get(cell))
    )


def _cell_changes(
    cell: str, before: CellReport | None, after: CellReport | None
) -> Iterator[Change]:
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


def _path_changes(
    cell: str, path: str, before: PathRecord | None, after: PathRecord | None
) -> Iterator[Change]:
    if before is None or after is None or before.outcome is not after.outcome:
        yield Change(
            cell=cell,
            path=path,
            before=before.outcome.value if before else None,
            after=after.outcome.value if after else None,
            detail=after.detail if after else None,
        )
        return
    if after.outcome is not PathOutcome.IMPORTABLE:
        return
    for name in sorted(before.attributes.keys() | after.attributes.keys()):
        was, now = _outcome(before, name), _outcome(after, name)
        if was is not now and not name.startswith("_"):
            found = after.attributes.get(name)
            yield Change(
                cell=cell,
                path=path,
                attribute=name,
                before=was.value,
                after=now.value,
                detail=found.detail if found else None,
            )


def _outcome(record: PathRecord, name: str) -> AttributeOutcome:
    found = record.attributes.get(name)
    return found.outcome if found else AttributeOutcome.MISSING
