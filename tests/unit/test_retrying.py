"""The machine's own trouble is tried again, for a while; nothing waits here."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from tenacity import wait_fixed
from test_reportstore import report

from keras_matrix.errors import ENVIRONMENTAL, FailureClass
from keras_matrix.results import CellOutcome
from keras_matrix.running import retrying
from keras_matrix.running.campaign import CampaignStopped
from keras_matrix.running.measuring import Measured
from keras_matrix.running.retrying import ATTEMPTS, Persistence


class Bell(threading.Event):
    """An event whose waits are written down and over at once."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        return self.is_set()


def failed(failure: str, reason: str = "no answer") -> Measured:
    outcome = CellOutcome.BUILD_FAILED
    return Measured(
        report=replace(report(), outcome=outcome, reason=reason, failure=failure), build_seconds=1
    )


GOOD = Measured(report=report(), build_seconds=1)


def script(*results: Measured) -> tuple[Callable[[], Measured], list[Measured]]:
    left = list(results)
    return lambda: left.pop(0), left


@pytest.mark.parametrize("failure", sorted(ENVIRONMENTAL))
def test_trouble_of_the_machine_is_tried_again_with_longer_and_longer_waits(failure: str) -> None:
    bell, told = Bell(), []
    attempt, left = script(*[failed(failure)] * ATTEMPTS, GOOD)
    found = Persistence(bell).measure(attempt, lambda *step: told.append(step))
    assert (found.report.failure, len(left)) == (failure, 1)
    assert bell.waits == [5, 15]
    assert found.earlier == (f"{failure}: no answer",) * (ATTEMPTS - 1)
    assert told == [
        ("retry", f"attempt 2 of 3 in 5 s: {failure}: no answer"),
        ("retry", f"attempt 3 of 3 in 15 s: {failure}: no answer"),
    ]


@pytest.mark.parametrize("failure", sorted({*FailureClass, "unhealthy", "python"} - ENVIRONMENTAL))
def test_what_is_the_cells_own_is_never_tried_again(failure: str) -> None:
    bell = Bell()
    attempt, left = script(failed(failure), GOOD)
    found = Persistence(bell).measure(attempt, lambda *_: None)
    assert (found.report.failure, found.earlier, bell.waits, len(left)) == (failure, (), [], 1)


def test_a_trouble_that_passes_leaves_a_measurement_and_says_what_it_was() -> None:
    made_room: list[str | None] = []
    attempt, _ = script(failed("disk", "full"), GOOD)
    persistence = Persistence(Bell(), lambda measured: made_room.append(measured.report.failure))
    found = persistence.measure(attempt, lambda *_: None)
    assert found.report == report()
    assert found.earlier == ("disk: full",)
    assert made_room == ["disk"]


def test_a_lasting_trouble_is_not_waited_for_by_every_cell() -> None:
    bell = Bell()
    persistence = Persistence(bell)
    for attempts in (ATTEMPTS, 1, 1):
        attempt, left = script(*[failed("engine")] * ATTEMPTS)
        persistence.measure(attempt, lambda *_: None)
        assert len(left) == ATTEMPTS - attempts
    persistence.measure(lambda: GOOD, lambda *_: None)
    attempt, left = script(failed("engine"), GOOD)
    assert persistence.measure(attempt, lambda *_: None).report == report()


def test_an_interrupt_ends_the_wait_and_nothing_is_tried_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retrying, "WAIT", wait_fixed(600))
    stop = threading.Event()
    attempts = []

    def attempt() -> Measured:
        if stop.is_set():
            raise CampaignStopped
        attempts.append(1)
        return failed("network")

    waits = threading.Event()
    ended = []

    def cell() -> None:
        with pytest.raises(CampaignStopped):
            Persistence(stop).measure(attempt, lambda *_: waits.set())
        ended.append(True)

    thread = threading.Thread(target=cell, daemon=True)
    thread.start()
    assert waits.wait(60)
    stop.set()
    thread.join(60)
    assert ended
    assert len(attempts) == 1
