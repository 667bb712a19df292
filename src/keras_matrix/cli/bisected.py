"""A bisection's plan and answer as lines of text."""

from collections.abc import Iterator, Sequence

from keras_matrix.bisecting.answer import (
    SECONDS_A_FRAMEWORK,
    SECONDS_AN_ENVIRONMENT,
    Answer,
    Plan,
    Survey,
    spans,
)
from keras_matrix.bisecting.commands import shows
from keras_matrix.bisecting.outcomes import Outcome, Source
from keras_matrix.bisecting.question import Question
from keras_matrix.bisecting.search import Gap, Known, Transition, next_to_measure
from keras_matrix.bisecting.steps import Step
from keras_matrix.tables.eras import project_name

_LONGEST = 110
_MOST_NAMED = 6
_SOURCES = {
    Source.STORED: "measured table",
    Source.KEPT: "earlier bisection",
    Source.NOW: "measured now",
}


def planned(survey: Survey, known: Known, plan: Plan, jobs: int) -> Iterator[str]:
    """What is asked, what is known, what there is to do and what that costs."""
    yield heading(survey.question)
    impossible = len(survey.steps) - len(survey.feasible)
    yield f"{_count(len(survey.steps), 'release')}: {len(known)} known, {impossible} impossible"
    if plan.builds:
        yield f"to measure: {', '.join(_brief(runs(plan.builds, survey.feasible)))}"
    if plan.later:
        yield f"then, where neighbours differ, each release between them: at most {plan.later}"
    yield (
        f"about {_minutes(plan.seconds)} ({SECONDS_AN_ENVIRONMENT} s an environment, "
        f"{SECONDS_A_FRAMEWORK} s a framework below it, {jobs} at a time)"
    )


def heading(question: Question) -> str:
    """The question in one line."""
    ends = question.releases[:1] + question.releases[-1:]
    span = " … ".join(dict.fromkeys(ends))
    held = [f"{project_name(pin)} {version}" for pin, version in question.fixed.items()]
    held += [f"the {project_name(question.moving)} of the time"] if question.moving else []
    held += [f"Python {question.python}"] if question.python else []
    return f"{question.subject} over {project_name(question.over)} {span} with {', '.join(held)}"


def answered(answer: Answer) -> Iterator[str]:
    """The answer: what changed, everything found, what is not known, what can't be."""
    question = answer.survey.question
    changes = answer.changes
    yield f"{heading(question)}:"
    yield _headline(answer)
    for number, change in enumerate(changes, start=1):
        yield ""
        yield from _change(number, change, question)
    if answer.found:
        yield ""
        yield "found:"
        yield from _table([_row(step, outcome) for step, outcome in answer.found])
    if answer.gaps:
        yield ""
        yield "not measured:"
        for gap in answer.gaps:
            yield f"  {_gap(gap, answer.known)}"
    if answer.impossible:
        yield ""
        yield "impossible:"
        yield from _impossible(answer)


def _headline(answer: Answer) -> str:
    measured = [outcome for _, outcome in answer.found if outcome.measured]
    if not measured:
        return "nothing is known: none of these releases is measured"
    if changes := answer.changes:
        sides = [f"{c.before.release} → {c.after.release}" for c in changes]
        return f"{_count(len(changes), 'change')}: {', '.join(sides)}"
    releases = [step.release for step, outcome in answer.found if outcome.measured]
    word = said(measured[0])
    where = f"all {len(releases)} releases measured, {releases[0]} to {releases[-1]}"
    if len(releases) == 1:
        where = f"the one release measured, {releases[0]}"
    return f"no change{'' if answer.complete else ' so far'}: {word} in {where}"


