"""junit.xml: one test case for each cell, for the CI systems that read it.

What a measured cell found is no failure of its own: a build that failed is an error, an
impossible or unrun cell is skipped with its reason.
"""

import re
from typing import assert_never
from xml.etree import ElementTree

from keras_matrix.results import CellOutcome
from keras_matrix.tables import Column, Table

# What XML 1.0 can't hold, and error texts may: control characters and lone surrogates.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(table: Table) -> str:
    """The cells as a JUnit test suite."""
    outcomes = table.outcomes
    suite = ElementTree.Element(
        "testsuite",
        name="keras-matrix",
        tests=str(len(table.columns)),
        failures="0",
        errors=str(outcomes[CellOutcome.BUILD_FAILED]),
        skipped=str(outcomes[CellOutcome.IMPOSSIBLE] + outcomes[CellOutcome.NOT_RUN]),
    )
    for column in table.columns:
        _case(suite, table, column)
    ElementTree.indent(suite, " ")
    body = ElementTree.tostring(suite, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _case(suite: ElementTree.Element, table: Table, column: Column) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"keras-matrix.{column.era}", name=column.cell.id
    )
    reason = _FORBIDDEN.sub("�", column.reason or "")
    match column.outcome:
        case CellOutcome.MEASURED:
            ElementTree.SubElement(case, "system-out").text = _summary(table, column)
        case CellOutcome.BUILD_FAILED:
            kind = column.failure or column.outcome.value
            ElementTree.SubElement(case, "error", type=kind, message=reason)
        case CellOutcome.IMPOSSIBLE | CellOutcome.NOT_RUN:
            ElementTree.SubElement(case, "skipped", message=f"{column.outcome}: {reason}")
        case _:
            assert_never(column.outcome)


def _summary(table: Table, column: Column) -> str:
    lines = []
    for path in table.paths:
        state = path.states[column.cell.id]
        counts = path.counts(column.cell.id)
        said = ", ".join(f"{number} {found.word}" for found, number in counts.items())
        lines.append(f"{path.path}: {said or state.state.word}")
    return "\n".join(lines)
