"""One change between two neighbouring releases, found, shown and remembered, for real."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from keras_matrix.engines.docker import DockerEngine

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
MATRIX = """\
version: 1
import_paths: [keras.backend]
groups:
  theano:
    keras: "2.2.4"
    theano: "1.0.4"
    python: "3.7"
"""
QUESTION = (
    *("bisect", "--attribute", "keras.backend.image_dim_ordering", "--over", "keras"),
    *("--with", "theano=1.0.4", "--with", "python=3.7", "--from", "2.2.4", "--to", "2.2.5"),
)


@pytest.fixture
def checkout(tmp_path: Path, engine: DockerEngine) -> Path:
    """A checkout without reports, and a cache of its own for everything but downloads."""
    for folder in ("docker", "probes"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "matrix.yaml").write_text(MATRIX)
    return tmp_path


def keras_matrix(checkout: Path, cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = checkout / "cache"
    own.mkdir(exist_ok=True)
    if not (own / "index").exists():
        (cache / "index").mkdir(parents=True, exist_ok=True)
        (own / "index").symlink_to(cache / "index")
    return subprocess.run(
        [sys.executable, "-m", "keras_matrix", *arguments, "--root", str(checkout)],
        env={**os.environ, "KERAS_MATRIX_CACHE": str(own)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_a_change_is_found_shown_and_not_measured_twice(checkout: Path, cache: Path) -> None:
    done = keras_matrix(checkout, cache, *QUESTION, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["complete"]
    (change,) = told["transitions"]
    assert (change["before"], change["after"]) == ("2.2.4", "2.2.5")
    assert (change["was"]["outcome"], change["now"]["outcome"]) == ("works", "missing")

    again = keras_matrix(checkout, cache, *QUESTION)
    assert again.returncode == 0, again.stderr
    assert again.stderr == "", "it planned something"
    assert "1 change: 2.2.4 → 2.2.5" in again.stdout

    for side, code in (("before", 0), ("after", 1)):
        command = shlex.split(change["commands"][side])
        shown = keras_matrix(checkout, cache, *command[1:])
        assert shown.returncode == code, shown.stdout + shown.stderr
    assert "has no attribute 'image_dim_ordering'" in shown.stdout
