"""``keras-matrix update``: the catalogue follows the sources, and the matrix the catalogue."""

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from commandline import ROOT, Run
from test_cli_lock import Resolver, Shop

from keras_matrix.cli import common
from keras_matrix.engines import choice
from keras_matrix.matrix import load_matrix
from keras_matrix.releases import Catalogue, Release, dump_catalogue, load_catalogue

UNIVERSAL = ("py2.py3-none-any",)
FOLLOWED = """\
version: 1
import_paths: [keras.backend]
groups:
  theano:   # the pair that is measured
    combine: zip
    keras:  ["2.2.4",  "2.3.1"]
    theano: ["1.0.3", "1.0.5"]
    python: "3.7"
follow:
  theano:
    keras: newest minor
    theano: newest minor
"""


def release(version: str, project: str = "torch", *, yanked: bool = False) -> Release:
    return Release(
        project=project,
        version=version,
        uploaded=date(2026, 7, 8),
        requires_python=None,
        files=("cp311-cp311-manylinux_2_28_x86_64",) if project == "torch" else UNIVERSAL,
        yanked=yanked,
    )


def releases(project: str, *versions: str) -> dict[str, Release]:
    return {version: release(version, project) for version in versions}


def torch(*versions: str) -> dict[str, Release]:
    return releases("torch", *versions)


class Offered(Shop):
    """An index of projects and their releases."""

    def __init__(self, **projects: Mapping[str, Release]) -> None:
        super().__init__()
        self.projects = projects

    def releases(self, project: str) -> Mapping[str, Release]:
        return self.projects.get(project, {})


@pytest.fixture
def path(checkout: Path) -> Path:
    """A catalogue of two releases of one project."""
    path = checkout / "docker" / "locks" / "releases.json"
    path.write_text(dump_catalogue(Catalogue(projects={"torch": torch("2.12.0", "2.13.0+cpu")})))
    return path


@pytest.fixture
def followed(checkout: Path) -> Path:
    """A matrix with one followed group, and a catalogue of what it pins."""
    known = {"keras": ("2.2.4", "2.3.1"), "theano": ("1.0.3", "1.0.5")}
    projects = {project: releases(project, *versions) for project, versions in known.items()}
    catalogue = checkout / "docker" / "locks" / "releases.json"
    catalogue.write_text(dump_catalogue(Catalogue(projects=projects)))
    matrix = checkout / "matrix.yaml"
    matrix.write_text(FOLLOWED)
    return matrix


def offer(monkeypatch: pytest.MonkeyPatch, index: Offered) -> None:
    @contextlib.contextmanager
    def open_index(_: object) -> Iterator[Offered]:
        yield index

    monkeypatch.setattr(common, "open_index", open_index)


def offer_keras(monkeypatch: pytest.MonkeyPatch, *versions: str) -> Offered:
    theano = releases("theano", "1.0.3", "1.0.5")
    index = Offered(keras=releases("keras", "2.2.4", "2.3.1", *versions), theano=theano)
    offer(monkeypatch, index)
    return index


# --- the catalogue -------------------------------------------------------------------------


def test_what_is_new_is_added_and_told_but_no_prerelease(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, Offered(torch=torch("2.12.0", "2.13.0", "2.14.0rc1", "2.13.0+cpu")))
    code, out, _ = run("update")
    assert code == 0
    assert out.splitlines() == [
        "torch 2.13.0",
        "torch 2.14.0rc1: pre-release, not proposed",
        "1 new releases in docker/locks/releases.json",
    ]
    assert load_catalogue(path).versions("torch") == ("2.12.0", "2.13.0", "2.13.0+cpu")


def test_a_prerelease_that_its_release_followed_is_not_told(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, Offered(torch=torch("2.12.0", "2.13.0rc2", "2.13.0", "2.13.0+cpu")))
    assert json.loads(run("update", "--json")[1])["prereleases"] == []


