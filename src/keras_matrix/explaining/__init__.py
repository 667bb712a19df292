"""Evidence and the measured table -> Explanation: the cause, how sure it is, and what works.

Pure: nothing is built, asked of a network, or guessed in silence.
"""

from dataclasses import replace

from keras_matrix.evidence import Evidence
from keras_matrix.explaining import commands, inside, mixture, named, outside, packages, subjects
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.model import (
    Certainty,
    Explanation,
    Finding,
    Fix,
    Likely,
    Remedy,
    Situation,
    Topic,
)
from keras_matrix.explaining.situation import measured, situate
from keras_matrix.knowledge import Knowledge
from keras_matrix.releases import Catalogue

__all__ = ["Certainty", "Explanation", "Fix", "Likely", "Remedy", "Topic", "explain"]


def explain(evidence: Evidence, knowledge: Knowledge, catalogue: Catalogue) -> Explanation:
    """What the measured table says of the error that the evidence tells of."""
    subject = subjects.subject_of(evidence, knowledge)
    situation = _checked(situate(evidence, knowledge, catalogue), knowledge, catalogue)
    case = Case(subject=subject, situation=situation, evidence=evidence, knowledge=knowledge)
    error = evidence.error
    if error is None:
        return _nothing(case, "no error message was recognised in the text")
    if subject.topic is Topic.ATTRIBUTE and not subjects.is_known(knowledge, subject.name or ""):
        close = subjects.similar(subject.name or "", knowledge)
        why = f"no measured cell has {subject.name}, on any import path: is it spelt right?"
        return replace(_nothing(case, why), similar=close)
    told = _told(case)
    if mixture.is_mixed(case):
        told = mixture.told_of(case, told)
    return Explanation(
        evidence=evidence,
        subject=subject,
        situation=situation,
        finding=told.finding,
        causes=told.causes,
        measured=told.measured,
        fixes=told.fixes,
        reproduce=commands.reproduce(case, told, error),
    )


def _checked(situation: Situation, knowledge: Knowledge, catalogue: Catalogue) -> Situation:
    """With what speaks against installing it. What was measured needs no such check, and most
    answers are given without importing it."""
    if not situation.versions:
        return situation
    if cells := measured(situation, knowledge):
        conflicts = [cell.conflict for cell in cells]
        return replace(situation, conflict=conflicts[0] if all(conflicts) else None)
    from keras_matrix.explaining.reachable import check

    return check(situation, knowledge, catalogue)


def _told(case: Case) -> Told:
    error = case.evidence.error
    assert error is not None
    match case.subject.topic:
        case Topic.ATTRIBUTE | Topic.PATH:
            return named.tell(case)
        case Topic.FRAMEWORK:
            return packages.tell(case)
        case Topic.OUTSIDE:
            return outside.tell(case)
        case Topic.INSIDE | Topic.NOTHING:
            return inside.tell(case, error)


def _nothing(case: Case, why: str) -> Explanation:
    return Explanation(
        evidence=case.evidence,
        subject=case.subject,
        situation=case.situation,
        finding=Finding(certainty=Certainty.UNKNOWN, standing=None, why=f"unknown: {why}"),
    )
