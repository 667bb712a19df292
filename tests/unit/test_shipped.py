"""Whether the package finds what it takes along, in a checkout and installed."""

import tomllib
from pathlib import Path

import pytest

from keras_matrix import shipped as module
from keras_matrix.shipped import shipped

ROOT = Path(__file__).parents[2]


def test_what_the_wheel_takes_along_is_found_in_the_checkout() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included
    for source, target in included.items():
        assert target == f"keras_matrix/_{source}"
        assert shipped(source).samefile(ROOT / source)


def test_an_installed_copy_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HERE", tmp_path / "site-packages" / "keras_matrix")
    copy = tmp_path / "site-packages" / "keras_matrix" / "_docker" / "locks"
    copy.mkdir(parents=True)
    assert shipped("docker/locks") == copy
    assert shipped("reports") == tmp_path / "reports"
