"""Statements that fork: what each branch knows, and what is known after it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from enum import IntEnum
from typing import Protocol

from keras_matrix.scanning.following.bindings import captures
from keras_matrix.scanning.following.evaluation import Evaluation
from keras_matrix.scanning.following.handlers import Handler, handlers, suppressed
from keras_matrix.scanning.following.mentions import (
    OPEN,
    All,
    Circumstances,
    Condition,
    Failed,
    Mention,
    negate,
)
from keras_matrix.scanning.following.scopes import (
    UNFOLLOWED,
    Names,
    Scope,
    Value,
    interrupted,
    merge,
)
from keras_matrix.scanning.following.syntax import Node, identifiers
from keras_matrix.scanning.following.syntax import field as child


class End(IntEnum):
    """How a block ends: it goes on, it leaves the block around it, or it gives up."""

    ON = 0
    LEAVES = 1
    RAISES = 2


class Reading(Protocol):
    """What is needed of the reader of a file."""

    circumstances: Circumstances

    @property
    def scope(self) -> Scope: ...
    @property
    def mentions(self) -> list[Mention]: ...
    def block(self, node: Node | None) -> End: ...
    def walk(self, node: Node | None) -> None: ...
    def view(self) -> Evaluation: ...
    def under(self, circumstances: Circumstances) -> AbstractContextManager[None]: ...
    def bind(self, target: Node, value: Value) -> None: ...


def read_if(reader: Reading, node: Node) -> End:
    """Each branch is under its test and the opposite of those before; so is what follows it."""
    fork = _Fork(reader)
    for test, body in _arms(node):
        fork.ask(test)
        fork.branch(body, None if test is None else reader.view().condition(test))
    return fork.join()


def _arms(node: Node) -> Iterator[tuple[Node | None, Node | None]]:
    """Every test with its block, in the order in which they are tried; an else has no test."""
    yield child(node, "condition"), child(node, "consequence")
    for each in node.children_by_field_name("alternative"):
        if each.type == "elif_clause":
            yield child(each, "condition"), child(each, "consequence")
        else:
            yield None, child(each, "body")


class _Fork:
    """The branches of one ``if``, until they join."""

    def __init__(self, reader: Reading) -> None:
        self._reader = reader
        self._outside = reader.circumstances
        self._before = dict(reader.scope.names)
        self._failed: list[Condition] = []
        self._ends: list[tuple[End, Names, tuple[Condition, ...]]] = []
        self._complete = False

    def ask(self, test: Node | None) -> None:
        """A test is only reached where those before it were false."""
        reader = self._reader
        reader.scope.names = dict(self._before)
        with reader.under(self._outside.under(*self._failed)):
            reader.walk(test)
        self._before = reader.scope.names

    def branch(self, body: Node | None, condition: Condition | None) -> None:
        """Read one branch, with the names as they were before all; an else has no condition."""
        reader = self._reader
        reader.scope.names = dict(self._before)
        known = tuple(self._failed) if condition is None else (*self._failed, condition)
        with reader.under(self._outside.under(*known)):
            end = reader.block(body)
        self._ends.append((end, reader.scope.names, known))
        if condition is None:
            self._complete = True
        else:
            self._failed.append(negate(condition))

    def join(self) -> End:
        """The names and what is known after all branches."""
        reader = self._reader
        reader.circumstances = self._outside
        open_ends = [names for end, names, _ in self._ends if end is End.ON]
        if not self._complete:
            open_ends.append(self._before)
        reader.scope.names = merge(open_ends) if open_ends else dict(self._before)
        if not open_ends:
            return min(end for end, _, _ in self._ends)
        left = [_without(known) for end, _, known in self._ends if end is End.LEAVES]
        reader.circumstances = self._outside.under(*left)
        return End.ON


def _without(known: tuple[Condition, ...]) -> Condition:
    """What holds after a branch that left, all of whose conditions these were.

    Of a branch that raises this is never asked: code that raises where a name isn't there needs
    the name.
    """
    if OPEN in known:
        return OPEN
    return negate(known[0]) if len(known) == 1 else negate(All(of=known))


def read_loop(reader: Reading, node: Node) -> End:
    """``for`` and ``while``: the body may run or not."""
    left, right = child(node, "left"), child(node, "right")
    test = child(node, "condition")
    reader.walk(right)
    reader.walk(test)
    before = dict(reader.scope.names)
    if left is not None:
        reader.bind(left, _each(reader, right))
    condition = OPEN if test is None else reader.view().condition(test)
    with reader.under(reader.circumstances.under(condition)):
        reader.block(child(node, "body"))
    reader.scope.names = merge([before, reader.scope.names])
    for each in node.children_by_field_name("alternative"):
        reader.block(child(each, "body"))
    return End.ON


def _each(reader: Reading, iterable: Node | None) -> Value:
    """What a loop's variable may be, where the things are written out."""
    if iterable is None or iterable.type not in ("tuple", "list", "expression_list"):
        return UNFOLLOWED
    refs = [reader.view().refs(each) for each in iterable.named_children]
    return Value(frozenset().union(*refs)) if refs else UNFOLLOWED


