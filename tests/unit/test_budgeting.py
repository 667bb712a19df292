"""A run that ends in time, and says what it left out."""

from dataclasses import replace

import pytest
from test_campaign import A1, A2, B1

from keras_matrix.running.budgeting import Budget, LeftOut, parse_budget
from keras_matrix.running.planning import Task
from keras_matrix.running.timings import CellTiming, Timings


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("1h1m1s", 3661), ("90m", 5400)],
)
def test_times_as_people_write_them(text: str, seconds: int) -> None:
    assert parse_budget(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "30", "m", "1.5h", "-5m", "30m1h", "1h 30m", "0s", "٣m", "5d"]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="as in 1h30m or 90s"):
        parse_budget(text)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def took(task: Task, build: float, probe: float) -> CellTiming:
    return CellTiming(tier=task.shares, stages={"probe": probe}, build={task.shares: build})


TIMINGS = Timings(cells={"a1": took(A1, 50, 10), "a2": took(A2, 50, 10), "b1": took(B1, 5, 5)})


def test_a_cell_that_would_end_too_late_is_left_out_and_a_shorter_one_is_not() -> None:
    clock = Clock()
    budget = Budget(60, TIMINGS, clock=clock)
    clock.now += 1
    assert not budget.admits(A1)
    assert budget.admits(B1)
    (left,) = budget.left_out
    assert left == LeftOut(cell="a1", why="no report", estimate=60, left=59)
    assert left.reason == "expected to take 60 s, 59 s of the budget were left"
    clock.now += 60
    assert not budget.admits(B1)
    assert budget.left_out[-1].reason == "the budget was spent"


def test_a_tier_that_stands_or_was_built_meanwhile_costs_nothing() -> None:
    assert Budget(15, TIMINGS, ["A"], clock=Clock()).admits(A1)
    budget = Budget(15, TIMINGS, clock=Clock())
    assert not budget.admits(A1)
    budget.built(A1)
    assert budget.admits(A2)


def test_what_was_never_timed_takes_the_default() -> None:
    new = replace(B1, cell=replace(B1.cell, id="new"))
    assert Budget(120, Timings(), clock=Clock()).admits(new)
    assert not Budget(119, Timings(), clock=Clock()).admits(new)
