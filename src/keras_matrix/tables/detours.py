"""Where to go instead of a missing name, in the same cell: measured, never guessed. Pure.

Two things count: a candidate that the missing name's own recipe verified, and the very name on
another import path that was called there and worked.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keras_matrix.results import (
    AttributeOutcome,
    AttributeRecord,
    CellReport,
    PathOutcome,
)

_WORKING = (
    AttributeOutcome.WORKS,
    AttributeOutcome.DEPRECATED,
    AttributeOutcome.NEEDS_SETTING,
)
_PRIVATE = ("tensorflow.python.", "keras.src.", "keras._tf_keras.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One thing to use instead; ``outcome`` says whether it is deprecated or needs a setting."""

    path: str
    outcome: AttributeOutcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Detour:
    """What to use instead of one missing name, the best first, in all of these cells."""

    name: str
    uses: tuple[Use, ...]
    cells: tuple[str, ...]


def detours(path: str, reports: Sequence[CellReport]) -> tuple[Detour, ...]:
    """By name; cells that say the same of a name are together, in the order of the reports."""
    grouped: dict[tuple[str, tuple[Use, ...]], list[str]] = defaultdict(list)
    # The same few records are met in many cells, as the very same objects.
    known: dict[tuple[object, ...], list[str] | None] = {}
    for report in reports:
        record = report.paths.get(path)
        if record is None or record.outcome is not PathOutcome.IMPORTABLE:
            continue
        paths = tuple(report.paths)
        attributes = [each.attributes for each in report.paths.values()]
        for name, attribute in record.attributes.items():
            if attribute.outcome is not AttributeOutcome.MISSING:
                continue
            there = [each.get(name) for each in attributes]
            met = (name, id(attribute), paths, *map(id, there))
            if met not in known:
                uses = _uses(name, attribute, zip(paths, there, strict=True))
                known[met] = grouped[name, uses] if uses else None
            cells = known[met]
            if cells is not None:
                cells.append(report.cell.id)
    ordered = sorted(grouped.items(), key=lambda item: item[0][0])
    return tuple(
        Detour(name=name, uses=uses, cells=tuple(cells)) for (name, uses), cells in ordered
    )


def _uses(
    name: str, record: AttributeRecord, there: Iterable[tuple[str, AttributeRecord | None]]
) -> tuple[Use, ...]:
    found = {
        one.use: Use(path=one.use, outcome=one.outcome)
        for one in record.alternatives
        if one.verified
    }
    for path, other in there:
        if other is not None and other.outcome in _WORKING:
            use = Use(path=f"{path}.{name}", outcome=other.outcome)
            found.setdefault(use.path, use)
    return tuple(sorted(found.values(), key=_rank))


def _rank(use: Use) -> tuple[bool, int, int, str]:
    """Public before private, the plainest outcome first, then the shortest way to write it."""
    private = use.path.startswith(_PRIVATE)
    return private, _WORKING.index(use.outcome), use.path.count("."), use.path
