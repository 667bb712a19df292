"""Which reference may be replaced by what, one for one, in one measured combination."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keras_matrix.explaining.changes import entry_of
from keras_matrix.knowledge import Knowledge
from keras_matrix.scanning.fixing.signatures import fits
from keras_matrix.scanning.following.mentions import Call, How
from keras_matrix.scanning.instead import is_public, signature_of
from keras_matrix.scanning.namespaces import Symbol
from keras_matrix.scanning.references import Reference
from keras_matrix.signatures import parameters_of
from keras_matrix.tables.states import State

_PLAIN = frozenset({"use"})
_GOOD = frozenset({State.WORKS, State.DEPRECATED})


@dataclass(frozen=True, slots=True)
class Renames:
    """Verified one-to-one replacements in one measured cell."""

    knowledge: Knowledge
    cell: str

    def uses(self, symbol: Symbol, how: How, call: Call | None) -> Iterator[str]:
        """What may be written instead, the best first.

        It worked in this very cell by the missing name's own recipe, takes the same arguments, and
        is public.
        """
        name = symbol.name or ""
        old = signature_of(self.knowledge, symbol)
        for use in self.knowledge.fact(self.cell, symbol.path, name).instead:
            module, _, other = use.path.rpartition(".")
            if use.outcome not in _GOOD or not is_public(module):
                continue
            if module != symbol.path and not self.same_objects(symbol.path, module):
                continue
            entry = entry_of(name, use.path)
            vetted = entry is not None and entry.keys() <= _PLAIN
            if entry is not None and not vetted:
                continue
            new = parameters_of(self.knowledge.fact(self.cell, module, other).signature)
            if how is not How.GETATTR and fits(call, old, new, vetted=vetted):
                yield use.path

    def help_of(self, path: str, stopped: Sequence[Reference], others: Sequence[Reference]) -> int:
        """How many of the names that are stopped another path would help; 0 where it isn't sure.

        Everything that is there must take the same arguments; only what is stopped anyway may be
        missing there too.
        """
        helped = 0
        for reference in (*stopped, *others):
            state = self._state_on(reference, path)
            if state is State.MISSING and reference in stopped:
                continue
            if state not in _GOOD:
                return 0
            helped += reference in stopped
        return helped

    def missing_on(self, path: str, references: Sequence[Reference]) -> list[Reference]:
        """Those that another path doesn't have either."""
        return [each for each in references if self._state_on(each, path) is State.MISSING]

    def same_objects(self, one: str, other: str) -> bool:
        """Whether two paths are of one Keras here: some name of both is the very same object.

        Paths of two Keras side by side share none; mixing them is what breaks code.
        """
        if one.partition(".")[0] == other.partition(".")[0]:
            return True
        if other.partition(".")[0] == "tensorflow" and "keras" not in other.split("."):
            return True
        facts = (self.knowledge.fact(self.cell, one, name) for name in self.knowledge.names(one))
        return any(other in fact.same_as for fact in facts)

    def _state_on(self, reference: Reference, path: str) -> State:
        """What the name is on that path, for a call like this one; DIFFERS where it doesn't fit."""
        (symbol,) = reference.symbols
        fact = self.knowledge.fact(self.cell, path, symbol.name or "")
        if fact.state is State.PRESENT:
            return State.WORKS
        if fact.state not in _GOOD:
            return fact.state
        old, new = signature_of(self.knowledge, symbol), parameters_of(fact.signature)
        fit = fits(reference.call, old, new, vetted=False)
        return fact.state if fit else State.DIFFERS
