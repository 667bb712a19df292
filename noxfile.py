# /// script
# dependencies = ["nox>=2025.2.9", "packaging>=24.2", "pyyaml>=6.0.2"]
# ///
"""What does Keras do in cell X? Thin names over the verbs of keras-matrix; try ``nox -l``.

Every session runs the harness from one shared environment (session ``harness``); what follows
``--`` goes to the verb.
"""

import os
import sys
from pathlib import Path
from typing import Any

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "src"))

from keras_matrix.matrix import load_matrix  # noqa: E402
from keras_matrix.releases import load_catalogue  # noqa: E402

nox.options.sessions = ["matrix"]
nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "uv|virtualenv"

CATALOGUE = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
CELLS = load_matrix(ROOT / "matrix.yaml", CATALOGUE).cells


def keras_matrix(session: nox.Session, *arguments: str, **options: Any) -> None:
    """Run one verb from the shared environment."""
    command = Path(session.cache_dir).parent / "harness" / "bin" / "keras-matrix"
    session.run(str(command), *arguments, external=True, **options)


@nox.session
def harness(session: nox.Session) -> None:
    """The environment that every other session runs the harness from."""
    session.install("-q", "-e", ".")


@nox.session(requires=["harness"], venv_backend="none")
def matrix(session: nox.Session) -> None:
    """Build and probe the smoke cells (``-- --tag full``: all), then render the tables."""
    keras_matrix(session, "run", "--own", *(session.posargs or ["--tag", "smoke"]))
    keras_matrix(session, "table")


@nox.session(requires=["harness"], venv_backend="none", default=False)
def nightly(session: nox.Session) -> None:
    """New releases in, true changes out; ``-- --budget 2h`` and the like go to ``run``."""
    run = ("run", "--tag", "nightly", "--budget", "4h", *session.posargs)
    failures = []
    for step in (("update",), run, ("diff", "HEAD", "."), ("table", "--guard", "HEAD")):
        try:  # what was measured is told and published, whatever failed before
            keras_matrix(session, *step)
        except CommandFailed as failure:
            failures.append(failure)
    with (ROOT / ".nox" / "nightly.md").open("w") as file:
        diff = ("diff", "HEAD", ".", "--format", "md")
        keras_matrix(session, *diff, stdout=file, success_codes=[0, 1, 2])
    if failures:
        raise failures[0]


@nox.session(requires=["harness"], venv_backend="none", default=False)
@nox.parametrize("cell", [nox.param(cell.id, id=cell.id, tags=list(cell.tags)) for cell in CELLS])
def cell(session: nox.Session, cell: str) -> None:
    """Build and probe one cell, by its id."""
    keras_matrix(session, "run", "--own", cell, *session.posargs)


@nox.session(requires=["harness"], venv_backend="none")
def table(session: nox.Session) -> None:
    """Render the tables from reports/data."""
    keras_matrix(session, "table", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Every test; integration tests need an engine (KERAS_MATRIX_REQUIRE_ENGINE=1: no skips)."""
    session.install("-q", "-e", ".", *nox.project.dependency_groups(PYPROJECT, "test"))
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(default=False)
def faults(session: nox.Session) -> None:
    """Every fault on a real engine, then reports/faults.md; goes on where it was stopped."""
    session.install("-q", "-e", ".", *nox.project.dependency_groups(PYPROJECT, "test"))
    session.run("python", "tests/faults/suite.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff and mypy."""
    session.install("-q", "-e", ".", *nox.project.dependency_groups(PYPROJECT, "lint"))
    for command in (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)):
        session.run(*command)


@nox.session(default=False)
def acceptance(session: nox.Session) -> None:
    """explain and reproduce on the real error reports that lie beside the checkout, as a table."""
    session.install("-q", "-e", ".")
    session.run("python", "tests/acceptance/explained.py")
    reproduced = ("python", "tests/acceptance/reproduced.py")
    session.run(*reproduced, "--jobs", "2", *session.posargs, success_codes=[0, 1])
    session.run(*reproduced, "--render", "-o", "reports/acceptance.md")


@nox.session
def benchmark(session: nox.Session) -> None:
    """The naive loop against ``keras-matrix run``, side by side on the same cells."""
    session.install("-q", "-e", ".")
    session.run("python", "benchmarks/naive.py", *session.posargs, env=dict(os.environ))


PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
