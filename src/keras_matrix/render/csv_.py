"""compatibility.csv: one line for each cell, path and attribute.

A cell without measurements is one line of kind "cell", a path that says nothing one line of kind
"path": nothing is left out, and nothing that is unknown reads as missing. Line breaks within
values are spaces, so that a line is a record for ``grep`` too. Whatever an exception says is text:
no terminal code, and where a spreadsheet would take it for a formula, behind an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from keras_matrix.plaintext import plain
from keras_matrix.results import CellOutcome
from keras_matrix.tables import Column, PathTable, Table
from keras_matrix.tables.eras import pins_of
from keras_matrix.tables.states import Entry

_FORMULA = ("=", "+", "-", "@")
_PINS = ("keras", "tensorflow", "theano", "jax", "torch", "tf-keras")
_HEADER = (
    *("cell", "keras", "tensorflow", "theano", "jax", "torch", "tf_keras", "python", "backend"),
    *("path", "attribute", "kind", "outcome", "signature", "same_as"),
    *("same_function", "detail", "instead"),
)


def csv_chunks(table: Table) -> Iterator[str]:
    """Every entry of the table as comma-separated values with a header line; a piece a cell."""
    yield _joined(_HEADER) + "\n"
    numbers = {column.cell.id: number for number, column in enumerate(table.columns)}
    paths = [_PathLines(path, numbers) for path in table.paths]
    for column in table.columns:
        pins = pins_of(column.cell.pins)
        cell = [column.cell.id, *(pins.get(name, "") for name in _PINS)]
        start = _joined((*cell, column.cell.python, column.cell.backend))
        yield "".join(f"{start},{line}\n" for line in _lines(paths, column))


def _joined(values: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([_text(value) for value in values])
    return text.getvalue()


def _text(value: str) -> str:
    flat = " ".join(plain(value).split())
    return f"'{flat}" if flat.startswith(_FORMULA) else flat


def _lines(paths: Iterable["_PathLines"], column: Column) -> Iterator[str]:
    if column.outcome is not CellOutcome.MEASURED:
        reason = column.reason or ""
        yield _joined(("", "", "cell", column.outcome.value, "", "", "", reason, ""))
        return
    for path in paths:
        yield from path.of(column.cell.id)


class _PathLines:
    """What follows the cell in the lines of one path; the same text is made once."""

    def __init__(self, path: PathTable, numbers: Mapping[str, int]) -> None:
        self._path = path
        self._numbers = numbers
        self._made: dict[tuple[str, int, str], str] = {}
        self._instead: dict[str, list[str]] = {}
        for detour in path.detours:
            uses = " ".join(use.path for use in detour.uses)
            by_number = self._instead.setdefault(detour.name, [""] * len(numbers))
            for cell in detour.cells:
                by_number[numbers[cell]] = uses

    def of(self, cell: str) -> Iterator[str]:
        state = self._path.states[cell]
        if not state.importable:
            detail = state.detail or ""
            yield _joined((self._path.path, "", "path", state.state.value, *[""] * 3, detail, ""))
            return
        number = self._numbers[cell]
        entries = self._path.entries(cell)
        for row, entry in zip(self._path.rows, entries, strict=True):
            uses = self._instead.get(row.attribute)
            instead = uses[number] if uses else ""
            key = (row.attribute, id(entry), instead)
            if key not in self._made:
                self._made[key] = self._line(row.attribute, entry, instead)
            yield self._made[key]

    def _line(self, name: str, entry: Entry, instead: str) -> str:
        same = (" ".join(paths) for paths in (entry.same_as, entry.same_function))
        known = (entry.kind or "", entry.state.value, entry.signature or "")
        return _joined((self._path.path, name, *known, *same, entry.detail or "", instead))
