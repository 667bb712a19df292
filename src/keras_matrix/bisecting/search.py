"""What to measure next, what changed, and what stays unknown. Pure.

Nothing is assumed to change only once. What is between two neighbours with the same outcome may
still be another: it stays unmeasured, and is told as such.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from keras_matrix.bisecting.outcomes import Outcome
from keras_matrix.bisecting.steps import Step

Known = Mapping[str, Outcome]
"""Release -> what is known of it, a build that failed among them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """Two neighbours with different outcomes. ``between`` says nothing: not measured, or failed."""

    before: Step
    after: Step
    was: Outcome
    now: Outcome
    between: tuple[str, ...]

    @property
    def moved(self) -> Mapping[str, tuple[str | None, str | None]]:
        """What else differs between the two sides."""
        one, other = self.before.beside, self.after.beside
        return {
            name: (one.get(name), other.get(name))
            for name in dict.fromkeys([*one, *other])
            if one.get(name) != other.get(name)
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Feasible releases in a row that nothing is known of, between two that are known.

    None for a neighbour stands for the end of the range.
    """

    releases: tuple[str, ...]
    older: str | None
    newer: str | None
    outcomes: tuple[Outcome | None, Outcome | None]

    @property
    def same(self) -> bool:
        """Whether both sides say the same."""
        one, other = self.outcomes
        return one is not None and other is not None and one.key == other.key


def next_to_measure(
    releases: Sequence[str], first: Collection[str], known: Known
) -> tuple[str, ...]:
    """Of the feasible ``releases`` those to measure now; none where all is answered.

    ``first`` before everything else; then each release between two neighbours that differ.
    """
    lacking = tuple(release for release in releases if release in first and release not in known)
    if lacking:
        return lacking
    return tuple(
        release
        for one, other in pairwise(_telling(releases, known))
        if known[one].key != known[other].key
        for release in _between(releases, one, other)
        if release not in known
    )


def search(
    releases: Sequence[str],
    first: Collection[str],
    known: Known,
    measure: Callable[[Sequence[str]], Known],
) -> Known:
    """Measure until nothing is left to ask; ``measure`` answers for every release it is given."""
    while todo := next_to_measure(releases, first, known):
        known = {**known, **measure(todo)}
    return known


def at_most_between(releases: Sequence[str], first: Collection[str], known: Known) -> int:
    """How many there are to measure, at the worst, once ``first`` is known."""
    telling = [r for r in releases if r in first or (r in known and known[r].measured)]
    return sum(
        release not in known
        for one, other in pairwise(telling)
        if not (one in known and other in known and known[one].key == known[other].key)
        for release in _between(releases, one, other)
    )


def transitions(steps: Sequence[Step], known: Known) -> tuple[Transition, ...]:
    """Every pair of neighbours that differ, oldest first."""
    by_release = {step.release: step for step in steps}
    releases = [step.release for step in steps if step.feasible or step.release in known]
    return tuple(
        Transition(
            before=by_release[one],
            after=by_release[other],
            was=known[one],
            now=known[other],
            between=_between(releases, one, other),
        )
        for one, other in pairwise(_telling(releases, known))
        if known[one].key != known[other].key
    )


def gaps(releases: Sequence[str], known: Known) -> tuple[Gap, ...]:
    """Every run of feasible releases that nothing is known of, oldest first."""
    telling = _telling(releases, known)
    ends: list[str | None] = [None, *telling, None]
    found = []
    for older, newer in pairwise(ends):
        unknown = tuple(r for r in _between(releases, older, newer) if r not in known)
        if unknown:
            outcomes = (known[older] if older else None, known[newer] if newer else None)
            found.append(Gap(releases=unknown, older=older, newer=newer, outcomes=outcomes))
    return tuple(found)


def _telling(releases: Sequence[str], known: Known) -> list[str]:
    """The releases whose outcome is an outcome, no failure to build."""
    return [release for release in releases if release in known and known[release].measured]


def _between(releases: Sequence[str], one: str | None, other: str | None) -> tuple[str, ...]:
    start = 0 if one is None else releases.index(one) + 1
    end = len(releases) if other is None else releases.index(other)
    return tuple(releases[start:end])
