"""Expressions -> what they stand for, and what they test. Reads the tree, changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from keras_matrix.scanning.following.mentions import (
    NO_REFS,
    NOTHING,
    OPEN,
    UNKNOWN,
    VERSION_TEST,
    All,
    AnyOf,
    BackendIs,
    Condition,
    Fixed,
    Has,
    Ref,
    Refs,
    Truth,
    extend,
    negate,
)
from keras_matrix.scanning.following.releasetests import begins, compared, versioned
from keras_matrix.scanning.following.scopes import EMPTY, UNFOLLOWED, Scope, Value
from keras_matrix.scanning.following.syntax import Node, called, string_value, text
from keras_matrix.scanning.following.syntax import field as child

DEEP = 40
"""Beyond so many nested expressions nothing is followed."""

_IMPORTS = {
    ("importlib", "import_module"),
    ("builtins", "__import__"),
    ("builtins", "import_module"),
}
_CONSTANTS = {"true": Truth.YES, "false": Truth.NO}


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """What a name may stand for at one place: its scope, and ``self``'s attributes by class.

    ``stars`` are the modules of the tree that everything was imported from.
    """

    scope: Scope
    attributes: dict[str, dict[str, Refs]] = field(default_factory=dict)
    stars: list[Ref] = field(default_factory=list)


def chain(node: Node) -> tuple[Node, list[Node]]:
    """The innermost object of ``a.b.c``, and its attributes from left to right."""
    attributes: list[Node] = []
    while node.type == "attribute":
        name, owner = child(node, "attribute"), child(node, "object")
        if name is None or owner is None:
            break
        attributes.append(name)
        node = owner
    return node, attributes[::-1]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One place's view: the names of comprehensions and lambdas around it are ``hidden``."""

    around: Surroundings
    hidden: frozenset[str] = frozenset()

    def value(self, node: Node | None, depth: int = 0) -> Value:
        """What an expression stands for, with the condition that it is, if it is one."""
        refs = self.refs(node, depth)
        if node is None or node.type not in (
            "call",
            "comparison_operator",
            "not_operator",
            "identifier",
            "boolean_operator",
        ):
            return Value(refs)
        test = self.condition(node, depth + 1)
        return Value(refs, None if test == OPEN else test)

    def refs(self, node: Node | None, depth: int = 0) -> Refs:
        """The paths that an expression may stand for."""
        if node is None or depth > DEEP:
            return UNFOLLOWED.refs
        evaluate = _EVALUATE.get(node.type)
        return UNFOLLOWED.refs if evaluate is None else evaluate(self, node, depth + 1)

    def condition(self, node: Node | None, depth: int = 0) -> Condition:
        """What must hold for an expression to be true."""
        if node is None or depth > DEEP:
            return OPEN
        match node.type:
            case "parenthesized_expression":
                return self.condition(_first(node), depth + 1)
            case "not_operator":
                return negate(self.condition(child(node, "argument"), depth + 1))
            case "boolean_operator":
                sides = tuple(
                    self.condition(child(node, side), depth + 1) for side in ("left", "right")
                )
                return All(of=sides) if _operator(node) == "and" else AnyOf(of=sides)
            case "comparison_operator":
                return self._comparison(node, depth + 1)
            case "call":
                return self._tested(node, depth + 1)
            case "true" | "false":
                return Fixed(truth=_CONSTANTS[node.type])
        return self._truth_of(node, depth + 1)

    def function(self, node: Node, depth: int = 0) -> frozenset[Ref]:
        """What a call calls."""
        return self.refs(child(node, "function"), depth + 1)

    def _truth_of(self, node: Node, depth: int) -> Condition:
        if node.type == "identifier" and text(node) not in self.hidden:
            held = self.around.scope.look_up(text(node))
            if held is not None and held.test is not None:
                return held.test
        refs = self.refs(node, depth)
        if refs == {("typing", "TYPE_CHECKING")}:
            return Fixed(truth=Truth.NO)
        return VERSION_TEST if versioned(refs) else OPEN

    def _tested(self, node: Node, depth: int) -> Condition:
        """``hasattr(K, 'x')``, ``callable(getattr(K, 'x', None))``."""
        positional, _, _ = called(node)
        function = self.function(node, depth)
        name = string_value(positional[1]) if len(positional) > 1 else None
        if name is not None and function & {("builtins", "hasattr"), ("builtins", "getattr")}:
            return _has(extend(self.refs(positional[0], depth), name))
        if positional and function & {("builtins", "callable"), ("builtins", "bool")}:
            return self.condition(positional[0], depth)
        if len(positional) == 1 and all(ref[-1] == "startswith" for ref in function):
            return begins(function, positional[0]) if versioned(function) else OPEN
        return VERSION_TEST if versioned(self.refs(node, depth)) else OPEN

    def _comparison(self, node: Node, depth: int) -> Condition:
        operands = [each for each in node.named_children if each.type != "comment"]
        if len(operands) != 2:
            return OPEN
        left, right = operands
        operator = _operator(node)
        negative = operator in ("!=", "<>", "not in", "is not")
        found: Condition = OPEN
        if operator in ("==", "!=", "<>", "in", "not in", "is", "is not"):
            found = self._equal(left, right, depth)
        if found != OPEN:
            return negate(found) if negative else found
        return compared(self.refs(left, depth), self.refs(right, depth), (left, right), operator)

    def _equal(self, left: Node, right: Node, depth: int) -> Condition:
        """``K.backend() == 'x'``, ``'x' in dir(K)``, ``getattr(K, 'x', None) is None``."""
        if left.type == "none" or right.type == "none":
            value = self.condition(right if left.type == "none" else left, depth)
            return negate(value) if isinstance(value, Has) else OPEN
        for one, other in ((left, right), (right, left)):
            asked = frozenset(ref for ref in self.refs(one, depth) if _asks_backend(ref))
            names = _constants(other)
            if asked and names:
                return BackendIs(refs=asked, names=names)
        name = string_value(left)
        if name is not None and right.type == "call":
            positional, _, _ = called(right)
            if positional and self.function(right, depth) == {("builtins", "dir")}:
                return _has(extend(self.refs(positional[0], depth), name))
        return OPEN

    def _identifier(self, node: Node, _depth: int) -> Refs:
        name = text(node)
        if name in self.hidden:
            return UNFOLLOWED.refs
        found = self.around.scope.look_up(name)
        if found is not None:
            return found.refs
        return frozenset({("builtins", name), *((*star, name) for star in self.around.stars)})

    def _attribute(self, node: Node, depth: int) -> Refs:
        base, attributes = chain(node)
        return self.follow(extend(self.refs(base, depth), *map(text, attributes)))

    def follow(self, refs: Refs) -> Refs:
        """``self.K`` -> what the class put there."""
        found: set[Ref] = set()
        for ref in refs:
            held = self.around.attributes.get(ref[0])
            if held is None or len(ref) < 2:
                found.add(ref)
            else:
                found |= extend(held.get(ref[1], UNFOLLOWED.refs), *ref[2:])
        return frozenset(found)

    def _call(self, node: Node, depth: int) -> Refs:
        function = self.function(node, depth)
        positional, keywords, _ = called(node)
        first = string_value(positional[0]) if positional else None
        if first and function & _IMPORTS and not first.startswith("."):
            parts = tuple(first.split("."))
            whole = (
                ("importlib", "import_module") in function
                or "fromlist" in keywords
                or len(positional) > 3
            )
            return frozenset({parts if whole else parts[:1]})
        name = string_value(positional[1]) if len(positional) > 1 else None
        if name is not None and ("builtins", "getattr") in function:
            default = self.refs(positional[2], depth) if len(positional) > 2 else NO_REFS
            return self.follow(extend(self.refs(positional[0], depth), name)) | default
        given = [*positional, *keywords.values()]
        versions = [refs for refs in (self.refs(each, depth) for each in given) if versioned(refs)]
        return frozenset().union(*versions) if versions else extend(function, "()")

    def _subscript(self, node: Node, depth: int) -> Refs:
        index = child(node, "subscript")
        written = f"[{text(index)}]" if index is not None else "[]"
        return extend(self.refs(child(node, "value"), depth), written)

    def _either(self, node: Node, depth: int) -> Refs:
        """``a or b``, ``a and b``: whichever."""
        return self.refs(child(node, "left"), depth) | self.refs(child(node, "right"), depth)

    def _conditional(self, node: Node, depth: int) -> Refs:
        parts = node.named_children
        return self.refs(parts[0], depth) | self.refs(parts[-1], depth)

    def _inner(self, node: Node, depth: int) -> Refs:
        return self.refs(_first(node), depth)

    def _assigned(self, node: Node, depth: int) -> Refs:
        return self.refs(child(node, "value"), depth)

    def _each(self, node: Node, depth: int) -> Refs:
        """``[int(n) for n in tf.__version__.split('.')]`` is still a version."""
        for clause in node.named_children:
            if clause.type == "for_in_clause":
                refs = self.refs(child(clause, "right"), depth)
                return refs if versioned(refs) else UNFOLLOWED.refs
        return UNFOLLOWED.refs

    def _none(self, _node: Node, _depth: int) -> Refs:
        return EMPTY.refs


