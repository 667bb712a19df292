"""The tree joined with the table: which combinations can run this code, and what stops the rest.

"Can run" is said of the backend namespaces and the syntax, the only things that are looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.knowledge import Knowledge, KnownCell
from keras_matrix.scanning.judging import Judge, Standing, Verdict
from keras_matrix.scanning.namespaces import Symbol
from keras_matrix.scanning.references import Reference, Wanted
from keras_matrix.scanning.tree import Tree
from keras_matrix.tables.states import State

_ELSEWHERE = Standing(verdict=Verdict.IDLE, state=State.UNIMPORTABLE)
_PATHLESS = Standing(verdict=Verdict.NO_PATH, state=State.UNIMPORTABLE)
_PASSES = Standing(verdict=Verdict.FINE, state=State.WORKS)

Standings = Mapping[str, Standing]


class Ability(StrEnum):
    """Whether a combination can run the code."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The references to one symbol that fare alike everywhere. ``standings`` are by cell.

    A name's finding leaves out the cells where its path can't be imported, ``without_path``: the
    path has a finding of its own, of which ``of_path`` tells.
    """

    symbols: tuple[Symbol, ...]
    of_path: bool
    standings: Standings
    references: tuple[Reference, ...]

    @property
    def title(self) -> str:
        """What is needed; "or" where the code takes whichever it finds."""
        return " or ".join(symbol.dotted for symbol in self.symbols)

    def is_below(self, path: "Finding") -> bool:
        """Whether the other one is of the path that this name is in."""
        return {each.path for each in self.symbols} == {each.path for each in path.symbols}

    def cells(self, verdict: Verdict) -> tuple[str, ...]:
        """The combinations with that verdict, in the table's order."""
        return tuple(cell for cell, one in self.standings.items() if one.verdict is verdict)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """The combinations that it keeps from running the code."""
        return self.cells(Verdict.OBSTACLE)

    @property
    def without_path(self) -> tuple[str, ...]:
        """Those where already its path can't be imported."""
        return self.cells(Verdict.NO_PATH)


@dataclass(frozen=True, kw_only=True, slots=True)
class SyntaxFinding:
    """A piece of syntax, and the combinations whose Python can't read it."""

    wanted: Wanted
    files: int
    obstacles: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it is, and which Python reads it."""
        dialect = self.wanted.dialect
        if dialect.until is not None:
            return f"{dialect.what}: Python 2 only"
        major, minor = dialect.since or (3, 0)
        return f"{dialect.what}: Python {major}{f'.{minor}' if minor else ''} and newer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Everything that a scan says."""

    tree: Tree
    cells: Mapping[str, KnownCell]
    abilities: Mapping[str, Ability]
    findings: tuple[Finding, ...]
    syntax: tuple[SyntaxFinding, ...]

    def able(self, ability: Ability) -> tuple[KnownCell, ...]:
        """The combinations of which that is true, in the table's order."""
        return tuple(self.cells[cell] for cell, one in self.abilities.items() if one is ability)

    @property
    def measured(self) -> tuple[KnownCell, ...]:
        """Every measured combination, in the table's order."""
        return tuple(self.cells.values())


def answer(tree: Tree, knowledge: Knowledge) -> Answer:
    """Judge every reference in every measured combination."""
    judge = Judge(knowledge=knowledge, linker=tree.linker, sets=tree.sets)
    findings = tuple(_findings(tree.references, judge))
    syntax = tuple(_syntax(tree.wanted, knowledge.measured))
    return Answer(
        tree=tree,
        cells={cell.id: cell for cell in knowledge.measured},
        abilities={cell.id: _ability(cell.id, findings, syntax) for cell in knowledge.measured},
        findings=findings,
        syntax=syntax,
    )


