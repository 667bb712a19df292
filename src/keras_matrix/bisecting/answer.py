"""The plan before anything is built, and the answer after it: as values and as data. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras_matrix.bisecting.commands import shows
from keras_matrix.bisecting.outcomes import Outcome
from keras_matrix.bisecting.question import Attribute, Question
from keras_matrix.bisecting.search import (
    Gap,
    Known,
    Transition,
    at_most_between,
    gaps,
    next_to_measure,
    transitions,
)
from keras_matrix.bisecting.steps import Step, newest_of_each_minor

SECONDS_AN_ENVIRONMENT = 20
SECONDS_A_FRAMEWORK = 40
"""What building and measuring takes on two cores with a warm index: a Keras on top of a framework
that stands, and the framework below it. An estimate for the plan, nothing that is relied on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What will be measured: ``builds`` for certain, ``later`` more releases at the worst."""

    builds: tuple[str, ...]
    later: int
    seconds: tuple[int, int]

    @property
    def idle(self) -> bool:
        """Whether everything that would be asked is known."""
        return not self.builds and not self.later


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """A question with a step for each release, and which of them are measured first."""

    question: Question
    steps: tuple[Step, ...]

    @property
    def feasible(self) -> tuple[str, ...]:
        """The releases that can be built, oldest first."""
        return tuple(step.release for step in self.steps if step.feasible)

    @property
    def first(self) -> tuple[str, ...]:
        """Every feasible release; or the newest of each minor, and the oldest of the range."""
        if self.question.every:
            return self.feasible
        return tuple(dict.fromkeys([*self.feasible[:1], *newest_of_each_minor(self.steps)]))

    def step(self, release: str) -> Step:
        """The step of a release of the question."""
        return next(step for step in self.steps if step.release == release)


def plan(survey: Survey, known: Known, jobs: int) -> Plan:
    """What there is to do, and about how long it takes."""
    builds = next_to_measure(survey.feasible, survey.first, known)
    worst = at_most_between(survey.feasible, survey.first, known)
    lacking_first = any(release not in known for release in survey.first)
    later = worst if lacking_first else worst - len(builds)
    frameworks = len({survey.step(release).shares for release in builds})
    least = len(builds) * SECONDS_AN_ENVIRONMENT + frameworks * SECONDS_A_FRAMEWORK
    most = least + later * (SECONDS_AN_ENVIRONMENT + (SECONDS_A_FRAMEWORK if _moves(survey) else 0))
    return Plan(builds=builds, later=later, seconds=(least // jobs, most // jobs))


def _moves(survey: Survey) -> bool:
    """Whether each release stands on a framework of its own."""
    return survey.question.over == survey.question.backend


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Everything that is known now."""

    survey: Survey
    known: Known

    @property
    def changes(self) -> tuple[Transition, ...]:
        """Where the outcome changes, oldest first."""
        return transitions(self.survey.steps, self.known)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What was not measured, oldest first."""
        return gaps(self.survey.feasible, self.known)

    @property
    def impossible(self) -> tuple[Step, ...]:
        """The releases that can't be built."""
        return tuple(step for step in self.survey.steps if not step.feasible)

    @property
    def found(self) -> tuple[tuple[Step, Outcome], ...]:
        """What is known, oldest first."""
        return tuple(
            (step, self.known[step.release])
            for step in self.survey.steps
            if step.release in self.known
        )

    @property
    def complete(self) -> bool:
        """Whether nothing is left to measure by the rule that was asked for."""
        return not next_to_measure(self.survey.feasible, self.survey.first, self.known)


def document(answer: Answer, planned: Plan) -> dict[str, Any]:
    """The answer as data."""
    question = answer.survey.question
    return {
        "question": _question(question),
        "complete": answer.complete,
        "transitions": [_transition(change, question) for change in answer.changes],
        "releases": [
            _release(step, answer.known.get(step.release)) for step in answer.survey.steps
        ],
        "not_measured": [
            {
                "releases": list(gap.releases),
                "older": gap.older,
                "newer": gap.newer,
                "same_on_both_sides": gap.same,
            }
            for gap in answer.gaps
        ],
        "plan": {
            "to_measure": list(planned.builds),
            "at_most_more": planned.later,
            "estimated_seconds": list(planned.seconds),
        },
    }


def _question(question: Question) -> dict[str, Any]:
    kind = "attribute" if isinstance(question.subject, Attribute) else "script"
    return {
        kind: str(question.subject),
        "over": question.over,
        "backend": question.backend,
        "with": dict(question.fixed),
        "moving": question.moving,
        "python": question.python,
        "from": question.releases[0] if question.releases else None,
        "to": question.releases[-1] if question.releases else None,
        "all_releases": question.every,
    }


def _transition(change: Transition, question: Question) -> dict[str, Any]:
    before, after = shows(change, question)
    return {
        "before": change.before.release,
        "after": change.after.release,
        "was": _outcome(change.was),
        "now": _outcome(change.now),
        "between": list(change.between),
        "moved": {name: list(pair) for name, pair in change.moved.items()},
        "beside": {"before": dict(change.before.beside), "after": dict(change.after.beside)},
        "commands": {"before": before, "after": after},
    }


def _release(step: Step, outcome: Outcome | None) -> dict[str, Any]:
    return {
        "release": step.release,
        "cell": step.cell.id if step.cell else None,
        "beside": dict(step.beside),
        "rule": step.why or None,
        "impossible": step.obstacle,
        **(_outcome(outcome) if outcome else {"outcome": None, "detail": None, "source": None}),
    }


def _outcome(outcome: Outcome) -> Mapping[str, str | None]:
    return {
        "outcome": outcome.state.value,
        "detail": outcome.detail,
        "source": outcome.source.value,
    }


def spans(releases: Sequence[str], order: Sequence[str]) -> list[tuple[str, ...]]:
    """Releases in runs that follow one another in ``order``."""
    runs: list[list[str]] = []
    for release in releases:
        follows = runs and order.index(runs[-1][-1]) + 1 == order.index(release)
        if follows:
            runs[-1].append(release)
        else:
            runs.append([release])
    return [tuple(run) for run in runs]
