"""A watched container, against a fake one that is driven by the test."""

import gc
import time
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Event

import pytest

from keras_matrix.engines import Limits
from keras_matrix.engines.watched import STDERR_TAIL, WatchedProcess, how_it_ended
from keras_matrix.errors import EngineUnavailableError


class FakeContainer:
    """Prints what it is fed; a kill closes its streams as a real one does."""

    def __init__(self, *, status: int = 0, out_of_memory: bool = False) -> None:
        self.fed: SimpleQueue[tuple[bytes, bytes] | Exception | None] = SimpleQueue()
        self.status = status
        self.out_of_memory = out_of_memory
        self.killed = Event()
        self.removed = Event()
        self.start_error: Exception | None = None

    def feed(self, *chunks: tuple[bytes, bytes] | Exception | None) -> "FakeContainer":
        for chunk in chunks:
            self.fed.put(chunk)
        return self

    def start(self) -> None:
        if self.start_error:
            raise self.start_error

    def output(self) -> Iterator[tuple[bytes, bytes]]:
        while (chunk := self.fed.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def kill(self) -> None:
        self.killed.set()
        self.status = 137
        self.fed.put(None)

    def wait(self) -> tuple[int, bool]:
        return self.status, self.out_of_memory

    def remove(self) -> None:
        self.removed.set()


def test_lines_are_cut_at_newlines_whatever_the_chunks() -> None:
    container = FakeContainer().feed((b"on", b""), (b"e\ntwo\nthr", b"e"), (b"ee", b"rr"), None)
    process = WatchedProcess(container, Limits())
    assert list(process.lines()) == [b"one", b"two", b"three"]
    ended = process.wait()
    assert (ended.code, ended.killed_for, ended.stderr_tail) == (0, None, "err")
    assert container.removed.is_set()


def test_empty_lines_are_lines_and_a_final_newline_adds_none() -> None:
    process = WatchedProcess(FakeContainer().feed((b"\n\nx\n", b""), None), Limits())
    assert list(process.lines()) == [b"", b"", b"x"]
    process.wait()


def test_lines_can_be_asked_for_again_after_the_end() -> None:
    process = WatchedProcess(FakeContainer().feed((b"x\n", b""), None), Limits())
    assert list(process.lines()) == [b"x"]
    assert list(process.lines()) == []
    process.wait()


def test_only_the_tail_of_stderr_is_kept() -> None:
    noise = b"a" * STDERR_TAIL
    process = WatchedProcess(FakeContainer().feed((b"", noise), (b"", b"end"), None), Limits())
    tail = process.wait().stderr_tail
    assert len(tail) == STDERR_TAIL
    assert tail.endswith("aend")


def test_the_deadline_kills_even_what_keeps_talking() -> None:
    container = FakeContainer().feed((b"x\n", b""))
    process = WatchedProcess(container, Limits(seconds=0.2))
    assert list(process.lines()) == [b"x"]
    ended = process.wait()
    assert (ended.code, ended.killed_for) == (None, "deadline")
    assert container.removed.is_set()


def test_silence_is_counted_from_the_last_output() -> None:
    container = FakeContainer()
    process = WatchedProcess(container, Limits(silence_seconds=3))
    time.sleep(0.5)
    spoke = time.monotonic()
    container.feed((b"", b"still here"))
    assert process.wait().killed_for == "silence"
    assert time.monotonic() - spoke > 2.9  # counted from the start it would be 2.5


def test_output_above_the_cap_is_dropped_and_kills() -> None:
    container = FakeContainer().feed((b"fine\n", b""), (b"x" * 100 + b"\n", b""))
    process = WatchedProcess(container, Limits(output=50))
    assert list(process.lines()) == [b"fine"]
    assert process.wait().killed_for == "output"


def test_kill_ends_the_lines_and_says_asked() -> None:
    container = FakeContainer().feed((b"x\n", b""))
    process = WatchedProcess(container, Limits())
    lines = process.lines()
    assert next(lines) == b"x"
    process.kill()
    assert list(lines) == []
    assert process.wait().killed_for == "asked"


def test_a_kill_after_the_end_changes_nothing() -> None:
    container = FakeContainer(status=3).feed(None)
    process = WatchedProcess(container, Limits())
    list(process.lines())
    process.kill()
    assert (process.wait().code, container.killed.is_set()) == (3, False)


def test_an_engine_that_goes_away_is_told_by_lines_and_by_wait() -> None:
    container = FakeContainer().feed((b"x\n", b""), EngineUnavailableError("gone"))
    process = WatchedProcess(container, Limits())
    lines = process.lines()
    assert next(lines) == b"x"
    with pytest.raises(EngineUnavailableError, match="gone"):
        next(lines)
    with pytest.raises(EngineUnavailableError, match="gone"):
        process.wait()
    assert container.removed.is_set()


def test_a_forgotten_process_takes_its_container_along() -> None:
    container = FakeContainer().feed((b"x\n", b""))
    process = WatchedProcess(container, Limits())
    next(process.lines())
    del process
    gc.collect()
    assert container.removed.wait(60)
    container.feed(None)


def test_a_container_that_does_not_start_is_removed() -> None:
    container = FakeContainer()
    container.start_error = EngineUnavailableError("no such image")
    with pytest.raises(EngineUnavailableError, match="no such image"):
        WatchedProcess(container, Limits())
    assert container.removed.is_set()


def test_settle_concludes_before_the_container_is_removed() -> None:
    container = FakeContainer().feed(None)
    process = WatchedProcess(container, Limits())
    assert process.settle(lambda ended: (ended.code, container.removed.is_set())) == (0, False)
    assert container.removed.is_set()


def test_settle_can_leave_the_removal_for_later() -> None:
    container = FakeContainer().feed(None)
    process = WatchedProcess(container, Limits())
    process.settle(lambda ended: ended, remove_later=True)
    assert container.removed.wait(60)


@pytest.mark.parametrize(
    ("status", "killed_for", "out_of_memory", "expected"),
    [
        (0, None, False, (0, None)),
        (3, None, False, (3, None)),
        (139, None, False, (-11, None)),
        (137, None, False, (-9, None)),
        (137, None, True, (None, "memory")),
        (137, "deadline", True, (None, "deadline")),
        (255, None, False, (255, None)),
    ],
)
def test_how_it_ended(
    status: int,
    killed_for: str | None,
    out_of_memory: bool,
    expected: tuple[int | None, str | None],
) -> None:
    ended = how_it_ended(
        status, killed_for=killed_for, out_of_memory=out_of_memory, stderr_tail=b"\xff"
    )
    assert (ended.code, ended.killed_for) == expected
    assert ended.stderr_tail == "\N{REPLACEMENT CHARACTER}"


class Flooding:
    """Answers a kill only once its output has been taken, as an engine's daemon does."""

    def __init__(self) -> None:
        self._killed = Event()
        self._taken = Event()
        self.answered = Event()

    def start(self) -> None:
        pass

    def output(self) -> Iterator[tuple[bytes, bytes]]:
        for _ in range(1000):
            yield b"x" * 999 + b"\n", b""
            if self._killed.wait(0.001):
                break
        self._taken.set()

    def kill(self) -> None:
        self._killed.set()
        if self._taken.wait(60):
            self.answered.set()

    def wait(self) -> tuple[int, bool]:
        return 137, False

    def remove(self) -> None:
        pass


def test_whoever_reads_goes_on_reading_while_the_engine_kills() -> None:
    flooding = Flooding()
    process = WatchedProcess(flooding, Limits(output=10_000))
    assert sum(map(len, process.lines())) <= 10_000
    assert process.wait().killed_for == "output"
    assert flooding.answered.wait(60), "nobody took the output any more"
