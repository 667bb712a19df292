"""Pieces of sentences that several formats share. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from keras_matrix.scanning.answers import Answer, Finding
from keras_matrix.scanning.following.mentions import Puzzle
from keras_matrix.scanning.judging import Standing, Verdict
from keras_matrix.scanning.sources import Place
from keras_matrix.scanning.spans import words
from keras_matrix.tables.states import State

_DETAIL = 120

WORDS = {
    State.MISSING: "missing",
    State.UNIMPORTABLE: "can't be imported",
    State.RAISES: "raises",
    State.CRASHED: "crashes",
    State.TIMED_OUT: "never ends",
    State.NEEDS_SETTING: "needs a setting",
    State.DIFFERS: "gives another answer than NumPy",
    State.NOT_MEASURED: "not measured",
}
PUZZLES = {
    Puzzle.STAR_IMPORT: "import *: which of its names are used can't be told, none was guessed",
    Puzzle.COMPUTED_NAME: "getattr with a name that is computed",
    Puzzle.WHOLE_NAMESPACE: "the whole namespace is taken as a dictionary",
    Puzzle.ELSEWHERE: "comes from a parameter or a call: what is used of it is not counted",
    Puzzle.REPLACED: "another module is put in its place: which one is used can't be told",
    Puzzle.HANDED_ON: "handed on as an argument: what is used of it there can't be told",
}


def count(number: int, one: str, many: str | None = None) -> str:
    """ "1 file", "2,000 files"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(places: Iterable[Place], most: int = 4) -> str:
    """Lines by file, the first few: "a.py:3, 7; b.py:1 and 5 more"."""
    places = list({(place.file, place.cell, place.line): place for place in places}.values())
    by_file: dict[str, list[str]] = defaultdict(list)
    for place in places[:most]:
        line = f"{place.line}" if place.cell is None else f"cell {place.cell} line {place.line}"
        by_file[place.file].append(line)
    text = "; ".join(f"{file}:{', '.join(lines)}" for file, lines in by_file.items())
    more = len(places) - most
    return f"{text} and {more:,} more" if more > 0 else text


def by_state(
    standings: Mapping[str, Standing], verdict: Verdict
) -> Iterator[tuple[State, tuple[str, ...], str | None]]:
    """The cells with that verdict by what was measured there, with its most frequent reason."""
    cells: dict[State, list[str]] = defaultdict(list)
    for cell, standing in standings.items():
        if standing.verdict is verdict:
            cells[standing.state].append(cell)
    for state, together in cells.items():
        details = Counter(standings[cell].detail for cell in together)
        yield state, tuple(together), short(details.most_common(1)[0][0])


def breakdown(answer: Answer, finding: Finding, verdict: Verdict) -> tuple[str, ...]:
    """What goes wrong where, a line for each kind."""
    return tuple(
        f"{WORDS[state]} on {words(answer.measured, cells)}{_because(state, detail)}"
        for state, cells, detail in by_state(finding.standings, verdict)
    )


def _because(state: State, detail: str | None) -> str:
    told = state is not State.UNIMPORTABLE and detail
    return f": {detail}" if told else ""


def short(detail: str | None) -> str | None:
    """The first line of a reason, not too long."""
    if not detail:
        return None
    line = " ".join(detail.split())
    return line if len(line) <= _DETAIL else line[: _DETAIL - 1].rstrip() + "…"


def together(
    answer: Answer, findings: Sequence[Finding], verdict: Verdict
) -> Iterator[tuple[tuple[str, ...], tuple[Finding, ...]]]:
    """Findings that fail in the same way, grouped."""
    groups: dict[tuple[bool, tuple[str, ...]], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.cells(verdict):
            groups[finding.of_path, breakdown(answer, finding, verdict)].append(finding)
    for (_, lines), members in groups.items():
        yield lines, tuple(members)
