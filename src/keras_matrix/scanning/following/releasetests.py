"""Tests of a release's number: ``int(tf.__version__.split('.')[0]) >= 2``, decided for a release.

What was done with the number is done again, with the number of the release that is asked about.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from packaging.version import InvalidVersion, Version

from keras_matrix.scanning.following.mentions import (
    OPEN,
    VERSION_TEST,
    Condition,
    Ref,
    Refs,
    ReleaseIs,
)
from keras_matrix.scanning.following.syntax import Node, called, string_value, text

_NUMBERS: Mapping[Ref, str] = {
    ("tensorflow", "__version__"): "tensorflow",
    ("tensorflow", "VERSION"): "tensorflow",
    ("tensorflow", "version", "VERSION"): "tensorflow",
    ("keras", "__version__"): "keras",
    ("theano", "__version__"): "theano",
}
_NAMES = {"__version__", "VERSION"}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "startswith": str.startswith,
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def versioned(refs: Refs) -> bool:
    """Whether it is a release's number, or made from one."""
    return any(not _NAMES.isdisjoint(ref) for ref in refs)


def compared(left: Refs, right: Refs, sides: tuple[Node, Node], sign: str) -> Condition:
    """What a comparison says of a release; VERSION_TEST where it can't be done again."""
    if versioned(left) == versioned(right):
        return VERSION_TEST if versioned(left) else OPEN
    if versioned(right):
        return _test(right, _TURNED.get(sign), sides[0])
    return _test(left, sign, sides[1])


def begins(refs: Refs, prefix: Node) -> Condition:
    """``tf.__version__.startswith('2.')``."""
    return _test(frozenset(ref[:-1] for ref in refs), "startswith", prefix)


def _test(refs: Refs, sign: str | None, constant: Node) -> Condition:
    if len(refs) != 1 or sign is None or sign not in _COMPARE:
        return VERSION_TEST
    (ref,) = refs
    length = next((n for n in (3, 2) if ref[:n] in _NUMBERS), 0)
    written, loose = _constant(constant)
    if not length or written is None:
        return VERSION_TEST
    return ReleaseIs(
        project=_NUMBERS[ref[:length]],
        steps=ref[length:],
        sign=sign,
        constant=written,
        loose=loose,
    )


def _constant(node: Node) -> tuple[str | None, bool]:
    """A constant as written, and whether it is wrapped: ``LooseVersion('2.0')``."""
    if node.type == "call":
        positional, keywords, starred = called(node)
        if len(positional) == 1 and not keywords and not starred:
            inner = string_value(positional[0])
            return (repr(inner), True) if inner is not None else (None, False)
        return None, False
    if node.type == "string":
        value = string_value(node)
        return (None if value is None else repr(value)), False
    return (text(node), False) if node.type in ("integer", "float", "tuple") else (None, False)


def holds(test: ReleaseIs, release: str) -> bool | None:
    """Whether the test is true of a release; None where doing it again fails."""
    try:
        constant = ast.literal_eval(test.constant)
        number = _taken(test.steps, release)
        if test.loose:
            return _COMPARE[test.sign](Version(str(number)), Version(constant))
        return _COMPARE[test.sign](_like(number, constant), constant)
    except (ValueError, SyntaxError, TypeError, IndexError, InvalidVersion):
        return None


def _taken(steps: tuple[str, ...], release: str) -> Any:
    """``.split('.')[:2]`` of a release."""
    number: Any = release
    for step in steps:
        if step == "split":
            number = number.split(".")
        elif step.startswith("["):
            number = number[_index(step[1:-1])]
        elif step != "()":
            raise ValueError(step)
    return number


def _index(written: str) -> int | slice:
    parts = [int(part) if part.strip() else None for part in written.split(":")]
    if len(parts) == 1 and parts[0] is not None:
        return parts[0]
    return slice(*parts)


def _like(number: Any, constant: Any) -> Any:
    """``int(…)`` and the like were taken off on the way; the constant says which it was."""
    if isinstance(constant, tuple):
        parts = number.split(".") if isinstance(number, str) else number
        return tuple(type(c)(part) for c, part in zip(constant, parts, strict=False))
    return type(constant)(number)
