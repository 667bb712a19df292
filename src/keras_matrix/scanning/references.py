"""What one file says -> its references to backend namespaces, its puzzles, its own additions."""

from collections.abc import Iterator
from dataclasses import dataclass

from keras_matrix.scanning.following.mentions import (
    NOTHING,
    UNKNOWN,
    Call,
    Circumstances,
    Dialect,
    Doubt,
    How,
    Mention,
    ModuleReading,
    Puzzle,
    Ref,
    Span,
)
from keras_matrix.scanning.linking import Linker
from keras_matrix.scanning.namespaces import Symbol
from keras_matrix.scanning.sources import Place, Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One place in the code that needs a backend namespace, or a name in it.

    Several ``symbols`` mean that the code takes whichever its imports find. ``vague`` means that
    it may be something else altogether, ``optional`` that it may be None. ``name_span`` is where
    the name is written, None where the namespace is imported or named by a string.
    """

    source: Source
    place: Place
    written: str
    symbols: tuple[Symbol, ...]
    how: How
    imported: int
    circumstances: Circumstances
    vague: bool
    optional: bool
    span: Span
    name_span: Span | None
    call: Call | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Puzzling:
    """A place where code can't be followed, and the namespace that it is about."""

    place: Place
    puzzle: Puzzle
    path: str
    written: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Syntax that not every Python reads, and where it is."""

    place: Place
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Part:
    """One file's share."""

    reading: ModuleReading
    source: Source
    linker: Linker
    imported: Circumstances
    """Under which the other files import this one."""

    def references(self) -> Iterator[Reference]:
        """In the order of the file, each once."""
        found: dict[tuple[Span, tuple[Symbol, ...]], Reference] = {}
        for mention in self.reading.mentions:
            reference = self._reference(mention)
            if reference is not None:
                found.setdefault((reference.span, reference.symbols), reference)
        yield from sorted(found.values(), key=lambda each: each.span)

    def _reference(self, mention: Mention) -> Reference | None:
        symbols: set[Symbol] = set()
        name_span, how = None, mention.how
        for found, written in self.linker.found(mention.refs):
            if mention.how is How.IMPORT:
                if _is_local(mention):
                    continue
                how = How.MODULE if found.rest else how
            elif found.rest >= min(len(mention.tokens), written):
                continue  # it was reached where the name that is used here was bound
            else:
                name_span = mention.tokens[len(mention.tokens) - found.rest - 1]
            symbols.add(found.symbol)
        if not symbols:
            return None
        span = mention.span if name_span is None else (mention.span[0], name_span[1])
        return Reference(
            source=self.source,
            place=self.source.place(span),
            written=" ".join(self.source.written(span).split()),
            symbols=tuple(sorted(symbols)),
            how=how,
            imported=mention.imported,
            circumstances=self._circumstances(mention),
            vague=any(map(self._is_else, mention.refs)),
            optional=NOTHING in mention.refs,
            span=span,
            name_span=name_span if mention.how is How.ATTRIBUTE else None,
            call=mention.call if name_span is None or name_span[1] == mention.span[1] else None,
        )

    def _circumstances(self, mention: Mention) -> Circumstances:
        """The place's own, and those under which the file is imported."""
        found = mention.circumstances.under(*self.imported.conditions)
        if mention.how is How.IMPORT:
            return found.catching(self.imported.caught)
        return found

    def _is_else(self, ref: Ref) -> bool:
        """Whether it is a thing of its own, that no namespace has to do with."""
        if ref == NOTHING or ref[0] == "builtins" or ref[0].startswith("@"):
            return False
        return ref == UNKNOWN or self.linker.namespaces.find(ref) is None

    def puzzling(self) -> Iterator[Puzzling]:
        """What can't be told, where it is about a namespace itself; of a lost name the first."""
        lost: set[str] = set()
        for doubt in self.reading.doubts:
            for path in self._paths(doubt):
                written = self.source.written(doubt.span)
                if doubt.puzzle is Puzzle.ELSEWHERE:
                    if written in lost:
                        continue
                    lost.add(written)
                yield Puzzling(
                    place=self.source.place(doubt.span),
                    puzzle=doubt.puzzle,
                    path=path,
                    written=written,
                )

    def _paths(self, doubt: Doubt) -> list[str]:
        found = [found.symbol for found, _ in self.linker.found(doubt.refs) if not found.rest]
        if doubt.puzzle is Puzzle.ELSEWHERE:
            names = self.linker.namespaces.names
            return sorted({symbol.path for symbol in found if symbol.name in names})
        return sorted({symbol.path for symbol in found if symbol.name is None})

    def sets(self) -> Iterator[tuple[Symbol, Place]]:
        """The names that this file puts into a namespace."""
        for mention in self.reading.sets:
            for found, _ in self.linker.found(mention.refs):
                if found.symbol.name is not None and not found.rest:
                    yield found.symbol, self.source.place(mention.span)


def _is_local(mention: Mention) -> bool:
    return all(ref[0].startswith("@") for ref in mention.refs)
