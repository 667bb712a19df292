"""A group of changes as a sentence. The markup is the caller's."""

from collections.abc import Callable, Mapping, Sequence

from keras_matrix.comparing.causes import Cause, Difference, What
from keras_matrix.comparing.comparison import Comparison
from keras_matrix.comparing.groups import Group
from keras_matrix.plaintext import plain
from keras_matrix.results import AttributeOutcome, CellOutcome, PathOutcome
from keras_matrix.tables.changes import SCENARIOS, Kind

TITLES: Mapping[Kind, str] = {
    Kind.REGRESSION: "regressions",
    Kind.UNMEASURED: "no longer measured",
    Kind.FLAKY: "flaky",
    Kind.FIX: "fixes",
    Kind.NEW: "new",
}
"""What each kind is called above its groups."""

Mark = Callable[[str], str]
_PACKAGES = 3
_CELLS = 3
_DETAIL = 200
_MISSING = AttributeOutcome.MISSING.value


def cause_text(cause: Cause, comparison: Comparison, cells: Sequence[str]) -> str:
    """What a group is blamed on: "keras 3.16.0 (compared with keras3.15.1-…)"."""
    if not cause:
        return "nothing that a report records"
    kinds = list(What)
    ordered = sorted(cause, key=lambda d: (kinds.index(d.what), d.name, d.after or ""))
    packages = [each for each in ordered if each.what is What.PACKAGE]
    said = [each.text for each in ordered if each.what is not What.PACKAGE]
    said += [each.text for each in packages[:_PACKAGES]]
    if len(packages) > _PACKAGES:
        said.append(f"{len(packages) - _PACKAGES} more packages")
    return ", ".join(said) + _compared(ordered, comparison, cells)


def _compared(cause: Sequence[Difference], comparison: Comparison, cells: Sequence[str]) -> str:
    before = sorted({comparison.arrivals[cell] for cell in cells if cell in comparison.arrivals})
    if not before or all(each.what is not What.RELEASE for each in cause):
        return ""
    return f" (compared with {listing(before, _CELLS, str)})"


def statement(group: Group, comparison: Comparison, mark: Mark, names: int) -> str:
    """The sentence: what, where, and at most ``names`` of its names."""
    if not group.paths:
        return f"{_of_cells(group)}: {listing(group.cells, 2 * _CELLS, mark)}"
    where = extent(group, comparison, mark)
    if not group.names:
        return f"{listing(group.paths, names, mark)} {_of_paths(group)} {where}"
    single = len(group.names) == 1
    scenarios = group.paths == (SCENARIOS,)
    noun = "scenarios" if scenarios else "names"
    what = mark(group.names[0]) if single else f"{len(group.names)} {noun}"
    if single and scenarios:
        what = f"scenario {what}"
    tail = "" if single else f": {listing(group.names, names, mark)}"
    on = "" if scenarios else listing(group.paths, names, mark)
    return f"{what}{_of_names(group, on, single)} {where}{tail}"


def _of_cells(group: Group) -> str:
    number = len(group.cells)
    cells = "1 cell" if number == 1 else f"{number} cells"
    if group.after is None:
        return f"{cells} without a report now (was {group.before})"
    if group.before is None:
        first = "measured for the first time"
        return f"{cells} {first if group.after == CellOutcome.MEASURED else group.after}"
    return f"{cells} {group.after}, before: {group.before}"


def _of_paths(group: Group) -> str:
    if group.before == group.after:
        return f"{group.after}, though not each time,"
    if group.before is None:
        return f"{group.after}, not recorded before,"
    if group.after is None:
        return f"not recorded any more, before: {group.before},"
    if group.after == PathOutcome.UNIMPORTABLE:
        return "can't be imported any more"
    return "can be imported now"


def _of_names(group: Group, on: str, single: bool) -> str:
    of = f" of {on}" if on else ""
    if group.before == group.after:
        return f"{of}: {group.after}, though not each time"
    if group.after == _MISSING:
        return f" gone from {on}"
    if group.before == _MISSING:
        return f" {'is' if single else 'are'} in {on} now ({group.after})"
    if group.before is None:
        return f" new in {on} ({group.after})" if on else f" new ({group.after})"
    if group.after is None:
        return f"{of} not recorded any more (was {group.before})"
    return f"{of}: {group.before} → {group.after}"


def extent(group: Group, comparison: Comparison, mark: Mark) -> str:
    """In which cells, in as few words as are true."""
    number = len(group.cells)
    if number == 1:
        return f"in {mark(group.cells[0])}"
    if group.everywhere:
        backends = sorted({comparison.backends[cell] for cell in group.cells})
        if len(backends) > 1:
            return f"on every backend ({number} cells)"
        return f"in every such cell ({number}, {backends[0]})"
    return f"in {number} cells ({listing(group.cells, _CELLS, mark)})"


def listing(texts: Sequence[str], most: int, mark: Mark) -> str:
    """``a, b, c and 9 more``; one that would be left out alone is told."""
    if len(texts) <= most + 1:
        return ", ".join(map(mark, texts))
    return f"{', '.join(map(mark, texts[:most]))} and {len(texts) - most} more"


def reason(group: Group) -> str | None:
    """Why the outcome is as it is, of one of the group's changes: one short line."""
    text = " ".join(plain(group.detail or "").split())
    return (text if len(text) <= _DETAIL else f"{text[: _DETAIL - 1]}…") or None


def excuse(group: Group) -> str | None:
    """Who allowed it until when, where somebody did."""
    entry = group.allowed
    if entry is None:
        return None
    return f"allowed until {entry.expires} by {entry.owner}: {entry.reason}"


def counts(comparison: Comparison) -> str:
    """The last line: how many changes there are of each kind, in how many cells."""
    said = []
    for kind in Kind:
        number = sum(group.size for group in comparison.of(kind))
        said.append(f"{number} {singular(kind) if number == 1 else TITLES[kind]}")
        if allowed := sum(group.size for group in comparison.of(kind, allowed=True)):
            said.append(f"{allowed} allowed")
    cells = "1 cell" if comparison.cells == 1 else f"{comparison.cells} cells"
    return f"{', '.join(said)}; {cells}"


def singular(kind: Kind) -> str:
    """What one change of the kind is called."""
    return kind.value.replace("-", " ")
