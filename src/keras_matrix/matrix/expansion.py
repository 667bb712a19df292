"""Declared blocks -> cells: products, "auto" values, excludes and tags."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase

from keras_matrix.matrix.blocks import Axis, Combine, Declarations, Exclude, Group, TagPattern
from keras_matrix.matrix.cells import FRAMEWORK_PINS, Cell, Tag, cell_id
from keras_matrix.matrix.selection import matching, no_match
from keras_matrix.matrix.yamlmarks import Problems, did_you_mean
from keras_matrix.releases import Catalogue, find_release
from keras_matrix.wheels import usable

EARLIEST = date(2017, 1, 1)
"""Earlier dates are lifted to this one: before it, NumPy and SciPy had few Linux wheels."""

PYTHON_RELEASED = {
    "3.7": date(2018, 6, 27),
    "3.8": date(2019, 10, 14),
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
    "3.14": date(2025, 10, 7),
}
"""First releases; Pythons that are older than EARLIEST need no date."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Excluded:
    """A combination that a group makes and an exclude takes out again."""

    cell: Cell
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Expansion:
    """Cells in the file's order, and what was left out."""

    cells: tuple[Cell, ...]
    excluded: tuple[Excluded, ...]


def expand(declared: Declarations, catalogue: Catalogue, problems: Problems) -> Expansion:
    """All cells; versions that never existed, duplicates and idle excludes go to ``problems``."""
    kept: list[Cell] = []
    excluded: list[Excluded] = []
    for group in declared.groups:
        _check_versions(group, catalogue, problems)
        cells = tuple(_cells(group, declared.pythons, catalogue, problems))
        stay, out = _apply_excludes(cells, group.excludes, problems)
        if cells and not stay:
            problems.add(group.line, f"group {group.name!r}: an empty product: all is excluded")
        kept.extend(stay)
        excluded.extend(out)
    stay, out = _apply_excludes(kept, declared.excludes, problems)
    lines = {group.name: group.line for group in declared.groups}
    _check_duplicates(stay, lines, problems)
    tagged = _apply_tags(stay, declared.tag_patterns, problems)
    return Expansion(cells=tagged, excluded=(*excluded, *out))


def auto_python(
    pins: Mapping[str, str], pythons: Iterable[str], as_of: date, catalogue: Catalogue
) -> str:
    """The newest Python, released by ``as_of``, for which every pin has a usable file.

    Where there is none, the newest for which most pins have one: an impossible cell needs an id.
    """
    releases = [find_release(catalogue, pin, version) for pin, version in pins.items()]

    def count(python: str) -> int:
        return sum(release is not None and usable(release, python) for release in releases)

    old_enough = [p for p in pythons if PYTHON_RELEASED.get(p, EARLIEST) <= as_of]
    return max(reversed(old_enough or list(pythons)), key=count)


def auto_as_of(pins: Mapping[str, str], grace_days: int, catalogue: Catalogue) -> date:
    """The newest pin's upload date plus the grace period, never before :data:`EARLIEST`."""
    releases = (find_release(catalogue, pin, version) for pin, version in pins.items())
    dates = [release.uploaded + timedelta(days=grace_days) for release in releases if release]
    return max([EARLIEST, *dates])


def _check_versions(group: Group, catalogue: Catalogue, problems: Problems) -> None:
    for axis in group.axes:
        for line, version in zip(axis.lines, axis.values, strict=True):
            if find_release(catalogue, axis.name, version) is None:
                problems.add(line, _never_existed(axis.name, version, catalogue))


def _never_existed(project: str, version: str, catalogue: Catalogue) -> str:
    if not catalogue.versions(project):
        hint = did_you_mean(project, catalogue.projects)
        return f"{project}: the catalogue of releases doesn't list this project{hint}"
    if (same := catalogue.release(project, version)) is not None:
        return f"{project} {version} is spelt {same.version}"
    nearest = catalogue.nearest(project, version)
    return f"{project} {version} never existed; the nearest release is {nearest}"


