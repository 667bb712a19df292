"""A file's statements, in the order in which they run: names are bound, branches fork and join.

Functions are read after the module's own statements, with the names as they are then: that is
what they see when they are called.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from keras_matrix.scanning.following import branches
from keras_matrix.scanning.following.bindings import bound_names, parameters
from keras_matrix.scanning.following.branches import End
from keras_matrix.scanning.following.evaluation import Evaluation
from keras_matrix.scanning.following.handlers import EXITS
from keras_matrix.scanning.following.imports import Importer
from keras_matrix.scanning.following.mentions import (
    NO_REFS,
    Circumstances,
    Mention,
    Puzzle,
    Refs,
)
from keras_matrix.scanning.following.scopes import EMPTY, UNFOLLOWED, Kind, Names, Scope, Value
from keras_matrix.scanning.following.syntax import Node, identifiers, string_value, text
from keras_matrix.scanning.following.syntax import field as child
from keras_matrix.scanning.following.walking import Walker


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deferred:
    """A function whose body is still to be read; ``owner`` is the class that it is a method of."""

    node: Node
    parent: Scope
    circumstances: Circumstances
    defaults: Mapping[str, Value]
    owner: str | None


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads the statements of one file."""

    walker: Walker
    importer: Importer
    circumstances: Circumstances = field(default_factory=Circumstances)
    owner: str | None = None
    deferred: deque[_Deferred] = field(default_factory=deque)

    @property
    def scope(self) -> Scope:
        """Where names are bound now."""
        return self.walker.around.scope

    @property
    def mentions(self) -> list[Mention]:
        """What was found so far."""
        return self.walker.found.mentions

    def module(self, root: Node) -> None:
        """Read the file. Where functions bind names of the module, they are read once more."""
        self.block(root)
        mark = self.walker.found.mark()
        waiting = tuple(self.deferred)
        self._functions()
        if self.scope.late:
            self.walker.found.back_to(mark)
            self.deferred.extend(waiting)
            self._functions()

    def block(self, node: Node | None) -> End:
        """Read statements one after the other; what follows an early exit is under its opposite."""
        outside = self.circumstances
        end = End.ON
        for statement in node.named_children if node is not None else ():
            read = _READ.get(statement.type)
            ends = read(self, statement) if read is not None else self._expression(statement)
            end = max(end, ends)
        self.circumstances = outside
        return end

    @contextmanager
    def under(self, circumstances: Circumstances) -> Iterator[None]:
        """Read under other circumstances for a while."""
        outside = self.circumstances
        self.circumstances = circumstances
        try:
            yield
        finally:
            self.circumstances = outside

    def view(self) -> Evaluation:
        """What expressions stand for here."""
        return Evaluation(self.walker.around)

    def walk(self, node: Node | None) -> None:
        """Collect from an expression."""
        self.walker.walk(node, self.circumstances)

    # Simple statements

    def _expression(self, node: Node) -> End:
        """An expression, an assignment, or anything whose parts are expressions."""
        if node.type in ("assignment", "augmented_assignment"):
            self._assignment(node)
            return End.ON
        if node.type != "expression_statement":
            self.walk(node)
            return End.ON
        for each in node.named_children:
            self._expression(each)
            if each.type == "call" and not self.view().function(each).isdisjoint(EXITS):
                return End.RAISES
        return End.ON

    def _assignment(self, node: Node) -> None:
        left, right = child(node, "left"), child(node, "right")
        self.walk(child(node, "type"))
        if left is None:
            return
        if node.type == "augmented_assignment":
            self.walk(left)
            self.walk(right)
            self.bind(left, UNFOLLOWED)
        elif right is not None and right.type == "assignment":
            self._assignment(right)
            self._assign(left, self._chained(right))
        elif right is not None:
            self.walk(right)
            self._assign(left, right)

    def _chained(self, node: Node) -> Node | None:
        """The value of ``a = b = value``."""
        right = child(node, "right")
        while right is not None and right.type == "assignment":
            right = child(right, "right")
        return right

    def _assign(self, target: Node, value: Node | None) -> None:
        """Pair by pair where both sides are written out."""
        if target.type == "tuple_pattern" and len(target.children) == 3:
            target = target.children[1]  # brackets, and no comma in them
        kinds = ("pattern_list", "tuple_pattern", "list_pattern")
        if target.type in kinds and value is not None:
            targets, values = target.named_children, value.named_children
            written = value.type in ("expression_list", "tuple", "list")
            if written and len(targets) == len(values):
                for each, item in zip(targets, values, strict=True):
                    self._assign(each, item)
                return
        self.bind(target, self.view().value(value) if target.type not in kinds else UNFOLLOWED)

    def bind(self, target: Node, value: Value) -> None:
        """Bind every name of a target; an attribute may be ``self.K`` or a namespace's own."""
        if target.type == "attribute":
            self._bind_attribute(target, value)
        elif target.type == "subscript":
            self.walk(target)
            self._replace_module(target)
        elif target.type == "identifier":
            self.scope.bind(text(target), value)
        else:
            for each in target.named_children:
                self.bind(each, UNFOLLOWED)

    def _replace_module(self, target: Node) -> None:
        """``sys.modules['keras'] = tf.keras``: from then on keras is another package."""
        key = string_value(child(target, "subscript"))
        if key is not None and self.view().refs(child(target, "value")) == {("sys", "modules")}:
            path = tuple(key.split("."))
            whole = path if "backend" in path else (*path, "backend")
            self.walker.found.doubt(Puzzle.REPLACED, frozenset({whole}), target)

    def _bind_attribute(self, target: Node, value: Value) -> None:
        owner, name = child(target, "object"), child(target, "attribute")
        attributes = self.walker.around.attributes
        refs = self.view().refs(owner)
        for ref in refs:
            if len(ref) == 1 and ref[0] in attributes and name is not None:
                held = attributes[ref[0]]
                held[text(name)] = held.get(text(name), NO_REFS) | value.refs
                return
        self.walker.set(target, self.circumstances)

    def _delete(self, node: Node) -> End:
        for each in node.named_children:
            for name in identifiers(each):
                self.scope.bind(text(name), EMPTY)
        return End.ON

    def _import(self, node: Node) -> End:
        for mention in self.importer.read(node, self.walker.around, self.circumstances):
            self.walker.found.mention(mention)
        for doubt in self.importer.doubts(node):
            self.walker.found.doubts.append(doubt)
        return End.ON

    def _leave(self, node: Node) -> End:
        self.walk(node)
        return End.LEAVES

    def _raise(self, node: Node) -> End:
        self.walk(node)
        return End.RAISES

    def _broken(self, node: Node) -> End:
        """What is no Python may hold statements and expressions that are."""
        self.block(node)
        return End.ON

    # Definitions

    def _decorated(self, node: Node) -> End:
        for each in node.named_children:
            if each.type == "decorator":
                self.walk(each)
        definition = child(node, "definition")
        return _READ[definition.type](self, definition) if definition is not None else End.ON

    def _function(self, node: Node) -> End:
        given = parameters(child(node, "parameters"))
        self.walk(child(node, "parameters"))
        self.walk(child(node, "return_type"))
        defaults = {name: self.view().value(value) for name, value in given if value is not None}
        job = _Deferred(
            node=node,
            parent=self.scope,
            circumstances=Circumstances(conditions=self.circumstances.conditions),
            defaults={**dict.fromkeys((name for name, _ in given), UNFOLLOWED), **defaults},
            owner=self.owner,
        )
        name = child(node, "name")
        # A constructor is what puts things on self.
        first = self.owner is not None and name is not None and text(name) == "__init__"
        (self.deferred.appendleft if first else self.deferred.append)(job)
        if name is not None:
            self.scope.bind(text(name), UNFOLLOWED)
        return End.ON

    def _class(self, node: Node) -> End:
        self.walk(child(node, "superclasses"))
        outer, outer_owner = self.scope, self.owner
        self.owner = f"self:{node.start_byte}"
        held: dict[str, Refs] = self.walker.around.attributes.setdefault(self.owner, {})
        self.walker.around.scope = Scope(kind=Kind.CLASS, parent=outer)
        self.block(child(node, "body"))
        for name, value in self.scope.names.items():
            held[name] = held.get(name, NO_REFS) | value.refs
        self.walker.around.scope, self.owner = outer, outer_owner
        name_node = child(node, "name")
        if name_node is not None:
            self.scope.bind(text(name_node), UNFOLLOWED)
        return End.ON

    def _functions(self) -> None:
        """Read the bodies that wait, and those that they define."""
        outside, scope = self.circumstances, self.scope
        while self.deferred:
            job = self.deferred.popleft()
            body = child(job.node, "body")
            if body is None:
                continue
            own, outer = bound_names(body)
            names: Names = dict(job.defaults)
            if job.owner is not None and names:
                names[next(iter(names))] = Value(frozenset({(job.owner,)}))
            self.circumstances, self.owner = job.circumstances, None
            self.walker.around.scope = Scope(
                kind=Kind.FUNCTION, parent=job.parent, own=own, outer=outer, names=names
            )
            self.block(body)
        self.circumstances, self.walker.around.scope = outside, scope


_READ: Mapping[str, Callable[[Reader, Node], End]] = {
    "if_statement": branches.read_if,
    "for_statement": branches.read_loop,
    "while_statement": branches.read_loop,
    "with_statement": branches.read_with,
    "match_statement": branches.read_match,
    "try_statement": branches.read_try,
    "import_statement": Reader._import,
    "import_from_statement": Reader._import,
    "decorated_definition": Reader._decorated,
    "function_definition": Reader._function,
    "class_definition": Reader._class,
    "delete_statement": Reader._delete,
    "return_statement": Reader._leave,
    "break_statement": Reader._leave,
    "continue_statement": Reader._leave,
    "raise_statement": Reader._raise,
    "ERROR": Reader._broken,
}
