"""Two workers with an engine each, a registry between them, and one of them killed in mid-run."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from clusters import ROOT, dask, free_port, private_engine, registry, required, tags

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

MATRIX = """
version: 1
import_paths: [keras.backend]
groups:
  theano-py37:
    keras: ["2.2.4", "2.3.1"]
    theano: "1.0.5"
    python: "3.7"
  theano-py27:
    keras: "1.2.2"
    theano: "0.9.0"
    python: "2.7"
"""
OLD = "keras1.2.2-theano0.9.0-py27"
NEW = [f"keras{version}-theano1.0.5-py37" for version in ("2.2.4", "2.3.1")]


def checkout(root: Path) -> Path:
    for folder in ("docker", "probes"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / "matrix.yaml").write_text(MATRIX)
    return root


def keras_matrix(root: Path, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "keras_matrix", *arguments, "--root", str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "KERAS_MATRIX_CACHE": str(root / "cache"), **variables},
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=900)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def machines(cache):
    """A scheduler, workers "a" and "b" with an engine of their own each, and a registry."""
    missing = [each for each in ("dockerd", "docker-registry") if not shutil.which(each)]
    if missing or os.geteuid() != 0:
        required(f"two private engines and a registry want root and {', '.join(missing) or 'it'}")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="km-cluster.", dir="/var/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        engines = {name: stack.enter_context(private_engine(folder / name)) for name in ("a", "b")}
        address = stack.enter_context(registry(folder))
        cluster = stack.enter_context(dask(folder / "dask"))
        for name, engine in engines.items():
            # The Debian that base images are made of is as good as installed on a machine.
            own = cluster.folder / name / "cache" / "docker"
            own.mkdir(parents=True)
            if (cache / "docker" / "rootfs").is_dir():
                (own / "rootfs").symlink_to(cache / "docker" / "rootfs")
            cluster.worker(name, engine)
        root = checkout(folder / "checkout")
        yield SimpleNamespace(root=root, engines=engines, registry=address, dask=cluster)


def follow(process: "subprocess.Popen[str]", until: Callable[[list[str]], bool]) -> list[str]:
    """The lines that it says on standard error, up to the moment that is waited for."""
    lines: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line.rstrip())
        if until(lines):
            return lines
    raise AssertionError("it ended before:\n" + "\n".join(lines))


@pytest.fixture(scope="module")
def killed(machines):
    """A run whose worker of the two cells is killed while it probes the second one."""
    process = keras_matrix(
        machines.root,
        *("run", "--json", "--engine", "docker"),
        *("--scheduler", machines.dask.address, "--registry", machines.registry),
    )
    began = time.monotonic()
    first: list[str] = []

    def second_is_probed(lines: list[str]) -> bool:
        if not first and any(re.search(r"py37: measured", line) for line in lines[-1:]):
            first.append(lines[-1].split(": ")[0].split()[-1])
        other = next((cell for cell in NEW if first and cell not in first), "none")
        return bool(re.match(rf"{other}: probe ", lines[-1]))

    lines = follow(process, second_is_probed)
    victim = re.search(r"probe  (\w):", lines[-1]).group(1)
    finished = {path.name: path.read_bytes() for path in reports(machines.root)}
    os.kill(machines.dask.workers[victim].pid, signal.SIGKILL)
    code, out, err = ended(process)
    lines += err.splitlines()
    print("\n".join(lines), f"\n{time.monotonic() - began:.0f} s")
    assert code == 0, err
    return SimpleNamespace(
        lines=lines,
        victim=victim,
        survivor="b" if victim == "a" else "a",
        finished=finished,
        first=first[0],
        second=next(cell for cell in NEW if cell not in first),
        document=json.loads(out),
    )


def reports(root: Path) -> list[Path]:
    return sorted((root / "reports" / "data").glob("*.json"))


def test_every_cell_is_measured_and_what_was_finished_stays(machines, killed):
    outcomes = {cell["id"]: cell["outcome"] for cell in killed.document["cells"]}
    assert outcomes == dict.fromkeys([OLD, *NEW], "measured")
    assert f"{killed.first}.json" in killed.finished
    assert f"{killed.second}.json" not in killed.finished
    for name, content in killed.finished.items():
        assert (machines.root / "reports" / "data" / name).read_bytes() == content
    workers = killed.document["workers"]
    counts = Counter(cell for worker in workers.values() for cell in worker["finished"])
    assert counts == dict.fromkeys([OLD, *NEW], 1)
    assert killed.second in workers[killed.survivor]["finished"]
    assert [name for name, worker in workers.items() if worker["lost"]] == [killed.victim]
    assert f"worker {killed.victim} is lost; measured elsewhere: {killed.second}" in killed.lines


def test_each_tier_is_built_once_in_the_cluster(machines, killed):
    workers = killed.document["workers"]
    built = Counter(tier for worker in workers.values() for tier in worker["built"])
    assert {"theano1.0.5-py37", "theano0.9.0-py27"} <= set(built)
    # Of the tier that the lost worker built last, nobody knows whether it was pushed in time.
    assert {tier for tier, count in built.items() if count > 1} <= {killed.second}
    assert "theano1.0.5-py37" in workers[killed.survivor]["pulled"]
    assert "theano1.0.5-py37" in workers[killed.victim]["pushed"]
    assert len(tags(machines.registry, "keras-matrix/tier")) >= 4


def test_the_reports_are_those_of_a_plain_run(machines, killed, tmp_path):
    root = checkout(tmp_path / "plain")
    shutil.copytree(machines.root / "docker" / "locks", root / "docker/locks", dirs_exist_ok=True)
    host = machines.engines[killed.survivor].host
    code, _, err = ended(keras_matrix(root, "run", "--engine", "docker", DOCKER_HOST=host))
    assert code == 0, err
    day = re.compile(r'"measured_on": "[^"]*"')
    plain, clustered = (
        {path.name: day.sub("", path.read_text()) for path in reports(each)}
        for each in (root, machines.root)
    )
    assert plain == clustered


def test_an_interrupt_leaves_no_container_on_the_workers(machines, killed):
    process = keras_matrix(
        machines.root,
        *("run", "--json", "--force", "--engine", "docker"),
        *("--scheduler", machines.dask.address),
    )
    follow(process, lambda lines: "probe " in lines[-1])
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert code == 130, err
    ours = ("ps", "-aq", "--filter", "label=io.keras-matrix=1")
    assert machines.engines[killed.survivor].docker(*ours) == ""


@pytest.mark.parametrize("trouble", ["absent", "read-only"])
def test_a_registry_that_refuses_is_named_before_anything_is_built(machines, trouble, tmp_path):
    host = machines.engines["a"].host
    with ExitStack() as stack:
        address = f"127.0.0.1:{free_port()}"
        if trouble == "read-only":
            address = stack.enter_context(registry(tmp_path / "read-only", read_only=True))
        run = ("run", "--force", "--engine", "docker", "--registry", address)
        code, out, err = ended(keras_matrix(machines.root, *run, DOCKER_HOST=host))
    assert code == 3
    assert f"the registry {address} can't be used" in err
    assert "to measure" not in out
