"""An error below Keras that no measured cell has raised: what its form tells, and what fits."""

import re
from collections.abc import Iterator
from dataclasses import replace

from keras_matrix.causes import Cause
from keras_matrix.evidence import ErrorKind, ErrorSignature
from keras_matrix.explaining import combinations
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.fitting import fits
from keras_matrix.explaining.model import Certainty, Finding, Fix, Likely, Remedy
from keras_matrix.explaining.situation import FRAMEWORKS
from keras_matrix.tables.eras import family_name

_MISFIT = re.compile(
    r"\brequires? (?:Keras|TensorFlow|Theano|JAX|PyTorch|CNTK)\b|\bincompatible\b|not compatible"
    r"|does not support (?:Keras|TensorFlow)",
    re.I,
)


def tell(case: Case, error: ErrorSignature) -> Told:
    """Where a framework lacks what is asked of it: combinations that were measured to fit."""
    finding = Finding(
        certainty=Certainty.UNKNOWN,
        standing=None,
        why="unknown: no measured cell has raised this error",
    )
    why = _by_form(error)
    if why is None:
        return Told(finding=finding)
    root = (error.path or error.name or "").partition(".")[0]
    fixes = () if root == "keras" else tuple(_fitting(case))
    return Told(finding=finding, causes=(Likely(cause=Cause.VERSIONS, why=why),), fixes=fixes)


def _by_form(error: ErrorSignature) -> str | None:
    """What the message alone says of releases."""
    if error.kind is ErrorKind.OTHER:
        said = _MISFIT.search(error.message)
        return "the message itself speaks of releases that don't fit" if said else None
    asked = error.path or error.name or ""
    root = asked.partition(".")[0]
    if root in FRAMEWORKS:
        return (
            f"by its form: something asks {family_name(root)} for what this release of it hasn't "
            "got, as a Keras of another time would"
        )
    if root == "keras":
        return (
            f"by its form: the code wants another release of Keras than this one; {asked} is not "
            "measured name by name"
        )
    return None


def _fitting(case: Case) -> Iterator[Fix]:
    """Near the stated releases; without any, nothing is near."""
    if not case.situation.versions:
        return
    for fix in combinations.other_versions(case, fits(case.knowledge)):
        if fix.remedy not in (Remedy.FRESH, Remedy.PYTHON):
            notes = (*fix.notes, "whether this error comes was not looked at")
            yield replace(fix, certainty=Certainty.UNKNOWN, notes=notes)
