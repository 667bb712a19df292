"""Combinations of releases -> cells that the matrix doesn't have: proposed, or refused. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from packaging.version import Version

from keras_matrix.feasibility import Impossible, assess
from keras_matrix.matrix.blocks import Axis, Combine, Declarations, FollowRule, Group
from keras_matrix.matrix.cells import PINS, Cell
from keras_matrix.matrix.expansion import Excluded, Expansion, auto_as_of, auto_python, expand
from keras_matrix.matrix.yamlmarks import Problems
from keras_matrix.proposing.rules import (
    COMPANIONS,
    Combination,
    combinations,
    minor_of,
    newest_of_minor,
)
from keras_matrix.releases import Catalogue


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A feasible cell that a rule names and the matrix lacks.

    ``columns`` is what its group gets, by key; ``succeeds`` are the ids of cells with older patches
    of the same minors: they stay.
    """

    rule: FollowRule
    cell: Cell
    columns: Mapping[str, str]
    why: str
    succeeds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A combination that a rule names and that is not written; ``name`` is its id if it has one."""

    rule: FollowRule
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposals:
    """What the rules make of the catalogue."""

    new: tuple[Proposal, ...]
    refused: tuple[Refusal, ...]


def propose(
    declared: Declarations, expansion: Expansion, catalogue: Catalogue, problems: Problems
) -> Proposals:
    """Every combination of every rule that no cell has; words that match nothing are problems."""
    cells = [*expansion.cells, *(each.cell for each in expansion.excluded)]
    known = {frozenset(cell.pins.items()) for cell in cells}
    groups = {group.name: group for group in declared.groups}
    new: list[Proposal] = []
    refused: list[Refusal] = []
    for rule in declared.follow:
        for combination in combinations(rule, catalogue, problems):
            pins = _pins(groups[rule.group], combination)
            if frozenset(pins.items()) in known:
                continue
            known.add(frozenset(pins.items()))
            found = _proposed(rule, combination, pins, declared, catalogue)
            if isinstance(found, Proposal):
                new.append(replace(found, succeeds=_succeeded(found.cell, expansion.cells)))
            else:
                refused.append(found)
    return Proposals(new=tuple(new), refused=tuple(refused))


def _pins(group: Group, combination: Combination) -> dict[str, str]:
    """The combination's pins and the single words of its group, in the order of an id."""
    pins = {axis.name: axis.values[0] for axis in group.axes if axis.size is None and axis.values}
    pins |= {pin: choice.release.version for pin, choice in combination.choices.items()}
    order = [*PINS, *(name for name in pins if name not in PINS)]
    return {name: pins[name] for name in order if name in pins}


def _proposed(
    rule: FollowRule,
    combination: Combination,
    pins: Mapping[str, str],
    declared: Declarations,
    catalogue: Catalogue,
) -> Proposal | Refusal:
    group = next(group for group in declared.groups if group.name == rule.group)
    name = "-".join(f"{pin}{version}" for pin, version in pins.items())
    companions, missing = _companions(pins, catalogue)
    missing = combination.missing or missing
    if missing:
        return Refusal(rule=rule, name=name, reason=missing)
    columns = {pin: choice.release.version for pin, choice in combination.choices.items()}
    python = group.settings.python
    if python is not None and python.size is not None:
        as_of = group.settings.as_of or auto_as_of(pins, group.settings.grace_days, catalogue)
        columns["python"] = auto_python({**pins, **companions}, declared.pythons, as_of, catalogue)
        python = _single("python", columns["python"], group.line)
    cell = _cell(group, pins, python, declared, catalogue)
    if isinstance(cell, Excluded):
        return Refusal(rule=rule, name=cell.cell.id, reason=f"excluded: {cell.reason}")
    verdict = assess(replace(cell, pins={**pins, **companions}), catalogue)
    if isinstance(verdict, Impossible):
        return Refusal(rule=rule, name=cell.id, reason=f"impossible: {verdict.reason.text}")
    why = ", ".join(
        f"{pin} {choice.release.version} of {choice.release.uploaded} ({choice.why})"
        for pin, choice in combination.choices.items()
    )
    return Proposal(rule=rule, cell=cell, columns=columns, why=why, succeeds=())


def _companions(
    pins: Mapping[str, str], catalogue: Catalogue
) -> tuple[Mapping[str, str], str | None]:
    """The releases that come with the pins, and what the catalogue lacks of them."""
    found: dict[str, str] = {}
    for pin, project in COMPANIONS.items():
        if pin not in pins or project in pins or not catalogue.versions(project):
            continue
        minor = minor_of(pins[pin])
        release = newest_of_minor(catalogue, project, minor, until=pins[pin])
        if release is None:
            number = ".".join(map(str, minor[1:]))
            return found, f"there is no {project} {number} yet, which {pin} {pins[pin]} brings in"
        found[project] = release.version
    return found, None


def _cell(
    group: Group,
    pins: Mapping[str, str],
    python: Axis | None,
    declared: Declarations,
    catalogue: Catalogue,
) -> Cell | Excluded:
    """The cell that the group would make of these pins, with all that the file says of it."""
    alone = replace(
        group,
        axes=tuple(_single(pin, version, group.line) for pin, version in pins.items()),
        settings=replace(group.settings, python=python),
        combine=Combine.PRODUCT,
    )
    found = expand(replace(declared, groups=(alone,)), catalogue, Problems(name=""))
    return found.cells[0] if found.cells else found.excluded[0]


def _single(name: str, value: str, line: int) -> Axis:
    return Axis(name=name, values=(value,), lines=(line,), size=None)


def _succeeded(new: Cell, cells: Iterable[Cell]) -> tuple[str, ...]:
    return tuple(cell.id for cell in cells if _is_older_patch(cell.pins, new.pins))


def _is_older_patch(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    return old.keys() == new.keys() and all(
        minor_of(old[pin]) == minor_of(new[pin]) and Version(old[pin]) <= Version(new[pin])
        for pin in new
    )
