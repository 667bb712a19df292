"""Who measures what on a cluster, and what a lost worker costs; no cluster and no engine here."""

import threading
from concurrent.futures import CancelledError, Future
from dataclasses import replace

import pytest
from test_campaign import measured, task
from test_reportstore import report

from keras_matrix.distributing import executor as executors
from keras_matrix.distributing.admission import problems, why_not
from keras_matrix.distributing.board import MOST_LOSSES, Board
from keras_matrix.distributing.executor import ClusterExecutor, Handlers
from keras_matrix.distributing.orders import Delivery, Introduction, Order, Step, Terms
from keras_matrix.errors import EnvironmentUnusableError
from keras_matrix.results import CellOutcome
from keras_matrix.running.measuring import Measured
from keras_matrix.running.scheduling import run_tasks

A1, A2, A3, B1, B2 = (task(name, name[0].upper()) for name in ("a1", "a2", "a3", "b1", "b2"))
TERMS = Terms(campaign="c", engine="auto", registry=None, import_paths=(), probes="", kit=b"")
KNOWN = Introduction(name="w", threads=1, harness="h", dask="d", engine="docker")


def board(*tasks, workers=("x", "y"), slots=1, shared=False):
    found = Board(shared=shared, pending=list(tasks))
    for worker in workers:
        found.join(worker, slots)
    return found


def taken(board):
    found = []
    while (one := board.take()) is not None:
        found.append((one[0], one[1].cell.id))
    return found


def test_cells_of_one_tier_stay_with_the_worker_that_builds_it():
    it = board(A1, A2, B1, B2)
    assert taken(it) == [("x", "a1"), ("y", "b1")]
    it.ended("x", A1, stands=True)
    it.ended("y", B1, stands=True)
    assert taken(it) == [("x", "a2"), ("y", "b2")]


def test_nobody_builds_a_tier_that_another_is_building():
    it = board(A1, A2, A3, shared=True)
    assert taken(it) == [("x", "a1")]
    it.ended("x", A1, stands=False)
    assert taken(it) == [("x", "a2")]
    it.ended("x", A2, stands=True)
    assert taken(it) == [("x", "a3")]


def test_an_idle_worker_helps_where_the_tier_stands():
    it = board(A1, A2, A3)
    taken(it)
    it.ended("x", A1, stands=True)
    assert taken(it) == [("x", "a2")], "the last cell isn't worth a second build"
    with_registry = board(A1, A2, A3, shared=True)
    taken(with_registry)
    with_registry.ended("x", A1, stands=True)
    assert taken(with_registry) == [("x", "a2"), ("y", "a3")]


def test_a_second_thread_waits_until_its_workers_tier_stands():
    it = board(A1, A2, workers=("x",), slots=2)
    assert taken(it) == [("x", "a1")]
    it.ended("x", A1, stands=True)
    assert taken(it) == [("x", "a2")]


def test_a_lost_worker_gives_its_tiers_and_cells_away():
    it = board(A1, A2, B1)
    taken(it)
    it.lost("x")
    assert it.give_back("x", A1)
    assert taken(it) == []
    it.ended("y", B1, stands=True)
    assert taken(it) == [("y", "a1")]


def test_a_cell_that_loses_workers_runs_alone_and_then_not_at_all():
    it = board(A1, B1, workers=("w", "x", "y", "z"), slots=2)
    taken(it)
    for number in range(1, MOST_LOSSES + 1):
        found = [name for name, tasks in it.running.items() if A1 in tasks]
        it.lost(found[0])
        assert it.give_back(found[0], A1) is (number < MOST_LOSSES)
        taken(it)
        for name, tasks in it.running.items():
            assert len(tasks) == 1 or A1 not in tasks, f"{name} runs it beside another"
    assert it.pending == []


class FakeWorkers:
    """Workers in this process: ``deeds`` maps a cell to what its worker does with the order."""

    lost = (CancelledError,)

    def __init__(self, *names, deeds=None):
        self.there = set(names)
        self.deeds = deeds or {}
        self.started = []
        self.running = {}
        self.halted = threading.Event()

    def addresses(self):
        if self.there is None:
            raise EnvironmentUnusableError("the Dask scheduler is gone")
        return set(self.there)

    def submit(self, worker, order):
        cell = order.task.cell.id
        self.started.append((worker, cell))
        future = Future()
        self.running[cell] = future
        deed = self.deeds.get(cell)
        if deed is None:
            future.set_result(Delivery(measured=measured(order.task)))
        else:
            deed(self, worker, future)
        return future

    def halt(self):
        self.halted.set()
        for future in self.running.values():
            if not future.done():
                future.set_exception(InterruptedError("halted"))


def nothing(*_):
    pass


def ordered(task):
    return Order(terms=TERMS, task=task, locks={})


def received(worker, task, delivery):
    return delivery.measured


class Outcome:
    """What the handlers were told."""

    def __init__(self):
        self.lost = []
        self.given_up = []


def conduct(tasks, workers, *, newcomers=None, halt=None):
    """Run the tasks on fake workers as a campaign does."""
    outcome = Outcome()

    def give_up(task, names):
        outcome.given_up.append((task.cell.id, list(names)))
        failed = replace(report(task.cell.id), outcome=CellOutcome.BUILD_FAILED, failure="engine")
        return Measured(report=failed, build_seconds=0)

    executor = ClusterExecutor(
        workers,
        Board(),
        Handlers(
            order=ordered,
            receive=received,
            give_up=give_up,
            admit=lambda addresses: {each: newcomers[each] for each in addresses},
            lost=lambda name, cells: outcome.lost.append((name, list(cells))),
        ),
        jobs=2,
    )
    executor.join({each: replace(KNOWN, name=each) for each in workers.there})
    with executor:
        outcome.done = run_tasks(
            tasks,
            lambda task: executor.measure(task, nothing),
            executor=executor,
            jobs=100,
            on_done=nothing,
            halt=halt or executor.halt,
        )
    return outcome


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(executors, "_LOOK_SECONDS", 0.02)