_EVALUATE: Mapping[str, Callable[[Evaluation, Node, int], Refs]] = {
    "identifier": Evaluation._identifier,
    "attribute": Evaluation._attribute,
    "call": Evaluation._call,
    "subscript": Evaluation._subscript,
    "boolean_operator": Evaluation._either,
    "conditional_expression": Evaluation._conditional,
    "parenthesized_expression": Evaluation._inner,
    "named_expression": Evaluation._assigned,
    "list_comprehension": Evaluation._each,
    "generator_expression": Evaluation._each,
    "none": Evaluation._none,
}


def _asks_backend(ref: Ref) -> bool:
    return ref[-2:] == ("backend", "()") or ref[-1] == "_BACKEND"


def _has(refs: Refs) -> Condition:
    known = refs - {UNKNOWN, NOTHING}
    return Has(refs=known) if known else OPEN


def _constants(node: Node) -> frozenset[str]:
    """A string, or several in brackets."""
    nodes = node.named_children if node.type in ("tuple", "list", "set") else [node]
    values = [string_value(each) for each in nodes]
    return (
        frozenset(value for value in values if value is not None)
        if None not in values
        else frozenset()
    )


def _first(node: Node) -> Node | None:
    return next((each for each in node.named_children if each.type != "comment"), None)


def _operator(node: Node) -> str:
    """The operator between two operands, as written but for its spaces."""
    return " ".join(
        text(each) for each in node.children if not each.is_named and each.type not in "()"
    )
