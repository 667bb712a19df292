"""The blocks that matrix.yaml is made of, as values: read by :mod:`.declarations`, multiplied out
by :mod:`.expansion`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from keras_matrix.matrix.cells import Tag


class Combine(StrEnum):
    """How the lists of a group are put together."""

    PRODUCT = "product"
    ZIP = "zip"


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """The versions of one pin (or "python"), and where each stands.

    ``size`` is how many were written, good or bad; None for a single word, which goes with
    every position of a zip.
    """

    name: str
    values: tuple[str, ...]
    lines: tuple[int, ...]
    size: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Exclude:
    """Cells to leave out: every key of ``where`` must match one of its globs."""

    line: int
    where: Mapping[str, tuple[str, ...]]
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What a group may override. ``python`` and ``as_of`` are None for "auto"."""

    python: Axis | None
    as_of: date | None
    grace_days: int
    tags: tuple[Tag, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """One block: pins in id order, extras after them."""

    name: str
    line: int
    axes: tuple[Axis, ...]
    settings: Settings
    backend: str | None
    combine: Combine
    excludes: tuple[Exclude, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TagPattern:
    """A pattern of the top-level ``tags``: the cells it selects get the tag."""

    tag: Tag
    line: int
    pattern: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Newest:
    """The newest patch of each of a project's newest ``minors`` minors.

    ``build`` is the local build that is meant ("cpu" of 2.13.0+cpu); None: the plain releases.
    """

    minors: int
    build: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MinorOf:
    """The newest patch of the minor that another pin of the same rule has."""

    pin: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowRule:
    """Which new releases become cells of a group: the product of what each pin follows.

    ``follows`` is in the order of a cell's id and ``lines`` says where each of its words stands;
    ``tags`` are given to the new cells by their ids.
    """

    group: str
    line: int
    follows: Mapping[str, Newest | MinorOf]
    lines: Mapping[str, int]
    tags: tuple[Tag, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Declarations:
    """The whole file. ``pythons`` are the candidates for ``python: auto``, oldest first."""

    import_paths: tuple[str, ...]
    pythons: tuple[str, ...]
    groups: tuple[Group, ...]
    excludes: tuple[Exclude, ...]
    tag_patterns: tuple[TagPattern, ...]
    follow: tuple[FollowRule, ...]
