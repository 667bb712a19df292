"""What one release came to, and when two of them count as the same. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.bisecting.question import Attribute, Subject
from keras_matrix.knowledge import Fact
from keras_matrix.results import CellOutcome, CellReport, PathOutcome
from keras_matrix.tables.states import State

SCRIPT = "script"
"""The scenario under which a report keeps how a user's script ended."""

_FAILURES = (State.RAISES, State.UNIMPORTABLE, State.CRASHED, State.TIMED_OUT)
_EXCEPTION = re.compile(r"(?:[A-Za-z_]\w*\.)*(?P<name>[A-Za-z_]\w*)(?=:|$)")
# One class until Python 3.6, a class and its heir since.
_ALIKE = {"ModuleNotFoundError": "ImportError"}


class Source(StrEnum):
    """Who measured it."""

    STORED = "stored"
    KEPT = "kept"
    NOW = "now"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a cell says. NOT_MEASURED stands for a build that failed, with its reason.

    ``failure`` is the class of that reason, ``signature`` the attribute's, where it has one.
    """

    state: State
    detail: str | None
    cell: str
    source: Source
    failure: str | None = None
    signature: str | None = None

    @property
    def measured(self) -> bool:
        return self.state is not State.NOT_MEASURED

    @property
    def key(self) -> tuple[str, str]:
        """Two outcomes are the same where this is: the state, and of a failure its exception."""
        return self.state.value, self._failure() if self.state in _FAILURES else ""

    def _failure(self) -> str:
        text = self.detail or ""
        match = _EXCEPTION.match(text)
        name = match["name"] if match else text
        return _ALIKE.get(name, name)


def of_fact(fact: Fact) -> Outcome | None:
    """What the measured table says; None where it says nothing."""
    if fact.state is State.NOT_MEASURED:
        return None
    return Outcome(
        state=fact.state,
        detail=fact.detail,
        cell=fact.cell,
        source=Source.STORED,
        signature=fact.signature,
    )


def of_report(report: CellReport, subject: Subject, source: Source) -> Outcome | None:
    """What a report says of the subject; None where it says nothing."""
    if report.outcome is not CellOutcome.MEASURED:
        why = f"{report.failure}: {report.reason}" if report.failure else report.reason
        state, detail, signature = State.NOT_MEASURED, why, None
    elif not isinstance(subject, Attribute):
        if SCRIPT not in report.scenarios:
            return None
        record = report.scenarios[SCRIPT]
        state, detail, signature = State(record.outcome.value), record.detail, None
    else:
        if subject.path not in report.paths:
            return None
        state, detail, signature = _of_path(report, subject)
    return Outcome(
        state=state,
        detail=detail,
        cell=report.cell.id,
        source=source,
        failure=report.failure,
        signature=signature,
    )


def _of_path(report: CellReport, subject: Attribute) -> tuple[State, str | None, str | None]:
    path = report.paths[subject.path]
    if path.outcome is PathOutcome.UNIMPORTABLE:
        return State.UNIMPORTABLE, path.detail, None
    record = path.attributes.get(subject.name)
    if record is None:
        return State.MISSING, None, None
    return State(record.outcome.value), record.detail, record.signature
