"""A command running on this machine, in bubblewrap where that works: started, measured, killed.

Deadline, silence and output are watched by the process object that both engines share.
"""

import contextlib
import os
import resource
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from keras_matrix.engines import Limits
from keras_matrix.errors import EngineUnavailableError

_CHUNK = 64 * 2**10
_LOOK_EVERY = 0.5
_DRAIN_SECONDS = 2.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandbox:
    """bubblewrap: no network, read-only root, an empty /tmp, processes of its own, not root."""

    executable: str

    def wrap(self, command: Sequence[str], visible: Iterable[Path], tmp: int) -> list[str]:
        """The command inside. ``visible`` are directories that stay visible under /tmp."""
        shown = [str(path) for path in visible if path.is_relative_to("/tmp")]
        return [
            *(self.executable, "--unshare-user", "--unshare-ipc", "--unshare-pid"),
            *("--unshare-net", "--unshare-uts", "--hostname", "cell"),
            *("--uid", "1000", "--gid", "1000", "--die-with-parent", "--new-session"),
            *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
            *("--size", str(tmp), "--tmpfs", "/tmp"),
            *(argument for path in shown for argument in ("--ro-bind", path, path)),
            *("--chdir", "/tmp", "--", *command),
        ]


def find_sandbox(search_path: str) -> tuple[Sandbox | None, str]:
    """bubblewrap if it is there and works here, and a few words for people."""
    executable = shutil.which("bwrap", path=search_path)
    if executable is None:
        return None, "not sandboxed: bubblewrap (bwrap) is not installed"
    sandbox = Sandbox(executable=executable)
    try:
        done = subprocess.run(
            sandbox.wrap(["/bin/sh", "-c", "exit 0"], [], 2**20),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"not sandboxed: {executable} can't be started ({error})"
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        return None, f"not sandboxed: {executable} doesn't work here ({said[-1]})"
    return sandbox, "sandboxed by bubblewrap"


class LocalRun:
    """A process tree, in the shape that :class:`.watched.WatchedProcess` watches.

    ``holds`` is a file descriptor of :func:`.local_layers.hold`, closed once nothing runs.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        variables: Mapping[str, str],
        sandbox: Sandbox | None,
        visible: Iterable[Path],
        limits: Limits,
        holds: int,
    ) -> None:
        self._holds: int | None = holds
        self._limits = limits
        self._out_of_memory = False
        self._folder = Path(tempfile.mkdtemp(prefix="keras-matrix-run-"))
        home = "/tmp" if sandbox else str(self._folder)
        self._variables = {**variables, "HOME": home, "TMPDIR": home}
        self._command = sandbox.wrap(command, visible, limits.tmp) if sandbox else list(command)
        self._started: subprocess.Popen[bytes] | None = None

    @property
    def _process(self) -> subprocess.Popen[bytes]:
        assert self._started is not None, "start() comes first"
        return self._started

    def start(self) -> None:
        """Start it in a session of its own."""
        try:
            self._started = subprocess.Popen(
                self._command,
                env=self._variables,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineUnavailableError(f"{self._command[0]} can't be started: {error}") from error
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(self._process.pid, resource.RLIMIT_CORE, (0, 0))
            tmp = self._limits.tmp
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (tmp, tmp))

    def output(self) -> Iterator[tuple[bytes, bytes]]:
        """Chunks of (stdout, stderr) until both are closed; what outlives its parent is killed."""
        out, err = self._process.stdout, self._process.stderr
        assert out is not None
        assert err is not None
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            selector.register(err, selectors.EVENT_READ)
            look = time.monotonic() + _LOOK_EVERY
            give_up = float("inf")
            while selector.get_map() and time.monotonic() < give_up:
                for key, _ in selector.select(_LOOK_EVERY):
                    chunk = _read(key.fileobj)
                    if chunk:
                        yield (chunk, b"") if key.fileobj is out else (b"", chunk)
                    else:
                        selector.unregister(key.fileobj)
                if time.monotonic() >= look:
                    self._look()
                    look = time.monotonic() + _LOOK_EVERY
                if give_up == float("inf") and self._process.poll() is not None:
                    self._kill_session()
                    give_up = time.monotonic() + _DRAIN_SECONDS

    def _look(self) -> None:
        if _resident([self._process.pid, *descendants(self._process.pid)]) > self._limits.memory:
            self._out_of_memory = True
            kill_tree(self._process.pid)

    def kill(self) -> None:
        """Kill it and everything that it started."""
        kill_tree(self._process.pid)

    def _kill_session(self) -> None:
        """Kill what outlived the process itself, which was the session's leader."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self) -> tuple[int, bool]:
        """Its exit status (128 + n for signal n), and whether it ran out of memory."""
        code = self._process.wait()
        return (128 - code if code < 0 else code), self._out_of_memory

    def remove(self) -> None:
        """End what still runs and remove what it wrote."""
        if self._started is not None:
            if self._process.poll() is None:
                kill_tree(self._process.pid)
                self._process.wait()
            for stream in (self._process.stdout, self._process.stderr):
                if stream:
                    stream.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._holds is not None:
            os.close(self._holds)
            self._holds = None


def kill_tree(pid: int) -> None:
    """Kill a process and everything below it."""
    for each in [*descendants(pid), pid]:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(each, signal.SIGKILL)


def _read(stream: object) -> bytes:
    file: IO[bytes] = stream  # type: ignore[assignment]
    return os.read(file.fileno(), _CHUNK)


def on_host(text: str, mounts: Mapping[Path, str]) -> str:
    """The text with the beginning that names a place inside replaced by the host's directory."""
    for source, inside in mounts.items():
        if text == inside or text.startswith(f"{inside}/"):
            return str(source.absolute()) + text[len(inside) :]
    return text


def descendants(pid: int) -> list[int]:
    """The processes below one, from /proc; empty where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _resident(pids: Iterable[int]) -> int:
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError, ValueError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return total
