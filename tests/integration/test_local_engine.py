"""Real packages from the package index, installed and imported by the local engine."""

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from keras_matrix import environments
from keras_matrix.engines import Command, Environment, Limits
from keras_matrix.engines.local import LocalEngine
from keras_matrix.engines.local_layers import read_layers
from keras_matrix.index import PackageIndex
from keras_matrix.index.sources import Sources
from keras_matrix.interpreters import find_interpreters
from keras_matrix.matrix.cells import Cell
from keras_matrix.releases import Catalogue
from keras_matrix.tiers import Tier, plan

pytestmark = pytest.mark.integration

REPORT = """
import json, keras
try:
    from importlib.metadata import distributions
    installed = [(each.metadata["Name"], each.version) for each in distributions()]
except ImportError:
    import pkg_resources
    installed = [(each.project_name, each.version) for each in pkg_resources.working_set]
print(json.dumps([keras.__version__, keras.backend.backend(), sorted(installed)]))
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    cache = tmp_path_factory.mktemp("index")
    with PackageIndex(Sources.from_environment(os.environ), cache) as running:
        yield running


def tiers_of(
    index: PackageIndex, python: str, backend: str, pins: dict[str, str]
) -> tuple[Tier, ...]:
    if python not in find_interpreters():
        pytest.skip(f"Python {python} is not on this machine")
    cell = Cell(
        id="cell",
        python=python,
        backend=backend,
        pins=pins,
        as_of=date(2019, 11, 6) if python != "2.7" else date(2017, 4, 19),
        as_of_declared=False,
        group="group",
        tags=(),
    )
    catalogue = Catalogue(projects={})
    for pin in pins:
        catalogue = catalogue.with_project(pin, index.releases(pin))
    return plan(cell, {}, catalogue)


def ensure(
    tiers: tuple[Tier, ...], engine: LocalEngine, index: PackageIndex, root: Path
) -> tuple[Environment, list[str]]:
    events: list[str] = []
    environment = environments.ensure(
        tiers,
        engine=engine,
        index=index,
        locks_dir=root / "locks",
        logs_dir=root / "logs",
        on_event=lambda event: events.append(str(event)),
        label="cell",
    )
    return environment, events


def imported(engine: LocalEngine, environment: Environment) -> tuple[str, str, dict[str, str]]:
    variables = {"KERAS_BACKEND": "theano", "THEANO_FLAGS": "cxx=,optimizer=fast_compile"}
    command = Command(arguments=["-c", REPORT], variables=variables, limits=Limits(seconds=300))
    process = engine.run(environment, command)
    lines = list(process.lines())
    ended = process.wait()
    assert ended.code == 0, ended.stderr_tail
    version, backend, installed = json.loads(lines[-1])
    names = [name for name, _ in installed]
    assert len(names) == len(set(names)), "a parent's distribution shows through"
    return version, backend, dict(installed)


def test_keras_1_on_theano_and_python_27(tmp_path: Path, index: PackageIndex) -> None:
    engine = LocalEngine(tmp_path)
    tiers = tiers_of(index, "2.7", "theano", {"keras": "1.2.2", "theano": "0.9.0"})
    environment, _ = ensure(tiers, engine, index, tmp_path)
    version, backend, installed = imported(engine, environment)
    assert (version, backend) == ("1.2.2", "theano")
    assert (installed["Theano"], installed["numpy"]) == ("0.9.0", "1.12.1")
    assert environment.python.startswith("2.7.")


def test_two_keras_on_one_theano_share_its_tier_and_every_file(
    tmp_path: Path, index: PackageIndex
) -> None:
    engine = LocalEngine(tmp_path)
    first = tiers_of(index, "3.7", "theano", {"keras": "2.2.5", "theano": "1.0.4"})
    second = tiers_of(index, "3.7", "theano", {"keras": "2.3.1", "theano": "1.0.4"})
    one, _ = ensure(first, engine, index, tmp_path)
    two, events = ensure(second, engine, index, tmp_path)
    assert "reuse theano1.0.4-py37" in events
    assert [event for event in events if event.startswith("build")] == [
        "build keras2.3.1-theano1.0.4-py37"
    ]
    assert max(index.downloads.values()) == 1
    assert imported(engine, one)[0] == "2.2.5"
    assert imported(engine, two)[0] == "2.3.1"
    views = [read_layers(Path(each.reference)) for each in (one, two)]
    assert views[0] is not None
    assert views[1] is not None
    assert views[0].views[1:] == views[1].views[1:]
    again, events = ensure(second, LocalEngine(tmp_path), index, tmp_path)
    assert again == two
    assert not [event for event in events if event.startswith(("build", "resolve"))]
