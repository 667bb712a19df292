"""Where to go instead of a missing name, in the same cell: measured, never guessed. Pure.

Two things count: a candidate that the missing name's own recipe verified, and the very name on
another import path that was called there and worked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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

Working = Mapping[str, Sequence[tuple[str, AttributeOutcome]]]
"""For one cell: name -> the paths where it works, and how."""


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


def working_names(report: CellReport) -> Working:
    """Where each public name of a cell was called and worked."""
    found: dict[str, list[tuple[str, AttributeOutcome]]] = defaultdict(list)
    for path, record in report.paths.items():
        for name, attribute in record.attributes.items():
            if attribute.outcome in _WORKING:
                found[name].append((path, attribute.outcome))
    return found


def detours(
    path: str, reports: Sequence[CellReport], working: Mapping[str, Working]
) -> tuple[Detour, ...]:
    """By name; cells that say the same of a name are together, in the order of the reports."""
    grouped: dict[tuple[str, tuple[Use, ...]], list[str]] = defaultdict(list)
    for report in reports:
        record = report.paths.get(path)
        if record is None or record.outcome is not PathOutcome.IMPORTABLE:
            continue
        for name, attribute in record.attributes.items():
            if attribute.outcome is AttributeOutcome.MISSING:
                uses = _uses(name, attribute, working[report.cell.id])
                if uses:
                    grouped[name, uses].append(report.cell.id)
    ordered = sorted(grouped.items(), key=lambda item: item[0][0])
    return tuple(
        Detour(name=name, uses=uses, cells=tuple(cells)) for (name, uses), cells in ordered
    )


def _uses(name: str, record: AttributeRecord, working: Working) -> tuple[Use, ...]:
    found = {
        one.use: Use(path=one.use, outcome=one.outcome)
        for one in record.alternatives
        if one.verified
    }
    for path, outcome in working.get(name, ()):
        found.setdefault(f"{path}.{name}", Use(path=f"{path}.{name}", outcome=outcome))
    return tuple(sorted(found.values(), key=_rank))


def _rank(use: Use) -> tuple[bool, int, int, str]:
    """Public before private, the plainest outcome first, then the shortest way to write it."""
    private = use.path.startswith(_PRIVATE)
    return private, _WORKING.index(use.outcome), use.path.count("."), use.path
