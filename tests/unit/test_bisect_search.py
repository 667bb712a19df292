"""What is measured next, what changed and what stays unknown, against a plain reading of the rule.

``truth`` is a made-up history: one letter for each release, "!" for one that can't be built.
"""

import itertools
import random
from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from keras_matrix.bisecting.outcomes import Outcome, Source
from keras_matrix.bisecting.search import (
    Known,
    at_most_between,
    gaps,
    next_to_measure,
    search,
    transitions,
)
from keras_matrix.bisecting.steps import Step
from keras_matrix.tables.states import State

STATES = {"w": State.WORKS, "m": State.MISSING, "r": State.RAISES, "!": State.NOT_MEASURED}
PATCHES = 5


def names(truth: str) -> tuple[str, ...]:
    """Releases of five patches to a minor."""
    return tuple(f"2.{number // PATCHES}.{number % PATCHES}" for number in range(len(truth)))


def newest(releases: Sequence[str]) -> set[str]:
    return {max(group) for _, group in itertools.groupby(releases, lambda name: name[:3])}


def outcome(letter: str, source: Source = Source.NOW) -> Outcome:
    detail = {"r": "TypeError: x", "!": "resolve: no solution"}.get(letter)
    return Outcome(state=STATES[letter], detail=detail, cell="cell", source=source)


def steps(releases: Sequence[str]) -> tuple[Step, ...]:
    return tuple(Step(axis="keras", release=release, cell=None) for release in releases)


class World:
    """Answers as ``truth`` says, and remembers what it was asked."""

    def __init__(self, truth: str) -> None:
        self.releases = names(truth)
        self.truth = dict(zip(self.releases, truth, strict=True))
        self.asked: list[str] = []

    def measure(self, releases: Sequence[str]) -> Known:
        self.asked.extend(releases)
        return {release: outcome(self.truth[release]) for release in releases}

    def found(self, first: Collection[str], stored: Collection[str] = ()) -> Known:
        known = {release: outcome(self.truth[release], Source.STORED) for release in stored}
        return search(self.releases, first, known, self.measure)

    def changes(self, known: Known) -> list[tuple[str, str]]:
        found = transitions(steps(self.releases), known)
        return [(change.before.release, change.after.release) for change in found]

    def true_changes(self) -> list[tuple[str, str]]:
        told = [release for release in self.releases if self.truth[release] != "!"]
        pairs = itertools.pairwise(told)
        return [(a, b) for a, b in pairs if self.truth[a] != self.truth[b]]


def histories() -> list[str]:
    chance = random.Random(4)
    made = [
        "".join(chance.choice("wwwwmmr!"[: chance.randint(2, 8)]) for _ in range(length))
        for length in (1, 2, 3, 7, 11, 20, 23)
        for _ in range(25)
    ]
    steady = ["".join(letter * chance.randint(1, 6) for letter in "wmwrw") for _ in range(25)]
    return [*made, *steady, "w" * 12, "!" * 12]


@pytest.mark.parametrize("truth", histories())
def test_with_every_release_every_change_is_found(truth: str) -> None:
    world = World(truth)
    known = world.found(world.releases)
    assert world.changes(known) == world.true_changes()
    assert gaps(world.releases, known) == ()


@pytest.mark.parametrize("truth", histories())
def test_between_two_neighbours_that_differ_nothing_stays_unmeasured(truth: str) -> None:
    world = World(truth)
    known = world.found(newest(world.releases))
    for change in transitions(steps(world.releases), known):
        assert all(world.truth[release] == "!" for release in change.between)
    assert set(world.changes(known)) <= set(world.true_changes())
    assert all(gap.same or None in (gap.older, gap.newer) for gap in gaps(world.releases, known))
    assert len(world.asked) == len(set(world.asked)), "measured twice"


@pytest.mark.parametrize("truth", histories())
def test_the_plan_promises_no_less_than_what_is_done(truth: str) -> None:
    world = World(truth)
    first = newest(world.releases)
    stored = world.releases[::4]
    known = {release: outcome(world.truth[release], Source.STORED) for release in stored}
    now = next_to_measure(world.releases, first, known)
    lacking = {release for release in first if release not in known}
    most = at_most_between(world.releases, first, known) + len(lacking)
    world.found(first, stored)
    assert set(now) <= set(world.asked)
    assert not set(stored) & set(world.asked), "a stored release was built"
    if "!" not in truth:  # what fails is no neighbour: then more may have to be looked at
        assert len(world.asked) <= most


def test_an_outcome_that_comes_back_is_found_by_a_single_stored_release() -> None:
    world = World("wwwwwwwwwwwwwww")
    world.truth["2.1.2"] = "m"
    known = world.found(newest(world.releases), stored=["2.1.2"])
    assert world.changes(known) == [("2.1.1", "2.1.2"), ("2.1.2", "2.1.3")]
    assert sorted(world.asked) == [
        *("2.0.4", "2.1.0", "2.1.1", "2.1.3", "2.1.4", "2.2.4"),
    ]


def test_what_is_not_measured_is_told_with_what_is_on_either_side() -> None:
    world = World("wwwwwwwwwwmmmmm")
    known = world.found({"2.0.4", "2.1.4", "2.2.2"})
    told = [(g.releases, g.older, g.newer, g.same) for g in gaps(world.releases, known)]
    assert told == [
        (("2.0.0", "2.0.1", "2.0.2", "2.0.3"), None, "2.0.4", False),
        (("2.1.0", "2.1.1", "2.1.2", "2.1.3"), "2.0.4", "2.1.4", True),
        (("2.2.3", "2.2.4"), "2.2.2", None, False),
    ]


def test_without_building_a_change_names_all_that_may_be_its_place() -> None:
    releases = names("wwwmm")
    known = {"2.0.0": outcome("w"), "2.0.2": outcome("!"), "2.0.4": outcome("m")}
    (change,) = transitions(steps(releases), known)
    assert (change.before.release, change.after.release) == ("2.0.0", "2.0.4")
    assert change.between == ("2.0.1", "2.0.2", "2.0.3")
    (gap,) = gaps(releases, known)
    assert (gap.releases, gap.same) == (("2.0.1", "2.0.3"), False)


def test_failures_are_told_apart_by_their_exception_and_nothing_else_by_its_detail() -> None:
    raised = outcome("r")
    assert raised.key == replace(raised, detail="TypeError: another message").key
    assert raised.key == replace(raised, detail="builtins.TypeError: x").key
    assert raised.key != replace(raised, detail="ValueError: x").key
    works = outcome("w")
    assert works.key == replace(works, detail="takes long").key
    gone = replace(raised, state=State.UNIMPORTABLE, detail="ImportError: No module named x")
    assert gone.key == replace(gone, detail="ModuleNotFoundError: No module named 'x'").key
    died = replace(raised, state=State.CRASHED, detail="SIGSEGV")
    assert died.key != replace(died, detail="SIGABRT").key