def read_with(reader: Reading, node: Node) -> End:
    """``with suppress(AttributeError)`` catches; everything else goes on."""
    caught: set[str] = set()
    for clause in node.named_children:
        if clause.type != "with_clause":
            continue
        for item in clause.named_children:
            value = child(item, "value")
            reader.walk(value)
            caught |= suppressed(reader.view(), value)
            target = child(value, "alias") if value is not None else None
            for name in identifiers(target) if target is not None else ():
                reader.bind(name, UNFOLLOWED)
    with reader.under(reader.circumstances.catching(caught)):
        return reader.block(child(node, "body"))


def read_match(reader: Reading, node: Node) -> End:
    """Any case may be the one."""
    for subject in node.children_by_field_name("subject"):
        reader.walk(subject)
    before = dict(reader.scope.names)
    branches = [before]
    body = child(node, "body")
    for case in body.named_children if body is not None else ():
        reader.scope.names = dict(before)
        for each in case.named_children:
            if each.type == "case_pattern":
                for name in captures(each):
                    reader.scope.bind(name, UNFOLLOWED)
        reader.walk(child(case, "guard"))
        if reader.block(child(case, "consequence")) is End.ON:
            branches.append(reader.scope.names)
    reader.scope.names = merge(branches)
    return End.ON


def read_try(reader: Reading, node: Node) -> End:
    """A handler runs where the body failed; what it catches stands in nobody's way."""
    found = handlers(reader.view(), node)
    body = child(node, "body")
    before = dict(reader.scope.names)
    first = len(reader.mentions)
    caught = {name for handler in found if handler.guards for name in handler.exceptions}
    with reader.under(reader.circumstances.catching(caught)):
        end = reader.block(body)
    tried = tuple(reader.mentions[first:])
    failed: Condition = Failed(mentions=tried) if tried and caught else OPEN
    after = reader.scope.names
    branches: list[tuple[End, Names]] = []
    for handler in found:
        reader.scope.names = interrupted(before, after)
        branches.append((_handle(reader, handler, failed), reader.scope.names))
    reader.scope.names = after
    for each in node.children:
        if each.type == "else_clause":
            with reader.under(reader.circumstances.under(negate(failed))):
                end = max(end, reader.block(child(each, "body")))
    branches.append((end, reader.scope.names))
    open_ends = [names for ended, names in branches if ended is End.ON]
    reader.scope.names = merge(open_ends or [after])
    for each in node.children:
        if each.type == "finally_clause":
            for block in each.named_children:
                reader.block(block)
    return End.ON if open_ends else min(ended for ended, _ in branches)


def _handle(reader: Reading, handler: Handler, failed: Condition) -> End:
    for each in handler.asks:
        reader.walk(each)
    if handler.target is not None:
        reader.bind(handler.target, UNFOLLOWED)
    with reader.under(reader.circumstances.under(failed if handler.guards else OPEN)):
        return reader.block(handler.body)
