"""Which of the five causes is at work in one environment. Pure: data in, verdicts out."""

from collections.abc import Sequence

from keras_matrix.causes import Cause
from keras_matrix.diagnosis import imports, installs, versions
from keras_matrix.diagnosis.environment import Import, Surroundings, surroundings
from keras_matrix.diagnosis.verdicts import Answer, Verdict
from keras_matrix.results import CellReport

__all__ = ["Answer", "Cause", "Import", "Surroundings", "Verdict", "diagnose", "surroundings"]


def diagnose(env: Surroundings, reports: Sequence[CellReport]) -> tuple[Verdict, ...]:
    """One verdict for each cause, R1 to R5, from the environment and the measured reports."""
    return (
        versions.verdict(env, reports),
        imports.backend_verdict(env, reports),
        imports.path_verdict(env),
        imports.own_code_verdict(env, reports),
        installs.verdict(env),
    )
