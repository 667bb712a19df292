"""What one file says, before it is joined with other files and with the measured table.

A value is followed as the dotted path that it came from, as a tuple: ``("keras", "backend")`` for
``K`` after ``import keras.backend as K``. Modules of the scanned tree are one element that starts
with "@"; a call adds "()" and a subscript itself, as in "[0]".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TypeAlias

Ref: TypeAlias = tuple[str, ...]
Refs: TypeAlias = frozenset[Ref]

UNKNOWN: Ref = ("?",)
"""Some value that can't be followed."""
NOTHING: Ref = ("None",)
"""None, or no value at all: what is left where an import failed and nothing took its place."""
NO_REFS: Refs = frozenset()


def local(module: str) -> Ref:
    """The reference to a module of the scanned tree."""
    return (f"@{module}",)


def is_plain(ref: Ref) -> bool:
    """Whether it is of attributes alone, without calls and subscripts."""
    return not any(part == "()" or part.startswith("[") for part in ref)


def extend(refs: Iterable[Ref], *names: str) -> Refs:
    """Every reference with these attributes at its end; what is unknown stays so."""
    return frozenset(ref if ref in (UNKNOWN, NOTHING) else (*ref, *names) for ref in refs)


class Truth(IntEnum):
    """Whether a condition holds in one cell. ``and`` is the least, ``or`` the greatest.

    UNDECIDED is a test of a release's number, which the author had a reason for; OPEN is any other
    test, of which nothing is known.
    """

    NO = 0
    UNDECIDED = 1
    OPEN = 2
    YES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Has:
    """``hasattr(K, 'x')``: one of these is there."""

    refs: Refs


@dataclass(frozen=True, kw_only=True, slots=True)
class BackendIs:
    """``K.backend() == 'tensorflow'``; ``refs`` are what was called."""

    refs: Refs
    names: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseIs:
    """``int(tf.__version__.split('.')[0]) >= 2``: ``steps`` are what is taken of the number.

    ``constant`` is as written; ``loose`` compares releases, not strings or numbers.
    """

    project: str
    steps: tuple[str, ...]
    sign: str
    constant: str
    loose: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixed:
    """A truth that no cell changes."""

    truth: Truth


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    of: "Condition"


@dataclass(frozen=True, kw_only=True, slots=True)
class All:
    of: "tuple[Condition, ...]"


@dataclass(frozen=True, kw_only=True, slots=True)
class AnyOf:
    of: "tuple[Condition, ...]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """An ``except`` branch: one of these failed."""

    mentions: "tuple[Mention, ...]"


Condition: TypeAlias = Has | BackendIs | ReleaseIs | Fixed | Not | All | AnyOf | Failed

OPEN = Fixed(truth=Truth.OPEN)
VERSION_TEST = Fixed(truth=Truth.UNDECIDED)


def negate(condition: Condition) -> Condition:
    """The opposite; of what nothing is known, nothing is known."""
    if isinstance(condition, Not):
        return condition.of
    return condition if condition in (OPEN, VERSION_TEST) else Not(of=condition)


class How(StrEnum):
    """By which kind of code a name is reached; it decides which exception its absence raises."""

    ATTRIBUTE = "attribute"
    IMPORT = "import"
    MODULE = "module"
    """An import of a module below a namespace, which need not be an attribute of it."""
    GETATTR = "getattr"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """How something is called: what must fit another function's signature."""

    positional: int
    keywords: tuple[str, ...]
    starred: bool


Span: TypeAlias = tuple[int, int]
"""Start and end in the UTF-8 source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """Under what a piece of code runs. ``caught`` are names of exceptions that don't get out."""

    conditions: tuple[Condition, ...] = ()
    caught: frozenset[str] = frozenset()

    def under(self, *conditions: Condition) -> "Circumstances":
        """The same, and under these as well; what says nothing is left out."""
        added = tuple(condition for condition in conditions if condition != OPEN)
        return Circumstances(conditions=(*self.conditions, *added), caught=self.caught)

    def catching(self, exceptions: Iterable[str]) -> "Circumstances":
        """The same, and these exceptions are caught."""
        return Circumstances(conditions=self.conditions, caught=self.caught | {*exceptions})


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A dotted path that the code reaches for.

    ``tokens`` are the places of its written attributes, the last one last; an import has none, but
    so many first parts, ``imported``, that must be modules. ``span`` is the whole of it.
    """

    refs: Refs
    span: Span
    tokens: tuple[Span, ...]
    how: How
    circumstances: Circumstances
    call: Call | None = None
    imported: int = 0


class Puzzle(StrEnum):
    """What can't be told without running the code."""

    STAR_IMPORT = "star-import"
    COMPUTED_NAME = "computed-name"
    WHOLE_NAMESPACE = "whole-namespace"
    HANDED_ON = "handed-on"
    ELSEWHERE = "elsewhere"
    """Something called K or backend that comes from a parameter, a call, a container."""
    REPLACED = "replaced"
    """``sys.modules['keras'] = …``"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """A place of which something can't be told, if ``refs`` are a backend namespace."""

    puzzle: Puzzle
    refs: Refs
    span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """A piece of syntax that not every Python reads: from ``since`` on, or before ``until``."""

    what: str
    span: Span
    since: tuple[int, int] | None = None
    until: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleReading:
    """All that one file says. ``sets`` are attributes that it assigns, ``stars`` the modules of the
    tree that it imports everything from.
    """

    mentions: tuple[Mention, ...]
    doubts: tuple[Doubt, ...]
    sets: tuple[Mention, ...]
    dialects: tuple[Dialect, ...]
    exports: Mapping[str, Refs]
    stars: tuple[Ref, ...]
    faults: tuple[int, ...]

    def everything(self) -> Iterator[Refs]:
        """The references that other files could be asked about."""
        yield from (mention.refs for mention in self.mentions)
        yield from self.exports.values()
