"""What editors and review tools get: one issue for each line that stands in the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.knowledge import Knowledge
from keras_matrix.scanning.answers import Ability, Answer, Finding
from keras_matrix.scanning.following.mentions import How
from keras_matrix.scanning.formats.wording import WORDS, breakdown, short
from keras_matrix.scanning.instead import replacements
from keras_matrix.scanning.judging import Verdict
from keras_matrix.scanning.references import Reference
from keras_matrix.scanning.sources import Place
from keras_matrix.scanning.targets import Target
from keras_matrix.tables.states import State

SYNTAX = "python-syntax"
RULES = {
    State.MISSING.value: "The import path has no such name in some measured combinations",
    State.UNIMPORTABLE.value: "The import path can't be imported in some measured combinations",
    State.RAISES.value: "The name is there, and calling it raises",
    State.CRASHED.value: "The name is there, and calling it ends the process",
    State.TIMED_OUT.value: "The name is there, and a call of it doesn't end",
    State.NEEDS_SETTING.value: "The name only works under a setting",
    State.DIFFERS.value: "The name gives another answer than NumPy",
    SYNTAX: "Syntax that not every Python reads",
}


class Level(StrEnum):
    """How much it matters.

    ERROR: it stops the combination that was asked for; without one, it works nowhere. WARNING: it
    is one of the reasons why no measured combination can run the code; or it works there, with
    care. NOTE: combinations that can run the code exist, and this is what stops the others.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One place, and what is wrong with it."""

    place: Place
    rule: str
    level: Level
    text: str


def issues(answer: Answer, knowledge: Knowledge, target: Target | None) -> tuple[Issue, ...]:
    """By file and place."""
    found = [
        *(i for finding in answer.findings for i in _of(answer, finding, knowledge, target)),
        *_of_syntax(answer, target),
    ]
    return tuple(sorted(found, key=_order))


def _order(issue: Issue) -> tuple[object, ...]:
    place = issue.place
    return place.file, place.cell or 0, place.line, place.column, issue.rule, issue.text


def _of(
    answer: Answer, finding: Finding, knowledge: Knowledge, target: Target | None
) -> Iterator[Issue]:
    told = _in_cell(finding, target.cell.id) if target else _anywhere(answer, finding)
    if told is None:
        return
    level, state, text = told
    cells = [target.cell.id] if target else finding.obstacles
    uses = () if finding.of_path else replacements(finding, knowledge, cells)
    instead = f". Instead: {'; or '.join(each.text for each in uses)}" if uses else ""
    for reference in _shown(finding):
        text_there = f"{finding.title} {text}{instead}"
        yield Issue(place=reference.place, rule=state.value, level=level, text=text_there)


def _in_cell(finding: Finding, cell: str) -> tuple[Level, State, str] | None:
    standing = finding.standings[cell]
    if standing.verdict not in (Verdict.OBSTACLE, Verdict.WARNING):
        return None
    level = Level.ERROR if standing.verdict is Verdict.OBSTACLE else Level.WARNING
    reason = f": {short(standing.detail)}" if standing.detail else ""
    return level, standing.state, f"{WORDS[standing.state]} in {cell}{reason}"


def _anywhere(answer: Answer, finding: Finding) -> tuple[Level, State, str] | None:
    stopped = finding.obstacles
    if not stopped:
        return None
    level = Level.NOTE if answer.able(Ability.YES) else Level.WARNING
    if len(stopped) + len(finding.without_path) == len(finding.standings):
        level = Level.ERROR
    state = finding.standings[stopped[-1]].state
    return level, state, "; ".join(breakdown(answer, finding, Verdict.OBSTACLE))


def _shown(finding: Finding) -> Iterator[Reference]:
    """Of a path: its imports; in a file that doesn't import it, the first line that needs it."""
    if not finding.of_path:
        yield from finding.references
        return
    files: set[str] = set()
    imports = [each for each in finding.references if each.how is not How.ATTRIBUTE]
    for reference in imports:
        files.add(reference.place.file)
        yield reference
    for reference in finding.references:
        if reference.place.file not in files:
            files.add(reference.place.file)
            yield reference


def _of_syntax(answer: Answer, target: Target | None) -> Iterator[Issue]:
    for each in answer.syntax:
        if target is not None and target.cell.id not in each.obstacles:
            continue
        level = Level.ERROR if target else Level.NOTE
        if target is None and not answer.able(Ability.YES):
            level = Level.WARNING
        yield Issue(place=each.wanted.place, rule=SYNTAX, level=level, text=each.title)
