"""JUnit XML for the CI systems that read it: a test case for each cell, or for each attribute.

By cell, what a measured cell found is no failure of its own: a build that failed is an error, an
impossible or unrun cell is skipped with its reason.

By attribute, only a defect is a failure: a wrong answer (``differs``), a dead process
(``crashed``), a call without an end (``timed-out``). That a name is missing, isn't called or
raises is a fact of its release, as often meant as not: it is skipped with what it is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import assert_never
from xml.sax.saxutils import escape, quoteattr

from keras_matrix.results import CellOutcome
from keras_matrix.tables import Column, PathTable, Table
from keras_matrix.tables.states import Entry, State

# What XML 1.0 can't hold, and error texts may: control characters and lone surrogates.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Cases(StrEnum):
    """What a test case stands for."""

    CELL = "cell"
    ATTRIBUTE = "attribute"


class Verdict(StrEnum):
    """What a test case says, by the name of its element."""

    PASSED = "passed"
    FAILED = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


def to_junit(table: Table, cases: Cases = Cases.CELL) -> str:
    """The cells as one test suite, or each import path of each cell as one."""
    match cases:
        case Cases.CELL:
            body = "".join(_suite("keras-matrix", [_cell(table, each) for each in table.columns]))
        case Cases.ATTRIBUTE:
            suites = [part for column in table.columns for part in _attribute_suites(table, column)]
            body = "".join(["<testsuites>\n", *suites, "</testsuites>\n"])
        case _:
            assert_never(cases)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'


def verdict_of(state: State) -> Verdict:
    """What a state of an attribute is as a test."""
    match state:
        case State.WORKS | State.DEPRECATED | State.NEEDS_SETTING:
            return Verdict.PASSED
        case State.DIFFERS | State.CRASHED | State.TIMED_OUT:
            return Verdict.FAILED
        case State.RAISES | State.PRESENT | State.MISSING:
            return Verdict.SKIPPED
        case State.UNIMPORTABLE | State.NOT_MEASURED:
            return Verdict.SKIPPED
        case _:
            assert_never(state)


_Case = tuple[Verdict, str]
"""A test case: what it says, and its line of XML."""


def _suite(name: str, cases: Iterable[_Case]) -> Iterator[str]:
    counted = list(cases)
    found = Counter(verdict for verdict, _ in counted)
    yield (
        f'<testsuite name={_quoted(name)} tests="{len(counted)}" '
        f'failures="{found[Verdict.FAILED]}" errors="{found[Verdict.ERROR]}" '
        f'skipped="{found[Verdict.SKIPPED]}">\n'
    )
    yield from (line for _, line in counted)
    yield "</testsuite>\n"


def _attribute_suites(table: Table, column: Column) -> Iterator[str]:
    if column.outcome is not CellOutcome.MEASURED:
        yield from _suite(column.cell.id, [_cell(table, column)])
        return
    for path in table.paths:
        place = f"{column.cell.id}.{path.path}"
        yield from _suite(place, _attributes(path, column.cell.id, place))


def _attributes(path: PathTable, cell: str, place: str) -> Iterator[_Case]:
    state = path.states[cell]
    if not state.importable:
        yield _case(place, "import", Entry(state=state.state, detail=state.detail))
        return
    for row in path.rows:
        yield _case(place, row.attribute, row.entries[cell])


def _case(place: str, name: str, entry: Entry) -> _Case:
    verdict = verdict_of(entry.state)
    said = entry.detail or ""
    if verdict is Verdict.PASSED:
        inner = _element("system-out", {}, f"{entry.state.word}: {said}") if said else ""
    elif verdict is Verdict.SKIPPED:
        message = ": ".join(part for part in (entry.state.word, said) if part)
        inner = _element("skipped", {"message": message})
    else:
        inner = _element(verdict.value, {"type": entry.state.value, "message": said})
    return verdict, _element("testcase", {"classname": place, "name": name}, inner=inner) + "\n"


def _cell(table: Table, column: Column) -> _Case:
    reason = column.reason or ""
    match column.outcome:
        case CellOutcome.MEASURED:
            verdict = Verdict.PASSED
            inner = _element("system-out", {}, _summary(table, column))
        case CellOutcome.BUILD_FAILED:
            verdict = Verdict.ERROR
            kind = column.failure or column.outcome.value
            inner = _element("error", {"type": kind, "message": reason})
        case CellOutcome.IMPOSSIBLE | CellOutcome.NOT_RUN:
            verdict = Verdict.SKIPPED
            inner = _element("skipped", {"message": f"{column.outcome}: {reason}"})
        case _:
            assert_never(column.outcome)
    named = {"classname": f"keras-matrix.{column.era}", "name": column.cell.id}
    return verdict, _element("testcase", named, inner=inner) + "\n"


def _element(name: str, attributes: Mapping[str, str], text: str = "", *, inner: str = "") -> str:
    """One element as text: a tree of 120,000 test cases would only cost memory."""
    opened = " ".join([name, *(f"{key}={_quoted(value)}" for key, value in attributes.items())])
    content = inner or escape(_FORBIDDEN.sub("�", text))
    return f"<{opened}>{content}</{name}>" if content else f"<{opened}/>"


def _quoted(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("�", text))


def _summary(table: Table, column: Column) -> str:
    lines = []
    for path in table.paths:
        state = path.states[column.cell.id]
        counts = path.counts(column.cell.id)
        said = ", ".join(f"{number} {found.word}" for found, number in counts.items())
        lines.append(f"{path.path}: {said or state.state.word}")
    return "\n".join(lines)
