"""An answer as data, schema 1.

``findings`` are what the code needs, each with what was measured of it where it is not simply
there; ``references`` are the places, each with the ids of its findings; ``combinations`` say of
every measured cell whether it can run the code, and which findings are in the way.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keras_matrix.knowledge import Knowledge
from keras_matrix.scanning.answers import Ability, Answer, Finding
from keras_matrix.scanning.files import Unread
from keras_matrix.scanning.formats.wording import by_state
from keras_matrix.scanning.instead import Replacement, replacements
from keras_matrix.scanning.judging import Verdict
from keras_matrix.scanning.references import Reference
from keras_matrix.scanning.sources import Place
from keras_matrix.scanning.spans import words
from keras_matrix.scanning.targets import Target, by_age

_TOLD = (Verdict.OBSTACLE, Verdict.NO_PATH, Verdict.WARNING, Verdict.GUARDED, Verdict.UNKNOWN)


def to_document(
    answer: Answer, knowledge: Knowledge, target: Target | None, *, can_run: bool
) -> dict[str, Any]:
    """Everything that was found, as plain data."""
    tree = answer.tree
    ids: dict[int, list[int]] = defaultdict(list)
    for number, finding in enumerate(answer.findings):
        for reference in finding.references:
            ids[id(reference)].append(number)
    return {
        "schema": 1,
        "can_run": can_run,
        "target": _target(target),
        "files": {"found": tree.files, "lines": tree.lines, "without_keras": tree.passed},
        "combinations": [_combination(answer, cell) for cell in answer.cells],
        "summary": _summary(answer),
        "findings": [
            _finding(number, finding, answer, knowledge, target)
            for number, finding in enumerate(answer.findings)
        ],
        "syntax": [
            {
                "what": each.title,
                "place": place_of(each.wanted.place),
                "files": each.files,
                "obstacle_in": list(each.obstacles),
            }
            for each in answer.syntax
        ],
        "references": [_reference(each, ids[id(each)]) for each in tree.references],
        "unknowable": [
            {
                "what": each.puzzle.value,
                "path": each.path,
                "written": each.written,
                "place": place_of(each.place),
            }
            for each in tree.puzzling
        ],
        "set_by_the_code": [
            {"name": symbol.dotted, "place": place_of(place)}
            for symbol, place in sorted(tree.sets.items())
        ],
        "unread": list(map(_unread, tree.unread)),
        "skipped": list(map(_unread, tree.skipped)),
    }


def _target(target: Target | None) -> dict[str, Any] | None:
    if target is None:
        return None
    return {
        "asked": {
            **target.wish.releases,
            **({"python": target.wish.python} if target.wish.python else {}),
            **({"backend": target.wish.backend} if target.wish.backend else {}),
        },
        "cell": target.cell.id,
        "exact": target.exact,
        "apart": list(target.apart),
    }


def _combination(answer: Answer, cell: str) -> dict[str, Any]:
    known = answer.cells[cell]
    stopped = [
        n for n, f in enumerate(answer.findings) if f.standings[cell].verdict is Verdict.OBSTACLE
    ]
    return {
        "cell": cell,
        "python": known.python,
        "backend": known.backend,
        "pins": dict(known.pins),
        "can_run": answer.abilities[cell].value,
        "obstacles": stopped,
        "syntax": any(cell in each.obstacles for each in answer.syntax),
    }


def _summary(answer: Answer) -> dict[str, Any]:
    """By backend: how many can run it, the oldest and the newest."""
    able = answer.able(Ability.YES)
    summary: dict[str, Any] = {}
    for backend in dict.fromkeys(cell.backend for cell in answer.measured):
        cells = [cell for cell in able if cell.backend == backend]
        own = [cell.id for cell in by_age(cells)]
        summary[backend] = {
            "measured": sum(cell.backend == backend for cell in answer.measured),
            "can_run": len(cells),
            "oldest": own[0] if own else None,
            "newest": own[-1] if own else None,
        }
    return summary


def _finding(
    number: int, finding: Finding, answer: Answer, knowledge: Knowledge, target: Target | None
) -> dict[str, Any]:
    cells = finding.obstacles or finding.without_path
    if target is not None:
        cells = tuple(cell for cell in cells if cell == target.cell.id)
    uses = () if finding.of_path else replacements(finding, knowledge, cells)
    return {
        "id": number,
        "needs": finding.title,
        "kind": "path" if finding.of_path else "name",
        "symbols": [
            {"path": symbol.path, "name": symbol.name, "measured": symbol.measured}
            for symbol in finding.symbols
        ],
        "uses": len(finding.references),
        "outcomes": list(_outcomes(answer, finding)),
        "instead": [_instead(each) for each in uses],
    }


def _outcomes(answer: Answer, finding: Finding) -> Iterator[Mapping[str, Any]]:
    for verdict in _TOLD:
        for state, cells, detail in by_state(finding.standings, verdict):
            yield {
                "verdict": verdict.name.lower().replace("_", "-"),
                "outcome": state.value,
                "detail": detail,
                "where": words(answer.measured, cells),
                "cells": list(cells),
            }


def _instead(replacement: Replacement) -> dict[str, Any]:
    return {
        "use": replacement.use,
        "works_in": list(replacement.cells),
        "of": replacement.of,
        "setting": replacement.setting,
        "change": list(replacement.change) if replacement.change else None,
        "otherwise": replacement.otherwise,
    }


def _reference(reference: Reference, findings: Sequence[int]) -> dict[str, Any]:
    return {
        **place_of(reference.place),
        "written": reference.written,
        "needs": [symbol.dotted for symbol in reference.symbols],
        "by": reference.how.value,
        "findings": list(findings),
    }


def place_of(place: Place) -> dict[str, Any]:
    """Lines and columns from 1; in a notebook also the cell, and the line of the file."""
    document: dict[str, Any] = {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }
    if place.cell is not None:
        document |= {"cell": place.cell, "file_line": place.file_line}
    return document


def _unread(unread: Unread) -> dict[str, Any]:
    document: dict[str, Any] = {"path": unread.path, "reason": unread.reason}
    return document | {"partly": True} if unread.partly else document
