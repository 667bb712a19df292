"""Bad input through the real command line: everything at once, with its line, and no traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import GOOD, Run

from keras_matrix import cli

BAD = """\
version: 1
import_paths: [keras.backend]
colour: red
groups:
  never-existed:
    keras: "2.3.11"
    theano: "1.0.5"
    python: "3.7"
  twice:
    keras: ["2.3.1", "2.3.1"]
    theano: "1.0.5"
    python: "3.7"
    kears: "1"
  nothing:
    keras: []
    theano: "1.0.5"
  a-number:
    keras: 2.3
    theano: "1.0.5"
"""
PROBLEMS = {
    3: "unknown key 'colour'",
    6: "keras 2.3.11 never existed; the nearest release is 2.3.1",
    9: "duplicate id keras2.3.1-theano1.0.5-py37",
    13: "did you mean 'keras'?",
    15: "an empty product",
    18: 'quote it: "2.3"',
}


@pytest.mark.parametrize("verb", ["cells", "run"])
def test_every_mistake_of_the_matrix_is_listed_at_once_with_its_line(
    run: Run, checkout: Path, verb: str
) -> None:
    (checkout / "matrix.yaml").write_text(BAD)
    code, out, err = run(verb)
    assert (code, out) == (2, "")
    told = {int(line.split(":")[1]): line for line in err.splitlines()}
    for line, text in PROBLEMS.items():
        assert told.get(line, "").startswith(f"matrix.yaml:{line}: "), err
        assert text in told[line]


def test_an_exclude_that_matches_nothing_is_bad_input(run: Run, checkout: Path) -> None:
    exclude = 'exclude:\n  - keras: "1.0.0"\n    reason: there is none\n'
    (checkout / "matrix.yaml").write_text(GOOD + exclude)
    code, _, err = run("cells")
    assert (code, err.startswith("matrix.yaml:9: exclude")) == (2, True), err


def test_an_unknown_cell_or_tag_gets_the_nearest_one(run: Run) -> None:
    code, _, err = run("cells", "keras2.3.1-theano1.0.5-py36")
    assert (code, "did you mean 'keras2.3.1-theano1.0.5-py37'" in err) == (2, True)
    code, _, err = run("run", "--tag", "ful")
    assert (code, "did you mean 'full'" in err) == (2, True)


def test_a_folder_without_a_matrix_is_told(run: Run, checkout: Path) -> None:
    (checkout / "matrix.yaml").unlink()
    code, _, err = run("cells")
    assert (code, "no matrix.yaml in" in err) == (2, True)


def test_no_engine_is_one_line_with_what_was_tried_and_what_to_do(run: Run) -> None:
    code, _, err = run("run", "--engine", "docker")
    assert code == 3
    (line,) = err.splitlines()
    assert "no.sock: no such socket" in line
    assert "docker/engine.sh start" in line
    assert "--engine local" in line


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_no_job_at_all_is_bad_input(run: Run, jobs: str) -> None:
    code, _, err = run("run", "--jobs", jobs)
    assert (code, "whole number from 1 up" in err) == (2, True)


def test_a_corrupt_catalogue_is_named(run: Run, checkout: Path) -> None:
    (checkout / "docker" / "locks" / "releases.json").write_text("{")
    code, _, err = run("cells")
    assert (code, "releases.json: not a release catalogue" in err) == (2, True)


def test_a_corrupt_lock_is_named_before_anything_is_built(run: Run, checkout: Path) -> None:
    lock = checkout / "docker" / "locks" / "theano1.0.5-py37.txt"
    lock.write_text("# tier: theano1.0.5-py37\nnumpy\n")
    code, _, err = run("run", "--engine", "local")
    assert code == 2
    assert f"{lock}: not a whole lock: line 2" in err


def test_tables_want_reports_and_name_those_that_are_corrupt(run: Run, checkout: Path) -> None:
    code, _, err = run("table")
    assert (code, "measure some cells first" in err) == (3, True)
    data = checkout / "reports" / "data"
    data.mkdir(parents=True)
    (data / "keras2.3.1-theano1.0.5-py37.json").write_text('{"schema": 1')
    code, _, err = run("table")
    assert (code, "left out: keras2.3.1-theano1.0.5-py37.json: unreadable" in err) == (3, True)


def test_cells_as_data(run: Run) -> None:
    code, out, _ = run("cells", "--json", "keras=2.3.1")
    (cell,) = json.loads(out)
    assert code == 0
    assert cell["id"] == "keras2.3.1-theano1.0.5-py37"
    assert cell["pins"] == {"keras": "2.3.1", "theano": "1.0.5"}
    assert (cell["feasible"], cell["reason"], cell["python"]) == (True, None, "3.7")


def test_what_cannot_be_written_is_an_error_of_the_machine(run: Run, checkout: Path) -> None:
    (checkout / "cache").write_text("no folder")
    code, out, err = run("run", "--engine", "local")
    assert code == 3
    assert str(checkout / "cache") in out + err


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_has_its_help_with_examples(run: Run, verb: str) -> None:
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert out.startswith(f"usage: keras-matrix {verb} ")
    assert f"examples:\n  keras-matrix {verb} " in out
    assert verb in run("--help")[1].split()


def test_only_the_verb_asked_for_is_imported() -> None:
    code = (
        "import sys; from keras_matrix import cli; cli.parser(['diff']);"
        "print(*(name for name in sys.modules if name.startswith('keras_matrix.cli.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["keras_matrix.cli.common", "keras_matrix.cli.diff"]
