"""What a pasted text says: plain values."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ErrorKind(StrEnum):
    """What the error complains of."""

    NO_ATTRIBUTE = "no-attribute"
    CANNOT_IMPORT_NAME = "cannot-import-name"
    NO_MODULE = "no-module"
    OTHER = "other"


class Source(StrEnum):
    """Where in the text a version comes from, the surest first."""

    OPTION = "option"
    FREEZE = "freeze"
    BANNER = "banner"
    TRACEBACK = "traceback"
    REQUIREMENTS = "requirements"
    PROSE = "prose"


class DoubtKind(StrEnum):
    """What speaks against a claim."""

    NO_SUCH_RELEASE = "no-such-release"
    NOT_YET_RELEASED = "not-yet-released"
    CONTRADICTING_VERSIONS = "contradicting-versions"
    TRACEBACK_CONTRADICTS = "traceback-contradicts"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One frame of a traceback. ``code`` is the source line as printed."""

    file: str
    line: int | None
    function: str | None
    code: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorSignature:
    """One error message, in today's terms.

    ``path`` is the namespace it complains of, aliases normalised to a path of the matrix where
    that is sure ("keras.backend"); None where the message doesn't say ("'module' object has no
    attribute"). ``name`` is the attribute, or the module that isn't there: its whole dotted name,
    and ``path`` the package that it was looked for in. ``frames`` are of its traceback, the
    innermost last.
    """

    kind: ErrorKind
    exception: str | None
    message: str
    path: str | None = None
    name: str | None = None
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One version that the text states. ``quote`` is the piece of text, at most a line.

    ``project`` is as in ``Evidence.versions``, or "python". ``version`` is as stated: "2.0" where
    no patch number is given. ``aside`` marks what is said of another environment than the failing
    one: a cure, a requirement, a wish. No version is chosen from it.
    """

    project: str
    version: str
    source: Source
    quote: str
    aside: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """Something that speaks against the claims: a full sentence."""

    kind: DoubtKind
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that was understood.

    ``errors``: the first is the one to explain. ``versions``: the version to go by for each
    project ("keras", "tensorflow", "tf-keras", "theano", "jax", "torch", "cntk"; PEP 503 names),
    chosen among the ``claims``. ``python`` is "X.Y". ``backend`` is what the text says that Keras
    uses ("Using Theano backend."). ``code`` are code blocks that look like the failing program.
    ``shown`` is what the traceback's files and lines, the messages and the banner show of
    versions, as specifiers: {"keras": "<2.13,>=2.2"}.
    """

    errors: tuple[ErrorSignature, ...] = ()
    claims: tuple[Claim, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    python: str | None = None
    backend: str | None = None
    date: datetime.date | None = None
    code: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def error(self) -> ErrorSignature | None:
        """The error to explain, None where the text has none."""
        return self.errors[0] if self.errors else None
