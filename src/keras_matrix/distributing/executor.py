"""The campaign's executor over a cluster: each cell has a thread here that waits for its worker.

So everything about a cell but its measuring (storing it, trying again, stopping) is done as in a
run on one machine. A lost worker costs its unfinished cells; they are measured elsewhere.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from keras_matrix.distributing.board import Board
from keras_matrix.distributing.orders import Delivery, Introduction, Order, Step
from keras_matrix.errors import EnvironmentUnusableError
from keras_matrix.running.campaign import CampaignStopped
from keras_matrix.running.measuring import Measured
from keras_matrix.running.planning import Task

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE_SECONDS = 60.0
"""How long the run waits without a single worker: a supervised one comes back by itself."""

_LOOK_SECONDS = 1.0


class Workers(Protocol):
    """What the executor needs of a cluster; see :class:`.cluster.Cluster`."""

    lost: tuple[type[BaseException], ...]

    def addresses(self) -> Collection[str]: ...
    def submit(self, worker: str, order: Order) -> "Future[Delivery]": ...
    def halt(self) -> None: ...


class WorkerLostError(Exception):
    """Inside a cell's thread: its worker is gone, the cell starts anew elsewhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Handlers:
    """What the executor leaves to others.

    ``order`` makes a task an order, ``receive`` takes what came of it (by a worker's name),
    ``give_up`` is the report of a cell that lost so many workers, ``admit`` lets new workers in
    (address -> who it is), ``lost`` is told a lost worker's name and unfinished cells.
    """

    order: Callable[[Task], Order]
    receive: Callable[[str, Task, Delivery], Measured]
    give_up: Callable[[Task, Sequence[str]], Measured]
    admit: Callable[[Collection[str]], Mapping[str, Introduction]]
    lost: Callable[[str, Sequence[str]], None]


@dataclass(kw_only=True)
class _Cell:
    """A submitted cell; ``worker`` is where it is now."""

    task: Task
    run: Callable[[], Any]
    future: "Future[Any]"
    worker: str = ""
    begun: bool = field(default=False)


