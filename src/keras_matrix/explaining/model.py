"""What an explanation is made of: plain values, each sentence with what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from keras_matrix.causes import Cause
from keras_matrix.evidence import Evidence


class Certainty(StrEnum):
    """How well a statement about the user's combination is founded."""

    MEASURED = "measured"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """What a name, or a whole import path, is in some cell: the outcomes that matter, together."""

    ABSENT = "not there"
    WORKING = "works"
    THERE = "there"
    FAILING = "there, and fails when it is called"
    UNIMPORTABLE = "the import path itself can't be imported"


class Topic(StrEnum):
    """What kind of thing the error is about; each kind is looked up in another way."""

    ATTRIBUTE = "attribute"
    PATH = "path"
    INSIDE = "inside"
    OUTSIDE = "outside"
    FRAMEWORK = "framework"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What to look up.

    ATTRIBUTE is ``name`` of ``path``, a path of the table; PATH is ``path`` as a whole, and
    ``name`` what was wanted of it, where that is known; INSIDE is an error that something below
    Keras raised; OUTSIDE a namespace that is not of the table; FRAMEWORK a package that isn't
    installed. ``note`` says what was assumed to get there.
    """

    topic: Topic
    path: str | None = None
    name: str | None = None
    note: str | None = None

    @property
    def dotted(self) -> str:
        """The path with the name at its end."""
        return ".".join(part for part in (self.path, self.name) if part)


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Where the error happened, as far as it is known.

    ``versions`` are of releases that exist (or are older or newer than any on the index);
    ``readings`` says how a stated one was read. ``backend`` is the active one; ``backend_why``
    how that is known; ``backend_sure`` whether it was more than assumed. ``conflict`` is what pip
    says against installing them together, where they were measured. ``impossible`` is why no
    such combination can be installed, and ``feasible`` what comes nearest.
    """

    versions: Mapping[str, str]
    python: str | None
    backend: str
    backend_why: str
    backend_sure: bool
    readings: tuple[str, ...] = ()
    impossible: str | None = None
    conflict: str | None = None
    feasible: str | None = None

    @property
    def pins(self) -> str:
        """The combination in a few words: "keras 2.3.1, tensorflow 2.0.0"."""
        words = [f"{project} {version}" for project, version in self.versions.items()]
        if self.python:
            words.append(f"Python {self.python}")
        return ", ".join(words)


@dataclass(frozen=True, kw_only=True, slots=True)
class Witness:
    """What one measured cell says."""

    cell: str
    standing: Standing
    said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The answer for the user's combination: with its certainty, or unknown with what is near.

    ``standing`` is None where it is unknown; ``witnesses`` are the very cell, or the neighbours.
    """

    certainty: Certainty
    standing: Standing | None
    why: str
    witnesses: tuple[Witness, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that it rests on."""
        return tuple(witness.cell for witness in self.witnesses)


@dataclass(frozen=True, kw_only=True, slots=True)
class Likely:
    """One cause, and why it is thought of. The first one of an explanation is the likeliest."""

    cause: Cause
    why: str


class Remedy(StrEnum):
    """The kinds of fixes, the least trouble first."""

    IMPORT = "another import path"
    RENAME = "another name"
    SETTING = "a setting"
    BACKEND = "another backend setting"
    FRESH = "a fresh environment"
    PYTHON = "another Python"
    KERAS = "another Keras"
    FRAMEWORK = "another framework release"
    BOTH = "another Keras and another framework release"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """Something that was measured to work, in ``cells``.

    ``here`` tells whether that is the user's own combination (measured or inferred). ``change``
    are lines of a diff, ``setting`` lines of code or shell that must come first, ``install`` a
    command, ``python`` and ``pins`` what it needs and installs.
    """

    remedy: Remedy
    title: str
    cells: tuple[str, ...]
    certainty: Certainty
    use: str | None = None
    change: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    install: str | None = None
    python: str | None = None
    pins: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """All that is said about one error. ``similar`` are names that exist, for one that doesn't."""

    evidence: Evidence
    subject: Subject
    situation: Situation
    finding: Finding
    causes: tuple[Likely, ...] = ()
    measured: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    similar: tuple[str, ...] = ()
    reproduce: str | None = None

    @property
    def answered(self) -> bool:
        """Whether anything could be said: a cause was named, or a fix measured."""
        return bool(self.causes or self.fixes)