def test_what_is_yanked_is_told_apart_and_once(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yanked = {"2.12.0": release("2.12.0", yanked=True), "2.13.1": release("2.13.1", yanked=True)}
    offer(monkeypatch, Offered(torch={**torch("2.13.0+cpu"), **yanked}))
    assert run("update", "--check")[0] == 0
    told = json.loads(run("update", "--json")[1])
    assert (told["added"], told["yanked"]) == ([], ["torch 2.12.0", "torch 2.13.1"])
    assert json.loads(run("update", "--json")[1])["yanked"] == []


def test_a_local_build_stays_where_the_sources_lack_it_and_nothing_else_does(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, Offered(torch=torch("2.13.0")))
    assert run("update")[0] == 0
    assert load_catalogue(path).versions("torch") == ("2.13.0", "2.13.0+cpu")


def test_a_project_is_added_by_its_name(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tf_keras = releases("tf-keras", "2.16.0")
    offer(monkeypatch, Offered(**{"torch": torch("2.12.0"), "tf-keras": tf_keras}))
    code, out, _ = run("update", "TF_Keras", "--json")
    assert (code, json.loads(out)["added"]) == (0, ["tf-keras 2.16.0"])
    assert json.loads(run("update", "--json")[1])["added"] == []
    assert "tf-keras" in load_catalogue(path).projects


def test_a_project_that_no_source_knows_is_bad_input_and_nothing_is_written(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, Offered(torch=torch("2.14.0")))
    before = path.read_bytes()
    code, _, err = run("update", "torhc")
    assert (code, err.strip()) == (2, "no source knows a project 'torhc'; did you mean 'torch'?")
    assert path.read_bytes() == before


def test_a_project_that_vanished_from_the_sources_stays_as_it_was(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, Offered())
    before = path.read_bytes()
    code, out, _ = run("update")
    assert code == 0
    assert "torch: no source knows it any more" in out
    assert path.read_bytes() == before


# --- the matrix ----------------------------------------------------------------------------


def test_a_new_release_becomes_a_cell_and_the_second_update_adds_nothing(
    run: Run, followed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_keras(monkeypatch, "2.3.2", "2.4.0rc1")
    code, out, _ = run("update")
    assert code == 0
    assert out.splitlines() == [
        "keras 2.3.2",
        "keras 2.4.0rc1: pre-release, not proposed",
        "1 new releases in docker/locks/releases.json",
        "keras2.3.2-theano1.0.5-py37 in group theano: keras 2.3.2 of 2026-07-08 (newest minor), "
        "theano 1.0.5 of 2026-07-08 (newest minor)",
        "  keras2.3.1-theano1.0.5-py37 has older patches of the same; it stays",
        "1 new cells in matrix.yaml",
    ]
    written = FOLLOWED.replace('"2.3.1"]', '"2.3.1", "2.3.2"]').replace(
        '"1.0.5"]', '"1.0.5", "1.0.5"]'
    )
    assert followed.read_text() == written
    again = json.loads(run("update", "--json")[1])
    assert (again["added"], again["cells"], followed.read_text()) == ([], [], written)
    assert run("update", "--check")[0] == 0


def test_check_writes_nothing_and_says_by_its_code_whether_something_is_new(
    run: Run, followed: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_keras(monkeypatch)
    catalogue = checkout / "docker" / "locks" / "releases.json"
    before = (followed.read_bytes(), catalogue.read_bytes())
    assert run("update", "--check")[0] == 0
    offer_keras(monkeypatch, "2.3.2")
    code, out, _ = run("update", "--check")
    assert code == 1
    assert "1 new releases that docker/locks/releases.json lacks" in out
    assert "1 new cells for matrix.yaml" in out
    offer_keras(monkeypatch, "2.2.5")  # a release that no rule makes a cell of
    code, out, _ = run("update", "--check", "--json")
    assert (code, json.loads(out)["added"], json.loads(out)["cells"]) == (1, ["keras 2.2.5"], [])
    assert (followed.read_bytes(), catalogue.read_bytes()) == before


def test_what_is_impossible_is_named_with_its_reason_and_not_written(
    run: Run, followed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = offer_keras(monkeypatch)
    newer = Release(
        project="keras",
        version="3.0.0",
        uploaded=date(2026, 7, 8),
        requires_python=">=3.9",
        files=UNIVERSAL,
    )
    index.projects["keras"] = {**index.projects["keras"], "3.0.0": newer}
    code, out, _ = run("update")
    assert code == 0
    assert (
        "keras3.0.0-theano1.0.5-py37 not in group theano (matrix.yaml:10): impossible: "
        "keras 3.0.0 requires Python >=3.9, not 3.7" in out
    )
    assert followed.read_text() == FOLLOWED
    assert run("update", "--check")[0] == 0


def test_a_rule_that_matches_nothing_is_named_with_its_line(
    run: Run, followed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_keras(monkeypatch, "2.3.2")
    followed.write_text(FOLLOWED.replace("theano: newest minor", "theano: newest minor +cpu"))
    code, _, err = run("update")
    assert code == 2
    assert err.strip() == (
        "matrix.yaml:12: follow 'theano'.theano: matches nothing: neither sources nor catalogue "
        "have a +cpu release of theano"
    )
    assert '"2.3.2"' not in followed.read_text()
    followed.write_text(FOLLOWED.replace("follow:\n  theano", "follow:\n  theanos"))
    code, _, err = run("update")
    assert code == 2
    assert err.strip() == (
        "matrix.yaml:10: follow: there is no group 'theanos' to write new cells to; "
        "did you mean 'theano'?"
    )


def test_lock_resolves_what_new_cells_need_and_nothing_else(
    run: Run, followed: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Resolver()
    chosen = choice.Chosen(engine=engine, why="a test's")
    monkeypatch.setattr(choice, "choose_engine", lambda *_: chosen)
    offer_keras(monkeypatch)
    assert json.loads(run("update", "--lock", "--json")[1])["locks"] == {}
    assert engine.names() == []
    offer_keras(monkeypatch, "2.3.2")
    code, out, _ = run("update", "--lock", "--json")
    assert (code, json.loads(out)["locks"]) == (0, {"keras2.3.2-theano1.0.5-py37": "locked"})
    tiers = ["python-py37", "theano1.0.5-py37", "keras2.3.2-theano1.0.5-py37"]
    assert engine.names() == tiers
    locks = {lock.stem for lock in (checkout / "docker" / "locks").glob("*.txt")}
    assert locks == set(tiers)


def test_lock_says_which_cell_could_not_be_locked(
    run: Run, followed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Resolver(unsolvable={"theano1.0.5-py37"})
    chosen = choice.Chosen(engine=engine, why="a test's")
    monkeypatch.setattr(choice, "choose_engine", lambda *_: chosen)
    offer_keras(monkeypatch, "2.3.2")
    code, out, _ = run("update", "--lock", "--json")
    assert code == 3
    assert "no solution" in json.loads(out)["locks"]["keras2.3.2-theano1.0.5-py37"]
    assert '"2.3.2"' in followed.read_text()


# --- the repository's own matrix -----------------------------------------------------------


def test_the_repositorys_own_file_takes_a_new_keras_and_changes_nowhere_else(
    run: Run, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an update there is nothing more to add, and every byte but the entries stays."""
    catalogue = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
    matrix = checkout / "matrix.yaml"
    shutil.copy(ROOT / "matrix.yaml", matrix)
    offer(monkeypatch, Offered(**catalogue.projects))
    assert run("update")[0] == 0
    current = matrix.read_text()
    before = load_matrix(matrix, catalogue)
    assert run("update", "--check")[0] == 0
    newest = catalogue.projects["keras"][catalogue.versions("keras")[-1]]
    coming = Release(
        project="keras",
        version="3.99.0",
        uploaded=newest.uploaded,
        requires_python=newest.requires_python,
        files=newest.files,
    )
    offered = {**catalogue.projects, "keras": {**catalogue.projects["keras"], "3.99.0": coming}}
    offer(monkeypatch, Offered(**offered))
    found = json.loads(run("update", "--json")[1])
    assert found["added"] == ["keras 3.99.0"]
    assert {cell["group"] for cell in found["cells"]} == {
        "keras-3-tensorflow", "keras-3-jax", "keras-3-torch", "tf-keras",
    }  # fmt: skip
    renewed = load_catalogue(checkout / "docker" / "locks" / "releases.json")
    after = load_matrix(matrix, renewed)
    added = {cell["id"] for cell in found["cells"]}
    assert tuple(cell for cell in after.cells if cell.id not in added) == before.cells
    written = iter(matrix.read_text())
    assert all(character in written for character in current), "something was taken out"
    tagged = [cell for cell in found["cells"] if "nightly" in cell["tags"]]
    lines = matrix.read_text().count("\n") - current.count("\n")
    assert lines == len(tagged) + 1  # and PyTorch's single words are zipped lists now
    assert run("update", "--check")[0] == 0
