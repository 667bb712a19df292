"""A changed outcome is measured twice before it is stored: is it stable, or is it flaky? Pure."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from keras_matrix.results import (
    AttributeOutcome,
    AttributeRecord,
    CellOutcome,
    CellReport,
    PathOutcome,
    PathRecord,
    ScenarioRecord,
)
from keras_matrix.tables.changes import FLAKY, SCENARIOS, Change, cell_changes

Record = TypeVar("Record", AttributeRecord, PathRecord, ScenarioRecord)


def changed(before: CellReport | None, after: CellReport) -> tuple[Change, ...]:
    """The outcomes of ``after`` that were others in ``before``, a measurement of the same pins.

    What only one of them knows of (a new path, a new scenario) is no changed outcome.
    """
    if before is None or {before.outcome, after.outcome} != {CellOutcome.MEASURED}:
        return ()
    was, now = before.cell, after.cell
    if (was.pins, was.python, was.backend) != (now.pins, now.python, now.backend):
        return ()
    changes = cell_changes(now.id, before, after)
    return tuple(each for each in changes if None not in (each.before, each.after))


def settled(first: CellReport, second: CellReport) -> CellReport:
    """What two measurements of one environment say together.

    Where they agree it is the first one; where they don't it is the second one's outcome, marked
    as flaky with both. A second run that came to nothing leaves nothing measured.
    """
    if second.outcome is not CellOutcome.MEASURED:
        return second
    return replace(
        first,
        paths={
            name: _path(first.paths[name], second.paths[name])
            for name in first.paths.keys() & second.paths.keys()
        },
        scenarios={
            name: _either(first.scenarios[name], second.scenarios[name])
            for name in first.scenarios.keys() & second.scenarios.keys()
        },
    )


def flaky(report: CellReport) -> tuple[str, ...]:
    """The dotted names of what is marked as flaky, sorted."""
    return tuple(sorted(_flaky(report)))


def _flaky(report: CellReport) -> Iterator[str]:
    for name, path in report.paths.items():
        if _marked(path):
            yield name
        yield from (f"{name}.{each}" for each, found in path.attributes.items() if _marked(found))
    for name, scenario in report.scenarios.items():
        if _marked(scenario):
            yield f"{SCENARIOS}.{name}"


def _marked(record: AttributeRecord | PathRecord | ScenarioRecord) -> bool:
    return (record.detail or "").startswith(FLAKY)


def _path(first: PathRecord, second: PathRecord) -> PathRecord:
    both = _either(first, second)
    if {first.outcome, second.outcome} != {PathOutcome.IMPORTABLE}:
        return both
    names = [*first.attributes, *(second.attributes.keys() - first.attributes.keys())]
    return replace(
        both,
        attributes={
            name: _either(
                first.attributes.get(name) or _absent(second.attributes[name]),
                second.attributes.get(name) or _absent(first.attributes[name]),
            )
            for name in names
        },
    )


def _absent(elsewhere: AttributeRecord) -> AttributeRecord:
    """A name that only the other run saw."""
    return AttributeRecord(kind=elsewhere.kind, outcome=AttributeOutcome.MISSING)


def _either(first: Record, second: Record) -> Record:
    if first.outcome is second.outcome:
        return second if _marked(second) and not _marked(first) else first
    then = f": {second.detail}" if second.detail else ""
    before = f" ({first.detail})" if first.detail else ""
    detail = f"{FLAKY}{first.outcome} at first{before}, {second.outcome} when measured again{then}"
    return replace(second, detail=detail)
