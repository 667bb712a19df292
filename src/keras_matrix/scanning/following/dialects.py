"""Syntax that not every Python reads: what makes a file one of Python 2, or of Python 3.x.

Only what can't be mistaken counts; ``print("x")`` is both. A file that is read by all says nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from keras_matrix.scanning.following.collecting import span
from keras_matrix.scanning.following.mentions import Dialect
from keras_matrix.scanning.following.syntax import Node, text
from keras_matrix.scanning.following.syntax import field as child

_Version: TypeAlias = tuple[int, int]

_SINCE: Mapping[str, tuple[str, _Version]] = {
    "keyword_separator": ("keyword-only parameters", (3, 0)),
    "nonlocal_statement": ("nonlocal", (3, 0)),
    "typed_parameter": ("annotations", (3, 0)),
    "typed_default_parameter": ("annotations", (3, 0)),
    "named_expression": (":=", (3, 8)),
    "positional_separator": ("positional-only parameters", (3, 8)),
    "match_statement": ("match", (3, 10)),
    "type_alias_statement": ("type statement", (3, 12)),
    "type_parameter": ("type parameters", (3, 12)),
}
_OCTAL = re.compile(r"0\d*[1-9]\d*[lL]?")
_THREE: _Version = (3, 0)


def dialects(root: Node) -> tuple[Dialect, ...]:
    """The first piece of each kind, in the order of the source."""
    found: dict[str, Dialect] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        for dialect in _of(node):
            found.setdefault(dialect.what, dialect)
        stack.extend(reversed(node.children))
    return tuple(found.values())


def _of(node: Node) -> Iterator[Dialect]:
    since = _SINCE.get(node.type)
    if since is not None:
        yield Dialect(what=since[0], span=span(node), since=since[1])
    examine = _EXAMINE.get(node.type)
    if examine is not None:
        yield from examine(node)


def _old(what: str, node: Node) -> Iterator[Dialect]:
    yield Dialect(what=what, span=span(node), until=_THREE)


def _print(node: Node) -> Iterator[Dialect]:
    yield from _old("print statement", node)


def _exec(node: Node) -> Iterator[Dialect]:
    """``exec(code)`` and ``exec (code, names)`` are calls in Python 3."""
    code = child(node, "code")
    bare = code is None or code.type not in ("tuple", "parenthesized_expression")
    if bare or node.named_child_count > 1:
        yield from _old("exec statement", node)


def _except(node: Node) -> Iterator[Dialect]:
    if len(node.children_by_field_name("value")) > 1:
        yield from _old("except with a comma", node)
    if any(each.type == "*" for each in node.children):
        yield Dialect(what="except*", span=span(node), since=(3, 11))


def _raise(node: Node) -> Iterator[Dialect]:
    if any(each.type == "expression_list" for each in node.named_children):
        yield from _old("raise with a comma", node)
    if child(node, "cause") is not None:
        yield Dialect(what="raise from", span=span(node), since=_THREE)


def _string(node: Node) -> Iterator[Dialect]:
    prefix = text(node).lower()
    if prefix == "`":
        yield from _old("backticks", node)
    elif prefix.startswith("ur"):
        yield from _old("ur string", node)
    elif "f" in prefix.rstrip("\"'"):
        yield Dialect(what="f-string", span=span(node), since=(3, 6))
    elif "t" in prefix.rstrip("\"'"):
        yield Dialect(what="t-string", span=span(node), since=(3, 14))


def _integer(node: Node) -> Iterator[Dialect]:
    number = text(node)
    if number[-1] in "lL" or _OCTAL.fullmatch(number):
        yield from _old("long or octal number", node)
    elif "_" in number:
        yield Dialect(what="underscore in a number", span=span(node), since=(3, 6))


def _unequal(node: Node) -> Iterator[Dialect]:
    if any(each.type == "<>" for each in node.children):
        yield from _old("<>", node)


def _parameters(node: Node) -> Iterator[Dialect]:
    if any(each.type == "tuple_pattern" for each in node.named_children):
        yield from _old("tuple parameter", node)


def _assignment(node: Node) -> Iterator[Dialect]:
    if child(node, "type") is not None:
        yield Dialect(what="annotated variable", span=span(node), since=(3, 6))


def _function(node: Node) -> Iterator[Dialect]:
    if node.children[0].type == "async":
        yield Dialect(what="async def", span=span(node.children[0]), since=(3, 5))
    if child(node, "return_type") is not None:
        yield Dialect(what="annotations", span=span(node), since=_THREE)


def _binary(node: Node) -> Iterator[Dialect]:
    operator = child(node, "operator")
    if operator is not None and operator.type == "@":
        yield Dialect(what="@ operator", span=span(operator), since=(3, 5))


_EXAMINE: Mapping[str, Callable[[Node], Iterator[Dialect]]] = {
    "print_statement": _print,
    "exec_statement": _exec,
    "except_clause": _except,
    "raise_statement": _raise,
    "string_start": _string,
    "integer": _integer,
    "comparison_operator": _unequal,
    "parameters": _parameters,
    "lambda_parameters": _parameters,
    "assignment": _assignment,
    "function_definition": _function,
    "binary_operator": _binary,
}
