"""A real Dask cluster, private engines and a registry, for tests that need many machines."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
_SECONDS = 60


def required(reason: str) -> None:
    """Skip for that reason; where an engine is required, fail."""
    if os.environ.get("KERAS_MATRIX_REQUIRE_ENGINE"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once somebody listens there."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, f"{process.args} ended with {process.returncode}"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens on port {port}")


def end(process: subprocess.Popen[bytes], how: int = signal.SIGTERM) -> None:
    """End a process that we started, gently first."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(how)
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A private engine: its folder, and DOCKER_HOST."""

    folder: Path
    host: str

    def docker(self, *arguments: str) -> str:
        """What the client prints."""
        command = ["docker", "--host", self.host, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def private_engine(folder: Path) -> Iterator[Engine]:
    """An engine beside the session's, with its own socket, data and bridge; removed at the end."""
    script = str(ROOT / "docker" / "engine.sh")
    subprocess.run([script, "start", str(folder)], check=True, stdout=subprocess.DEVNULL)
    try:
        yield Engine(folder=folder, host=f"unix://{folder}/docker.sock")
    finally:
        subprocess.run([script, "stop", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def registry(folder: Path, *, read_only: bool = False) -> Iterator[str]:
    """Debian's docker-registry on a free port of the loopback; HOST:PORT."""
    port = free_port()
    config = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "registry")},
            "maintenance": {"readonly": {"enabled": read_only}},
        },
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "registry.json").write_text(json.dumps(config))  # JSON is YAML, too
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", folder / "registry.json"], stdout=log, stderr=log
        )
    try:
        wait_for_port(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        end(process)


def tags(address: str, repository: str) -> list[str]:
    """The tags that a registry has of a repository."""
    with urlopen(f"http://{address}/v2/{repository}/tags/list", timeout=_SECONDS) as answer:
        return sorted(json.load(answer)["tags"] or [])


@dataclass(kw_only=True)
class Dask:
    """A scheduler in a process of its own, and its workers by name."""

    folder: Path
    port: int = field(default_factory=free_port)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self, *arguments: str, name: str, **variables: str) -> subprocess.Popen[bytes]:
        """A process of Dask's own command line, with its output in a log."""
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, **variables},
                start_new_session=True,
            )

    def worker(self, name: str, engine: Engine) -> None:
        """A worker of one thread, without a supervisor, with its own engine and its own caches."""
        self.workers[name] = self.start(
            *("worker", self.address, "--name", name, "--nthreads", "1", "--no-nanny"),
            *("--no-dashboard", "--local-directory", str(self.folder / name)),
            name=name,
            DOCKER_HOST=engine.host,
            KERAS_MATRIX_CACHE=str(self.folder / name / "cache"),
        )


@contextlib.contextmanager
def dask(folder: Path) -> Iterator[Dask]:
    """A scheduler; its workers are ended with it."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Dask(folder=folder)
    scheduler = cluster.start(
        *("scheduler", "--host", "127.0.0.1", "--port", str(cluster.port), "--no-dashboard"),
        name="scheduler",
    )
    try:
        wait_for_port(cluster.port, scheduler)
        yield cluster
    finally:
        for worker in cluster.workers.values():
            end(worker)
        end(scheduler)
