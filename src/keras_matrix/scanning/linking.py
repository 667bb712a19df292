"""References into the tree's own modules -> what they lead to in the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from keras_matrix.scanning.following.mentions import NOTHING, UNKNOWN, ModuleReading, Ref, Refs
from keras_matrix.scanning.namespaces import Found, Namespaces, Symbol

_MANY = 64
_FAR = 60

Reached: TypeAlias = dict[Ref, int]
"""A reference outside the tree -> how many of its last parts were written where it was used."""


@dataclass(slots=True)
class Linker:
    """Follows names from module to module. ``readings`` are by the module's key."""

    namespaces: Namespaces
    readings: Mapping[str, ModuleReading]
    _known: dict[Ref, Reached] = field(default_factory=dict)

    def reach(self, ref: Ref, steps: int = 0) -> Reached:
        """What one reference leads to, from module to module."""
        if not ref[0].startswith("@"):
            return {ref: len(ref)}
        if ref not in self._known:
            self._known[ref] = {}  # a circle of imports ends here
            if steps < _FAR:
                self._known[ref] = dict(list(self._follow(ref, steps + 1))[:_MANY])
        return self._known[ref]

    def _follow(self, ref: Ref, steps: int) -> Iterator[tuple[Ref, int]]:
        module, *names = ref
        reading = self.readings.get(module[1:])
        if not names:
            return
        values = reading.exports.get(names[0]) if reading is not None else None
        if values is not None:
            for value in sorted(values - {UNKNOWN, NOTHING}):
                for found, written in self.reach((*value, *names[1:]), steps).items():
                    yield found, min(written, len(names) - 1)
            return
        yield from self.reach((f"{module}/{names[0]}", *names[1:]), steps).items()
        for star in reading.stars if reading is not None else ():
            yield from self.reach((*star, *names), steps).items()

    def found(self, refs: Refs) -> tuple[tuple[Found, int], ...]:
        """The namespaces that references lead to, with the parts that were written there."""
        found: dict[tuple[Symbol, int], tuple[Found, int]] = {}
        for ref in refs:
            for reached, written in self.reach(ref).items():
                one = self.namespaces.find(reached)
                if one is not None:
                    found[one.symbol, one.rest] = (one, written)
        return tuple(found[key] for key in sorted(found))

    def symbols(self, refs: Refs) -> tuple[Symbol, ...]:
        """The same, sorted, without where."""
        return tuple(sorted({one.symbol for one, _ in self.found(refs)}))

    def leads_to_namespace(self, refs: Refs) -> bool:
        """Whether any of these is, or goes through, a package with a backend namespace."""
        return any(
            reached[0] in self.namespaces.roots for ref in refs for reached in self.reach(ref)
        )
