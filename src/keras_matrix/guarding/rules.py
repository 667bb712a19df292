"""The guard's rules: each turns what it sees into refusals, a sentence with its numbers. Pure.

A refusal is about the machine or the harness, not about Keras: what only a broken environment or
a broken probe would explain. What Keras itself did is :mod:`keras_matrix.comparing`'s.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

from keras_matrix.errors import FailureClass
from keras_matrix.expecting.model import Canary, Limits
from keras_matrix.guarding.columns import counts, importable, measured
from keras_matrix.results import AttributeOutcome, CellReport

_ENVIRONMENTAL = (*(FailureClass.NETWORK, FailureClass.DISK, FailureClass.ENGINE), "unhealthy")
_SHOWN = 5


class Rule(StrEnum):
    """Why publishing is refused."""

    CANARY = "canary"
    COLLAPSE = "collapse"
    INVENTORY = "inventory"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One reason not to publish. ``cell`` is None where it is about all of them."""

    rule: Rule
    text: str
    cell: str | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)


def check_canary(canary: Canary, report: CellReport | None, name: str) -> Iterator[Refusal]:
    """Known answers that differ, or were not measured. ``name`` is the file that knows them."""
    where = f"{name}:{canary.line}"
    path = report.paths.get(canary.path) if report is not None and measured(report) else None
    if path is None:
        text = f"canary {canary.cell}: {canary.path} was not measured ({where})"
        yield Refusal(rule=Rule.CANARY, cell=canary.cell, text=text)
        return
    facts = {canary.path: (canary.outcome, path.outcome.value)} if canary.outcome else {}
    for attribute, expected in canary.names.items():
        record = path.attributes.get(attribute)
        found = record.outcome.value if record else AttributeOutcome.MISSING.value
        if not path.attributes:
            found = f"{path.outcome}, without names"
        facts[f"{canary.path}.{attribute}"] = (expected, found)
    for what, (expected, found) in facts.items():
        if expected != found:
            text = f"canary {canary.cell}: {what} is known as {expected}, and is {found} ({where})"
            yield Refusal(rule=Rule.CANARY, cell=canary.cell, text=text)


def check_environment(old: CellReport | None, new: CellReport) -> Iterator[Refusal]:
    """The machine's own failures, and imports that failed though the packages are the same."""
    cell = new.cell.id
    if not measured(new):
        known = old is not None and old.failure == new.failure
        if new.failure in _ENVIRONMENTAL and not known:
            said = f"{cell} is {new.outcome} for a reason of the machine ({new.failure})"
            yield Refusal(rule=Rule.ENVIRONMENT, cell=cell, text=f"{said}: {new.reason}")
        return
    if old is None or not measured(old):
        return
    before, after = importable(old), importable(new)
    lost = sorted(before.keys() - after.keys())
    numbers = {"before": len(before), "after": len(after)}
    if before and not after:
        text = f"{cell}: none of the {len(before)} import paths that could be imported can be now"
    elif lost and dict(old.packages) == dict(new.packages):
        text = (
            f"{cell}: {', '.join(lost)} can't be imported any more, "
            "though every package is the same"
        )
    else:
        return
    text += f": {new.paths[lost[0]].detail}" if lost[0] in new.paths else ""
    yield Refusal(rule=Rule.ENVIRONMENT, cell=cell, text=text, numbers=numbers)


def check_column(old: CellReport, new: CellReport, limits: Limits) -> Iterator[Refusal]:
    """A measured cell that lost more of its paths, names or working names than may be."""
    cell = new.cell.id
    before, after = importable(old), importable(new)
    both = before.keys() & after.keys()
    was, now = counts(old, both), counts(new, both)
    losses = (
        ("importable paths", len(before), len(both), limits.column_paths, "column_paths"),
        ("public names", was.names, now.names, limits.column_names, "column_names"),
        ("working names", was.works, now.works, limits.column_works, "column_works"),
    )
    for what, had, has, limit, key in losses:
        if _lost_percent(had, has) > limit:
            yield Refusal(
                rule=Rule.COLLAPSE,
                cell=cell,
                text=(
                    f"{cell} has {has} of its {had} {what} left "
                    f"(at most {limit} % may go: limits.{key})"
                ),
                numbers={"before": had, "after": has, "limit": limit},
            )


def check_inventory(
    lost_cells: Sequence[str],
    names: tuple[AbstractSet[tuple[str, str]], AbstractSet[tuple[str, str]]],
    limits: Limits,
) -> Iterator[Refusal]:
    """Measured cells and known names, before and now, of all cells together."""
    if len(lost_cells) > limits.cells:
        yield Refusal(
            rule=Rule.INVENTORY,
            text=(
                f"{len(lost_cells)} cells that were measured are not any more "
                f"(at most {limits.cells} may go: limits.cells): {_some(lost_cells)}"
            ),
            numbers={"lost": len(lost_cells), "limit": limits.cells},
        )
    before, after = names
    lost = sorted(f"{path}.{name}" for path, name in before - after)
    if _lost_percent(len(before), len(before) - len(lost)) > limits.names:
        yield Refusal(
            rule=Rule.INVENTORY,
            text=(
                f"{len(lost)} of {len(before)} names are in no cell any more "
                f"(at most {limits.names} % may go: limits.names): {_some(lost)}"
            ),
            numbers={"before": len(before), "lost": len(lost), "limit": limits.names},
        )


def _lost_percent(had: int, has: int) -> float:
    return 100 * (had - has) / had if had else 0.0


def _some(texts: Collection[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(list(texts)[:_SHOWN]) + more
