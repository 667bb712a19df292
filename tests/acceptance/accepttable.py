"""Both halves as one table: did the error come, and was the accepted fix proposed? Pure."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from attempts import Task
from explained import Judged, Verdict, share
from reports import Report

from keras_matrix.reproducing.combination import described

_MOST_FIXES = 2
_LONGEST = 240
_CLAIMS = {
    "none": "no version is stated",
    "impossible": "the claim is impossible",
    "plausible": "the claim is no exact combination",
}
_MADE = "made"


class Outcome(StrEnum):
    """What became of a report's error."""

    REPRODUCED = "reproduced"
    DIFFERENT = "different error"
    NO_ERROR = "no error"
    NOT_BUILT = "could not be installed"
    IMPOSSIBLE = "impossible"
    OPEN = "not tried yet"
    NOT_ASKED = "no exact claim"


_OUTCOMES = {
    "reproduced": Outcome.REPRODUCED,
    "different": Outcome.DIFFERENT,
    "no-error": Outcome.NO_ERROR,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """What came of one combination: the outcome, what was seen, and what there is to say of it."""

    outcome: Outcome
    seen: str = ""
    remarks: tuple[str, ...] = ()


def came_of(task: Task, kept: Mapping[str, Any]) -> Came:
    """From what is kept; an impossible combination needs no run."""
    if task.chosen is None:
        return Came(outcome=Outcome.IMPOSSIBLE, remarks=(task.impossible, *task.asked.doubts))
    result = kept.get(task.key or "")
    if result is None:
        return Came(outcome=Outcome.OPEN, remarks=task.asked.doubts)
    if result["failure"]:
        return Came(outcome=Outcome.NOT_BUILT, remarks=(result["failure"], *_remarks(task, result)))
    last = _answering(result["attempts"])
    return Came(
        outcome=_OUTCOMES[last["verdict"]],
        seen=f"{_code(_obtained(last))} on {_where(last['cell'])}",
        remarks=(*_remarks(task, result), *([last["note"]] if last["note"] else [])),
    )


def _answering(attempts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The one that shows the error, else the first: the report's own code where it has some."""
    shown = (each for each in attempts if each["verdict"] == "reproduced")
    return next(shown, attempts[0])


def _obtained(attempt: Mapping[str, Any]) -> str:
    errors = attempt["ending"]["errors"]
    if not errors:
        return str(attempt["ending"]["reason"])
    return ": ".join(part for part in (errors[0]["exception"], errors[0]["message"]) if part)


def _where(cell: Mapping[str, Any]) -> str:
    pins = ", ".join(f"{pin} {version}" for pin, version in cell["pins"].items())
    return f"{pins}, Python {cell['python']}"


def _remarks(task: Task, result: Mapping[str, Any]) -> Iterator[str]:
    attempts = result["attempts"]
    if result["lacking"] and attempts[-1]["snippet"]["origin"] == _MADE:
        yield f"{result['lacking']}: run was {_code(attempts[-1]['snippet']['code'])}"
    elif result["lacking"]:
        yield result["lacking"]
    if task.chosen is not None:
        yield from task.chosen.notes
        for pin, distribution in task.chosen.distributions.items():
            if distribution != pin:
                yield f"{pin} was installed from {distribution}"
    yield from task.asked.doubts


def to_markdown(
    judged: Sequence[Judged],
    exact: Mapping[str, Sequence[Task]],
    kept: Mapping[str, Any],
    reviews: Mapping[str, Mapping[str, Any]],
) -> Iterator[str]:
    """The totals, then a row for each report: those with an exact claim first."""
    found = {
        source: [(task, came_of(task, kept)) for task in tasks] for source, tasks in exact.items()
    }
    yield "# Real error reports, reproduced and explained"
    yield ""
    yield from textwrap.wrap(_totals(judged, [cames[0][1] for cames in found.values()]), 100)
    yield ""
    yield "| report | claimed | what happened | error | remarks | proposed | accepted fix | fix |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for each in sorted(judged, key=lambda one: one.report.source not in found):
        yield _row(each, found.get(each.report.source), reviews.get(each.report.source, {}))


def _totals(judged: Sequence[Judged], claimed: Sequence[Came]) -> str:
    counted = Counter(each.outcome for each in claimed)
    outcomes = ", ".join(f"{word} {counted[word]}" for word in Outcome if counted[word])
    good, asked = share(judged)
    better = sum(each.verdict is Verdict.BETTER for each in judged)
    return (
        f"{len(judged)} reports. {len(claimed)} claim an exact and plausible combination; of "
        f"their errors: {outcomes or 'none'}. {asked} have an accepted fix: `explain` proposed it "
        f"({good - better}) or a better one that was measured ({better}) for {good}"
        f"{f', that is {good / asked:.0%}' if asked else ''}."
    )


def _row(each: Judged, found: Sequence[tuple[Task, Came]] | None, review: Mapping[str, Any]) -> str:
    happened, outcome, remarks = _tried(found, review) if found else _not_tried(each.report)
    cells = [
        f"[{each.report.source.removeprefix('github:')}]({each.report.fields['url']})",
        each.report.claimed or "nothing",
        happened,
        f"**{outcome}**" if found else outcome,
        remarks,
        "<br>".join(fix.title for fix in each.told.fixes[:_MOST_FIXES]) or "nothing",
        each.report.accepted or "none",
        f"**{each.verdict}** {each.by}".strip(),
    ]
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def _tried(found: Sequence[tuple[Task, Came]], review: Mapping[str, Any]) -> tuple[str, str, str]:
    _, claimed = found[0]
    remarks = [*claimed.remarks]
    if claimed.outcome is not Outcome.REPRODUCED and "reason" in review:
        remarks.insert(0, review["reason"])
    for task, other in found[1:]:
        tried = described(task.chosen.cell) if task.chosen else task.impossible
        new = [each for each in other.remarks if each not in claimed.remarks]
        said = "; ".join(part for part in (other.seen, *new) if part)
        remarks.append(f"instead, {tried}: **{other.outcome}**{f', {said}' if said else ''}")
    return claimed.seen or "–", claimed.outcome, "<br>".join(remarks)


def _not_tried(report: Report) -> tuple[str, str, str]:
    claim = report.fields["version_claim"]
    why = _CLAIMS.get(claim, "the claim is doubtful: mixed, shadowed, or another backend")
    notes = report.fields["notes"] if claim not in ("none", "plausible") else None
    return "–", Outcome.NOT_ASKED, f"{why} ({notes})" if notes else why


def _code(text: str) -> str:
    """On one line, as code; a backtick inside would end it."""
    line = "; ".join(text.replace("`", "'").strip().splitlines())
    return f"`{line if len(line) <= _LONGEST else line[:_LONGEST] + '…'}`"
