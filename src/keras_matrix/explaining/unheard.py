"""An error below Keras that no measured cell has raised: what its form tells, and what fits."""

from collections.abc import Iterator
from dataclasses import replace

from keras_matrix.causes import Cause
from keras_matrix.evidence import ErrorKind, ErrorSignature
from keras_matrix.explaining import combinations
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.model import Certainty, Finding, Fix, Likely, Remedy
from keras_matrix.explaining.situation import FRAMEWORKS
from keras_matrix.knowledge import KnownCell
from keras_matrix.tables.eras import family_name
from keras_matrix.tables.states import State

_WORKING = (State.WORKS, State.DEPRECATED, State.NEEDS_SETTING)
_FAILING = (State.RAISES, State.CRASHED, State.TIMED_OUT)
_FEW = 0.04
"""At most so many of the names that are called fail where two releases fit each other."""
_PATH = "keras.backend"


def tell(case: Case, error: ErrorSignature) -> Told:
    """Where a framework lacks what is asked of it: combinations that were measured to fit."""
    finding = Finding(
        certainty=Certainty.UNKNOWN,
        standing=None,
        why="unknown: no measured cell has raised this error",
    )
    if error.kind is ErrorKind.OTHER:
        return Told(finding=finding)
    asked = error.path or error.name or ""
    root = asked.partition(".")[0]
    if root in FRAMEWORKS:
        why = (
            f"by its form: something asks {family_name(root)} for what this release of it hasn't "
            "got, as a Keras of another time would"
        )
        cause = Likely(cause=Cause.VERSIONS, why=why)
        return Told(finding=finding, causes=(cause,), fixes=tuple(_fitting(case)))
    if root == "keras":
        why = (
            f"by its form: the code wants another release of Keras than this one; {asked} is not "
            "measured name by name"
        )
        return Told(finding=finding, causes=(Likely(cause=Cause.VERSIONS, why=why),))
    return Told(finding=finding)


def _fitting(case: Case) -> Iterator[Fix]:
    """Near the stated releases; without any, nothing is near."""
    if not case.situation.versions:
        return
    tally = case.knowledge.tally(_PATH)

    def fits(cell: KnownCell) -> str | None:
        counts = tally.get(cell.id, {})
        works = sum(counts.get(state, 0) for state in _WORKING)
        fails = sum(counts.get(state, 0) for state in _FAILING)
        if not works or fails > _FEW * (works + fails):
            return None
        return (
            f"{works} of the {works + fails} names of {_PATH} that were called work there; whether "
            "this error comes was not looked at"
        )

    for fix in combinations.other_versions(case, fits):
        if fix.remedy not in (Remedy.FRESH, Remedy.PYTHON):
            yield replace(fix, certainty=Certainty.UNKNOWN)
