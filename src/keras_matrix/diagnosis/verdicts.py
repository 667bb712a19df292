"""What a diagnosis is made of: five causes, and for each an answer with its evidence."""

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why ``module 'keras.backend' has no attribute …`` is raised, as people name it."""

    VERSIONS = "R1"
    BACKEND = "R2"
    IMPORT_PATH = "R3"
    OWN_CODE = "R4"
    INSTALLS = "R5"

    @property
    def words(self) -> str:
        """The cause, spelt out."""
        return _TITLES[self]


_TITLES = {
    Cause.VERSIONS: "version mismatch",
    Cause.BACKEND: "wrong backend",
    Cause.IMPORT_PATH: "wrong import path",
    Cause.OWN_CODE: "custom layers of another namespace",
    Cause.INSTALLS: "several installs",
}


class Answer(StrEnum):
    """Whether a cause is at work. Unknown is not no, and neither is what the code decides."""

    YES = "yes"
    DEPENDS = "depends on the code"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One cause: the answer, what it rests on, and what to do where it applies."""

    cause: Cause
    answer: Answer
    evidence: tuple[str, ...]
    advice: tuple[str, ...] = ()
