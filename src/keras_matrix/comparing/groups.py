"""Changes of one cause, folded: many names, paths and cells in one statement. Linear."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from keras_matrix.comparing.causes import Cause, Difference
from keras_matrix.expecting.model import Allowance
from keras_matrix.results import AttributeOutcome
from keras_matrix.tables.changes import Change, Kind

THERE = "there"
"""What stands for the outcomes before of names that are gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A change, what differs between its two reports, and the entry that allows it, if any."""

    change: Change
    cause: Cause
    allowed: Allowance | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The same outcome before and after, of the same cause, for every name through every path in
    every cell. ``names`` is empty for changes of whole paths, ``paths`` for those of cells.

    ``everywhere`` says that no other cell was compared that has this cause; ``detail`` is the
    reason of one of the changes.
    """

    kind: Kind
    cause: Cause
    before: str | None
    after: str | None
    names: tuple[str, ...]
    paths: tuple[str, ...]
    cells: tuple[str, ...]
    everywhere: bool
    detail: str | None
    allowed: Allowance | None

    @property
    def size(self) -> int:
        """How many changes are folded in it."""
        return max(len(self.names), 1) * max(len(self.paths), 1) * len(self.cells)


@dataclass(frozen=True, slots=True)
class _Same:
    """What the changes of one group share, but for where they are."""

    kind: Kind
    before: str | None
    after: str | None
    allowed: Allowance | None


_Spot = tuple[_Same, str | None, str | None]
_Cells = tuple[str, ...]


def fold(found: Iterable[Found], compared: Mapping[str, Cause]) -> tuple[Group, ...]:
    """The groups, the largest first within a kind. ``compared`` is what differs in each cell that
    was compared, changed or not."""
    spots: dict[_Spot, list[Found]] = defaultdict(list)
    for each in found:
        change = each.change
        same = _Same(change.kind, _before(change), change.after, each.allowed)
        spots[same, change.path, change.attribute].append(each)
    names: dict[tuple[_Same, Cause, _Cells, str | None], list[Change]] = defaultdict(list)
    for (same, path, _), changes in spots.items():
        for cause, part in _by_cause(changes):
            cells = tuple(each.change.cell for each in part)
            names[same, cause, cells, path].append(part[0].change)
    paths: dict[tuple[_Same, Cause, _Cells, tuple[str, ...]], list[Change]] = defaultdict(list)
    for (same, cause, cells, _), examples in names.items():
        named = sorted(change.attribute for change in examples if change.attribute is not None)
        paths[same, cause, cells, tuple(named)].append(examples[0])
    sizes = _sizes({key[1] for key in paths}, compared)
    groups = (
        Group(
            kind=same.kind,
            cause=cause,
            before=same.before,
            after=same.after,
            names=folded,
            paths=tuple(change.path for change in examples if change.path is not None),
            cells=cells,
            everywhere=len(cells) == sizes[cause],
            detail=examples[0].detail,
            allowed=same.allowed,
        )
        for (same, cause, cells, folded), examples in paths.items()
    )
    return tuple(sorted(groups, key=_order))


def _before(change: Change) -> str | None:
    """Names that are gone are gone together, whatever each of them did."""
    gone = change.attribute is not None and change.after == AttributeOutcome.MISSING
    return THERE if gone and change.before is not None else change.before


def _by_cause(changes: Collection[Found]) -> Iterable[tuple[Cause, list[Found]]]:
    """The same change in several cells has one cause, what differs in all of them, or several."""
    common = reduce(frozenset.__and__, (each.cause for each in changes))
    if common:
        return [(common, list(changes))]
    own: dict[Cause, list[Found]] = defaultdict(list)
    for each in changes:
        own[each.cause].append(each)
    return own.items()


def _sizes(causes: Collection[Cause], compared: Mapping[str, Cause]) -> Mapping[Cause, int]:
    """How many of the compared cells have each cause; 0 for the empty one, which is none."""
    having: dict[Difference, set[str]] = defaultdict(set)
    for cell, whole in compared.items():
        for difference in whole:
            having[difference].add(cell)
    sizes = {}
    for cause in causes:
        cells = sorted((having[difference] for difference in cause), key=len)
        sizes[cause] = len(reduce(set.__and__, cells)) if cells else 0
    return sizes


def _order(group: Group) -> tuple[object, ...]:
    kinds = list(Kind)
    place = (group.paths, group.names, group.cells, group.before or "", group.after or "")
    return (kinds.index(group.kind), -group.size, place)
