"""``keras-matrix clean``: what was built goes, whatever else is there stays."""

import json
import os
import sys
from pathlib import Path

import pytest
from commandline import Run

from keras_matrix.engines import BuildRequest, Environment, choice
from keras_matrix.engines import local_layers as layers
from keras_matrix.engines.local import LocalEngine
from keras_matrix.locks import Lock
from keras_matrix.tiers import Tier, TierKind

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def built(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A Python and a tier on it in the local engine's directory, and files of others beside it."""
    monkeypatch.setattr(
        "keras_matrix.engines.local.find_interpreters",
        lambda: {PYTHON: Path(sys.executable).resolve()},
    )
    cache = checkout / "cache"
    engine = LocalEngine(cache)
    base = engine.base(PYTHON, checkout / "base.log")
    tier = Tier(kind=TierKind.BACKEND, name="theano1.0.5", python=PYTHON, requirements=("x==1",))
    request = BuildRequest(
        tier=tier, parent=base, index_url="http://127.0.0.1:9/", log=checkout / "build.log"
    )
    environment = engine.build(request, Lock(tier=tier.name, packages=()))
    for place in ("index/files/ab/six.whl", "logs/theano.log", "measured/cell"):
        (cache / place).parent.mkdir(parents=True)
        (cache / place).write_text("there")
    return environment


def left(checkout: Path) -> set[str]:
    return {path.name for path in (checkout / "cache").iterdir()}


def test_what_was_built_goes_by_name_and_nothing_else(
    run: Run, checkout: Path, built: Environment
) -> None:
    code, out, _ = run("clean", "--engine", "local")
    assert code == 0
    assert f"removed theano1.0.5 ({built.digest})" in out.splitlines()
    assert f"removed python{PYTHON} (" in out
    assert out.splitlines()[-1] == "2 removed"
    assert left(checkout) == {"index", "logs", "measured"}
    assert run("clean", "--engine", "local")[1].splitlines()[-1] == "0 removed"


def test_the_cache_of_files_goes_only_when_asked_for(
    run: Run, checkout: Path, built: Environment
) -> None:
    code, out, _ = run("clean", "--engine", "local", "--cache")
    assert (code, out.splitlines()[-1]) == (0, "3 removed")
    assert f"removed {checkout / 'cache' / 'index'}" in out.splitlines()
    assert left(checkout) == {"logs", "measured"}


def test_as_data_the_list_alone_is_on_standard_output(
    run: Run, checkout: Path, built: Environment
) -> None:
    code, out, err = run("clean", "--engine", "local", "--cache", "--json")
    removed = json.loads(out)["removed"]
    assert code == 0
    assert f"theano1.0.5 ({built.digest})" in removed
    assert str(checkout / "cache" / "index") in removed
    assert f"{len(removed)} removed" in err


def test_what_is_in_use_stays_with_what_it_stands_on(
    run: Run, checkout: Path, built: Environment
) -> None:
    holds = layers.hold(Path(built.reference))
    try:
        assert run("clean", "--engine", "local")[1].splitlines()[-1] == "0 removed"
    finally:
        os.close(holds)
    assert layers.read_layers(Path(built.reference)) is not None
    assert run("clean", "--engine", "local")[1].splitlines()[-1] == "2 removed"


def test_without_a_container_engine_the_directories_are_cleaned(
    run: Run, built: Environment
) -> None:
    code, out, _ = run("clean")
    assert (code, out.splitlines()[-1]) == (0, "2 removed")
    assert "engine: local: " in out
    assert "no.sock: no such socket" in out


def test_an_engine_that_is_not_there_leaves_everything(
    run: Run, checkout: Path, built: Environment
) -> None:
    code, _, err = run("clean", "--engine", "docker", "--cache")
    assert code == 3
    assert "no.sock: no such socket" in err
    assert left(checkout) == {"index", "local", "logs", "measured"}


class Shelf:
    """An engine that holds names, and says which it removed."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def clean(self) -> tuple[str, ...]:
        removed, self.names = self.names, ()
        return removed


def test_what_the_engine_says_it_removed_is_told_as_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf("container 0123456789ab", "image [bold]odd[/bold] sha256:01")
    chosen = choice.Chosen(engine=shelf, why="docker: a shelf")  # type: ignore[arg-type]
    monkeypatch.setattr(choice, "choose_engine", lambda *_: chosen)
    lines = run("clean")[1].splitlines()
    assert lines == [
        "engine: docker: a shelf",
        "removed container 0123456789ab",
        "removed image [bold]odd[/bold] sha256:01",
        "2 removed",
    ]
    assert run("clean")[1].splitlines()[-1] == "0 removed"
