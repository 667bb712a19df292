"""index.html: one self-contained file that shows one import path at a time.

The data is embedded as JSON with every ``<`` escaped, and the page's script writes it as text
only, so that nothing measured can become markup. A content security policy that names the hashes
of the page's own script and style keeps everything else out, requests included.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from keras_matrix.tables import Column, PathTable, Row, Table
from keras_matrix.tables.eras import Era
from keras_matrix.tables.states import Entry, State

_STATES = {state: number for number, state in enumerate(State)}
_ERAS = {era: number for number, era in enumerate(Era)}


def html_chunks(table: Table) -> Iterator[str]:
    """The table as one page, without any request to elsewhere; in pieces."""
    template, style, script = (_asset(f"index.{kind}") for kind in ("html", "css", "js"))
    parts = {
        "@@policy@@": (
            f"default-src 'none'; base-uri 'none'; form-action 'none'; "
            f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
        ),
        "@@style@@": style,
        "@@script@@": script,
    }
    for mark, text in parts.items():
        before, _, after = template.partition(mark)
        template = before + text + after
    before, _, after = template.partition("@@data@@")
    yield before
    yield from map(_embedded, _Data().of(table))
    yield after


def _asset(name: str) -> str:
    return files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _embedded(text: str) -> str:
    """JSON that can't end, or open, anything in the HTML around it."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class _Data:
    """The page's data, with repeated texts and records stored once."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {"": 0}
        self._records: dict[Entry, int] = {}
        self._numbers: dict[int, int] = {}

    def of(self, table: Table) -> Iterator[str]:
        """Everything the page needs, as JSON; texts and records are referred to by number."""
        cells = _json([self._cell(column) for column in table.columns])
        paths = [list(self._path(path, table)) for path in table.paths]
        records = [self._record(entry) for entry in self._records]
        legend = {
            "states": [[s.value, s.symbol, s.word, s.meaning] for s in State],
            "eras": [[era.value, era.label] for era in Era],
        }
        yield f'{_json(legend)[:-1]},"cells":{cells},"paths":['
        for number, pieces in enumerate(paths):
            yield "," if number else ""
            yield from pieces
        rest = {
            "records": records,
            "texts": list(self._texts),
            "dates": [day.isoformat() for day in table.dates or ()],
            "engines": table.engines,
        }
        yield f"],{_json(rest)[1:]}"

    def _text(self, text: str | None) -> int:
        return self._texts.setdefault(text or "", len(self._texts))

    def _record(self, entry: Entry) -> list[Any]:
        same = [[self._text(p) for p in paths] for paths in (entry.same_as, entry.same_function)]
        texts = (entry.kind, entry.signature, entry.detail)
        return [_STATES[entry.state], *map(self._text, texts), *same]

    def _cell(self, column: Column) -> dict[str, Any]:
        provenance = column.provenance
        return {
            "id": column.cell.id,
            "era": _ERAS[column.era],
            "heading": column.heading,
            "python": column.cell.python,
            "backend": column.cell.backend,
            "pins": dict(sorted(column.cell.pins.items())),
            "tags": column.cell.tags,
            "outcome": column.outcome.value,
            "reason": column.reason or "",
            "provenance": [
                ["Engine", provenance.engine],
                ["Measured on", provenance.measured_on.isoformat()],
                *([["Stale", column.stale]] if column.stale else []),
                *([["pip refuses it", provenance.conflict]] if provenance.conflict else []),
                ["Packages as of", column.cell.as_of.isoformat()],
                ["Python", provenance.python or column.cell.python],
                ["Platform", provenance.platform],
                ["Image", provenance.image or ""],
                *([f"{name} is", dist] for name, dist in sorted(provenance.distributions.items())),
            ],
        }

    def _path(self, path: PathTable, table: Table) -> Iterator[str]:
        states = [path.states[column.cell.id] for column in table.columns]
        columns = {column.cell.id: place for place, column in enumerate(table.columns)}
        counts = [path.counts(column.cell.id) for column in table.columns]
        instead = [
            [d.name, [self._text(use.path) for use in d.uses], [columns[cell] for cell in d.cells]]
            for d in path.detours
        ]
        head = {
            "path": path.path,
            "instead": instead,
            "states": [[_STATES[state.state], self._text(state.detail)] for state in states],
            "counts": [[[_STATES[s], n] for s, n in counted.items()] for counted in counts],
            "ranges": [[_STATES[r.state], self._text(r.text)] for r in path.ranges],
            "never": path.never_seen,
        }
        yield f'{_json(head)[:-1]},"rows":['
        for number, row in enumerate(path.rows):
            yield "," * bool(number) + _json(self._row(row))
        yield "]}"

    def _row(self, row: Row) -> list[Any]:
        """Name, a record for each cell where the path has names, ranges, signature changes."""
        entries = self._entries(row.entries.in_order)
        ranges = [[_STATES[found.state], self._text(found.text)] for found in row.ranges]
        return [row.attribute, entries, ranges, [self._text(drift.text) for drift in row.drifts]]

    def _entries(self, entries: Sequence[Entry]) -> list[int]:
        numbers = self._numbers
        for entry in entries:
            if id(entry) not in numbers:
                # What may be used instead is said once, by the path's detours.
                plain = replace(entry, alternatives=())
                numbers[id(entry)] = self._records.setdefault(plain, len(self._records))
        return [numbers[id(entry)] for entry in entries]
