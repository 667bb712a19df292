"""May the tables be renewed from these reports? Refuses where the harness or its machine is
broken, so that no broken environment is published as a change of Keras."""

from dataclasses import dataclass

from keras_matrix.comparing.pairs import Pair, pairs
from keras_matrix.comparing.places import Reports
from keras_matrix.expecting.model import Canary, Expectations
from keras_matrix.guarding.columns import importable, measured, names
from keras_matrix.guarding.rules import (
    Refusal,
    check_canary,
    check_column,
    check_environment,
    check_inventory,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the guard looked at, and why it refuses; it doesn't where ``refusals`` is empty."""

    old: str
    new: str
    cells: int
    canaries: int
    refusals: tuple[Refusal, ...]


def guard(old: Reports, new: Reports, expectations: Expectations) -> Verdict:
    """Judge ``new`` by what ``old`` held and by the facts that are known.

    Raises:
        InputError: a report of either can't be read.
    """
    canaries: dict[str, list[Canary]] = {}
    for canary in expectations.canaries:
        canaries.setdefault(canary.cell, []).append(canary)
    refusals: list[Refusal] = []
    lost: list[str] = []
    inventories: tuple[set[tuple[str, str]], set[tuple[str, str]]] = (set(), set())
    cells = 0
    for pair in pairs(old, new):
        cells += 1
        for canary in canaries.pop(pair.cell, ()):
            refusals += check_canary(canary, pair.new, expectations.name)
        refusals += _cell(pair, expectations)
        if measured(pair.old) and not measured(pair.new):
            lost.append(pair.cell)
        for report, inventory in zip((pair.old, pair.new), inventories, strict=True):
            if report is not None and measured(report):
                inventory.update(names(report, importable(report)))
    for absent in canaries.values():
        for canary in absent:
            refusals += check_canary(canary, None, expectations.name)
    refusals += check_inventory(lost, inventories, expectations.limits)
    return Verdict(
        old=old.name,
        new=new.name,
        cells=cells,
        canaries=len(expectations.canaries),
        refusals=tuple(refusals),
    )


def _cell(pair: Pair, expectations: Expectations) -> list[Refusal]:
    old, new = pair.old, pair.new
    if new is None or old is new:
        return []
    refusals = list(check_environment(old, new))
    # A column that an unhealthy environment emptied is one refusal, not two.
    if not refusals and old is not None and measured(old) and measured(new):
        refusals += check_column(old, new, expectations.limits)
    return refusals
