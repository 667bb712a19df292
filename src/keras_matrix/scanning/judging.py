"""One reference in one measured combination: does it stand in the way there?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TypeAlias

from keras_matrix.knowledge import Fact, Knowledge, KnownCell
from keras_matrix.scanning.following.handlers import catches
from keras_matrix.scanning.following.mentions import (
    All,
    AnyOf,
    BackendIs,
    Circumstances,
    Condition,
    Failed,
    Fixed,
    Has,
    How,
    Mention,
    Not,
    Refs,
    ReleaseIs,
    Truth,
)
from keras_matrix.scanning.following.releasetests import holds
from keras_matrix.scanning.linking import Linker
from keras_matrix.scanning.namespaces import Symbol
from keras_matrix.scanning.references import Reference
from keras_matrix.scanning.sources import Place
from keras_matrix.tables.states import State

FAILURES = frozenset(
    {State.MISSING, State.UNIMPORTABLE, State.RAISES, State.CRASHED, State.TIMED_OUT}
)
_WARNINGS = frozenset({State.NEEDS_SETTING, State.DIFFERS})
_PREFERENCE = (
    State.WORKS,
    State.PRESENT,
    State.DEPRECATED,
    State.NEEDS_SETTING,
    State.DIFFERS,
    State.NOT_MEASURED,
    State.RAISES,
    State.TIMED_OUT,
    State.CRASHED,
    State.MISSING,
    State.UNIMPORTABLE,
)
"""Where the code takes whichever it finds, the best counts."""
_IMPORTED = (How.IMPORT, How.MODULE)
_EXCEPTION = re.compile(r"([A-Za-z_][\w.]*)(?::|$)")


class Verdict(IntEnum):
    """What a reference means for one combination."""

    IDLE = 0
    """It doesn't run there: another backend, another branch."""
    FINE = 1
    WARNING = 2
    """It works under a setting, or gives another answer than NumPy."""
    GUARDED = 3
    """It fails there, and the code is ready for that, or chooses by a release's number."""
    NO_PATH = 4
    """Its path can't be imported there: an obstacle that is told of the path."""
    UNKNOWN = 5
    """Not measured."""
    OBSTACLE = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A verdict, with the measured state behind it and its reason."""

    verdict: Verdict
    state: State
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Symbols, any of which will do, and how they are reached.

    The first ``imported`` parts of their paths must be modules; 0 where attributes will do.
    """

    symbols: tuple[Symbol, ...]
    how: How
    imported: int = 0


_Key: TypeAlias = tuple[Need, Circumstances, bool, bool]
_ONLY_ATTRIBUTE = re.compile(
    r"only as an attribute of .*?: importing it raises (?P<error>.*)", re.S
)
_NO_MODULE = re.compile(r"No module named '?(?P<module>[\w.]+)'?")