def dies(workers, worker, future):
    workers.there.discard(worker)


def test_every_cell_is_measured_once():
    workers = FakeWorkers("x", "y")
    outcome = conduct([A1, A2, B1, B2], workers)
    assert sorted(outcome.done) == ["a1", "a2", "b1", "b2"]
    assert sorted(cell for _, cell in workers.started) == ["a1", "a2", "b1", "b2"]


def test_a_worker_lost_in_the_middle_costs_its_unfinished_cells_only():
    first = []

    def dies_once(workers, worker, future):
        if first:
            future.set_result(Delivery(measured=measured(A2)))
        else:
            first.append(worker)
            dies(workers, worker, future)

    workers = FakeWorkers("x", "y", deeds={"a2": dies_once})
    outcome = conduct([A1, A2, A3, B1], workers)
    assert sorted(outcome.done) == ["a1", "a2", "a3", "b1"]
    assert outcome.lost == [(first[0], ["a2"])]
    cells = [cell for _, cell in workers.started]
    assert {cell: cells.count(cell) for cell in cells} == {"a1": 1, "a2": 2, "a3": 1, "b1": 1}
    assert workers.started[-1][0] != first[0]


def test_a_cell_that_ends_every_worker_fails_with_that_reason_and_the_rest_is_measured():
    workers = FakeWorkers("w", "x", "y", "z", deeds={"a1": dies})
    outcome = conduct([A1, A2, B1], workers)
    assert outcome.done["a1"].report.failure == "engine"
    ((cell, names),) = outcome.given_up
    assert cell == "a1"
    assert len(set(names)) == MOST_LOSSES
    assert outcome.done["a2"].report.failure is None
    assert outcome.done["b1"].report.failure is None


def test_a_new_worker_takes_over_where_none_was_left():
    def dies_and_is_followed(workers, worker, future):
        workers.there = {"new"} if worker == "x" else workers.there
        if worker == "new":
            future.set_result(Delivery(measured=measured(A1)))

    workers = FakeWorkers("x", deeds={"a1": dies_and_is_followed})
    outcome = conduct([A1], workers, newcomers={"new": replace(KNOWN, name="new")})
    assert workers.started == [("x", "a1"), ("new", "a1")]
    assert outcome.done["a1"].report.failure is None


def test_without_any_worker_for_too_long_the_run_ends(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE_SECONDS", 0.1)
    with pytest.raises(EnvironmentUnusableError, match="no worker is left"):
        conduct([A1, A2], FakeWorkers("x", deeds={"a1": dies}))


def test_a_scheduler_that_goes_away_ends_the_run():
    def scheduler_dies(workers, worker, future):
        workers.there = None

    with pytest.raises(EnvironmentUnusableError, match="scheduler is gone"):
        conduct([A1, A2], FakeWorkers("x", deeds={"a1": scheduler_dies}))


def test_an_interrupt_starts_nothing_more_and_halts_the_workers():
    def interrupted(workers, worker, future):
        future.set_exception(KeyboardInterrupt())

    hangs = {"b1": nothing, "a1": interrupted}
    workers = FakeWorkers("x", "y", deeds=hangs)
    with pytest.raises(KeyboardInterrupt):
        conduct([B1, A1, A2, B2], workers)
    assert workers.halted.is_set()
    assert {cell for _, cell in workers.started} <= {"a1", "b1"}


def test_steps_are_heard_from_the_worker_that_has_the_cell():
    heard = []
    workers = FakeWorkers("x", deeds={"a1": nothing})
    executor = ClusterExecutor(workers, Board(), None, jobs=1)
    executor.join({"x": replace(KNOWN, name="first")})
    executor._handlers = Handlers(
        order=ordered,
        receive=received,
        give_up=None,
        admit=None,
        lost=None,
    )
    with executor:
        done = executor.submit(lambda t: executor.measure(t, lambda *it: heard.append(it)), A1)
        while "a1" not in workers.running:
            pass
        for sender in ("x", "elsewhere"):
            executor.told(sender, Step(cell="a1", stage="build", detail="build T", received=1))
        workers.running["a1"].set_result(Delivery(measured=measured(A1)))
        done.result(timeout=60)
    assert heard == [("build", "first: build T")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"harness": "older"}, "has older, this machine h"),
        ({"dask": "1"}, "runs Dask 1, this machine d"),
        ({"engine": "local"}, "uses the local engine, others docker"),
        ({"problem": "no engine answers"}, "no engine answers"),
    ],
)
def test_a_worker_that_cannot_take_part_is_named_with_its_reason(change, words):
    reason = why_not(replace(KNOWN, **change), "h", "d", "docker")
    assert reason.startswith("worker w: ")
    assert words in reason
    assert why_not(KNOWN, "h", "d", "docker") is None


def test_every_worker_that_cannot_take_part_is_named_at_once():
    workers = [replace(KNOWN, name="a", dask="1"), replace(KNOWN, name="b", problem="no"), KNOWN]
    assert [each.split(":")[0] for each in problems(workers, "h", "d")] == ["worker a", "worker b"]
