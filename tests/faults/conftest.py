"""What faults are tried on: an engine, a measured reference, the machine's cache."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from realengine import cache, engine, index
from stage import FULL, PYTHON2, PYTHON3, SCENARIOS, Checkout, Reference, Yard, check_recovery

from keras_matrix.engines.docker import DockerEngine

__all__ = ["cache", "engine", "index"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The short form leaves out what only the whole suite has the time and an own engine for."""
    left = [item for item in items if not FULL and item.get_closest_marker("whole_suite")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


@pytest.fixture
def client(engine: DockerEngine) -> Iterator[Any]:
    docker = pytest.importorskip("docker")
    client = docker.DockerClient(base_url=engine.describe().rpartition(" at ")[2])
    yield client
    client.close()


@pytest.fixture
def yard(client: Any) -> Yard:
    return Yard.look(client)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """Both cells, two scenarios."""
    made = Checkout.make(tmp_path / "checkout", PYTHON2, PYTHON3, scenarios=SCENARIOS)
    with closing(made):
        yield made


@pytest.fixture
def one_cell(tmp_path: Path) -> Iterator[Checkout]:
    """The cheapest cell, no scenarios."""
    with closing(Checkout.make(tmp_path / "checkout", PYTHON2)) as made:
        yield made


@pytest.fixture
def forget(engine: DockerEngine) -> Callable[[], None]:
    """Removes the topmost tier of both cells from the engine: the next run builds them."""

    def forget() -> None:
        for held in engine.held():
            if held.tier in (PYTHON2, PYTHON3):
                engine.remove(held.environment)

    return forget


@pytest.fixture(scope="session")
def reference(
    engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> Reference:
    """Both cells, measured twice in peace: what comes of it, and the second run's time."""
    root = tmp_path_factory.mktemp("reference") / "checkout"
    checkout = Checkout.make(root, PYTHON2, PYTHON3, scenarios=SCENARIOS)
    docker = pytest.importorskip("docker")
    client = docker.DockerClient(base_url=engine.describe().rpartition(" at ")[2])
    yard = Yard.look(client)
    check_recovery(checkout, yard)
    checkout.forget_reports()
    for held in engine.held():
        if held.tier in (PYTHON2, PYTHON3):
            engine.remove(held.environment)
    started = time.monotonic()
    reports = check_recovery(checkout, yard)
    seconds = time.monotonic() - started
    client.close()
    found = {cell: checkout.read(cell) for cell in checkout.cells}
    shutil.rmtree(root)
    return Reference(found=found, reports=reports, seconds=seconds)


@pytest.fixture
def moment(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Notes at which moment the fault came, for reports/faults.md."""

    def note(text: str) -> None:
        record_property("moment", text)

    return note
