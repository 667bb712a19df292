"""Which failures a piece of code is ready for."""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from keras_matrix.scanning.following.evaluation import Evaluation
from keras_matrix.scanning.following.mentions import Ref
from keras_matrix.scanning.following.syntax import Node, text
from keras_matrix.scanning.following.syntax import field as child

ANY = "BaseException"
_BROAD = frozenset({"Exception", ANY, "StandardError"})
_ABSENCE = ("AttributeError", "ImportError", "ModuleNotFoundError", "NameError")
EXITS = frozenset({("sys", "exit"), ("os", "_exit"), ("builtins", "exit"), ("builtins", "quit")})
_COMPOUND = frozenset(
    {
        "if_statement",
        "for_statement",
        "while_statement",
        "with_statement",
        "try_statement",
        "match_statement",
        "function_definition",
        "class_definition",
        "decorated_definition",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Handler:
    """One ``except`` clause.

    It ``guards`` where the author was ready for something not to be there: it names the exception,
    or catches everything around a few simple statements; and it doesn't raise again.
    """

    exceptions: frozenset[str]
    guards: bool
    asks: tuple[Node, ...]
    target: Node | None
    body: Node | None


def handlers(view: Evaluation, node: Node) -> tuple[Handler, ...]:
    """The clauses of a ``try`` statement."""
    clauses = [each for each in node.children if each.type == "except_clause"]
    simple = _is_simple(child(node, "body"))
    return tuple(_handler(view, clause, simple) for clause in clauses)


def _handler(view: Evaluation, clause: Node, simple: bool) -> Handler:
    values = clause.children_by_field_name("value")
    target: Node | None = values[1] if len(values) > 1 else None
    asked = values[0] if values else None
    if asked is not None and asked.type == "as_pattern":
        target = child(asked, "alias")
        asked = asked.named_children[0]
    names = frozenset(_names(view, asked)) if asked is not None else frozenset({ANY})
    body = next((each for each in clause.named_children if each.type == "block"), None)
    ready = any(catches(name, _ABSENCE) for name in names - _BROAD) or (
        simple and not names.isdisjoint(_BROAD)
    )
    return Handler(
        exceptions=names,
        guards=ready and not _gives_up(view, body),
        asks=(asked,) if asked is not None else (),
        target=target,
        body=body,
    )


def suppressed(view: Evaluation, value: Node | None) -> frozenset[str]:
    """What ``with suppress(…)`` lets pass."""
    if value is None or value.type != "call":
        return frozenset()
    if ("contextlib", "suppress") not in view.function(value):
        return frozenset()
    arguments = child(value, "arguments")
    given = arguments.named_children if arguments is not None else []
    return frozenset(name for each in given for name in _names(view, each))


def catches(name: str, exceptions: tuple[str, ...]) -> bool:
    """Whether a handler of ``name`` sees one of these exceptions."""
    handled = _builtin(name)
    return any(
        exception == name
        or (handled is not None and issubclass(_builtin(exception) or Exception, handled))
        for exception in exceptions
    )


def _builtin(name: str) -> type[BaseException] | None:
    found = getattr(builtins, "Exception" if name == "StandardError" else name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _names(view: Evaluation, node: Node) -> Iterator[str]:
    for each in (
        node.named_children if node.type in ("tuple", "parenthesized_expression") else [node]
    ):
        refs: set[Ref] = {ref for ref in view.refs(each) if len(ref) > 1}
        yield from sorted({ref[-1] for ref in refs}) if refs else [text(each)]


def _is_simple(body: Node | None) -> bool:
    return body is not None and not any(each.type in _COMPOUND for each in body.named_children)


def _gives_up(view: Evaluation, body: Node | None) -> bool:
    """Whether the clause ends by raising or by ending the program."""
    statements = [e for e in body.named_children if e.type != "comment"] if body else []
    if not statements:
        return False
    last = statements[-1]
    if last.type == "raise_statement":
        return True
    call = last.named_children[0] if last.named_children else None
    return (
        last.type == "expression_statement"
        and call is not None
        and call.type == "call"
        and not view.function(call).isdisjoint(EXITS)
    )