def _findings(references: Iterable[Reference], judge: Judge) -> Iterator[Finding]:
    """Those that stop most combinations first; paths before names."""
    cells = [cell.id for cell in judge.knowledge.measured]
    names: dict[tuple[tuple[Symbol, ...], tuple[Standing, ...]], list[Reference]]
    names = defaultdict(list)
    paths: dict[tuple[Symbol, ...], list[tuple[Reference, tuple[Standing, ...]]]]
    paths = defaultdict(list)
    for reference in references:
        standings = judge.standings(reference)
        own_paths = tuple(sorted({_path(symbol) for symbol in reference.symbols}))
        of_path = tuple(map(_of_path, standings.values()))
        if own_paths == reference.symbols or any(s.verdict is Verdict.OBSTACLE for s in of_path):
            paths[own_paths].append((reference, of_path))
        if own_paths != reference.symbols:
            names[reference.symbols, tuple(map(_of_name, standings.values()))].append(reference)
    found = [
        _finding(symbols, dict(zip(cells, standings, strict=True)), together)
        for (symbols, standings), together in names.items()
    ]
    found += [_path_finding(symbols, members, cells) for symbols, members in paths.items()]
    yield from sorted(found, key=_by_weight)


def _path_finding(
    symbols: tuple[Symbol, ...],
    members: Sequence[tuple[Reference, tuple[Standing, ...]]],
    cells: Sequence[str],
) -> Finding:
    """One for all references to a path: it stops where it stops any of them."""
    by_cell = zip(*(standings for _, standings in members), strict=True)
    worst = [max(each, key=lambda standing: standing.verdict) for each in by_cell]
    together = [reference for reference, _ in members]
    return _finding(symbols, dict(zip(cells, worst, strict=True)), together, of_path=True)


def _finding(
    symbols: tuple[Symbol, ...],
    standings: Standings,
    references: Sequence[Reference],
    *,
    of_path: bool = False,
) -> Finding:
    return Finding(
        symbols=symbols, of_path=of_path, standings=standings, references=tuple(references)
    )


def _by_weight(finding: Finding) -> tuple[object, ...]:
    first = finding.references[0].place
    return (not finding.of_path, -len(finding.obstacles), finding.title, first.file, first.line)


def _path(symbol: Symbol) -> Symbol:
    return Symbol(path=symbol.path, name=None, measured=symbol.measured)


def _of_path(standing: Standing) -> Standing:
    """A path's own: it is there, it is not, or it was not measured."""
    if standing.verdict is Verdict.IDLE:
        return _ELSEWHERE
    told = standing.state is State.UNIMPORTABLE or standing.verdict is Verdict.UNKNOWN
    return standing if told else _PASSES


def _of_name(standing: Standing) -> Standing:
    """A name's own: where its path can't be imported, that is the path's matter."""
    if standing.state is not State.UNIMPORTABLE:
        return standing
    return _PATHLESS if standing.verdict is Verdict.OBSTACLE else _ELSEWHERE


def _syntax(wanted: Sequence[Wanted], cells: Sequence[KnownCell]) -> Iterator[SyntaxFinding]:
    """One for each kind of syntax that some combination can't read."""
    kinds: dict[str, list[Wanted]] = defaultdict(list)
    for each in wanted:
        kinds[each.dialect.what].append(each)
    for together in kinds.values():
        dialect = together[0].dialect
        stopped = []
        for cell in cells:
            python = _version(cell.python)
            old = dialect.since is not None and python < dialect.since
            new = dialect.until is not None and python >= dialect.until
            if old or new:
                stopped.append(cell.id)
        if stopped:
            yield SyntaxFinding(wanted=together[0], files=len(together), obstacles=tuple(stopped))


def _version(python: str) -> tuple[int, int]:
    major, _, minor = python.partition(".")
    return int(major), int(minor or 0)


def _ability(cell: str, findings: Sequence[Finding], syntax: Sequence[SyntaxFinding]) -> Ability:
    verdicts = {finding.standings[cell].verdict for finding in findings}
    if Verdict.OBSTACLE in verdicts or any(cell in each.obstacles for each in syntax):
        return Ability.NO
    return Ability.UNKNOWN if Verdict.UNKNOWN in verdicts else Ability.YES
