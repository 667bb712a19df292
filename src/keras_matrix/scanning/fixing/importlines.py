"""Import statements, taken apart so that one clause can be rewritten and the rest stays."""

from dataclasses import dataclass

from keras_matrix.scanning.following.bindings import imported_as
from keras_matrix.scanning.following.mentions import Span
from keras_matrix.scanning.following.syntax import Node, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """Replace a piece of the source."""

    span: Span
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One imported thing: ``backend as K`` in ``from keras import backend as K, layers``."""

    statement: Node
    node: Node
    alias: str
    source: bytes

    @property
    def at_top(self) -> bool:
        """Whether the statement is one of the module's own, not of a branch or a function."""
        parent = self.statement.parent
        return parent is not None and parent.type == "module"

    @property
    def alone_on_line(self) -> bool:
        """Whether nothing else is on the statement's lines, but a comment after it."""
        end = self.source.find(b"\n", self.statement.end_byte)
        rest = self.source[self.statement.end_byte : end if end >= 0 else None].strip()
        return not self._indent.strip() and (not rest or rest.startswith(b"#"))

    @property
    def indent(self) -> str:
        """The white space before the statement."""
        return self._indent.decode("utf-8", "replace")

    @property
    def newline(self) -> str:
        """How the file ends its lines."""
        return "\r\n" if b"\r\n" in self.source else "\n"

    @property
    def _indent(self) -> bytes:
        start = self.source.rfind(b"\n", 0, self.statement.start_byte) + 1
        return self.source[start : self.statement.start_byte]

    def replace_by(self, statement: str) -> list[Edit]:
        """Import something else in this clause's place; what is imported beside it stays."""
        others = self.statement.children_by_field_name("name")
        if len(others) == 1:
            span = (self.statement.start_byte, self.statement.end_byte)
            return [Edit(span=span, text=statement)]
        start = self.statement.start_byte
        before = Edit(span=(start, start), text=f"{statement}{self.newline}{self.indent}")
        return [before, Edit(span=self._cut(others), text="")]

    def _cut(self, clauses: list[Node]) -> Span:
        """The clause with the comma that belongs to it."""
        place = [each.start_byte for each in clauses].index(self.node.start_byte)
        if place + 1 < len(clauses):
            return self.node.start_byte, clauses[place + 1].start_byte
        return clauses[place - 1].end_byte, self.node.end_byte

    def add_after(self, statement: str) -> Edit:
        """One more import on the next line."""
        end = self.source.find(b"\n", self.statement.end_byte)
        if end < 0:
            place = len(self.source)
            return Edit(span=(place, place), text=f"{self.newline}{self.indent}{statement}")
        return Edit(span=(end + 1, end + 1), text=f"{self.indent}{statement}{self.newline}")


def clause_at(root: Node, source: bytes, span: Span) -> Clause | None:
    """The clause of an import statement at that place; None where it is none."""
    node = root.named_descendant_for_byte_range(*span)
    while node is not None and (node.parent is None or not _is_import(node.parent)):
        node = node.parent
    if node is None or node.parent is None:
        return None
    if (node.start_byte, node.end_byte) != span or node == field(node.parent, "module_name"):
        return None
    return Clause(statement=node.parent, node=node, alias=imported_as(node)[1], source=source)


def _is_import(node: Node) -> bool:
    return node.type in ("import_statement", "import_from_statement")


def import_of(path: str, alias: str) -> str:
    """The statement that binds a dotted path to a name."""
    parent, _, last = path.rpartition(".")
    if not parent:
        return f"import {last}" + (f" as {alias}" if alias != last else "")
    return f"from {parent} import {last}" + (f" as {alias}" if alias != last else "")
