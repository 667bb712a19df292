"""A small checkout to do harm in, the runs that work in it, and what must hold afterwards.

Shared by the tests of faults and by the integration tests beside them.
"""

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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from keras_matrix.engines import docker_plan as plan
from keras_matrix.results import CellOutcome, CellReport, PathOutcome, report_from_json

ROOT = Path(__file__).parents[2]
PYTHON2 = "keras1.2.2-theano0.9.0-py27"
PYTHON3 = "keras2.3.1-theano1.0.5-py37"
GROUPS = {
    PYTHON2: {"keras": "1.2.2", "theano": "0.9.0", "python": "2.7"},
    PYTHON3: {"keras": "2.3.1", "theano": "1.0.5", "python": "3.7"},
}
SCENARIOS = ("clear_session_keras_backend.py", "smallest_model.py")

FULL = bool(os.environ.get("KERAS_MATRIX_FAULTS"))
"""Whether this is the whole suite, not the short form that every test run includes."""
whole_suite_only = pytest.mark.whole_suite

_DAY = re.compile(rb'"measured_on": "[^"]*"')


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """What undisturbed runs found, and how long one takes from the first build to the end.

    ``reports`` are the texts of ``found`` without their days.
    """

    found: Mapping[str, CellReport]

    reports: Mapping[str, bytes]
    seconds: float