class ClusterExecutor(Executor):
    """Runs ``work(task)`` in a thread of its own once a worker is free for the task.

    ``work`` calls :meth:`measure`, which waits for that worker. ``jobs`` is how many cells a
    worker measures at a time, at most.
    """

    def __init__(self, workers: Workers, board: Board, handlers: Handlers, *, jobs: int) -> None:
        self._workers = workers
        self._board = board
        self._handlers = handlers
        self._jobs = jobs
        self._names: dict[str, str] = {}
        self._known: set[str] = set()
        self._cells: dict[str, _Cell] = {}
        self._listeners: dict[str, Callable[[str, str], None]] = {}
        self._over: BaseException | None = None  # why nothing is started any more
        self._gone: EnvironmentUnusableError | None = None  # why nothing will come any more
        self._guard = threading.RLock()
        self._ended = threading.Event()
        self._last_seen = time.monotonic()
        self._watcher = threading.Thread(target=self._watch, name="workers", daemon=True)

    def join(self, introductions: Mapping[str, Introduction]) -> None:
        """These workers take part from now on."""
        with self._guard:
            for address, worker in introductions.items():
                self._names[address] = worker.name
                self._board.join(address, min(worker.threads, self._jobs))
            self._known |= introductions.keys()

    def __enter__(self) -> "ClusterExecutor":
        self._watcher.start()
        return self

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Run ``fn(task)``, the only argument, once there is a worker for the task."""
        task = cast(Task, args[0])
        future: Future[T] = Future()
        cell = _Cell(task=task, run=lambda: fn(*args, **kwargs), future=future)
        with self._guard:
            if self._over:
                raise self._over
            self._cells[task.cell.id] = cell
            self._board.pending.append(task)
        self._start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop looking after workers; what was submitted has ended by then, or ends now."""
        if cancel_futures:
            self.halt()
        self._ended.set()
        if wait and self._watcher.is_alive():
            self._watcher.join()

    def halt(self) -> None:
        """Start nothing more, and end what the workers do."""
        self._end(self._over or CampaignStopped())
        self._workers.halt()

    def _end(self, reason: BaseException) -> None:
        """Nothing is started any more: cells that wait for a worker end with the reason."""
        with self._guard:
            self._over = reason
            waiting = [self._cells[task.cell.id] for task in self._board.pending]
            self._board.pending.clear()
        for cell in waiting:
            if cell.begun or cell.future.set_running_or_notify_cancel():
                cell.future.set_exception(reason)

    def name_of(self, worker: str) -> str:
        """The name of the worker at an address."""
        return self._names.get(worker, worker)

    def told(self, worker: str, step: Step) -> None:
        """A worker tells a step of a cell."""
        with self._guard:
            cell = self._cells.get(step.cell)
            listener = self._listeners.get(step.cell)
        if cell is not None and listener is not None and cell.worker == worker:
            listener(step.stage, f"{self.name_of(worker)}: {step.detail}")

    def measure(self, task: Task, on_step: Callable[[str, str], None]) -> Measured:
        """Measure the cell on the worker that it was given to; called by ``work``.

        Raises:
            WorkerLostError: the worker is gone; the executor runs ``work`` again elsewhere.
            EnvironmentUnusableError: the scheduler is gone, or every worker for too long.
        """
        worker = self._cells[task.cell.id].worker
        self._listeners[task.cell.id] = on_step
        future = self._workers.submit(worker, self._handlers.order(task))
        while not wait([future], timeout=_LOOK_SECONDS).done:
            if self._gone:
                raise self._gone
            if worker not in self._board.slots:
                future.cancel()
                return self._lost(worker, task)
        try:
            delivery = future.result()
        except self._workers.lost:
            self._workers.addresses()  # raises where it is the scheduler that is gone
            return self._lost(worker, task)
        return self._handlers.receive(self._names[worker], task, delivery)

    def _lost(self, worker: str, task: Task) -> Measured:
        with self._guard:
            if self._over:
                raise self._over
            again = self._board.give_back(worker, task)
            names = [self._names[each] for each in self._board.losses[task.cell.id]]
        if again:
            raise WorkerLostError(worker)
        return self._handlers.give_up(task, names)

    def _start(self) -> None:
        """Start every cell that a worker is free for."""
        with self._guard:
            while (found := self._board.take()) is not None:
                worker, task = found
                cell = self._cells[task.cell.id]
                cell.worker = worker
                threading.Thread(
                    target=self._carry_out, args=(cell,), name=task.cell.id, daemon=True
                ).start()

    def _carry_out(self, cell: _Cell) -> None:
        worker, stands = cell.worker, False
        if not cell.begun:
            cell.future.set_running_or_notify_cancel()
            cell.begun = True
        end: Callable[[], None]
        try:
            result = cell.run()
            stands = isinstance(result, Measured) and result.report.failure is None
            end = partial(cell.future.set_result, result)
        except WorkerLostError:
            self._start()
            return
        except BaseException as error:
            self._end(error)
            end = partial(cell.future.set_exception, error)
        with self._guard:
            self._board.ended(worker, cell.task, stands=stands)
        end()
        self._start()

    def _watch(self) -> None:
        """Notice who leaves and who comes, until the end."""
        while not self._ended.wait(_LOOK_SECONDS):
            try:
                self._look()
            except EnvironmentUnusableError as error:
                self._gone = error
                self._end(error)
                return

    def _look(self) -> None:
        now = frozenset(self._workers.addresses())
        with self._guard:
            gone = self._board.slots.keys() - now
            for worker in gone:
                cells = [task.cell.id for task in self._board.running.get(worker, ())]
                self._board.lost(worker)
                self._handlers.lost(self._names[worker], cells)
            new = now - self._known
            self._known = (self._known & now) | new
        if new:
            self.join(self._handlers.admit(new))
        if self._board.slots:
            self._last_seen = time.monotonic()
        elif time.monotonic() - self._last_seen > PATIENCE_SECONDS:
            raise EnvironmentUnusableError(
                f"no worker is left and none came back within {PATIENCE_SECONDS:.0f} s; finished "
                "cells are kept, the same command goes on from here"
            )
        self._start()
