"""Which names a piece of syntax binds. Pure questions about the tree."""

from collections.abc import Iterable

from keras_matrix.scanning.following.syntax import Node, field, identifiers, text

_DEFINITIONS = frozenset({"function_definition", "class_definition"})
_TARGET_FIELDS = {
    "assignment": "left",
    "augmented_assignment": "left",
    "for_statement": "left",
    "named_expression": "name",
    "as_pattern": "alias",
    "type_alias_statement": "left",
}


def bound_names(body: Node) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a function's body binds, and those that it declares global or nonlocal."""
    bound: set[str] = set()
    outer: set[str] = set()
    stack = [body]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in _DEFINITIONS:
            bound.update(text(name) for name in node.children_by_field_name("name"))
        elif kind in ("global_statement", "nonlocal_statement"):
            outer.update(text(name) for name in node.named_children)
        elif kind in ("import_statement", "import_from_statement"):
            bound.update(imported_as(name)[1] for name in node.children_by_field_name("name"))
        elif kind != "lambda":
            bound.update(_targets(node))
            stack.extend(node.named_children)
    return frozenset(bound), frozenset(outer)


def _targets(node: Node) -> Iterable[str]:
    """The names that this very node binds."""
    kind = node.type
    if kind in _TARGET_FIELDS:
        target = field(node, _TARGET_FIELDS[kind])
        return [] if target is None else [text(name) for name in identifiers(target)]
    if kind == "delete_statement":
        return [text(n) for each in node.named_children for n in identifiers(each)]
    if kind == "except_clause":  # Python 2: except Error, name
        return [
            text(name)
            for value in node.children_by_field_name("value")[1:]
            for name in identifiers(value)
        ]
    if kind == "case_pattern":
        return captures(node)
    return []


def captures(pattern: Node) -> list[str]:
    """The names that a case pattern binds."""
    found = []
    stack = [pattern]
    while stack:
        node = stack.pop()
        if node.type == "dotted_name" and node.named_child_count == 1:
            found.append(text(node))
        elif node.type in ("class_pattern", "keyword_pattern"):
            stack.extend(node.named_children[1:])
        elif node.type == "identifier":
            found.append(text(node))
        elif node.type != "dotted_name":
            stack.extend(node.named_children)
    return found


def imported_as(name: Node) -> tuple[tuple[str, ...], str]:
    """What one clause of an import names, and what it is called then."""
    alias = field(name, "alias")
    dotted = field(name, "name") if alias is not None else name
    parts = tuple(text(part) for part in (dotted.named_children if dotted is not None else ()))
    return parts, text(alias) if alias is not None else parts[0] if parts else ""


def parameters(node: Node | None) -> list[tuple[str, Node | None]]:
    """The parameters of a function or lambda, each with its default."""
    found: list[tuple[str, Node | None]] = []
    for parameter in node.named_children if node is not None else ():
        name = field(parameter, "name")
        if name is not None:
            found.append((text(name), field(parameter, "value")))
        else:
            found += [(text(each), None) for each in _plain(parameter)]
    return found


def _plain(parameter: Node) -> list[Node]:
    if parameter.type == "typed_parameter":
        return [each for part in parameter.named_children[:1] for each in identifiers(part)]
    return list(identifiers(parameter))
