"""The table that comes with the package, as the reports that an environment is compared with."""

from datetime import date

from keras_matrix.knowledge import Knowledge, KnownCell
from keras_matrix.results import (
    AttributeOutcome,
    AttributeRecord,
    CellOutcome,
    CellReport,
    CellSummary,
    PathOutcome,
    PathRecord,
    Provenance,
)
from keras_matrix.tables.states import State

_PATH = "keras.backend"
_OUTCOMES = {outcome.value: outcome for outcome in AttributeOutcome}


def reports_of(knowledge: Knowledge) -> tuple[CellReport, ...]:
    """Each measured cell with its keras.backend; of the scenarios the table says nothing."""
    names: dict[str, dict[str, AttributeRecord]] = {cell.id: {} for cell in knowledge.measured}
    for name in knowledge.names(_PATH):
        for fact in knowledge.facts(_PATH, name):
            if outcome := _OUTCOMES.get(fact.state.value):
                names[fact.cell][name] = AttributeRecord(kind="name", outcome=outcome)
    return tuple(_report(knowledge, cell, names[cell.id]) for cell in knowledge.measured)


def _report(knowledge: Knowledge, cell: KnownCell, names: dict[str, AttributeRecord]) -> CellReport:
    state, detail = knowledge.path_state(cell.id, _PATH)
    path = PathRecord(outcome=PathOutcome.IMPORTABLE, attributes=names)
    if state is not State.WORKS:
        path = PathRecord(outcome=PathOutcome.UNIMPORTABLE, detail=detail)
    day = date.fromisoformat(cell.as_of)
    return CellReport(
        cell=CellSummary(
            id=cell.id,
            python=cell.python,
            backend=cell.backend,
            pins=cell.pins,
            as_of=day,
            tags=(),
        ),
        outcome=CellOutcome.MEASURED,
        provenance=Provenance(
            engine="", image=None, locks={}, probes=None, python=None, platform="", measured_on=day
        ),
        packages=cell.installed,
        paths={} if state is State.NOT_MEASURED else {_PATH: path},
    )
