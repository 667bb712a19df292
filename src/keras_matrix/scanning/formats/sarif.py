"""An answer as SARIF 2.1.0, for code scanning tools."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from keras_matrix import __version__
from keras_matrix.scanning.files import Unread
from keras_matrix.scanning.formats.issues import RULES, Issue
from keras_matrix.scanning.sources import Place

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def to_sarif(issues: Sequence[Issue], unread: Sequence[Unread]) -> dict[str, Any]:
    """One run with a result for each issue, and a notification for each file not read."""
    used = [rule for rule in RULES if any(issue.rule == rule for issue in issues)]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "keras-matrix",
                        "version": __version__,
                        "rules": [
                            {"id": rule, "shortDescription": {"text": RULES[rule]}} for rule in used
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [_notification(each) for each in unread],
                    }
                ],
                "results": [_result(issue, used.index(issue.rule)) for issue in issues],
            }
        ],
    }


def _result(issue: Issue, rule: int) -> dict[str, Any]:
    return {
        "ruleId": issue.rule,
        "ruleIndex": rule,
        "level": issue.level.value,
        "message": {"text": with_cell(issue)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(issue.place.file)},
                    "region": _region(issue.place),
                }
            }
        ],
    }


def with_cell(issue: Issue) -> str:
    """The text; of a notebook with the cell, which no such format has a place for."""
    place = issue.place
    return (
        issue.text if place.cell is None else f"{issue.text} (cell {place.cell}, line {place.line})"
    )


def _region(place: Place) -> dict[str, int]:
    """In a notebook only the file's line is one that others know."""
    if place.cell is not None:
        return {"startLine": place.file_line or 1}
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _uri(file: str) -> str:
    return Path(file).as_uri() if file.startswith("/") else quote(file)


def _notification(unread: Unread) -> dict[str, Any]:
    return {
        "level": "warning",
        "message": {"text": unread.reason if unread.partly else f"not read: {unread.reason}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(unread.path)}}}],
    }