@dataclass(slots=True, kw_only=True)
class Judge:
    """Answers from the measured table. ``sets`` are names that the code puts there itself."""

    knowledge: Knowledge
    linker: Linker
    sets: Mapping[Symbol, Place]
    _known: dict[_Key, Mapping[str, Standing]] = field(default_factory=dict)

    def standings(self, reference: Reference) -> Mapping[str, Standing]:
        """The verdict of every measured cell, by its id."""
        need = Need(symbols=reference.symbols, how=reference.how, imported=reference.imported)
        key = (need, reference.circumstances, reference.vague, reference.optional)
        if key not in self._known:
            self._known[key] = {
                cell.id: self._judge(reference, need, cell) for cell in self.knowledge.measured
            }
        return self._known[key]

    def fact(self, need: Need, cell: KnownCell) -> Fact:
        """What the cell says of the best of several symbols; of a path alone its own state."""
        facts = [self._fact(symbol, need, cell.id) for symbol in need.symbols]
        return min(facts, key=lambda fact: _PREFERENCE.index(fact.state))

    def imports(self, symbol: Symbol, cell: str) -> bool:
        """Whether ``from … import …`` of a path works in a cell."""
        parents = symbol.path.count(".")
        need = Need(symbols=(symbol,), how=How.IMPORT, imported=parents)
        return self._fact(symbol, need, cell).state is State.WORKS

    def _fact(self, symbol: Symbol, need: Need, cell: str) -> Fact:
        name = symbol.name or ""
        if not symbol.measured:
            why = "this import path was not measured"
            return Fact(
                cell=cell, path=symbol.path, name=name, state=State.NOT_MEASURED, detail=why
            )
        state, detail = self.knowledge.path_state(cell, symbol.path)
        if state is State.WORKS and detail is not None and need.imported:
            state, detail = _as_module(symbol.path, need.imported, detail)
        if state is not State.WORKS or symbol.name is None:
            return Fact(cell=cell, path=symbol.path, name=name, state=state, detail=detail)
        fact = self.knowledge.fact(cell, symbol.path, symbol.name)
        if need.how is How.MODULE and fact.state is State.MISSING:
            why = "a module of its own, which was not imported"
            return replace(fact, state=State.NOT_MEASURED, detail=why)
        return fact

    def _judge(self, reference: Reference, need: Need, cell: KnownCell) -> Standing:
        fact = self.fact(need, cell)
        truth = self._all(reference.circumstances, cell)
        verdict = self._verdict(reference, fact, truth)
        return Standing(verdict=verdict, state=fact.state, detail=fact.detail)

    def _verdict(self, reference: Reference, fact: Fact, truth: Truth) -> Verdict:
        if truth is Truth.NO:
            return Verdict.IDLE
        if fact.state is State.NOT_MEASURED:
            return Verdict.UNKNOWN
        if fact.state in _WARNINGS:
            return Verdict.WARNING
        if fact.state not in FAILURES:
            return Verdict.FINE
        ready = (
            truth is Truth.UNDECIDED
            or reference.vague
            or (reference.optional and fact.state is State.UNIMPORTABLE)
            or any(symbol in self.sets for symbol in reference.symbols)
            or _caught(reference.circumstances, reference.how, fact)
        )
        return Verdict.GUARDED if ready else Verdict.OBSTACLE

    # Conditions

    def _all(self, circumstances: Circumstances, cell: KnownCell) -> Truth:
        return min(
            (self.truth(condition, cell) for condition in circumstances.conditions),
            default=Truth.YES,
        )

    def truth(self, condition: Condition, cell: KnownCell) -> Truth:
        """Whether a condition holds in a cell."""
        match condition:
            case Fixed():
                return condition.truth
            case Not():
                return _OPPOSITE[self.truth(condition.of, cell)]
            case All():
                return min(self.truth(each, cell) for each in condition.of)
            case AnyOf():
                return max(self.truth(each, cell) for each in condition.of)
            case Has():
                return self._has(condition.refs, cell)
            case BackendIs():
                return self._backend_is(condition, cell)
            case ReleaseIs():
                return _release_is(condition, cell)
            case Failed():
                return self._failed(condition.mentions, cell)

    def _has(self, refs: Refs, cell: KnownCell) -> Truth:
        symbols = self.linker.symbols(refs)
        if not symbols:
            # hasattr(tf, 'Session') asks for a release, in other words.
            related = self.linker.leads_to_namespace(refs)
            return Truth.UNDECIDED if related else Truth.OPEN
        state = self.fact(Need(symbols=symbols, how=How.ATTRIBUTE), cell).state
        if state is State.NOT_MEASURED:
            return Truth.OPEN
        return Truth.NO if state in (State.MISSING, State.UNIMPORTABLE) else Truth.YES

    def _backend_is(self, condition: BackendIs, cell: KnownCell) -> Truth:
        """TensorFlow's own Keras says tensorflow wherever it is."""
        reached = [one for ref in condition.refs for one in self.linker.reach(ref)]
        if not any(one[0] in self.linker.namespaces.roots for one in reached):
            return Truth.OPEN
        own = any(one[0] in ("tensorflow", "tensorflow_core") for one in reached)
        answers = {cell.backend} | ({"tensorflow"} if own else set())
        if answers <= condition.names:
            return Truth.YES
        return Truth.OPEN if answers & condition.names else Truth.NO

    def _failed(self, mentions: tuple[Mention, ...], cell: KnownCell) -> Truth:
        """Whether one of the things that were tried fails, with an exception that is caught."""
        found = Truth.OPEN
        for mention in mentions:
            symbols = self.linker.symbols(mention.refs)
            if not symbols or self._all(mention.circumstances, cell) is Truth.NO:
                continue
            need = Need(symbols=symbols, how=mention.how, imported=mention.imported)
            fact = self.fact(need, cell)
            if fact.state in FAILURES and _caught(mention.circumstances, mention.how, fact):
                return Truth.YES
            if fact.state is not State.NOT_MEASURED:
                found = Truth.NO
        return found


_OPPOSITE = {
    Truth.NO: Truth.YES,
    Truth.YES: Truth.NO,
    Truth.OPEN: Truth.OPEN,
    Truth.UNDECIDED: Truth.UNDECIDED,
}


def _release_is(test: ReleaseIs, cell: KnownCell) -> Truth:
    """Of a package that isn't there, and of a test that can't be done again, nothing is known."""
    release = cell.installed.get(test.project)
    told = holds(test, release) if release is not None else None
    return Truth.UNDECIDED if told is None else Truth.YES if told else Truth.NO


def _as_module(path: str, imported: int, detail: str) -> tuple[State, str | None]:
    """A path that is there only as an attribute: what an import of its first parts comes to."""
    found = _ONLY_ATTRIBUTE.match(detail)
    if found is None:
        return State.WORKS, detail
    parts = path.split(".")
    named = _NO_MODULE.search(found["error"])
    missing = named["module"].split(".") if named is not None else parts
    known = missing if missing == parts[: len(missing)] else parts
    fails = imported >= len(known)
    return (State.UNIMPORTABLE, found["error"]) if fails else (State.WORKS, None)


def _caught(circumstances: Circumstances, how: How, fact: Fact) -> bool:
    """Whether the exception that it raises doesn't get out."""
    raised = _raised(how, fact)
    return any(catches(name, (raised,)) for name in circumstances.caught)


def _raised(how: How, fact: Fact) -> str:
    if fact.state is State.MISSING:
        return "ImportError" if how in _IMPORTED else "AttributeError"
    found = _EXCEPTION.match(fact.detail or "")
    if fact.state is State.UNIMPORTABLE and how not in _IMPORTED:
        return "AttributeError"
    return found[1] if found is not None else "Exception"
