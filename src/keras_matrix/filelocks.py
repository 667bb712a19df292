"""Locks of the operating system (flock), waited for visibly.

They hold between the threads of one process as well, since each takes its lock through a file
handle of its own, and they end with their process however that ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_TELL_SECONDS = 1.0


@contextmanager
def alone(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Nobody else holds the lock ``path`` meanwhile.

    ``on_wait`` is told every second of a wait; it may raise to stop.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=_TELL_SECONDS)
        except Timeout:
            on_wait()
    try:
        yield
    finally:
        lock.release()
