"""What goes wrong around a run: named, one cell's trouble, nothing half-written, repaired next."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from keras_matrix.results import CellOutcome, report_from_json

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
CELL = "keras1.2.2-theano0.9.0-py27"
MATRIX = """\
version: 1
import_paths: [keras.backend]
groups:
  theano:
    keras: "1.2.2"
    theano: "0.9.0"
    python: "2.7"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the cheapest cell, the committed locks, no reports and no scenarios."""
    root = tmp_path / "checkout"
    for folder in ("docker", "probes"):
        shutil.copytree(ROOT / folder, root / folder)
    for scenario in (root / "probes" / "scenarios").glob("[!_]*.py"):
        scenario.unlink()
    (root / "matrix.yaml").write_text(MATRIX)
    return root


def start(checkout: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-m", "keras_matrix", "run", *arguments]
    return subprocess.Popen(
        [*command, "--root", str(checkout)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **variables},
    )


def finish(checkout: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    process = start(checkout, *arguments, **variables)
    out, _ = process.communicate(timeout=300)
    return process.returncode, out


def until(process: subprocess.Popen[str], word: str) -> str:
    """Everything printed up to the first line that contains ``word``."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if word in line:
            return seen
    pytest.fail(f"ended before {word!r}: {seen}")


def report(checkout: Path) -> Path:
    return checkout / "reports" / "data" / f"{CELL}.json"


def outcome(checkout: Path) -> tuple[CellOutcome, str | None]:
    stored = report_from_json(report(checkout).read_text())
    return stored.outcome, stored.failure


def containers_of(pid: int, client) -> list[object]:
    ours = client.containers.list(all=True, filters={"label": "io.keras-matrix=1"})
    return [
        c for c in ours if c.labels.get("io.keras-matrix.owner", "").split(":")[1:2] == [str(pid)]
    ]


@pytest.fixture
def client(engine) -> Iterator[object]:
    docker = pytest.importorskip("docker")
    client = docker.from_env()
    yield client
    client.close()


def test_an_index_out_of_reach_fails_the_cell_as_network_and_keeps_what_was_measured(
    checkout: Path, tmp_path: Path, engine
) -> None:
    variables = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple/",
        "KERAS_MATRIX_CACHE": str(tmp_path / "cache"),
    }
    code, out = finish(checkout, "--engine", "local", **variables)
    assert code == 3, out
    assert outcome(checkout) == (CellOutcome.BUILD_FAILED, "network")
    assert "127.0.0.1:9" in report_from_json(report(checkout).read_text()).reason
    assert ".log)" in out
    code, out = finish(checkout, "--engine", "docker")
    assert code == 0, out
    whole = report(checkout).read_bytes()
    code, out = finish(checkout, "--engine", "local", **variables)
    assert code == 3, out
    assert report(checkout).read_bytes() == whole


class Drip(ThreadingHTTPServer):
    """A package index of all that is locked, whose files arrive at ten bytes a second."""

    daemon_threads = True

    def __init__(self, locks: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Dripping)
        line = re.compile(r"^(\S+)==\S+ --hash=sha256:(\w+)  # (\S+)$", re.MULTILINE)
        self.pages: dict[str, dict[str, str]] = {}
        for lock in locks.glob("*.txt"):
            for project, digest, filename in line.findall(lock.read_text()):
                self.pages.setdefault(project, {})[filename] = digest
        self.dripping = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/simple/"


class _Dripping(BaseHTTPRequestHandler):
    server: Drip

    def do_GET(self) -> None:
        place, _, name = self.path.strip("/").partition("/")
        self.send_response(200)
        if place == "simple":
            page = json.dumps(
                {
                    "meta": {"api-version": "1.1"},
                    "name": name,
                    "files": [
                        {
                            "filename": filename,
                            "url": f"/files/{filename}",
                            "hashes": {"sha256": digest},
                            "size": 2**30,
                            "upload-time": "2000-01-01T00:00:00Z",
                        }
                        for filename, digest in self.server.pages.get(name, {}).items()
                    ],
                }
            ).encode()
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            return
        self.send_header("Content-Length", str(2**30))
        self.end_headers()
        self.server.dripping.set()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"x")
                time.sleep(0.1)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def drip(checkout: Path) -> Iterator[Drip]:
    with Drip(checkout / "docker" / "locks") as server:
        yield server
        server.shutdown()


def test_ctrl_c_waits_for_no_download_and_leaves_nothing_half_done(
    checkout: Path, tmp_path: Path, drip: Drip
) -> None:
    cache = {"KERAS_MATRIX_CACHE": str(tmp_path / "cache")}
    only = {"PIP_INDEX_URL": drip.url, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    process = start(checkout, "--engine", "local", **cache, **only)
    until(process, "build  build ")
    assert drip.dripping.wait(120)
    interrupt(process)
    assert not list((checkout / "reports").rglob("*"))
    assert not list((tmp_path / "cache" / "index" / "partial").glob("*"))


@pytest.mark.timeout(1800)
def test_ctrl_c_while_a_container_runs_leaves_none_and_the_next_run_goes_on(
    checkout: Path, client
) -> None:
    # Each until its deadline of two minutes.
    slow = [checkout / "probes" / "scenarios" / f"slow_{number}.py" for number in range(4)]
    for scenario in slow:
        scenario.write_text('"""Sleeps."""\nimport time\ntime.sleep(3600)\n')
    process = start(checkout, "--engine", "docker")
    until(process, "scenarios")
    interrupt(process)
    assert containers_of(process.pid, client) == []
    assert not list((checkout / "reports").rglob("*"))
    for scenario in slow:
        scenario.unlink()
    code, out = finish(checkout, "--engine", "docker")
    assert code == 0, out
    assert outcome(checkout) == (CellOutcome.MEASURED, None)


def interrupt(process: subprocess.Popen[str]) -> None:
    """Ctrl-C, while something goes on that wouldn't end within the time given here."""
    process.send_signal(signal.SIGINT)
    try:
        out, _ = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 130, out
    assert "interrupted" in out
    assert "Traceback" not in out


class Relay:
    """A socket in front of the engine's that can be torn down: an engine that goes away."""

    def __init__(self, path: Path, target: str) -> None:
        self._target = target
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._target)
                self._open += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=pair, daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(2**16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def test_an_engine_that_goes_away_is_named_and_the_next_run_repairs(
    checkout: Path, tmp_path: Path, client
) -> None:
    target = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not target.startswith("unix://"):
        pytest.skip("the engine isn't at a socket of this machine")
    relay = Relay(tmp_path / "relay.sock", target.removeprefix("unix://"))
    process = start(checkout, "--engine", "docker", DOCKER_HOST=f"unix://{tmp_path}/relay.sock")
    until(process, "probe")
    relay.close()
    (tmp_path / "relay.sock").unlink()
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 3, out
    assert "engine went away" in out
    assert "Traceback" not in out
    assert outcome(checkout) == (CellOutcome.BUILD_FAILED, "engine")
    code, out = finish(checkout, "--engine", "docker")
    assert code == 0, out
    assert outcome(checkout) == (CellOutcome.MEASURED, None)
    assert containers_of(process.pid, client) == []


def test_a_full_disk_is_named_before_a_build_begins(checkout: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        code, out = finish(checkout, "--engine", "local", KERAS_MATRIX_CACHE=str(small))
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert code == 3, out
    assert outcome(checkout) == (CellOutcome.BUILD_FAILED, "disk")
    assert str(small) in out
