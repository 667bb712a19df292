"""Import statements -> bindings, and mentions of what they import."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from keras_matrix.scanning.following.bindings import imported_as
from keras_matrix.scanning.following.evaluation import Surroundings
from keras_matrix.scanning.following.mentions import (
    UNKNOWN,
    Circumstances,
    Doubt,
    How,
    Mention,
    Puzzle,
    Ref,
    Refs,
    extend,
)
from keras_matrix.scanning.following.scopes import Value
from keras_matrix.scanning.following.syntax import Node, text
from keras_matrix.scanning.following.syntax import field as child

Finder: TypeAlias = Callable[[tuple[str, ...], int], Ref | None]
"""The module of the tree that a dotted name with so many leading dots is; None if there is none."""


@dataclass(frozen=True, slots=True)
class Importer:
    """Reads one file's import statements."""

    find: Finder

    def read(
        self, node: Node, around: Surroundings, circumstances: Circumstances
    ) -> Iterator[Mention]:
        """Bind what a statement imports; a mention for each thing that it asks for."""
        source = child(node, "module_name")
        for name in node.children_by_field_name("name"):
            parts, alias = imported_as(name)
            if source is None:
                whole, bound = self._module(parts, aliased=child(name, "alias") is not None)
                imported = len(parts)
            else:
                module = self.source(source)
                whole = bound = extend([module], *parts)
                imported = len(module)
            around.scope.bind(alias, Value(bound))
            yield Mention(
                refs=whole,
                span=(name.start_byte, name.end_byte),
                tokens=(),
                how=How.IMPORT,
                circumstances=circumstances,
                imported=imported,
            )
        star = next((e for e in node.children if e.type == "wildcard_import"), None)
        if source is None or star is None:
            return
        module = self.source(source)
        if module[0].startswith("@"):
            around.stars.append(module)
        yield Mention(
            refs=frozenset({module}),
            span=(source.start_byte, source.end_byte),
            tokens=(),
            how=How.IMPORT,
            circumstances=circumstances,
            imported=len(module),
        )

    def doubts(self, node: Node) -> Iterator[Doubt]:
        """``from keras.backend import *``."""
        source = child(node, "module_name")
        for each in node.children:
            if each.type == "wildcard_import" and source is not None:
                refs = frozenset({self.source(source)})
                where = (node.start_byte, node.end_byte)
                yield Doubt(puzzle=Puzzle.STAR_IMPORT, refs=refs, span=where)

    def source(self, node: Node) -> Ref:
        """The module after ``from``."""
        level, parts = 0, node.named_children
        if node.type == "relative_import":
            level = text(node.children[0]).count(".")
            parts = node.named_children[1].named_children if node.named_child_count > 1 else []
        names = tuple(text(part) for part in parts)
        found = self.find(names, level)
        if found is not None:
            return found
        return UNKNOWN if level else names

    def _module(self, parts: tuple[str, ...], *, aliased: bool) -> tuple[Refs, Refs]:
        """What ``import a.b.c`` loads, and what it binds."""
        whole = frozenset({self.find(parts, 0) or parts})
        if aliased:
            return whole, whole
        return whole, frozenset({self.find(parts[:1], 0) or parts[:1]})