def _cells(
    group: Group, pythons: tuple[str, ...], catalogue: Catalogue, problems: Problems
) -> Iterator[Cell]:
    axes = group.axes if group.settings.python is None else (*group.axes, group.settings.python)
    for versions in _combinations(group, axes, problems):
        pins = {axis.name: version for axis, version in zip(axes, versions, strict=True)}
        python = pins.pop("python", None)
        backend = _backend(group, pins, problems)
        if backend is None:
            return
        settings = group.settings
        as_of = settings.as_of or auto_as_of(pins, settings.grace_days, catalogue)
        python = python or auto_python(pins, pythons, as_of, catalogue)
        yield Cell(
            id=cell_id(pins, python),
            python=python,
            backend=backend,
            pins=pins,
            as_of=max(as_of, EARLIEST),
            as_of_declared=settings.as_of is not None,
            group=group.name,
            tags=tuple(tag.value for tag in settings.tags),
        )


def _combinations(
    group: Group, axes: tuple[Axis, ...], problems: Problems
) -> Iterable[tuple[str, ...]]:
    if group.combine is Combine.PRODUCT:
        return itertools.product(*(axis.values for axis in axes))
    sizes = {axis.name: axis.size for axis in axes if axis.size is not None}
    if len(set(sizes.values())) > 1:
        lengths = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        problems.add(group.line, f"group {group.name!r}: zip of unequal lengths: {lengths}")
        return ()
    length = max(sizes.values(), default=1)
    columns = (axis.values * length if axis.size is None else axis.values for axis in axes)
    return zip(*columns, strict=False)  # a column is short only where a problem was noted


def _backend(group: Group, pins: Mapping[str, str], problems: Problems) -> str | None:
    pinned = [pin for pin in FRAMEWORK_PINS if pin in pins]
    name = f"group {group.name!r}"
    if not pinned:
        problems.add(group.line, f"{name} pins no framework ({', '.join(FRAMEWORK_PINS)})")
        return None
    if group.backend is None and len(pinned) > 1:
        problems.add(group.line, f"{name} pins {', '.join(pinned)}: say which is the 'backend'")
        return None
    if group.backend is not None and group.backend not in pinned:
        problems.add(group.line, f"{name}: backend {group.backend!r} is not pinned")
        return None
    return group.backend or pinned[0]


def _apply_excludes(
    cells: Iterable[Cell], excludes: tuple[Exclude, ...], problems: Problems
) -> tuple[list[Cell], list[Excluded]]:
    stay: list[Cell] = []
    out: list[Excluded] = []
    idle = {exclude.line for exclude in excludes}
    for cell in cells:
        hits = [exclude for exclude in excludes if _matches(exclude, cell)]
        for exclude in hits:
            idle.discard(exclude.line)
        if hits:
            out.append(Excluded(cell=cell, reason=hits[0].reason))
        else:
            stay.append(cell)
    for line in (
        sorted(idle) if not problems.found else ()
    ):  # a bad version may be why nothing matches
        problems.add(line, "exclude: this entry matches no cell")
    return stay, out


def _matches(exclude: Exclude, cell: Cell) -> bool:
    facts = {**cell.pins, "python": cell.python, "backend": cell.backend}
    return all(
        name in facts and any(fnmatchcase(facts[name], glob) for glob in globs)
        for name, globs in exclude.where.items()
    )


def _check_duplicates(cells: list[Cell], lines: Mapping[str, int], problems: Problems) -> None:
    first: dict[str, Cell] = {}
    for cell in cells:
        other = first.setdefault(cell.id, cell)
        if other is not cell:
            where = f"group {other.group!r} (line {lines[other.group]})"
            text = f"group {cell.group!r}: duplicate id {cell.id}, already made by {where}"
            problems.add(lines[cell.group], text)


def _apply_tags(
    cells: list[Cell], patterns: tuple[TagPattern, ...], problems: Problems
) -> tuple[Cell, ...]:
    for item in patterns:
        chosen = {cell.id for cell in matching(cells, item.pattern)}
        if not chosen and not problems.found:
            problems.add(item.line, f"tags.{item.tag}: {no_match(cells, item.pattern)}")
        cells = [_with_tag(cell, item.tag) if cell.id in chosen else cell for cell in cells]
    return tuple(cells)


def _with_tag(cell: Cell, tag: Tag) -> Cell:
    return replace(cell, tags=tuple(t.value for t in Tag if t is tag or t.value in cell.tags))
