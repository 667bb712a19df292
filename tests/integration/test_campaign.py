"""The main job on real packages in real containers: shared tiers, resuming, a crash and a hang."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keras_matrix import probing
from keras_matrix.environments import ensure
from keras_matrix.feasibility import Feasible, assess
from keras_matrix.matrix import load_matrix
from keras_matrix.releases import load_catalogue
from keras_matrix.results import AttributeOutcome, report_from_json
from keras_matrix.tiers import plan

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
MATRIX = """
version: 1
import_paths: [keras.backend, tensorflow.keras.backend]
groups:
  shared-tensorflow:
    keras: ["2.2.4", "2.3.1"]
    tensorflow: "1.15.5"
    python: "3.7"
  theano:
    keras: "1.2.2"
    theano: "0.9.0"
    python: "2.7"
  impossible:
    keras: "2.3.1"
    tensorflow: "1.15.5"
    python: "3.8"
"""
THEANO = "keras1.2.2-theano0.9.0-py27"
FIRST, SECOND = (f"keras{version}-tensorflow1.15.5-py37" for version in ("2.2.4", "2.3.1"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, engine) -> Path:
    """A checkout with its own small matrix, no reports, and the committed locks."""
    root = tmp_path_factory.mktemp("checkout")
    for folder in ("docker", "probes"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / "matrix.yaml").write_text(MATRIX)
    return root


def keras_matrix(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "keras_matrix", *arguments, "--root", str(checkout)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def first_run(checkout) -> dict:
    done = keras_matrix(checkout, "run", "--engine", "docker", "--json", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_feasible_cell_is_measured_and_the_impossible_one_says_why(first_run):
    outcomes = {cell["id"]: cell["outcome"] for cell in first_run["cells"]}
    assert outcomes == {
        FIRST: "measured",
        SECOND: "measured",
        THEANO: "measured",
        "keras2.3.1-tensorflow1.15.5-py38": "impossible",
    }


def test_two_keras_share_one_tensorflow_tier_and_no_file_is_fetched_twice(first_run, engine):
    tiers = [name for name, _, _ in engine.images()]
    assert tiers.count("tensorflow1.15.5-py37") == 1
    assert {FIRST, SECOND} <= set(tiers)
    assert all(count == 1 for count in first_run["downloads"].values()), first_run["downloads"]


def test_the_cells_say_what_is_known_of_them(checkout, first_run):
    report = report_from_json((checkout / f"reports/data/{SECOND}.json").read_text())
    assert report.provenance.engine == "docker"
    assert report.packages["keras"] == "2.3.1"
    backend = report.paths["keras.backend"].attributes
    assert backend["mean"].outcome is AttributeOutcome.WORKS
    assert backend["mean"].signature == "(x, axis=None, keepdims=False)"
    assert backend["get_session"].outcome is AttributeOutcome.WORKS
    theano = report_from_json((checkout / f"reports/data/{THEANO}.json").read_text())
    assert theano.paths["keras.backend"].attributes["mean"].outcome is AttributeOutcome.WORKS
    assert theano.paths["keras.backend"].attributes["get_session"].outcome is (
        AttributeOutcome.MISSING
    )
    assert theano.paths["tensorflow.keras.backend"].detail.startswith("ImportError")


def test_a_second_run_has_nothing_to_do_and_takes_next_to_no_time(checkout, first_run):
    started = time.monotonic()
    done = keras_matrix(checkout, "run", "--engine", "docker")
    seconds = time.monotonic() - started
    assert "nothing to do" in done.stdout
    assert done.returncode == 0
    # On an idle machine 2 s against a minute; both are slow on a slow one.
    first = sum(cell["build_seconds"] + cell["probe_seconds"] for cell in first_run["cells"])
    assert seconds < first / 4, f"{seconds:.1f} s, measuring took {first:.1f} s"


def test_a_corrupt_report_is_named_and_its_cell_alone_is_measured_again(checkout, first_run):
    path = checkout / f"reports/data/{THEANO}.json"
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    done = keras_matrix(checkout, "run", "--engine", "docker")
    assert done.returncode == 0, done.stderr
    assert path.name in done.stdout
    assert "2 cells current, 1 impossible, 1 to measure" in done.stdout
    without_day = re.compile(r'"measured_on": "[^"]*"')
    assert without_day.sub("", path.read_text()) == without_day.sub("", whole)


def test_the_tables_come_from_the_reports(checkout, first_run):
    done = keras_matrix(checkout, "table")
    assert done.returncode == 0, done.stderr
    table = (checkout / "reports/compatibility.md").read_text()
    row = next(line for line in table.splitlines() if line.startswith("| `get_session`"))
    assert "✓" in row or "✗" in row
    printed = keras_matrix(checkout, "table", "--format", "md")
    assert printed.stdout == table


def test_a_crash_and_a_hang_cost_their_own_attribute_only(
    checkout, first_run, engine, index, tmp_path
):
    probes = tmp_path / "probes"
    shutil.copytree(checkout / "probes", probes)
    recipes = probes / "recipes" / "updates.py"
    text = recipes.read_text()
    for name, deed in (
        ("eval", "__import__('os').kill(__import__('os').getpid(), 11)"),
        ("set_value", "__import__('time').sleep(3600)"),
    ):
        text, count = re.subn(
            rf'(@recipe\("{name}"\)\ndef \w+\(c\):\n    "[^\n]*"\n)', rf"\1    {deed}\n", text
        )
        assert count == 1, name
    recipes.write_text(text)
    catalogue = load_catalogue(checkout / "docker/locks/releases.json")
    cell = load_matrix(checkout / "matrix.yaml", catalogue).cell(THEANO)
    verdict = assess(cell, catalogue)
    assert isinstance(verdict, Feasible)
    environment = ensure(
        plan(cell, verdict.distributions, catalogue),
        engine=engine,
        index=index,
        locks_dir=checkout / "docker/locks",
        logs_dir=tmp_path / "logs",
    )
    result = probing.measure(
        engine,
        environment,
        probing.ProbePlan(
            paths=("keras.backend",), backend="theano", probes=probes, silence_seconds=20
        ),
    )
    attributes = result.paths["keras.backend"].attributes
    assert attributes["eval"].outcome is AttributeOutcome.CRASHED
    assert "SIGSEGV" in attributes["eval"].detail
    assert attributes["set_value"].outcome is AttributeOutcome.TIMED_OUT
    assert attributes["mean"].outcome is AttributeOutcome.WORKS
    assert attributes["tanh"].outcome is AttributeOutcome.WORKS
