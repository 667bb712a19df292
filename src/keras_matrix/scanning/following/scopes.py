"""Names and what they stand for: Python's scopes, and the merging of branches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from keras_matrix.scanning.following.mentions import NOTHING, UNKNOWN, Condition, Refs


class Value(NamedTuple):
    """What a name stands for; ``test`` is the condition that it holds, where it holds one."""

    refs: Refs
    test: Condition | None = None


Names: TypeAlias = dict[str, Value]

UNFOLLOWED = Value(frozenset({UNKNOWN}))
EMPTY = Value(frozenset({NOTHING}))


class Kind(Enum):
    """Which rules a scope follows."""

    MODULE = auto()
    CLASS = auto()
    FUNCTION = auto()


@dataclass(slots=True, kw_only=True)
class Scope:
    """One module, class or function. ``own`` are the names that a function binds itself."""

    kind: Kind
    parent: "Scope | None" = None
    own: frozenset[str] = frozenset()
    outer: frozenset[str] = frozenset()
    names: Names = field(default_factory=dict)
    late: Names = field(default_factory=dict)
    """Of a module: what functions bind there by ``global``."""

    @property
    def module(self) -> "Scope":
        """The scope of the file."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def bind(self, name: str, value: Value) -> None:
        """Bind a name here, or where ``global`` and ``nonlocal`` say."""
        if name not in self.outer:
            self.names[name] = value
            return
        late = self.module.late
        late[name] = _union([late[name], value]) if name in late else value

    def look_up(self, name: str) -> Value | None:
        """What a name stands for; None where nothing in the file binds it."""
        scope: Scope | None = self
        while scope is not None:
            late = scope.late.get(name)
            if name in scope.names:
                found = scope.names[name]
                return found if late is None else _union([found, late])
            if late is not None:
                return late
            if name in scope.own and name not in scope.outer:
                return UNFOLLOWED
            scope = scope.parent
            while scope is not None and scope.kind is Kind.CLASS:
                scope = scope.parent
        return None


def _union(values: Iterable[Value]) -> Value:
    values = list(values)
    tests = {value.test for value in values}
    return Value(
        frozenset().union(*(value.refs for value in values)), *tests if len(tests) == 1 else ()
    )


def merge(branches: Iterable[Names]) -> Names:
    """The names after a fork: each may have any branch's value."""
    branches = list(branches)
    if len(branches) == 1:
        return branches[0]
    merged: Names = {}
    for names in branches:
        for name, value in names.items():
            known = merged.get(name)
            merged[name] = value if known is None or known == value else _union([known, value])
    return merged


def interrupted(before: Names, after: Names) -> Names:
    """The names in a handler: what the block would have bound, it may not have bound."""
    return {
        name: value if before.get(name) == value else before.get(name, EMPTY)
        for name, value in after.items()
    }


def visible(names: Mapping[str, Value]) -> dict[str, Refs]:
    """What other files can import: the names with something to follow."""
    return {name: value.refs for name, value in names.items() if value.refs - {UNKNOWN, NOTHING}}
