"""Which task is started when: an executor kept busy, and ended cleanly at any moment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import groupby

from keras_matrix.running.measuring import Measured
from keras_matrix.running.planning import Task

_HALT_AGAIN_SECONDS = 2.0


def next_task(pending: Sequence[Task], building: frozenset[str], ready: frozenset[str]) -> Task:
    """The task to start now: of those that tell most, one whose tier stands, then one whose tier
    nobody is building.

    Two workers on one unbuilt tier would only wait for each other.
    """
    for _, equals in groupby(pending, key=lambda task: task.urgency.rank):
        tasks = list(equals)
        for task in tasks:
            if task.shares in ready:
                return task
        for task in tasks:
            if task.shares not in building:
                return task
    return pending[0]


def run_tasks(
    tasks: Iterable[Task],
    work: Callable[[Task], Measured | None],
    *,
    executor: Executor,
    jobs: int,
    on_done: Callable[[Measured, Sequence[Task]], None],
    halt: Callable[[], None],
) -> Mapping[str, Measured]:
    """Run every task, ``jobs`` at a time; returns what was measured by cell id.

    ``work`` may leave a task out by returning None. ``on_done`` is told each task's end, and
    which tasks haven't ended yet. Any exception, of ``work`` or a KeyboardInterrupt here, ends
    the campaign: ``halt`` is called until the running workers have left; then it is raised.
    """
    pending = list(tasks)
    running: dict[Future[Measured | None], Task] = {}
    ready: set[str] = set()
    done: dict[str, Measured] = {}
    try:
        while pending or running:
            while pending and len(running) < jobs:
                building = frozenset(task.shares for task in running.values()) - ready
                task = next_task(pending, building, frozenset(ready))
                pending.remove(task)
                running[executor.submit(work, task)] = task
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                task = running.pop(future)
                measured = future.result()
                if measured is not None:
                    ready.add(task.shares)
                    done[task.cell.id] = measured
                    on_done(measured, [*pending, *running.values()])
    except BaseException:
        # Again and again: a worker may have been about to start something.
        halt()
        while wait(running, timeout=_HALT_AGAIN_SECONDS).not_done:
            halt()
        raise
    return done
