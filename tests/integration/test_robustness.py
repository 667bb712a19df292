"""What goes wrong around a run: named, one cell's trouble, nothing half-written, repaired next."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shelf import Shelf
from stage import PYTHON2, Checkout, Relay, Yard, interrupt, rest, small_disk, until

from keras_matrix.results import CellOutcome

pytestmark = pytest.mark.integration
MEASURED = {PYTHON2: (CellOutcome.MEASURED, None)}


def failed(failure: str) -> dict[str, tuple[CellOutcome, str | None]]:
    return {PYTHON2: (CellOutcome.BUILD_FAILED, failure)}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """The cheapest cell, no reports and no scenarios."""
    return Checkout.make(tmp_path / "checkout", PYTHON2)


@pytest.fixture
def yard(engine) -> Iterator[Yard]:
    docker = pytest.importorskip("docker")
    client: Any = docker.DockerClient(base_url=engine.describe().rpartition(" at ")[2])
    yield Yard.look(client)
    client.close()


@pytest.mark.fault("index out of reach", "the cell fails as network", "a measurement is kept")
def test_an_index_out_of_reach_fails_the_cell_as_network_and_keeps_what_was_measured(
    checkout: Checkout, tmp_path: Path, engine
) -> None:
    variables = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple/",
        "KERAS_MATRIX_CACHE": str(tmp_path / "cache"),
    }
    code, out = checkout.run("--engine", "local", **variables)
    assert code == 3, out
    assert checkout.outcomes() == failed("network")
    assert "127.0.0.1:9" in (checkout.read(PYTHON2).reason or "")
    assert ".log)" in out
    code, out = checkout.run()
    assert code == 0, out
    whole = checkout.report(PYTHON2).read_bytes()
    code, out = checkout.run("--engine", "local", **variables)
    assert code == 3, out
    assert checkout.report(PYTHON2).read_bytes() == whole


@pytest.fixture
def drip(checkout: Checkout) -> Iterator[Shelf]:
    with Shelf(checkout.root / "docker" / "locks") as server:
        yield server
        server.shutdown()


@pytest.mark.fault("Ctrl-C in a download", "exit code 130", "nothing is half-written")
def test_ctrl_c_waits_for_no_download_and_leaves_nothing_half_done(
    checkout: Checkout, tmp_path: Path, drip: Shelf
) -> None:
    cache = {"KERAS_MATRIX_CACHE": str(tmp_path / "cache")}
    only = {"PIP_INDEX_URL": drip.url, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    process = checkout.start("--engine", "local", **cache, **only)
    until(process, "build  build ")
    assert drip.asked.wait(120)
    interrupt(process)
    assert not list(checkout.reports.rglob("*"))
    assert not list((tmp_path / "cache" / "index" / "partial").glob("*"))


@pytest.mark.timeout(1800)
@pytest.mark.fault(
    "Ctrl-C while a container runs",
    *(
        "exit code 130",
        "no container is left",
        "nothing is half-written",
        "the next run ends with 0",
    ),
)
def test_ctrl_c_while_a_container_runs_leaves_none_and_the_next_run_goes_on(
    checkout: Checkout, yard: Yard
) -> None:
    # Each until its deadline of two minutes.
    slow = [checkout.probes / "scenarios" / f"slow_{number}.py" for number in range(4)]
    for scenario in slow:
        scenario.write_text('"""Sleeps."""\nimport time\ntime.sleep(3600)\n')
    process = checkout.start()
    until(process, "scenarios")
    interrupt(process)
    assert yard.left(checkout.pids) == []
    assert not list(checkout.reports.rglob("*"))
    for scenario in slow:
        scenario.unlink()
    code, out = checkout.run()
    assert code == 0, out
    assert checkout.outcomes() == MEASURED


@pytest.mark.fault(
    "the engine goes away in a probe",
    *("the cell fails as engine", "the next run ends with 0", "no container is left"),
)
def test_an_engine_that_goes_away_is_named_and_the_next_run_repairs(
    checkout: Checkout, tmp_path: Path, yard: Yard
) -> None:
    target = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not target.startswith("unix://"):
        pytest.skip("the engine isn't at a socket of this machine")
    relay = Relay(tmp_path / "relay.sock", target.removeprefix("unix://"))
    process = checkout.start(DOCKER_HOST=f"unix://{tmp_path}/relay.sock")
    until(process, "probe")
    relay.close()
    (tmp_path / "relay.sock").unlink()
    out = rest(process, 120)
    assert process.returncode == 3, out
    assert "engine went away" in out
    assert "Traceback" not in out
    assert checkout.outcomes() == failed("engine")
    code, out = checkout.run()
    assert code == 0, out
    assert checkout.outcomes() == MEASURED
    assert yard.left(checkout.pids) == []


@pytest.mark.fault("a full disk before a build", "the cell fails as disk", "the place is named")
def test_a_full_disk_is_named_before_a_build_begins(checkout: Checkout, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "32m") as small:
        code, out = checkout.run("--engine", "local", KERAS_MATRIX_CACHE=str(small))
    assert code == 3, out
    assert checkout.outcomes() == failed("disk")
    assert str(small) in out
