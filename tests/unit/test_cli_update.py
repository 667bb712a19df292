"""``keras-matrix update``: the catalogue follows the sources, and forgets no local build."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from commandline import Run

from keras_matrix.cli import common
from keras_matrix.releases import Catalogue, Release, dump_catalogue, load_catalogue


def release(version: str, project: str = "torch") -> Release:
    return Release(
        project=project,
        version=version,
        uploaded=date(2026, 7, 8),
        requires_python=None,
        files=("cp311-cp311-manylinux_2_28_x86_64",),
    )


def torch(*versions: str) -> dict[str, Release]:
    return {version: release(version) for version in versions}


class Offered:
    """An index of projects and their releases."""

    def __init__(self, **projects: Mapping[str, Release]) -> None:
        self.projects = projects

    def releases(self, project: str) -> Mapping[str, Release]:
        return self.projects.get(project, {})


@pytest.fixture
def path(checkout: Path) -> Path:
    """A catalogue of two releases of one project."""
    path = checkout / "docker" / "locks" / "releases.json"
    path.write_text(dump_catalogue(Catalogue(projects={"torch": torch("2.12.0", "2.13.0+cpu")})))
    return path


def offer(monkeypatch: pytest.MonkeyPatch, index: Offered) -> None:
    @contextlib.contextmanager
    def open_index(_: object) -> Iterator[Offered]:
        yield index

    monkeypatch.setattr(common, "open_index", open_index)


def test_what_is_new_is_added_and_told_but_no_prerelease(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, Offered(torch=torch("2.12.0", "2.13.0", "2.14.0rc1", "2.13.0+cpu")))
    code, out, _ = run("update")
    assert code == 0
    assert out.splitlines() == ["torch 2.13.0", "1 new releases in docker/locks/releases.json"]
    assert load_catalogue(path).versions("torch") == ("2.12.0", "2.13.0", "2.13.0+cpu")


def test_a_local_build_stays_where_the_sources_lack_it_and_nothing_else_does(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, Offered(torch=torch("2.13.0")))
    assert run("update")[0] == 0
    assert load_catalogue(path).versions("torch") == ("2.13.0", "2.13.0+cpu")


def test_a_project_is_added_by_its_name(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tf_keras = {"2.16.0": release("2.16.0", "tf-keras")}
    offer(monkeypatch, Offered(**{"torch": torch("2.12.0"), "tf-keras": tf_keras}))
    code, out, _ = run("update", "TF_Keras", "--json")
    assert (code, json.loads(out)) == (0, {"added": ["tf-keras 2.16.0"]})
    assert run("update", "--json")[1].strip() == json.dumps({"added": []}, indent=1)
    assert "tf-keras" in load_catalogue(path).projects
