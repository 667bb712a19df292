"""Expressions -> mentions: every dotted path that is reached for, and under which circumstances."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from keras_matrix.scanning.following.bindings import parameters
from keras_matrix.scanning.following.collecting import Collection, span
from keras_matrix.scanning.following.evaluation import Evaluation, Surroundings, chain
from keras_matrix.scanning.following.mentions import (
    NOTHING,
    UNKNOWN,
    Call,
    Circumstances,
    How,
    Mention,
    Puzzle,
    Refs,
    extend,
    is_plain,
    negate,
)
from keras_matrix.scanning.following.syntax import (
    Node,
    called,
    identifiers,
    parse_part,
    string_value,
    text,
)
from keras_matrix.scanning.following.syntax import field as child

Hidden: TypeAlias = frozenset[str]
Step: TypeAlias = tuple[Node, Circumstances, Hidden]

_USUAL_NAMES = frozenset({"K", "backend", "keras_backend"})
_MISSING_IS_FINE = frozenset({"AttributeError"})
_ASKING = frozenset(
    ("builtins", name)
    for name in (
        "getattr",
        "hasattr",
        "setattr",
        "delattr",
        "dir",
        "id",
        "isinstance",
        "print",
        "repr",
        "type",
        "vars",
    )
)


@dataclass(slots=True, kw_only=True)
class Walker:
    """Walks one file's expressions and collects what they reach for."""

    source: bytes
    around: Surroundings
    found: Collection

    def walk(self, node: Node | None, circumstances: Circumstances) -> None:
        """Collect from an expression, however deep, without recursion."""
        stack: list[Step] = [] if node is None else [(node, circumstances, frozenset())]
        while stack:
            step = stack.pop()
            visit = _VISIT.get(step[0].type)
            if visit is not None:
                stack.extend(visit(self, *step))
            else:
                stack.extend((each, *step[1:]) for each in reversed(step[0].named_children))

    def set(self, target: Node, circumstances: Circumstances) -> None:
        """``K.x = …``: no use of x, but from then on x is there."""
        base, attributes = chain(target)
        refs = Evaluation(self.around).refs(target)
        if self.found.relevant(refs):
            self.found.sets.append(
                Mention(
                    refs=refs,
                    span=span(target),
                    tokens=tuple(map(span, attributes)),
                    how=How.ATTRIBUTE,
                    circumstances=circumstances,
                )
            )
        owner = child(target, "object")
        self.walk(owner if len(attributes) > 1 else base, circumstances)

    def _attribute(self, node: Node, circumstances: Circumstances, hidden: Hidden) -> list[Step]:
        self._reach(node, circumstances, hidden, None)
        base, _ = chain(node)
        return [] if base.type == "identifier" else [(base, circumstances, hidden)]

    def _reach(
        self, node: Node, circumstances: Circumstances, hidden: Hidden, call: Call | None
    ) -> None:
        base, attributes = chain(node)
        view = Evaluation(self.around, hidden)
        if base.type == "call" and not self._gives_module(base, hidden):
            return
        if any(ref[0] in self.around.attributes for ref in view.refs(base)):
            # self.K: from K on, it is as if K were a name
            del attributes[:1]
        if not attributes:
            return
        refs = view.refs(node)
        if base.type == "identifier" and text(base) in _USUAL_NAMES and _is_lost(refs):
            looks_like = frozenset({("keras", "backend", text(attributes[0]))})
            self.found.doubt(Puzzle.ELSEWHERE, looks_like, base)
        refs = frozenset(ref if is_plain(ref) else UNKNOWN for ref in refs)
        self.found.mention(
            Mention(
                refs=refs,
                span=span(node),
                tokens=tuple(map(span, attributes)),
                how=How.ATTRIBUTE,
                circumstances=circumstances,
                call=call,
            )
        )
        if text(attributes[-1]) == "__dict__":
            self.found.doubt(Puzzle.WHOLE_NAMESPACE, _owners(refs), node)

    def _gives_module(self, node: Node, hidden: Hidden) -> bool:
        """Whether a call is an import or a ``getattr``, whose value can be followed."""
        refs = Evaluation(self.around, hidden).refs(node)
        return any(is_plain(ref) and ref not in (UNKNOWN, NOTHING) for ref in refs)

    def _call(self, node: Node, circumstances: Circumstances, hidden: Hidden) -> list[Step]:
        view = Evaluation(self.around, hidden)
        function = child(node, "function")
        positional, keywords, starred = called(node)
        arguments = [*positional, *keywords.values()]
        rest: list[Step] = []
        asks = False
        if function is not None and function.type == "attribute":
            shape = Call(positional=len(positional), keywords=tuple(keywords), starred=starred)
            self._reach(function, circumstances, hidden, shape)
            base, _ = chain(function)
            rest = [] if base.type == "identifier" else [(base, circumstances, hidden)]
        elif function is not None:
            rest = [(function, circumstances, hidden)]
        if function is not None and function.type in ("identifier", "attribute"):
            asks = self._known_call(node, view, positional, circumstances)
        if not asks:
            for argument in arguments:
                if argument.type in ("identifier", "attribute"):
                    self.found.doubt(Puzzle.HANDED_ON, view.refs(argument), argument)
        given = child(node, "arguments")
        inner = given.named_children if given is not None else []
        if given is not None and given.type == "generator_expression":
            inner = [given]
        return [*((each, circumstances, hidden) for each in reversed(inner)), *rest]

    def _known_call(
        self, node: Node, view: Evaluation, positional: list[Node], circumstances: Circumstances
    ) -> bool:
        """Imports and ``getattr`` by a constant; whether it is a question rather than a use."""
        function = view.function(node)
        if function & {("importlib", "import_module"), ("builtins", "__import__")}:
            refs = view.refs(node)
            self.found.mention(
                Mention(
                    refs=refs,
                    span=span(node),
                    tokens=(),
                    how=How.IMPORT,
                    circumstances=circumstances,
                    imported=max(map(len, refs)),
                )
            )
        if ("builtins", "vars") in function and positional:
            self.found.doubt(Puzzle.WHOLE_NAMESPACE, view.refs(positional[0]), node)
        if len(positional) > 1:
            self._named(function, view.refs(positional[0]), positional, circumstances)
        return not function.isdisjoint(_ASKING)

    def _named(
        self, function: Refs, owner: Refs, positional: list[Node], circumstances: Circumstances
    ) -> None:
        """``getattr(K, 'x')``, ``setattr(K, 'x', …)``."""
        name = string_value(positional[1])
        whole = (positional[0].start_byte, positional[1].end_byte)
        if ("builtins", "getattr") in function and name is None:
            self.found.doubt(Puzzle.COMPUTED_NAME, owner, positional[1])
        if name is None:
            return
        if len(positional) > 2:
            circumstances = circumstances.catching(_MISSING_IS_FINE)
        found = Mention(
            refs=extend(owner, name),
            span=whole,
            tokens=(span(positional[1]),),
            how=How.GETATTR,
            circumstances=circumstances,
        )
        if ("builtins", "getattr") in function:
            self.found.mention(found)
        elif ("builtins", "setattr") in function and self.found.relevant(found.refs):
            self.found.sets.append(found)

    def _boolean(self, node: Node, circumstances: Circumstances, hidden: Hidden) -> list[Step]:
        """The right side runs only if the left one did not settle it."""
        left, right = child(node, "left"), child(node, "right")
        operator = child(node, "operator")
        if left is None or right is None:
            return []
        test = Evaluation(self.around, hidden).condition(left)
        under = test if operator is not None and operator.type == "and" else negate(test)
        return [(right, circumstances.under(under), hidden), (left, circumstances, hidden)]

    def _conditional(self, node: Node, circumstances: Circumstances, hidden: Hidden) -> list[Step]:
        parts = [each for each in node.named_children if each.type != "comment"]
        if len(parts) != 3:
            return [(each, circumstances, hidden) for each in parts]
        test = Evaluation(self.around, hidden).condition(parts[1])
        return [
            (parts[2], circumstances.under(negate(test)), hidden),
            (parts[0], circumstances.under(test), hidden),
            (parts[1], circumstances, hidden),
        ]

    def _lambda(self, node: Node, circumstances: Circumstances, hidden: Hidden) -> list[Step]:
        given = parameters(child(node, "parameters"))
        body = child(node, "body")
        steps = [(default, circumstances, hidden) for _, default in given if default is not None]
        if body is not None:
            steps.append((body, circumstances, hidden | {name for name, _ in given}))
        return steps

    def _comprehension(
        self, node: Node, circumstances: Circumstances, hidden: Hidden
    ) -> list[Step]:
        """Its names hide those outside, but for the first iterable."""
        clauses = [each for each in node.named_children if each.type == "for_in_clause"]
        names = {text(n) for each in clauses for n in _targets(each)}
        inner = hidden | names
        first = child(clauses[0], "right") if clauses else None
        steps: list[Step] = [] if first is None else [(first, circumstances, hidden)]
        for each in node.named_children:
            if each.type == "if_clause":
                steps.append((each, circumstances, inner))
                test = Evaluation(self.around, inner).condition(each.named_children[0])
                circumstances = circumstances.under(test)
        for clause in clauses[1:]:
            right = child(clause, "right")
            steps += [] if right is None else [(right, circumstances, inner)]
        body = child(node, "body")
        return steps if body is None else [*steps, (body, circumstances, inner)]

    def _walrus(self, node: Node, circumstances: Circumstances, hidden: Hidden) -> list[Step]:
        name, value = child(node, "name"), child(node, "value")
        if name is not None:
            self.around.scope.bind(text(name), Evaluation(self.around, hidden).value(value))
        return [] if value is None else [(value, circumstances, hidden)]

    def _string(self, node: Node, circumstances: Circumstances, hidden: Hidden) -> list[Step]:
        """The expressions in an f-string or between Python 2's backticks."""
        parts = node.children
        if parts and text(parts[0]) == "`":
            return [(parse_part(self.source, parts[0], parts[-1]), circumstances, hidden)]
        return [(each, circumstances, hidden) for each in reversed(node.named_children)]


def _is_lost(refs: Refs) -> bool:
    """Whether nothing is known of what a name stands for."""
    return all(ref in (UNKNOWN, NOTHING) or ref[0] == "builtins" for ref in refs)


def _owners(refs: Refs) -> Refs:
    """The owners of what is mentioned."""
    return frozenset(ref[:-1] for ref in refs if len(ref) > 1)


def _targets(clause: Node) -> Iterable[Node]:
    left = child(clause, "left")
    return [] if left is None else identifiers(left)


_COMPREHENSIONS = (
    "list_comprehension",
    "set_comprehension",
    "dictionary_comprehension",
    "generator_expression",
)
_VISIT: Mapping[str, Callable[[Walker, Node, Circumstances, Hidden], list[Step]]] = {
    "attribute": Walker._attribute,
    "call": Walker._call,
    "boolean_operator": Walker._boolean,
    "conditional_expression": Walker._conditional,
    "lambda": Walker._lambda,
    "named_expression": Walker._walrus,
    "string": Walker._string,
    **dict.fromkeys(_COMPREHENSIONS, Walker._comprehension),
}
