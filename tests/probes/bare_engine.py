"""An engine with no sandbox, for tests: the interpreter as a child process, under a watchdog."""

import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from keras_matrix.engines import Command, Environment, Exit


class BareProcess:
    """A child process that is killed when it is silent for too long."""

    def __init__(self, arguments: list[str], variables: Mapping[str, str], silence: float) -> None:
        self._silence = silence
        self._killed_for: str | None = None
        self._home = tempfile.TemporaryDirectory(prefix="keras-matrix-home-")
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by wait()
        inherited = {
            key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ
        }
        self._child = subprocess.Popen(
            arguments,
            env={**inherited, "HOME": self._home.name, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )

    def lines(self) -> Iterator[bytes]:
        """Standard output, line by line, until it ends or nothing came for too long."""
        stream = self._child.stdout
        assert stream is not None
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            deadline = time.monotonic() + self._silence
            while True:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self._killed_for = "silence"
                    self._child.kill()
                    return
                chunk = os.read(stream.fileno(), 65536)
                if not chunk:
                    return
                deadline = time.monotonic() + self._silence
                *whole, pending = (pending + chunk).split(b"\n")
                yield from whole

    def kill(self) -> None:
        """End it at once."""
        self._killed_for = "asked"
        self._child.kill()

    def wait(self) -> Exit:
        """How it ended."""
        code = self._child.wait()
        assert self._child.stdout is not None
        self._child.stdout.close()
        self._stderr.seek(0)
        tail = self._stderr.read()[-4000:].decode("utf-8", "replace")
        self._stderr.close()
        self._home.cleanup()
        killed = self._killed_for
        return Exit(code=None if killed else code, killed_for=killed, stderr_tail=tail)


class BareEngine:
    """Runs commands with the environment's interpreter; builds nothing."""

    name = "bare"

    def __init__(self, extra_path: Path | None = None) -> None:
        self._extra_path = extra_path

    def run(self, environment: Environment, command: Command) -> BareProcess:
        """Start the command."""
        arguments = [environment.interpreter]
        for argument in command.arguments:
            for host, inside in command.mounts.items():
                if argument.startswith(inside):
                    argument = str(host) + argument[len(inside) :]
                    break
            arguments.append(argument)
        variables = dict(command.variables)
        if self._extra_path is not None:
            variables["PYTHONPATH"] = str(self._extra_path)
        return BareProcess(arguments, variables, command.limits.silence_seconds)


def environment_of(interpreter: str) -> Environment:
    """A stand-in for a built environment: just an interpreter."""
    return Environment(reference="bare", digest="sha256:0", python="0", interpreter=interpreter)
