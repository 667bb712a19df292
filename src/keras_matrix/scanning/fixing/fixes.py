"""One-to-one replacements as edits of the source; everything that isn't sure is left, with why."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from keras_matrix.scanning.fixing.importlines import Clause, Edit, clause_at, import_of
from keras_matrix.scanning.fixing.renames import Renames
from keras_matrix.scanning.following.mentions import How, Refs
from keras_matrix.scanning.following.syntax import parse
from keras_matrix.scanning.instead import is_public
from keras_matrix.scanning.judging import Judge, Verdict
from keras_matrix.scanning.modulemap import key_of_file
from keras_matrix.scanning.namespaces import Symbol
from keras_matrix.scanning.references import Reference
from keras_matrix.scanning.sources import Place, Source
from keras_matrix.scanning.tree import Tree

_NOWHERE = "no one-to-one replacement was verified for this call there"
_SHORT = {"tensorflow": "tf"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """A reference that stands in the way and was not changed."""

    place: Place
    title: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """One file's edits."""

    source: Source
    edits: tuple[Edit, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixes:
    """What can be changed for one combination, and what is left."""

    fixes: tuple[Fix, ...]
    left: tuple[Left, ...]


def find_fixes(tree: Tree, judge: Judge, cell: str) -> Fixes:
    """Verified renames for everything that stands in the way in that measured cell."""
    by_source: dict[str, list[Reference]] = defaultdict(list)
    for reference in tree.references:
        by_source[reference.source.shown].append(reference)
    unsure = {(each.place.file, each.path) for each in tree.puzzling}
    shared = tree.shared_names()
    fixes, left = [], []
    for name in sorted(by_source):
        references = by_source[name]
        key = key_of_file(references[0].source.path)
        around = _Around(
            bound=tree.linker.readings[key].exports,
            shared=shared.get(key, frozenset()),
            unsure=frozenset(path for file, path in unsure if file == name),
        )
        file = _File(references, judge, cell, around)
        edits = tuple(file.edits())
        if edits:
            fixes.append(Fix(source=file.source, edits=edits))
        left += file.left
    return Fixes(fixes=tuple(fixes), left=tuple(left))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Around:
    """What is known of one file besides its references.

    ``bound`` is what its names stand for, ``shared`` those that other files take from it, and
    ``unsure`` are the namespaces of which not every use can be seen.
    """

    bound: Mapping[str, Refs]
    shared: frozenset[str]
    unsure: frozenset[str]


class _File:
    """One file's references, changed together."""

    def __init__(
        self, references: Sequence[Reference], judge: Judge, cell: str, around: _Around
    ) -> None:
        self.source = references[0].source
        self.left: list[Left] = []
        self._references = references
        self._cell = cell
        self._judge = judge
        self._around = around
        self._renames = Renames(judge.knowledge, cell)
        self._root = parse(self.source.code)
        self._added: dict[str, tuple[Clause, str]] = {}

    def edits(self) -> Iterator[Edit]:
        """Whole imports first, then one reference at a time."""
        stopped = [each for each in self._references if self._stops(each)]
        if not stopped:
            return
        if self.source.encoding is None:
            self._leave(stopped, "a notebook, or a file that can't be written back as it was")
            return
        done: set[int] = set()
        for clause, symbol, members in self._namespaces():
            if not any(self._stops(each) for each in members):
                continue
            path = self._other_path(clause, symbol, members)
            if path is not None:
                done |= {id(each) for each in members}
                self._leave(self._renames.missing_on(path, members[1:]), _NOWHERE)
                yield from clause.replace_by(import_of(path, clause.alias))
        for reference in stopped:
            if id(reference) not in done:
                yield from self._one(reference)
        for clause, statement in self._added.values():
            yield clause.add_after(statement)

    def _stops(self, reference: Reference) -> bool:
        return self._judge.standings(reference)[self._cell].verdict is Verdict.OBSTACLE

    def _leave(self, references: Iterable[Reference], why: str) -> None:
        for reference in references:
            title = " or ".join(symbol.dotted for symbol in reference.symbols)
            self.left.append(Left(place=reference.place, title=title, why=why))

    # Another import path for a whole namespace

    def _namespaces(self) -> Iterator[tuple[Clause, Symbol, list[Reference]]]:
        """Every import of a namespace, with itself and all that is reached by its name."""
        for reference in self._references:
            if reference.how is not How.IMPORT or len(reference.symbols) != 1:
                continue
            (symbol,) = reference.symbols
            clause = clause_at(self._root, self.source.code, reference.span)
            if symbol.name is None and clause is not None:
                prefix = f"{clause.alias}."
                by_name = [r for r in self._references if r.written.startswith(prefix)]
                yield clause, symbol, [reference, *by_name]

    def _other_path(self, clause: Clause, symbol: Symbol, members: list[Reference]) -> str | None:
        """A public path where all that is used works; None where the change isn't sure."""
        names = members[1:]
        plain = all(each.symbols[0].path == symbol.path for each in names)
        single = all(len(each.symbols) == 1 and each.name_span for each in names)
        if not names or not plain or not single or symbol.path in self._around.unsure:
            return None
        if not clause.alone_on_line or not clause.alias or clause.alias in self._around.shared:
            return None
        stopped = [each for each in names if self._stops(each)]
        others = [each for each in names if not self._stops(each)]
        helped = {
            path: self._renames.help_of(path, stopped, others) for path in self._candidates(symbol)
        }
        best = max(helped, key=lambda path: helped[path], default=None)
        return best if best is not None and helped[best] else None

    def _candidates(self, symbol: Symbol) -> list[str]:
        """Public paths of the same Keras; those of the same last name first."""
        last = symbol.path.rpartition(".")[2]
        found = [
            path
            for path in self._judge.knowledge.paths
            if path != symbol.path
            and is_public(path)
            and self._judge.imports(Symbol(path=path, name=None, measured=True), self._cell)
            and self._renames.same_objects(symbol.path, path)
        ]
        return sorted(found, key=lambda path: path.rpartition(".")[2] != last)

    # One reference at a time

    def _one(self, reference: Reference) -> Iterator[Edit]:
        if len(reference.symbols) != 1:
            self._leave([reference], "the code takes whichever of several namespaces it finds")
            return
        (symbol,) = reference.symbols
        if symbol.name is None:
            self._leave([reference], "not every name that is used works by another import path")
            return
        for use in self._renames.uses(symbol, reference.how, reference.call):
            edits = self._written(reference, symbol, use)
            if edits:
                yield from edits
                return
        self._leave([reference], _NOWHERE)

    def _written(self, reference: Reference, symbol: Symbol, use: str) -> list[Edit]:
        """The edits that put the use in the reference's place; none where it isn't sure."""
        module, _, other = use.rpartition(".")
        if reference.how is How.IMPORT:
            clause = clause_at(self._root, self.source.code, reference.span)
            if clause is None or not clause.alone_on_line or clause.alias in self._around.shared:
                return []
            return clause.replace_by(import_of(use, clause.alias))
        if reference.name_span is None:
            return []
        if module == symbol.path:
            return [Edit(span=reference.name_span, text=other)]
        spelt = self._spelt(use)
        return [Edit(span=reference.span, text=spelt)] if spelt is not None else []

    def _spelt(self, use: str) -> str | None:
        """How this file can write a dotted path: by a name that it has, or by one more import."""
        parts = tuple(use.split("."))
        for length in range(len(parts) - 1, 0, -1):
            for name, refs in sorted(self._around.bound.items()):
                if refs == {parts[:length]}:
                    return ".".join((name, *parts[length:]))
        module = use.rpartition(".")[0]
        root = parts[0] if parts[0] in _SHORT else module
        name = _SHORT.get(root, root.rpartition(".")[2])
        if root not in self._added:
            clause = self._first_import()
            taken = re.search(rb"\b%s\b" % name.encode(), self.source.code) is not None
            if clause is None or taken:
                return None
            self._added[root] = (clause, import_of(root, name))
        return use.replace(root, name, 1)

    def _first_import(self) -> Clause | None:
        """The first import of a namespace that one more import can follow."""
        for reference in self._references:
            clause = clause_at(self._root, self.source.code, reference.span)
            if clause is not None and clause.at_top and clause.alone_on_line:
                return clause
        return None