@dataclass(kw_only=True)
class Checkout:
    """A checkout of some of the cheapest cells, with the committed locks and no reports.

    ``runs`` are those that worked in it.
    """

    root: Path
    cells: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    runs: list[subprocess.Popen[str]] = field(default_factory=list)

    @classmethod
    def make(
        cls, root: Path, *cells: str, scenarios: Sequence[str] = (), **variables: str
    ) -> "Checkout":
        for folder in ("docker", "probes"):
            shutil.copytree(ROOT / folder, root / folder)
        for scenario in (root / "probes" / "scenarios").glob("[!_]*.py"):
            if scenario.name not in scenarios:
                scenario.unlink()
        groups = {f"group{number}": GROUPS[cell] for number, cell in enumerate(cells)}
        matrix = {"version": 1, "import_paths": ["keras.backend"], "groups": groups}
        (root / "matrix.yaml").write_text(json.dumps(matrix))  # JSON is YAML, too
        return cls(root=root, cells=cells, variables=variables)

    @property
    def pids(self) -> set[int]:
        """Those of the runs."""
        return {process.pid for process in self.runs}

    def close(self) -> None:
        """End what a failed test left running."""
        for process in self.runs:
            process.kill()
            process.wait()

    @property
    def probes(self) -> Path:
        return self.root / "probes"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def report(self, cell: str) -> Path:
        return self.reports / "data" / f"{cell}.json"

    def lock(self, tier: str) -> Path:
        return self.root / "docker" / "locks" / f"{tier}.txt"

    def read(self, cell: str) -> CellReport:
        return report_from_json(self.report(cell).read_text(encoding="utf-8"))

    def outcomes(self) -> dict[str, tuple[CellOutcome, str | None]]:
        """Of the cells that have a readable report: the outcome, and the class of its failure."""
        found = {}
        for cell in self.cells:
            with contextlib.suppress(ValueError, FileNotFoundError):
                report = self.read(cell)
                found[cell] = (report.outcome, report.failure)
        return found

    def measured(self) -> dict[str, tuple[bytes, int]]:
        """The content and the age of each finished report."""
        found = {}
        for cell, (outcome, _) in self.outcomes().items():
            path = self.report(cell)
            if outcome is CellOutcome.MEASURED:
                found[cell] = (path.read_bytes(), path.stat().st_mtime_ns)
        return found

    def forget_reports(self) -> None:
        shutil.rmtree(self.reports, ignore_errors=True)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start ``keras-matrix run``; its output is one stream of lines."""
        options = () if "--engine" in arguments else ("--engine", "docker")
        command = [sys.executable, "-u", "-m", "keras_matrix", "run", *options, *arguments]
        process = subprocess.Popen(
            [*command, "--root", str(self.root)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **self.variables, **variables},
            start_new_session=True,
        )
        self.runs.append(process)
        return process

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Its exit code and what it printed."""
        process = self.start(*arguments, **variables)
        out = rest(process)
        return process.returncode, out

    def verb(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another verb, to its end."""
        command = [sys.executable, "-m", "keras_matrix", *arguments, "--root", str(self.root)]
        environment = {**os.environ, **self.variables}
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=300, env=environment
        )


def rest(process: subprocess.Popen[str], seconds: float = 500) -> str:
    """What is printed until the end; what doesn't end is a failure, and killed."""
    try:
        return process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        pytest.fail(f"no end within {seconds:g} s: {out}")


def until(process: subprocess.Popen[str], *words: str) -> str:
    """Everything printed up to the first line that contains one of the words."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if any(word in line for word in words):
            return seen
    pytest.fail(f"ended before {words!r}: {seen}")


def interrupt(process: subprocess.Popen[str]) -> str:
    """Ctrl-C, while something goes on that wouldn't end within the time given here."""
    process.send_signal(signal.SIGINT)
    out = rest(process, 300)
    assert process.returncode == 130, out
    assert "interrupted" in out
    assert "Traceback" not in out
    return out


@dataclass(frozen=True, kw_only=True, slots=True)
class Yard:
    """What an engine holds beside images: ``volumes`` are those that were there before."""

    client: Any
    volumes: frozenset[str]

    @classmethod
    def look(cls, client: Any) -> "Yard":
        return cls(client=client, volumes=frozenset(each.name for each in client.volumes.list()))

    def left(self, pids: set[int]) -> list[str]:
        """The containers of these processes, unused new volumes, networks but for the shared one.

        Others may be using the engine: what they are just making is gone at a second look.
        """
        for _ in range(20):
            if not (found := self._left(pids)):
                break
            time.sleep(0.5)
        return found

    def _left(self, pids: set[int]) -> list[str]:
        ours = {"label": f"{plan.OURS}=1"}
        containers = self.client.containers.list(all=True, filters=ours, ignore_removed=True)
        owners = {each.name: each.labels.get(plan.OWNER, "") for each in containers}
        mine = {str(pid) for pid in pids}
        # An owner is "place:pid:start".
        found = [name for name, owner in owners.items() if mine & set(owner.split(":")[1:2])]
        unused = self.client.volumes.list(filters={"dangling": True})
        found += sorted({each.name for each in unused} - self.volumes)
        networks = self.client.networks.list(filters=ours)
        return found + [each.name for each in networks if each.name != plan.NETWORK]


def check_recovery(
    checkout: Checkout, yard: Yard, *arguments: str, **variables: str
) -> Mapping[str, bytes]:
    """One plain run makes everything good: asserts what RECOVERS says; returns the reports."""
    before = checkout.measured()
    code, out = checkout.run(*arguments, **variables)
    assert code == 0, out
    assert "Traceback" not in out
    assert f"{len(before)} cells current" in out
    after = checkout.measured()
    assert set(after) == set(checkout.cells), out
    assert {cell: after[cell] for cell in before} == before
    for cell in checkout.cells:
        check_truth(checkout.read(cell))
    assert yard.left(checkout.pids) == []
    assert half_written(checkout) == []
    return {cell: undated(content) for cell, (content, _) in after.items()}


def check_truth(report: CellReport) -> None:
    """No path and no name is absent that the committed report of the cell has."""
    committed = ROOT / "reports" / "data" / f"{report.cell.id}.json"
    for name, path in report_from_json(committed.read_text(encoding="utf-8")).paths.items():
        found = report.paths.get(name)
        if found is None:
            continue  # this checkout asks for fewer paths
        importable = PathOutcome.IMPORTABLE
        assert found.outcome is importable or path.outcome is not importable, name
        lost = path.attributes.keys() - found.attributes.keys()
        assert not lost, f"{report.cell.id}: {name} lost {sorted(lost)}"


def half_written(checkout: Checkout) -> list[str]:
    """Files that a write was begun for and not ended."""
    return [each.name for each in checkout.root.rglob(".*.part")]


def undated(content: bytes) -> bytes:
    """A report without the day it was measured on."""
    return _DAY.sub(b"", content)


def with_deed(probes: Path, name: str, deed: str) -> None:
    """Have the recipe of a name in recipes/updates.py do something else."""
    recipes = probes / "recipes" / "updates.py"
    text = recipes.read_text(encoding="utf-8")
    body = "".join(f"    {line}\n" for line in deed.splitlines())
    head = rf'(@recipe\("{name}"\)\ndef \w+\(c\):\n    "[^\n]*"\n)'
    text, count = re.subn(head, lambda found: found[1] + body, text)
    assert count == 1, name
    recipes.write_text(text, encoding="utf-8")


class Relay:
    """A door in front of a server that can be slammed shut: what is behind it goes away.

    ``near`` and ``far`` are a path (a socket of this machine) or (host, port). It shuts by itself
    after ``limit`` bytes from the server.
    """

    limit: float = float("inf")

    def __init__(self, near: Path | tuple[str, int], far: str | tuple[str, int]) -> None:
        self._far = far
        self._passed = 0
        self._open: list[socket.socket] = []
        self._listener = socket.socket(_family(near))
        self._listener.bind(str(near) if isinstance(near, Path) else near)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(_family(self._far))
                far.connect(self._far)
                self._open += [near, far]
                threading.Thread(target=self._forth, args=(near, far), daemon=True).start()
                threading.Thread(target=self._back, args=(far, near), daemon=True).start()

    def _forth(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(2**16):
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(2**12):
                near.sendall(data[: int(max(0, min(len(data), self.limit - self._passed)))])
                self._passed += len(data)
                if self._passed > self.limit:
                    self.close()
            near.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _family(place: Path | str | tuple[str, int]) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(place, tuple) else socket.AF_UNIX


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of that size, mounted there; skips where that isn't allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        yield folder
    finally:
        _unmount(folder)


def _unmount(folder: Path) -> None:
    """Once a daemon has closed what it held there."""
    for _ in range(50):
        if not subprocess.run(["umount", str(folder)], check=False).returncode:
            return
        time.sleep(0.2)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
