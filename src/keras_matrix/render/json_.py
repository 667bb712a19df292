"""compatibility.json: the whole table as data, schema 1, a line for each record.

Under each attribute, ``records`` holds every distinct record once, with the cells that it was
measured in; cells of a path where there is nothing to say are under the path's ``states``.
``private`` groups the names with an underscore by the cells where they are there; in every other
cell where the path is importable they are missing. A cell's ``installed`` are its pins and every
package that came with them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from keras_matrix.tables import Column, PathState, PathTable, Row, Table
from keras_matrix.tables.detours import Detour
from keras_matrix.tables.drift import Drift
from keras_matrix.tables.eras import Era
from keras_matrix.tables.ranges import SupportRange
from keras_matrix.tables.states import State

TABLE_SCHEMA = 1


def json_chunks(table: Table) -> Iterator[str]:
    """The table as JSON, compact but broken into lines, so that a diff of two is readable; in
    pieces of a name's length."""
    yield from _object(
        {
            "schema": [str(TABLE_SCHEMA)],
            "generated_by": [_dump("keras-matrix table; do not edit")],
            "legend": [_lines(_legend(state) for state in State)],
            "eras": [_lines({"id": era.value, "label": era.label} for era in Era)],
            "releases": [
                _dump({name: list(table.releases[name]) for name in sorted(table.releases)})
            ],
            "cells": [_lines(_cell(column) for column in table.columns)],
            "paths": _list(_path(path) for path in table.paths),
        }.items()
    )
    yield "\n"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _block(opening: str, lines: Sequence[str], closing: str) -> str:
    return opening + "\n" + ",\n".join(lines) + "\n" + closing if lines else opening + closing


def _lines(values: Iterable[Any]) -> str:
    return _block("[", [_dump(value) for value in values], "]")


def _list(values: Iterable[Iterable[str]]) -> Iterator[str]:
    """A list of values that come in pieces, each on a line of its own."""
    opened = False
    for value in values:
        yield ",\n" if opened else "[\n"
        opened = True
        yield from value
    yield "\n]" if opened else "[]"


def _object(parts: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """An object whose values come in pieces."""
    opened = False
    for name, value in parts:
        yield (",\n" if opened else "{\n") + f"{_dump(name)}:"
        opened = True
        yield from value
    yield "\n}" if opened else "{}"


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing: None, and empty collections."""
    return {name: value for name, value in values.items() if value not in (None, (), [], {})}


def _legend(state: State) -> dict[str, str]:
    return {
        "outcome": state.value,
        "symbol": state.symbol,
        "word": state.word,
        "meaning": state.meaning,
    }


def _cell(column: Column) -> dict[str, Any]:
    provenance = column.provenance
    return {
        "id": column.cell.id,
        "era": column.era.value,
        "python": column.cell.python,
        "backend": column.cell.backend,
        "pins": dict(sorted(column.cell.pins.items())),
        "installed": dict(sorted(column.releases.items())),
        "as_of": column.cell.as_of.isoformat(),
        "tags": list(column.cell.tags),
        "outcome": column.outcome.value,
        "reason": column.reason,
        "failure": column.failure,
        **_known({"stale": column.stale, "conflict": provenance.conflict}),
        "provenance": {
            "engine": provenance.engine,
            "image": provenance.image,
            "probes": provenance.probes,
            "python": provenance.python,
            "platform": provenance.platform,
            "measured_on": provenance.measured_on.isoformat(),
            "distributions": dict(sorted(provenance.distributions.items())),
        },
    }


def _path(path: PathTable) -> Iterator[str]:
    yield from _object(
        {
            "path": [_dump(path.path)],
            "axis": [_dump(path.axis)],
            "never_seen": [_dump(path.never_seen)],
            "ranges": [_lines(_range(found, path=True) for found in path.ranges)],
            "states": [_lines(_states(path.states))],
            **({"instead": [_lines(map(_detour, path.detours))]} if path.detours else {}),
            **({"private": [_lines(_private(path.private))]} if path.private else {}),
            "attributes": _object((row.attribute, _row(row)) for row in path.rows),
        }.items()
    )


def _states(states: Mapping[str, PathState]) -> list[dict[str, Any]]:
    grouped: dict[PathState, list[str]] = {}
    for cell, state in states.items():
        grouped.setdefault(state, []).append(cell)
    return [
        _known({"outcome": _path_outcome(state.state), "detail": state.detail, "cells": cells})
        for state, cells in grouped.items()
    ]


def _path_outcome(state: State) -> str:
    return "importable" if state is State.WORKS else state.value


def _detour(detour: Detour) -> dict[str, Any]:
    uses = [{"use": use.path, "outcome": use.outcome.value} for use in detour.uses]
    return {"name": detour.name, "uses": uses, "cells": detour.cells}


def _private(names: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Names that are there in the very same cells are together."""
    grouped: dict[tuple[str, ...], list[str]] = {}
    for name, cells in names.items():
        grouped.setdefault(tuple(cells), []).append(name)
    return [{"names": together, "cells": list(cells)} for cells, together in grouped.items()]


def _row(row: Row) -> Iterator[str]:
    grouped: dict[int, list[str]] = {}
    for cell, number in zip(row.entries, map(id, row.entries.in_order), strict=True):
        grouped.setdefault(number, []).append(cell)
    entries = {id(entry): entry for entry in row.entries.in_order}
    records = [
        _known(
            {
                "outcome": entry.state.value,
                "kind": entry.kind,
                "signature": entry.signature,
                "same_as": entry.same_as,
                "same_function": entry.same_function,
                "detail": entry.detail,
                "alternatives": [
                    _known({"use": one.use, "outcome": one.outcome.value, "detail": one.detail})
                    for one in entry.alternatives
                ],
                "cells": cells,
            }
        )
        for entry, cells in ((entries[number], cells) for number, cells in grouped.items())
    ]
    ranges = _lines(_range(found) for found in row.ranges)
    parts = {"records": [_lines(records)], "ranges": [ranges]}
    if row.drifts:
        parts["drift"] = [_lines(_drift(drift) for drift in row.drifts)]
    yield from _object(parts.items())


def _range(found: SupportRange, *, path: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = {
        "outcome": _path_outcome(found.state) if path else found.state.value,
        "family": found.family,
        "first": found.first,
        "last": found.last,
        "known": found.known,
        "measured": found.measured,
        "on": found.on,
    }
    flags = {
        "open_start": found.open_start,
        "open_end": found.open_end,
        "mixed": found.mixed,
        "mixed_on": found.mixed_on,
    }
    return document | {name: value for name, value in flags.items() if value}


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "family": drift.family,
        "before": drift.before,
        "after": drift.after,
        "adjacent": drift.adjacent,
        "changes": drift.changes,
        "old": drift.old,
        "new": drift.new,
    }
