"""The line protocol of ``probes/run.py``: requests out, validated messages in. Pure.

A line is ``<marker> <json>``. Every field of every line is checked on entry; what does not fit is
a :class:`ProtocolError`, kept as evidence by the caller and never dropped in silence.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from keras_matrix.results import AttributeOutcome, PathOutcome

SCHEMA = 1


class Setting(StrEnum):
    """What a name that fails by default is tried with again. Values are the runner's."""

    EAGER_OFF = "eager-off"
    LEGACY_KERAS = "legacy-keras"

    @property
    def wording(self) -> str:
        """As it reads in a record's detail."""
        return {
            Setting.EAGER_OFF: "works with eager execution off",
            Setting.LEGACY_KERAS: "works with TF_USE_LEGACY_KERAS=1",
        }[self]


class ProtocolError(ValueError):
    """A line that is not of this protocol, or not of this run."""


Use = tuple[str, str, str]
"""A path, a name that it lacks, and the dotted path of what may be used instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TriedBefore:
    """Which alternatives to try: all, or ``only`` some, but for those ``done``."""

    only: tuple[Use, ...] | None = None
    done: tuple[Use, ...] = ()

    def document(self) -> dict[str, Any]:
        """As the runner reads it."""
        return {"only": self.only, "done": self.done}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What one process of the runner is asked to do. See the docstring of ``probes/run.py``."""

    paths: tuple[str, ...]
    backend: str
    setting: Setting | None = None
    only: Mapping[str, tuple[str, ...]] | None = None
    done: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    inventory: bool = True
    alone: bool = False
    order: int | None = None
    alternatives: TriedBefore | None = None

    def to_json(self, marker: str) -> str:
        """The value of KERAS_MATRIX_REQUEST."""
        document = {
            "schema": SCHEMA,
            "marker": marker,
            "paths": list(self.paths),
            "backend": self.backend,
            "setting": None if self.setting is None else self.setting.value,
            "only": None if self.only is None else {p: list(n) for p, n in self.only.items()},
            "done": {path: list(names) for path, names in self.done.items()},
            "broken": list(self.broken),
            "inventory": self.inventory,
            "alone": self.alone,
            "order": self.order,
            "alternatives": None if self.alternatives is None else self.alternatives.document(),
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Hello:
    """The interpreter that answers."""

    python: str
    platform: str


class CanaryState(StrEnum):
    """Whether the cell itself is healthy."""

    OK = "ok"
    UNIMPORTABLE = "unimportable"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Canary:
    """What NumPy and the framework did before any Keras was imported."""

    state: CanaryState
    detail: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Importing:
    """A path is being imported."""

    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PathLine:
    """A path was imported, or raised."""

    path: str
    outcome: PathOutcome
    detail: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeLine:
    """One name of one path; ``outcome`` is None where a recipe will be called."""

    path: str
    name: str
    kind: str
    signature: str | None
    same_as: tuple[str, ...]
    same_function: tuple[str, ...]
    outcome: AttributeOutcome | None
    detail: str | None
    settings: tuple[Setting, ...]
    alone: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Packages:
    """Every installed distribution and its version."""

    packages: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Installs:
    """The interpreter's own account of what provides which module."""

    installs: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Begin:
    """A call begins; its result counts for all ``paths``."""

    path: str
    name: str
    paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What the call that began came to."""

    path: str
    name: str
    outcome: AttributeOutcome
    detail: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trying:
    """An alternative is being called, for every path and use of ``uses``."""

    uses: tuple[Use, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What the alternative that was being called came to, and what it may need."""

    uses: tuple[Use, ...]
    outcome: AttributeOutcome
    detail: str | None
    settings: tuple[Setting, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """The harness or a recipe is at fault."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """The request is answered in full."""

    calls: int
    timings: Mapping[str, float]


Message = (
    Hello
    | Canary
    | Importing
    | PathLine
    | AttributeLine
    | Packages
    | Installs
    | Begin
    | Result
    | Trying
    | Tried
    | Complaint
    | End
)


def parse(line: bytes, marker: str) -> Message:
    """The message in one line of standard output.

    Raises:
        ProtocolError: noise, another marker, no JSON, an unknown type, a field that doesn't fit.
    """
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    head, _, body = text.partition(" ")
    if head != marker:
        raise ProtocolError(f"not a line of this run: {text[:200]!r}")
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ProtocolError(f"no JSON ({error}): {body[:200]!r}") from error
    if not isinstance(document, dict) or document.get("type") not in _READERS:
        raise ProtocolError(f"unknown type of line: {body[:200]!r}")
    fields = _Fields(document)
    try:
        return _READERS[document["type"]](fields)
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"{error}: {body[:200]!r}") from error


class _Fields:
    """Checked access to the fields of one line."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def text(self, name: str) -> str:
        value = self._document[name]
        if not isinstance(value, str):
            raise TypeError(f"{name} is no text")
        return value

    def text_or_none(self, name: str) -> str | None:
        return None if self._document[name] is None else self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._document[name]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise TypeError(f"{name} is no list of texts")
        return tuple(value)

    def items(self, name: str) -> list[Any]:
        value = self._document[name]
        if not isinstance(value, list):
            raise TypeError(f"{name} is no list")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._document[name]
        if not isinstance(value, dict):
            raise TypeError(f"{name} is no object")
        return value

    def number(self, name: str) -> int:
        value = self._document[name]
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{name} is no whole number")
        return value

    def flag(self, name: str) -> bool:
        value = self._document[name]
        if not isinstance(value, bool):
            raise TypeError(f"{name} is no truth value")
        return value


def _hello(fields: _Fields) -> Hello:
    if fields.number("schema") != SCHEMA:
        raise ValueError(f"the runner speaks schema {fields.number('schema')}, not {SCHEMA}")
    return Hello(python=fields.text("python"), platform=fields.text("platform"))


def _canary(fields: _Fields) -> Canary:
    return Canary(
        state=CanaryState(fields.text("state")),
        detail=fields.text_or_none("detail"),
    )


def _path(fields: _Fields) -> PathLine:
    return PathLine(
        path=fields.text("path"),
        outcome=PathOutcome(fields.text("outcome")),
        detail=fields.text_or_none("detail"),
    )


def _attribute(fields: _Fields) -> AttributeLine:
    outcome = fields.text_or_none("outcome")
    return AttributeLine(
        path=fields.text("path"),
        name=fields.text("name"),
        kind=fields.text("kind"),
        signature=fields.text_or_none("signature"),
        same_as=fields.texts("same_as"),
        same_function=fields.texts("same_function"),
        outcome=None if outcome is None else AttributeOutcome(outcome),
        detail=fields.text_or_none("detail"),
        settings=tuple(Setting(setting) for setting in fields.texts("settings")),
        alone=fields.flag("alone"),
    )


def _packages(fields: _Fields) -> Packages:
    packages = fields.mapping("packages")
    if not all(isinstance(version, str) for version in packages.values()):
        raise TypeError("a version is no text")
    return Packages(packages=packages)


def _begin(fields: _Fields) -> Begin:
    begin = Begin(path=fields.text("path"), name=fields.text("name"), paths=fields.texts("paths"))
    if begin.path not in begin.paths:
        raise ValueError("paths leaves out path")
    return begin


def _result(fields: _Fields) -> Result:
    return Result(
        path=fields.text("path"),
        name=fields.text("name"),
        outcome=AttributeOutcome(fields.text("outcome")),
        detail=fields.text_or_none("detail"),
    )


def _uses(fields: _Fields) -> tuple[Use, ...]:
    """The targets of a line about an alternative, each with the missing name."""
    name, uses = fields.text("name"), []
    for target in fields.items("targets"):
        if not isinstance(target, list) or not all(isinstance(item, str) for item in target):
            raise TypeError("a target is no list of texts")
        path, use = target
        uses.append((path, name, use))
    if not uses:
        raise ValueError("targets is empty")
    return tuple(uses)


def _tried(fields: _Fields) -> Tried:
    return Tried(
        uses=_uses(fields),
        outcome=AttributeOutcome(fields.text("outcome")),
        detail=fields.text_or_none("detail"),
        settings=tuple(Setting(setting) for setting in fields.texts("settings")),
    )


def _end(fields: _Fields) -> End:
    timings = {name: float(seconds) for name, seconds in fields.mapping("timings").items()}
    return End(calls=fields.number("calls"), timings=timings)


_READERS: Mapping[str, Callable[[_Fields], Message]] = {
    "hello": _hello,
    "canary": _canary,
    "importing": lambda fields: Importing(path=fields.text("path")),
    "path": _path,
    "attribute": _attribute,
    "packages": _packages,
    "installs": lambda fields: Installs(installs=fields.mapping("installs")),
    "begin": _begin,
    "result": _result,
    "trying": lambda fields: Trying(uses=_uses(fields)),
    "alternative": _tried,
    "complaint": lambda fields: Complaint(text=fields.text("text")),
    "end": _end,
}
