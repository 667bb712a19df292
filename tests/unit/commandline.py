"""A checkout with two cells, and the command line run on it in this process."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from keras_matrix import cli

ROOT = Path(__file__).parents[2]
GOOD = """\
version: 1
import_paths: [keras.backend]
groups:
  theano:
    keras: ["2.2.4", "2.3.1"]
    theano: "1.0.5"
    python: "3.7"
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own with two cells, no reports, no engine and an empty cache."""
    locks = tmp_path / "docker" / "locks"
    locks.mkdir(parents=True)
    shutil.copy(ROOT / "docker" / "locks" / "releases.json", locks)
    shutil.copytree(ROOT / "probes", tmp_path / "probes")
    (tmp_path / "matrix.yaml").write_text(GOOD)
    monkeypatch.setenv("KERAS_MATRIX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    return tmp_path


@pytest.fixture
def run(checkout: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, standard output, standard error of one command line."""

    def execute(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = cli.execute([*arguments, "--root", str(checkout)])
        except SystemExit as stopped:  # argparse's own
            code = int(stopped.code or 0)
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    return execute
