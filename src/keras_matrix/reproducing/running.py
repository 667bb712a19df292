"""One snippet in one sandbox -> how it ended."""

import json
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_matrix.engines import Command, Engine, Exit, Limits
from keras_matrix.evidence.model import Frame
from keras_matrix.plaintext import plain
from keras_matrix.probing import variables_for
from keras_matrix.reproducing.model import End, Ending, Prepared, Request, Seen, Snippet

MOUNT, RUNNER_MOUNT = "/snippet", "/runner"
MARKER_VARIABLE = "KERAS_MATRIX_MARKER"

_RUNNER = Path(__file__).with_name("inside") / "run_snippet.py"
_HEAD, _TAIL = 32 * 2**10, 96 * 2**10
_LONGEST_REPORT = 2**20
_LONGEST_LINE = 8000
_MOST_THREADS = 20


def run(
    prepared: Prepared, request: Request, engine: Engine, scratch: Path
) -> tuple[Ending, tuple[str, ...]]:
    """How the snippet ended, and the command that runs it again by hand (none for long code).

    Raises:
        EngineUnavailableError: the engine went away.
    """
    variables = variables_for(prepared.cell.backend)
    by_hand: tuple[str, ...] = ()
    if len(request.snippet.code) <= _LONGEST_LINE:
        typed = ("-c", one_line(request.snippet.code))
        by_hand = engine.by_hand(
            prepared.environment,
            Command(arguments=typed, variables=variables, limits=request.limits),
        )
    marker = f"keras-matrix-{secrets.token_hex(8)}"
    with _staged(request.snippet, scratch) as (folder, runner):
        command = Command(
            arguments=(f"{RUNNER_MOUNT}/{runner.name}", f"{MOUNT}/{request.snippet.name}"),
            variables={**variables, MARKER_VARIABLE: marker},
            mounts={folder: MOUNT, runner.parent: RUNNER_MOUNT},
            limits=request.limits,
        )
        return _watch(engine, prepared, command, marker), by_hand


def one_line(code: bytes) -> str:
    """Code for ``python -c``, whatever the Python: as it is, or spelt out where it has lines."""
    text = code.decode("utf-8", "replace").rstrip()
    return text if text.isascii() and text.isprintable() else f"exec({code.rstrip()!r})"


@contextmanager
def _staged(snippet: Snippet, scratch: Path) -> Iterator[tuple[Path, Path]]:
    """A folder with nothing but the snippet, and the runner in another, for anyone to read."""
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="snippet-") as name:
        place = Path(name)
        place.chmod(0o755)
        folder, runner = place / "snippet", place / "runner"
        for each in (folder, runner):
            each.mkdir()
            each.chmod(0o755)
        (folder / snippet.name).write_bytes(snippet.code)
        shutil.copyfile(_RUNNER, runner / _RUNNER.name)
        for file in place.glob("*/*"):
            file.chmod(0o644)
        yield folder, runner / _RUNNER.name


def _watch(engine: Engine, prepared: Prepared, command: Command, marker: str) -> Ending:
    began = time.monotonic()
    process = engine.run(prepared.environment, command)
    told = Told(marker=marker)
    try:
        for line in process.lines():
            told.take(line)
    except BaseException:
        process.kill()
        process.wait()
        raise
    end = process.wait()
    return conclude(told, end, command.limits, time.monotonic() - began)


@dataclass(kw_only=True, slots=True)
class Told:
    """A run's lines as they come: the runner's own apart, of the rest the beginning and the end."""

    marker: str
    reports: list[tuple[bool, tuple[Seen, ...]]] = field(default_factory=list)
    started: bool = False
    left_out: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)
    _blank: bool = False

    def take(self, line: bytes) -> None:
        """One line of standard output."""
        if line.startswith(self.marker.encode() + b" "):
            self._blank = False  # the runner's own line begins with an empty one
            self._report(line[len(self.marker) + 1 :])
            return
        if self._blank:
            self._keep(b"\n")
        self._blank = not line
        if line:
            self._keep(line + b"\n")

    def output(self) -> str:
        """What was printed, its middle left out where it is long."""
        parts = [bytes(self._head), bytes(self._tail)]
        gap = f"\n[… {self.left_out} bytes left out …]\n".encode()
        return plain((gap if self.left_out else b"").join(parts).decode("utf-8", "replace"))

    def _keep(self, content: bytes) -> None:
        room = _HEAD - len(self._head)
        self._head += content[:room]
        self._tail += content[room:]
        over = max(0, len(self._tail) - _TAIL)
        self.left_out += over
        del self._tail[:over]

    def _report(self, text: bytes) -> None:
        """What can't be read is none of the runner's: the snippet may print anything."""
        if len(text) > _LONGEST_REPORT or len(self.reports) > _MOST_THREADS:
            return
        try:
            message = json.loads(text)
            if message["type"] == "started":
                self.started = True
            else:
                thread = bool(message["thread"])
                self.reports.append((thread, tuple(_seen(message["errors"], thread=thread))))
        except (ValueError, KeyError, TypeError, RecursionError):
            return


def _seen(errors: Iterable[Mapping[str, Any]], *, thread: bool) -> Iterator[Seen]:
    for error in errors:
        yield Seen(
            exception=plain(str(error["exception"])),
            message=plain(str(error["message"])),
            kinds=tuple(str(kind) for kind in error["kinds"]),
            frames=tuple(
                Frame(
                    file=plain(str(file)),
                    line=int(line) if line is not None else None,
                    function=plain(str(function)),
                    code=plain(str(code)) if code else None,
                )
                for file, line, function, code in error["frames"]
            ),
            thread=thread,
        )


def conclude(told: Told, end: Exit, limits: Limits, seconds: float) -> Ending:
    """How the program ended, from its own words and its process's end."""
    main = [each for thread, errors in told.reports[-1:] if not thread for each in errors]
    threads = [errors[0] for thread, errors in told.reports if thread and errors]
    if end.code == 0:
        main = []  # its own call of the hook: the program went on
    kind, reason = _end(
        end, limits, told, raised=bool(main) and end.code == 1, threads=len(threads)
    )
    return Ending(
        end=kind,
        code=end.code,
        reason=reason,
        errors=(*main, *threads),
        output=told.output() or plain(end.stderr_tail),
        left_out=told.left_out,
        seconds=seconds,
    )


def _end(end: Exit, limits: Limits, told: Told, *, raised: bool, threads: int) -> tuple[End, str]:
    if end.killed_for in ("deadline", "silence"):
        return End.TIMED_OUT, f"no end within {limits.seconds:g} s: killed"
    if end.killed_for is not None:
        return End.KILLED, _over(end.killed_for, limits)
    if end.code is not None and end.code < 0:
        return End.DIED, f"the process died of {_signal(-end.code)}"
    if raised:
        return End.RAISED, "an exception ended it"
    if end.code:
        begun = "" if told.started else " before the code began"
        return End.EXITED, f"it ended with exit status {end.code}{begun}"
    if threads:
        return End.FINISHED, "an exception ended a thread; the program came to its end"
    return End.FINISHED, "it came to its end"


def _over(limit: str, limits: Limits) -> str:
    size = {"output": limits.output, "memory": limits.memory}.get(limit)
    return f"over the limit of {limit}{f' ({size // 2**20} MiB)' if size else ''}: killed"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
