"""compatibility.csv: one line for each cell, path and attribute.

A cell without measurements is one line of kind "cell", a path that says nothing one line of kind
"path": nothing is left out, and nothing that is unknown reads as missing. Line breaks within
values are spaces, so that a line is a record for ``grep`` too.
"""

import csv
import io
from collections.abc import Iterator

from keras_matrix.results import CellOutcome
from keras_matrix.tables import Column, PathTable, Table
from keras_matrix.tables.eras import pins_of

_PINS = ("keras", "tensorflow", "theano", "jax", "torch", "tf-keras")
_HEADER = (
    *("cell", "keras", "tensorflow", "theano", "jax", "torch", "tf_keras", "python", "backend"),
    *("path", "attribute", "kind", "outcome", "signature", "same_as"),
    *("same_function", "detail", "instead"),
)


def to_csv(table: Table) -> str:
    """Every entry of the table as comma-separated values with a header line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for column in table.columns:
        pins = pins_of(column.cell.pins)
        cell = [column.cell.id, *(pins.get(name, "") for name in _PINS)]
        cell += [column.cell.python, column.cell.backend]
        writer.writerows([*cell, *map(_flat, line)] for line in _lines(table, column))
    return text.getvalue()


def _flat(value: str) -> str:
    return " ".join(value.split())


def _lines(table: Table, column: Column) -> Iterator[tuple[str, ...]]:
    if column.outcome is not CellOutcome.MEASURED:
        yield ("", "", "cell", column.outcome.value, "", "", "", column.reason or "", "")
        return
    for path in table.paths:
        yield from _path_lines(path, column.cell.id)


def _path_lines(path: PathTable, cell: str) -> Iterator[tuple[str, ...]]:
    state = path.states[cell]
    if not state.importable:
        yield (path.path, "", "path", state.state.value, "", "", "", state.detail or "", "")
        return
    instead = {
        detour.name: [use.path for use in detour.uses]
        for detour in path.detours
        if cell in detour.cells
    }
    for row in path.rows:
        entry = row.entries[cell]
        yield (
            path.path,
            row.attribute,
            entry.kind or "",
            entry.state.value,
            entry.signature or "",
            " ".join(entry.same_as),
            " ".join(entry.same_function),
            entry.detail or "",
            " ".join(instead.get(row.attribute, ())),
        )
