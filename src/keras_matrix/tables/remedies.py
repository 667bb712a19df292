"""What would have helped where a name is missing: another import, another version, another backend.

Pure: read from the table alone. A remedy counts only where the name was called and worked there, or
where another one was verified by the name's own recipe.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.tables import Table
from keras_matrix.tables.states import State

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
    """One name that one path lacks in one cell.

    ``paths`` are those in the cell where it works, ``uses`` what was verified there in its place.
    """

    path: str
    name: str
    cell: str
    remedy: Remedy
    paths: tuple[str, ...]
    uses: tuple[str, ...] = ()


def missing_names(table: Table) -> Iterator[Missing]:
    """Every missing public name of every importable path, by path, name and column."""
    working = _where_it_works(table)
    backends = {column.cell.id: column.cell.backend for column in table.columns}
    for path in table.paths:
        for row in path.rows:
            for cell in backends:
                entry = row.entries.get(cell)
                if entry is not None and entry.state is State.MISSING:
                    there = working[row.attribute]
                    paths = tuple(p.path for p in table.paths if cell in there.get(p.path, ()))
                    uses = tuple(one.use for one in entry.alternatives if one.verified)
                    elsewhere = {backends[other] for other in there.get(path.path, ())}
                    yield Missing(
                        path=path.path,
                        name=row.attribute,
                        cell=cell,
                        remedy=_remedy(paths, uses, elsewhere, backends[cell]),
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


def _where_it_works(table: Table) -> Mapping[str, Mapping[str, Set[str]]]:
    """name -> path -> the cells in which it was called and worked."""
    found: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for path in table.paths:
        for row in path.rows:
            cells = {cell for cell, entry in row.entries.items() if entry.state in _WORKING}
            if cells:
                found[row.attribute][path.path] = cells
    return defaultdict(dict, found)


def by_remedy(found: Iterable[Missing]) -> Mapping[Remedy, int]:
    """How many have which remedy; every remedy is there."""
    counted = Counter(missing.remedy for missing in found)
    return {remedy: counted[remedy] for remedy in Remedy}
