"""One family of errors: each says what happened, why it is likely, and what to do next.

Library code raises; only :mod:`keras_matrix.cli` prints them and turns ``exit_code`` into
the process's status.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path


class KerasMatrixError(Exception):
    """Base of every error that a user may see."""

    exit_code = 3


class InputError(KerasMatrixError):
    """Bad input: every problem found, one line each, with its place and a suggestion."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class EnvironmentUnusableError(KerasMatrixError):
    """The machine lacks something the work needs: an engine, the index, disk, an interpreter."""

    exit_code = 3


class EngineUnavailableError(EnvironmentUnusableError):
    """No container engine answers, or it went away in the middle of the work."""


class IndexUnavailableError(EnvironmentUnusableError):
    """The package index can't be reached, or can't be dated."""


class PythonUnavailableError(EnvironmentUnusableError):
    """This engine can't provide the Python version of a cell."""


class ReleaseUnavailableError(EnvironmentUnusableError):
    """No source of this machine offers a local build ("2.13.0+cpu"); another machine's may."""


class FailureClass(StrEnum):
    """Why a build failed; the class decides who should look at it."""

    RESOLVE = "resolve"
    COMPILE = "compile"
    NETWORK = "network"
    DISK = "disk"
    ENGINE = "engine"


ENVIRONMENTAL = frozenset({FailureClass.NETWORK, FailureClass.DISK, FailureClass.ENGINE})
"""Failures that say something of the machine, nothing of the cell."""

LOST_WORKERS = "workers"
"""A cell's failure where every machine of a cluster that began it was lost: nobody knows why."""


class BuildFailedError(KerasMatrixError):
    """A tier could not be built. One cell's outcome, never the end of a run."""

    def __init__(self, failure: FailureClass, reason: str, log: Path | None = None) -> None:
        self.failure = failure
        self.reason = reason
        self.log = log
        super().__init__(f"{failure}: {reason}" + (f" (log: {log})" if log else ""))
