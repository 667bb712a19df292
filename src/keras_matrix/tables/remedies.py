"""What would have helped where a name is missing: another import, another version, another backend.

Pure: read from the table alone. A remedy counts only where the name was called and worked there, or
where another one was verified by the name's own recipe.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.sharedkeys import SharedKeys
from keras_matrix.tables import Row, Table
from keras_matrix.tables.states import Entry, State

_WORKING = frozenset({State.WORKS, State.DEPRECATED, State.NEEDS_SETTING})


class Remedy(StrEnum):
    """The nearest thing that was measured to help, the least trouble first."""

    IMPORT = "another import path, same combination"
    RENAME = "another name, verified in the same combination"
    VERSION = "only another version, same backend"
    BACKEND = "only another backend"
    NONE = "nothing measured"


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """One name that one path lacks in these cells of one backend, with the same ways out.

    ``paths`` are those in the cells where it works, ``uses`` what was verified there in its place.
    """

    path: str
    name: str
    cells: tuple[str, ...]
    remedy: Remedy
    paths: tuple[str, ...]
    uses: tuple[str, ...] = ()


def missing_names(table: Table) -> Iterator[Missing]:
    """Every missing public name of every importable path: by path, name and first column."""
    rows = {path.path: {row.attribute: row for row in path.rows} for path in table.paths}
    backends = {column.cell.id: column.cell.backend for column in table.columns}
    for path in table.paths:
        for row in path.rows:
            others = {
                other: there[row.attribute].entries
                for other, there in rows.items()
                if row.attribute in there
            }
            yield from _missing(path.path, row, others, backends)


def _missing(
    path: str,
    row: Row,
    others: Mapping[str, SharedKeys[Entry]],
    backends: Mapping[str, str],
) -> Iterator[Missing]:
    """``others`` are the entries of the same name on every path."""
    lacking = [cell for cell, entry in row.entries.items() if entry.state is State.MISSING]
    if not lacking:
        return
    elsewhere = {backends[cell] for cell, entry in row.entries.items() if entry.state in _WORKING}
    grouped: dict[tuple[object, ...], list[str]] = {}
    for cell in lacking:
        said = (id(entries.get(cell)) for entries in others.values())
        grouped.setdefault((backends[cell], *said), []).append(cell)
    for cells in grouped.values():
        there = {other: entries.get(cells[0]) for other, entries in others.items()}
        paths = tuple(p for p, entry in there.items() if entry and entry.state in _WORKING)
        uses = tuple(one.use for one in row.entries[cells[0]].alternatives if one.verified)
        yield Missing(
            path=path,
            name=row.attribute,
            cells=tuple(cells),
            remedy=_remedy(paths, uses, elsewhere, backends[cells[0]]),
            paths=paths,
            uses=uses,
        )


def _remedy(
    paths: tuple[str, ...], uses: tuple[str, ...], elsewhere: Set[str], backend: str
) -> Remedy:
    if paths:
        return Remedy.IMPORT
    if uses:
        return Remedy.RENAME
    if backend in elsewhere:
        return Remedy.VERSION
    return Remedy.BACKEND if elsewhere else Remedy.NONE


def by_remedy(found: Iterable[Missing]) -> Mapping[Remedy, int]:
    """How many have which remedy, each counted per cell; every remedy is there."""
    counted = dict.fromkeys(Remedy, 0)
    for missing in found:
        counted[missing.remedy] += len(missing.cells)
    return counted
