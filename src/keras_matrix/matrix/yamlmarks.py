"""YAML that still knows where it was written, and the list of what is wrong with it.

The one place that touches PyYAML: text in, :class:`Value` out. Scalars keep their spelling, so
that ``2.10`` can be told from ``"2.10"``.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from keras_matrix.errors import InputError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """One word. ``kind`` is YAML's name of its type: str, int, float, bool, null, timestamp.

    ``span`` is where it begins and ends in the file's text, quotes included.
    """

    line: int
    text: str
    kind: str
    span: tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sequence:
    """A list, and the line on which it starts; ``flow`` is True where it stands in brackets."""

    line: int
    items: "tuple[Value, ...]"
    flow: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A mapping; ``lines`` says where each key stands, ``start`` the place in the file's text."""

    line: int
    entries: "Mapping[str, Value]"
    lines: Mapping[str, int]
    start: int


Value = Scalar | Sequence | Table


@dataclass(kw_only=True, slots=True)
class Problems:
    """Collects everything wrong with one file, so that it is reported at once."""

    name: str
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, text: str) -> None:
        """Note a problem of a line (counted from 1)."""
        self.found.append((line, text))

    def raise_if_any(self) -> None:
        """Raise one InputError with all problems, each ``name:LINE: …``, in the file's order."""
        if self.found:
            ordered = sorted(dict.fromkeys(self.found), key=lambda problem: problem[0])
            raise InputError([f"{self.name}:{line}: {text}" for line, text in ordered])


def read_yaml(path: Path, problems: Problems) -> Value:
    """The file's one document.

    Raises:
        InputError: the file can't be read, or isn't YAML; nothing else can be checked then.
    """
    return parse_yaml(read_text(path), problems)


def read_text(path: Path) -> str:
    """The file's text, its ends of lines as they are.

    Raises:
        InputError: it can't be read.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError([f"{path.name}: can't be read: {reason}"]) from error


def parse_yaml(text: str, problems: Problems) -> Value:
    """The one document of a text.

    Raises:
        InputError: it isn't YAML; nothing else can be checked then.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(error, "problem", None) or str(error)
        raise InputError([f"{problems.name}:{line}: not YAML: {what}"]) from error
    if node is None:
        raise InputError([f"{problems.name}:1: the file is empty"])
    return _value(node, problems, 0)


def _value(node: yaml.Node, problems: Problems, depth: int) -> Value:
    line = node.start_mark.line + 1
    if depth > _MAX_DEPTH:  # also what ends an alias that contains itself
        raise InputError([f"{problems.name}:{line}: nested more than {_MAX_DEPTH} levels deep"])
    if isinstance(node, yaml.SequenceNode):
        items = tuple(_value(item, problems, depth + 1) for item in node.value)
        return Sequence(line=line, items=items, flow=bool(node.flow_style))
    if isinstance(node, yaml.MappingNode):
        return _table(node, problems, depth)
    span = (node.start_mark.index, node.end_mark.index)
    return Scalar(line=line, text=node.value, kind=node.tag.rpartition(":")[2], span=span)


def _table(node: yaml.MappingNode, problems: Problems, depth: int) -> Table:
    entries: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            problems.add(line, "a key must be a word")
        elif key.value in entries:
            problems.add(
                line, f"key {key.value!r} stands here twice (first: line {lines[key.value]})"
            )
        else:
            entries[key.value] = _value(value, problems, depth + 1)
            lines[key.value] = line
    start = node.start_mark
    return Table(line=start.line + 1, entries=entries, lines=lines, start=start.index)


def describe(value: Value) -> str:
    """What a value is, in a message: ``a list``, ``a mapping``, ``a number (2.10)`` …"""
    match value:
        case Sequence():
            return "a list"
        case Table():
            return "a mapping"
        case Scalar(kind="int" | "float"):
            return f"a number ({value.text})"
        case Scalar(kind="null"):
            return "nothing"
        case Scalar(kind="bool"):
            return f"a truth value ({value.text})"
        case Scalar():
            return f"a word ({value.text})"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` where a near miss is known, else the empty string."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
