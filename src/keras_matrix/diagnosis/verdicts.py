"""What a diagnosis is made of: five causes, and for each an answer with its evidence."""

from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.causes import Cause


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
