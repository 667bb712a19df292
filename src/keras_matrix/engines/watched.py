"""A command that runs, watched: deadline, silence, output, and nothing of it left behind.

Both engines run their commands through it; what runs is whatever offers :class:`Runnable`.
"""

import contextlib
import time
import weakref
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Protocol, TypeVar

from keras_matrix.engines import Exit, Limits
from keras_matrix.errors import EngineUnavailableError, KerasMatrixError

T = TypeVar("T")

STDERR_TAIL = 64 * 2**10

# How long a killed container may take to close its streams before it is taken for lost.
_GRACE_SECONDS = 60.0


class Runnable(Protocol):
    """A container, or a tree of processes, that was prepared and not yet started."""

    def start(self) -> None:
        """Attach to its streams, then start it, so that not a byte is lost."""

    def output(self) -> Iterator[tuple[bytes, bytes]]:
        """Chunks of (stdout, stderr), either may be empty, until both are closed."""

    def kill(self) -> None:
        """Kill it; nothing happens where it has ended."""

    def wait(self) -> tuple[int, bool]:
        """Its exit status (128 + n for signal n), and whether it ran out of memory."""

    def remove(self) -> None:
        """Remove it and what it wrote, running or not."""


class WatchedProcess:
    """A :class:`keras_matrix.engines.Process` over a container, which it starts.

    One thread reads, one watches; neither holds this object, so that a caller who forgets it
    (or exits) removes the container too.
    """

    def __init__(self, runnable: Runnable, limits: Limits) -> None:
        self._runnable = runnable
        self._finalizer = weakref.finalize(self, _discard, runnable)
        try:
            runnable.start()
        except BaseException:
            self._finalizer()
            raise
        self._watch = _Watch(runnable, limits)
        for job in (self._watch.read, self._watch.guard):
            Thread(target=job, name="keras-matrix-watch", daemon=True).start()

    def lines(self) -> Iterator[bytes]:
        """Standard output, line by line without the newline, until it ends or is killed.

        Raises:
            EngineUnavailableError: the engine went away meanwhile.
        """
        while (line := self._watch.lines.get()) is not None:
            yield line
        self._watch.lines.put(None)
        if self._watch.failure:
            raise self._watch.failure

    def kill(self) -> None:
        """End it at once; ``killed_for`` is "asked"."""
        self._watch.end("asked")

    def wait(self) -> Exit:
        """Wait for the end, remove the container, and say how it ended.

        Raises:
            EngineUnavailableError: the engine went away meanwhile.
        """
        return self.settle(lambda ended: ended)

    def settle(self, conclude: Callable[[Exit], T], *, remove_later: bool = False) -> T:
        """As :meth:`wait`, with what ``conclude`` makes of it while the container is still there.

        With ``remove_later`` it doesn't wait for the removal, which takes seconds where a build
        has written a gigabyte; the process doesn't exit before that is done.

        Raises:
            EngineUnavailableError: the engine went away meanwhile.
        """
        self._watch.ended.wait()
        try:
            if self._watch.failure:
                raise self._watch.failure
            if not self._finalizer.alive:
                raise EngineUnavailableError("this run's container was removed already")
            status, out_of_memory = self._runnable.wait()
            return conclude(
                how_it_ended(
                    status,
                    killed_for=self._watch.killed_for,
                    out_of_memory=out_of_memory,
                    stderr_tail=bytes(self._watch.stderr),
                )
            )
        finally:
            if remove_later and self._finalizer.detach():
                Thread(target=_discard, args=(self._runnable,), daemon=False).start()
            self._finalizer()


def how_it_ended(
    status: int, *, killed_for: str | None, out_of_memory: bool, stderr_tail: bytes
) -> Exit:
    """The engine's words as an Exit: 128 + n is a signal, a memory kill has no code of its own."""
    if killed_for is None and out_of_memory:
        killed_for = "memory"
    code = None if killed_for else (128 - status if 128 < status < 128 + 65 else status)
    return Exit(
        code=code, killed_for=killed_for, stderr_tail=stderr_tail.decode("utf-8", "replace")
    )


class _Watch:
    """What the two threads share. ``lines`` ends with None; ``failure`` is set before that."""

    def __init__(self, runnable: Runnable, limits: Limits) -> None:
        self.lines: SimpleQueue[bytes | None] = SimpleQueue()
        self.stderr = bytearray()
        self.killed_for: str | None = None
        self.failure: KerasMatrixError | None = None
        self.ended = Event()
        self._news = Event()
        self._runnable = runnable
        self._limits = limits
        self._started = self._heard = time.monotonic()
        self._bytes = 0
        self._guard = Lock()

    def end(self, reason: str) -> None:
        """Have the guard kill the container; the first reason given is the one that counts.

        Never the reader itself: the engine answers a kill only once the container's output has
        been taken, which is what the reader is there for.
        """
        with self._guard:
            if self.ended.is_set() or self.killed_for:
                return
            self.killed_for = reason
        self._news.set()

    def read(self) -> None:
        """Take everything the container prints, until it ends."""
        unfinished = bytearray()
        try:
            for out, err in self._runnable.output():
                self._heard = time.monotonic()
                self._take_stderr(err)
                self._bytes += len(out) + len(err)
                if self._bytes > self._limits.output:
                    self.end("output")
                else:
                    self._take_stdout(out, unfinished)
        except KerasMatrixError as error:
            self.failure = error
        finally:
            if unfinished:
                self.lines.put(bytes(unfinished))
            self._finish()

    def guard(self) -> None:
        """Kill at the deadline or after too long a silence; give up on what can't be killed."""
        while not self.ended.is_set():
            now = time.monotonic()
            deadline = self._started + self._limits.seconds
            silence = self._heard + self._limits.silence_seconds
            if self.killed_for:
                # An engine that is gone shows itself to the reader, with a better message.
                with contextlib.suppress(KerasMatrixError):
                    self._runnable.kill()
                break
            if now >= deadline:
                self.end("deadline")
            elif now >= silence:
                self.end("silence")
            else:
                self._news.wait(min(deadline, silence) - now)
        if not self.ended.wait(_GRACE_SECONDS):
            self.failure = EngineUnavailableError(
                f"a container that was killed ({self.killed_for}) did not end within "
                f"{_GRACE_SECONDS:.0f} s; look at the engine's own log"
            )
            self._finish()

    def _finish(self) -> None:
        with self._guard:
            if not self.ended.is_set():
                self.ended.set()
                self._news.set()
                self.lines.put(None)

    def _take_stdout(self, out: bytes, unfinished: bytearray) -> None:
        first, *others = out.split(b"\n")
        unfinished += first
        for part in others:
            self.lines.put(bytes(unfinished))
            unfinished[:] = part

    def _take_stderr(self, err: bytes) -> None:
        self.stderr += err
        del self.stderr[:-STDERR_TAIL]


def _discard(runnable: Runnable) -> None:
    with contextlib.suppress(KerasMatrixError):
        runnable.remove()
