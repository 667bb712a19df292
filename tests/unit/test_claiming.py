"""Several runs in one checkout: each cell is measured by one of them."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from test_planning import CELL, current, plan

from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome
from keras_matrix.running.claiming import Claims
from keras_matrix.running.planning import Ground, Task


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(tmp_path / "data")


@pytest.fixture
def task(tmp_path: Path, store: ReportStore) -> Task:
    (found,) = plan(tmp_path, store, [CELL]).tasks
    return found


@pytest.fixture
def claims(tmp_path: Path) -> Claims:
    locks = tmp_path / "docker" / "locks"
    ground = Ground(engine="docker", locks=locks, probes="sha256:22", import_paths=())
    return Claims(directory=tmp_path / "claims", ground=ground)


def test_a_cell_that_another_run_measures_is_waited_for(claims: Claims, task: Task) -> None:
    waited, order = threading.Event(), []

    def other() -> None:
        with claims.on(task, waited.set):
            order.append("other")

    with claims.on(task, pytest.fail):
        thread = threading.Thread(target=other)
        thread.start()
        assert waited.wait(60)
        order.append("first")
    thread.join(60)
    assert order == ["first", "other"]


def test_a_wait_ends_where_the_run_is_to_stop(claims: Claims, task: Task) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with claims.on(task, pytest.fail), pytest.raises(KeyboardInterrupt), claims.on(task, stop):
        pytest.fail("two have the same cell")


def test_what_was_stored_meanwhile_is_taken_where_it_is_current(
    claims: Claims, task: Task, store: ReportStore
) -> None:
    assert claims.finished_meanwhile(task, store) is None
    store.write(current())
    assert claims.finished_meanwhile(task, store) == current()
    assert claims.finished_meanwhile(replace(task, stored=current()), store) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda store: store.path(CELL.id).write_text("{"),
        lambda store: store.write(
            replace(current(), provenance=replace(current().provenance, probes="sha256:33"))
        ),
        lambda store: store.write(
            replace(current(), outcome=CellOutcome.BUILD_FAILED, reason="x", failure="network")
        ),
    ],
    ids=["corrupt", "other probes", "failed"],
)
def test_what_is_not_current_is_measured(
    claims: Claims, task: Task, store: ReportStore, spoil: Callable[[ReportStore], object]
) -> None:
    store.write(current())
    spoil(store)
    assert claims.finished_meanwhile(task, store) is None