def _change(number: int, change: Transition, question: Question) -> Iterator[str]:
    axis = project_name(question.over)
    before, after = change.before, change.after
    sides = f"{axis} {before.release} → {after.release}"
    yield f"{number}. {sides}: {said(change.was)} → {said(change.now)}"
    yield f"   with {_beside(after)}"
    commands = shows(change, question)
    for step, outcome, command in zip(
        (before, after), (change.was, change.now), commands, strict=True
    ):
        yield f"   {step.release}: {_words(outcome)}"
        yield f"      {command}"
    if change.between:
        named = ", ".join(_brief([change.between]))
        yield f"   it may be any of those between, of which nothing is known: {named}"
    if change.moved:
        pairs = "; ".join(f"{_name(n)} {a} → {b}" for n, (a, b) in change.moved.items())
        yield f"   beside it changed: {pairs}: either may be the cause; {_hint(change, question)}"


def _hint(change: Transition, question: Question) -> str:
    moving = question.moving
    if moving and moving in change.moved:
        return f"--with {moving}={change.before.beside.get(moving)} holds it"
    name, (was, _) = next(iter(change.moved.items()))
    return f"--with {name}={was} holds it"


def said(outcome: Outcome) -> str:
    """An outcome in a word or three."""
    word = "not measured" if not outcome.measured else outcome.state.word
    failure = outcome.key[1]
    return f"{word} ({failure})" if failure and " " not in failure else word


def _words(outcome: Outcome) -> str:
    word = outcome.state.word if outcome.measured else "could not be built"
    return f"{word}: {_short(outcome.detail)}" if outcome.detail else word


def _row(step: Step, outcome: Outcome) -> tuple[str, ...]:
    return (
        step.release,
        said(outcome) if outcome.measured else _words(outcome),
        _beside(step),
        _SOURCES[outcome.source],
    )


def _beside(step: Step) -> str:
    return ", ".join(f"{_name(name)} {version}" for name, version in step.beside.items())


def _gap(gap: Gap, known: Known) -> str:
    named = ", ".join(_brief([gap.releases]))
    if gap.older is None and gap.newer is None:
        return f"{named}: nothing is known of any of them"
    if gap.older is None:
        return f"{named}: nothing older than {gap.newer} is measured"
    if gap.newer is None:
        return f"{named}: nothing newer than {gap.older} is measured"
    if gap.same:
        word = said(known[gap.older])
        return f"{named}: not measured between, same on both sides ({word})"
    return f"{named}: between {gap.older} and {gap.newer}, which differ"


def _impossible(answer: Answer) -> Iterator[str]:
    """Releases in a row with reasons alike are one line: the first one's reason."""
    order = [step.release for step in answer.survey.steps]
    groups: list[list[Step]] = []
    for step in answer.impossible:
        last = groups[-1][-1] if groups else None
        adjacent = last and order.index(last.release) + 1 == order.index(step.release)
        if last and adjacent and _kind(last) == _kind(step):
            groups[-1].append(step)
        else:
            groups.append([step])
    for group in groups:
        named = ", ".join(_brief([tuple(step.release for step in group)]))
        yield f"  {named}: {group[0].obstacle}"


def _kind(step: Step) -> str:
    """The reason without the release that it names."""
    return (step.obstacle or "").replace(step.release, "")


def runs(releases: Sequence[str], order: Sequence[str]) -> list[tuple[str, ...]]:
    """Long stretches as runs, a few releases one by one."""
    if len(releases) <= _MOST_NAMED:
        return [(release,) for release in releases]
    return spans(releases, order)


def _brief(runs: Sequence[Sequence[str]]) -> Iterator[str]:
    for run in runs:
        if len(run) < 3:
            yield ", ".join(run)
        else:
            yield f"{run[0]} … {run[-1]} ({len(run)} releases)"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()


def _name(pin: str) -> str:
    return "Python" if pin == "python" else project_name(pin)


def _short(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _minutes(seconds: tuple[int, int]) -> str:
    least, most = (max(1, round(each / 60)) for each in seconds)
    if least == most:
        return f"{_count(most, 'minute')}"
    return f"{least} to {_count(most, 'minute')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def unanswered(answer: Answer, todo: Plan) -> str:
    """What to do about what the rule would still measure."""
    lacking = next_to_measure(answer.survey.feasible, answer.survey.first, answer.known)
    return (
        f"this is what is known without building; the same with --yes measures "
        f"{_count(len(lacking), 'release')} (about {_minutes(todo.seconds)})"
    )
