"""What was measured to work in a name's place, over all combinations where it fails."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keras_matrix.explaining.changes import entry_of, order_of
from keras_matrix.knowledge import Knowledge, Use
from keras_matrix.scanning.answers import Finding
from keras_matrix.scanning.namespaces import Symbol
from keras_matrix.signatures import Parameters, newest_signature, otherwise
from keras_matrix.tables.states import State

_SHOWN = 3
_PRIVATE = frozenset({"python", "src", "_tf_keras"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Replacement:
    """One thing to use instead, in ``cells`` out of the ``of`` which the name fails in.

    ``change`` are a line of code before and after, where more changes than the name; ``otherwise``
    says what makes a call of it another one.
    """

    use: str
    cells: tuple[str, ...]
    of: int
    setting: str | None
    change: tuple[str, str] | None
    otherwise: str | None

    @property
    def text(self) -> str:
        """For people."""
        many = "" if len(self.cells) == self.of else f" in {len(self.cells)} of the {self.of}"
        changed = f": {self.change[0]} → {self.change[1]}" if self.change else ""
        under = f" ({self.setting})" if self.setting else ""
        other = f"; {self.otherwise}" if self.otherwise else ""
        return f"{self.use}{under}{many}{changed}{other}"


def replacements(
    finding: Finding, knowledge: Knowledge, cells: Sequence[str]
) -> tuple[Replacement, ...]:
    """Few things that together help in as many of these combinations as possible, the best first.

    Something private is only named where nothing public helps.
    """
    uses: dict[str, dict[str, Use]] = {}
    for cell in cells:
        for use in _uses(finding.symbols, knowledge, cell):
            uses.setdefault(use.path, {}).setdefault(cell, use)
    left = set(cells)
    chosen: list[Replacement] = []
    for public in (True, False):
        ranked = [use for use in uses if is_public(use) is public]
        while left and ranked and len(chosen) < _SHOWN:
            best = max(
                ranked, key=lambda use: (len(left & uses[use].keys()), *_aptness(finding, use))
            )
            if not left & uses[best].keys():
                break
            left -= uses[best].keys()
            ranked.remove(best)
            chosen.append(_replacement(knowledge, finding.symbols, uses[best], len(cells)))
    return tuple(chosen)


def _aptness(finding: Finding, use: str) -> tuple[int, int]:
    """Of two that help as much: what the code goes on to ask for, then the data's own order."""
    last = re.escape(use.rpartition(".")[2].encode())
    asked = re.compile(rb"\s*\.\s*" + last + rb"\b")
    ends = ((each.source.code, each.name_span) for each in finding.references)
    shown = sum(1 for code, span in ends if span and asked.match(code, span[1]))
    return shown, -max(
        (order_of(each.name, use) for each in finding.symbols if each.name), default=0
    )


def is_beside(knowledge: Knowledge, symbols: Sequence[Symbol], cell: str) -> bool:
    """Whether another path of the same package can be imported where these can't."""
    roots = {symbol.path.partition(".")[0] for symbol in symbols}
    return any(
        knowledge.path_state(cell, path)[0] is State.WORKS
        for path in knowledge.paths
        if path.partition(".")[0] in roots
    )


def _uses(symbols: Sequence[Symbol], knowledge: Knowledge, cell: str) -> Iterator[Use]:
    """As the table has them for a missing name; else the very name where it works."""
    for symbol in symbols:
        if symbol.measured and symbol.name is not None:
            told = knowledge.fact(cell, symbol.path, symbol.name).instead
            found = told or sorted(knowledge.working_elsewhere(cell, symbol.name), key=_rank)
            backend = knowledge.cells[cell].backend
            yield from (use for use in found if _is_of(use.path, backend))


def _rank(use: Use) -> tuple[bool, int]:
    return not is_public(use.path), use.path.count(".")


def _is_of(use: str, backend: str) -> bool:
    """Whether it makes what the active backend can use; another one may be installed beside it."""
    parts = use.split(".")
    others = {part.removesuffix("_backend") for part in parts if part.endswith("_backend")}
    others |= {parts[0]} & {"tensorflow", "theano", "jax", "torch"}
    return others <= {backend}


def is_public(path: str) -> bool:
    """Whether a dotted path is one that people should write."""
    return _PRIVATE.isdisjoint(path.split("."))


def _replacement(
    knowledge: Knowledge, symbols: Sequence[Symbol], found: Mapping[str, Use], of: int
) -> Replacement:
    use = next(iter(found.values())).path
    settings = {
        (each.detail or "under a setting").split(";")[0]
        for each in found.values()
        if each.outcome is State.NEEDS_SETTING
    }
    entries = (entry_of(symbol.name, use) for symbol in symbols if symbol.name is not None)
    olds = [signature_of(knowledge, symbol) for symbol in symbols]
    change = next((entry["change"] for entry in entries if entry and "change" in entry), None)
    return Replacement(
        use=use,
        cells=tuple(found),
        of=of,
        setting=" or ".join(sorted(settings)) or None,
        change=(change[0], change[1]) if change else None,
        otherwise=None if change else otherwise(knowledge, olds, use, list(found)[-1]),
    )


def signature_of(knowledge: Knowledge, symbol: Symbol) -> Parameters | None:
    """What the code was written for."""
    return newest_signature(knowledge, symbol.path, symbol.name or "")
