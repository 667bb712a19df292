"""Which cell a new release's cell is to be compared with.

A cell that was not there before brings news only where it holds a release newer than any measured
before on its backend; an old combination that was added to the matrix is no news of anything.
"""

from collections.abc import Iterable, Mapping, Sequence

from packaging.version import Version

from keras_matrix.matrix.cells import PINS
from keras_matrix.results import CellSummary
from keras_matrix.tables.eras import pins_of, version_key

_Column = tuple[str, frozenset[str]]


def news(cell: CellSummary, before: Mapping[_Column, Mapping[str, Version]]) -> tuple[str, ...]:
    """The frameworks of ``cell`` whose release is newer than any known before in its column."""
    newest = before.get(column(cell), {})
    return tuple(
        name
        for name, version in _frameworks(cell).items()
        if name in newest and version_key(version) > newest[name]
    )


def newest_releases(cells: Iterable[CellSummary]) -> Mapping[_Column, Mapping[str, Version]]:
    """The newest release of each framework, by column."""
    found: dict[_Column, dict[str, Version]] = {}
    for cell in cells:
        known = found.setdefault(column(cell), {})
        for name, version in _frameworks(cell).items():
            known[name] = max(known.get(name, version_key(version)), version_key(version))
    return found


def column(cell: CellSummary) -> _Column:
    """What two cells must share to be compared: the backend, and which frameworks are pinned."""
    return cell.backend, frozenset(_frameworks(cell))


def predecessor(
    cell: CellSummary, new: Sequence[str], column_cells: Iterable[CellSummary]
) -> CellSummary | None:
    """The cell of the same column that differs least and has an older release of some of ``new``.

    None of its releases is newer than the cell's. Of those that differ in as many things, the
    one with the newest releases.
    """
    own = _frameworks(cell)

    def older(other: CellSummary) -> bool:
        theirs = _frameworks(other)
        return all(version_key(theirs[name]) <= version_key(own[name]) for name in own) and any(
            theirs[name] != own[name] for name in new
        )

    def nearness(other: CellSummary) -> tuple[object, ...]:
        theirs, extras = pins_of(other.pins), pins_of(cell.pins)
        names = theirs.keys() | extras.keys()
        same = sum(theirs.get(name) == extras.get(name) for name in names) - len(names)
        versions = tuple(version_key(theirs[name]) for name in PINS if name in own)
        return (same - (other.python != cell.python), versions, version_key(other.python), other.id)

    return max(filter(older, column_cells), key=nearness, default=None)


def _frameworks(cell: CellSummary) -> dict[str, str]:
    pins = pins_of(cell.pins)
    return {name: pins[name] for name in PINS if name in pins}
