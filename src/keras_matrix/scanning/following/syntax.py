"""Source text -> syntax tree. The only module that imports tree-sitter.

Its grammar reads Python 2 and 3 alike (print statements, ``except E, e``, backticks) and goes on
after an error, so that one wrong line does not hide the rest of a file.
"""

import ast
from collections.abc import Iterator

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Range

__all__ = [
    "Node",
    "called",
    "faults",
    "field",
    "identifiers",
    "parse",
    "parse_part",
    "string_value",
    "text",
]

_LANGUAGE = Language(tree_sitter_python.language())
_PARSER = Parser(_LANGUAGE)
_TARGETS = frozenset(
    {
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "list_splat_pattern",
        "dictionary_splat_pattern",
        "parenthesized_expression",
        "expression_list",
        "tuple",
        "list",
        "as_pattern_target",
    }
)


def parse(source: bytes) -> Node:
    """The tree of UTF-8 source; wrong pieces are ERROR nodes in it."""
    return _PARSER.parse(source).root_node


def text(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def field(node: Node, name: str) -> Node | None:
    """A child by its role."""
    return node.child_by_field_name(name)


def called(node: Node) -> tuple[list[Node], dict[str, Node], bool]:
    """A call's positional arguments, its keyword arguments, and whether any are starred."""
    given = field(node, "arguments")
    positional: list[Node] = []
    keywords: dict[str, Node] = {}
    starred = False
    if given is not None and given.type == "generator_expression":
        return [given], {}, False
    for argument in given.named_children if given is not None else ():
        if argument.type == "keyword_argument":
            name, value = field(argument, "name"), field(argument, "value")
            if name is not None and value is not None:
                keywords[text(name)] = value
        elif argument.type in ("list_splat", "dictionary_splat"):
            starred = True
        elif argument.type != "comment":
            positional.append(argument)
    return positional, keywords, starred


def string_value(node: Node | None) -> str | None:
    """The value of a constant string; None for anything else, f-strings and backticks included."""
    if node is None or node.type != "string":
        return None
    if any(child.type == "interpolation" for child in node.children):
        return None
    source = text(node)
    if source.startswith("`"):
        return None
    try:
        value = ast.literal_eval(source[1:] if source[:2].lower() == "ur" else source)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def identifiers(target: Node) -> Iterator[Node]:
    """The names that an assignment to ``target`` binds; attributes and items bind none."""
    stack = [target]
    while stack:
        node = stack.pop()
        if node.type == "identifier":
            yield node
        elif node.type in _TARGETS:
            stack.extend(reversed(node.named_children))


def faults(root: Node) -> tuple[int, ...]:
    """The lines, from 1, that are no Python."""
    found = set()
    stack = [root] if root.has_error else []
    while stack:
        node = stack.pop()
        if node.type == "ERROR" or node.is_missing:
            found.add(node.start_point.row + 1)
        else:
            stack.extend(child for child in node.children if child.has_error or child.is_missing)
    return tuple(sorted(found))


def parse_part(source: bytes, start: Node, end: Node) -> Node:
    """The tree of the piece between two nodes, its places being those of the whole source."""
    piece = Range(start.end_point, end.start_point, start.end_byte, end.start_byte)
    return Parser(_LANGUAGE, included_ranges=[piece]).parse(source).root_node
