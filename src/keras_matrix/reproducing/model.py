"""What is asked of a reproduction, and what it answers: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.engines import Environment, Limits
from keras_matrix.evidence.model import ErrorSignature, Frame
from keras_matrix.locks import Lock
from keras_matrix.matrix import Cell

SECONDS = 120.0
"""How long a snippet may run unless told otherwise."""


def limits_of(seconds: float = SECONDS) -> Limits:
    """The sandbox of a snippet. Nobody reads megabytes, and a line each costs more than a byte."""
    return Limits(seconds=seconds, silence_seconds=seconds, output=8 * 2**20)


LIMITS = limits_of()


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """Versions as a person states them: pin -> version ("keras", "tensorflow", "tf-keras" …).

    ``python`` "X.Y" and ``backend`` are chosen where they are None; ``likely_python`` is the one
    to choose if every pin has a file for it. ``keras`` tells that standalone Keras must be there,
    whether a version of it is stated or not.
    """

    pins: Mapping[str, str]
    python: str | None = None
    backend: str | None = None
    likely_python: str | None = None
    keras: bool = False


class Origin(StrEnum):
    """Who wrote a snippet. What the tool made itself is the only code that can be trusted."""

    GIVEN = "given"
    REPORT = "report"
    MADE = "made"


@dataclass(frozen=True, kw_only=True, slots=True)
class Snippet:
    """The code to run, and the name of its file as tracebacks show it."""

    code: bytes
    origin: Origin = Origin.GIVEN
    name: str = "snippet.py"

    @property
    def text(self) -> str:
        """The code for people to read."""
        return self.code.decode("utf-8", "replace")


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """The error that should come.

    ``message`` may be a part of it; ``exception`` and ``place`` (the innermost frame of the
    report's traceback) count only where they are known.
    """

    message: str
    exception: str | None = None
    place: Frame | None = None

    @classmethod
    def of(cls, error: ErrorSignature) -> "Expected":
        """What a report's error says."""
        return cls(
            message=error.message,
            exception=error.exception,
            place=error.frames[-1] if error.frames else None,
        )

    def __str__(self) -> str:
        return f"{self.exception}: {self.message}" if self.exception else self.message


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One combination, one snippet, and what should come of it (None: whatever comes)."""

    combination: Combination
    snippet: Snippet
    expected: Expected | None = None
    limits: Limits = LIMITS


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One exception that was seen. ``kinds`` are the names of its class and its bases.

    ``frames`` are of its traceback, the innermost last; ``thread`` tells that it ended a thread
    and not the program.
    """

    exception: str
    message: str
    kinds: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    thread: bool = False

    def __str__(self) -> str:
        return f"{self.exception}: {self.message}" if self.message else self.exception


class End(StrEnum):
    """How a program ended."""

    FINISHED = "finished"
    RAISED = "raised"
    EXITED = "exited"
    DIED = "died"
    TIMED_OUT = "timed-out"
    KILLED = "killed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """What came of a run.

    ``code`` is the exit status (negative for a signal, None where the harness killed it),
    ``reason`` a few words for every end but an exception's. ``errors`` are the exceptions that
    were not caught: the one that ended the program first, then what caused it, then those of
    threads. ``output`` is what it printed, both streams in their order, without terminal codes;
    ``left_out`` so many bytes of its middle are not there.
    """

    end: End
    code: int | None
    reason: str
    errors: tuple[Seen, ...] = ()
    output: str = ""
    left_out: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return str(self.errors[0]) if self.errors else self.reason


class Verdict(StrEnum):
    """The answer. RAISED is that of a request that expects nothing in particular."""

    REPRODUCED = "reproduced"
    DIFFERENT = "different"
    NO_ERROR = "no-error"
    RAISED = "raised"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """The cell that a combination stands for.

    ``distributions`` is what is installed for each pin; ``declared`` whether matrix.yaml has that
    very cell; ``notes`` are sentences on everything that was chosen and not asked for.
    """

    cell: Cell
    distributions: Mapping[str, str]
    declared: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A built combination. ``locks`` are those of its tiers, bottom first."""

    chosen: Chosen
    environment: Environment
    locks: tuple[Lock, ...]
    build_seconds: float

    @property
    def cell(self) -> Cell:
        return self.chosen.cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Reproduction:
    """The answer with all that led to it.

    ``note`` adds to the verdict what its sentence needs ("at another place: …"). ``by_hand`` is
    the command that runs the same again, argument by argument.
    """

    prepared: Prepared
    snippet: Snippet
    expected: Expected | None
    verdict: Verdict
    note: str
    ending: Ending
    by_hand: tuple[str, ...]

    @property
    def cell(self) -> Cell:
        return self.prepared.cell

    @property
    def sentence(self) -> str:
        """The one line that answers."""
        said = {
            Verdict.REPRODUCED: f"reproduced: {self.ending}",
            Verdict.DIFFERENT: f"a different error: {self.ending}",
            Verdict.NO_ERROR: "no error",
            Verdict.RAISED: str(self.ending),
        }[self.verdict]
        return " ".join((f"{said} ({self.note})" if self.note else said).split())
