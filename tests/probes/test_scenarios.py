"""The scenarios' dialect and their runner, on every interpreter found and on fake frameworks."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from keras_matrix.interpreters import find_interpreters
from keras_matrix.results import ScenarioRecord
from keras_matrix.probing.scenarios import Scenario, list_scenarios, run_scenarios

# pytest's importlib mode puts no test folder on the path.
sys.path.append(str(Path(__file__).parent))
from bare_engine import BareEngine, environment_of

PROBES = Path(__file__).parents[2] / "probes"
SHIPPED = list_scenarios(PROBES / "scenarios")
INTERPRETERS = dict(find_interpreters())

COMPILE = """
import io, sys
for name in sys.argv[1:]:
    with io.open(name, encoding="utf-8") as stream:
        compile(stream.read().encode("utf-8"), name, "exec", 0, 1)
"""

OUTCOMES = {
    "asserts": ("assert 1 == 2, 'one is %d' % 1", "differs", "one is 1"),
    "asserts_mutely": ("assert 0", "differs", "an assertion without a message failed"),
    "ends": ("print('noise')", "works", None),
    "exits_badly": ("raise SystemExit(3)", "raises", "SystemExit: 3"),
    "exits_well": ("raise SystemExit", "works", None),
    "is_a_program": (
        "if __name__ == '__main__':\n    raise KeyError('x')",
        "raises",
        "KeyError: 'x'",
    ),
    "imports_neighbour": ("from _neighbour import FACT\nsay(FACT)", "works", "beside it"),
    "kills_itself": (
        "import os\nsay('alive')\nos.kill(os.getpid(), 9)",
        "crashed",
        "the process died of SIGKILL; alive",
    ),
    "leaves": (
        "import os\nos._exit(3)",
        "crashed",
        "the process ended with status 3 in the middle",
    ),
    "needs_nothing_there": ("needs('json', 'no_such')", "present", "no no_such in this cell"),
    "needs_what_is_there": ("needs('json')\nsay('a')\nsay('b\\nc')", "works", "a; b"),
    "not_for_this": ("not_applicable('only on Mondays')", "present", "only on Mondays"),
    "raises_in_a_layer": (
        "raise TypeError('Exception encountered when calling it.\\n\\n\\x1b[1mno axis\\x1b[0m')",
        "raises",
        "TypeError: Exception encountered when calling it. no axis",
    ),
    "reads_versions": (
        "from harness.scenario import installed, major\n"
        "say('%s %s %d' % (installed('json'), installed('no_such'), major('no-such')))",
        "works",
        "True False 0",
    ),
    "raises_at_an_address": ("raise ValueError(object())", "raises", "ValueError: <object object>"),
    "raises_in_tmp": (
        "import tempfile\nraise OSError(tempfile.mkdtemp() + '/x')",
        "raises",
        "OSError: /tmp/...",
    ),
}


def probes_with(folder: Path, scripts: Mapping[str, str]) -> Path:
    """A probes folder with the real harness and these scenarios."""
    shutil.copytree(
        PROBES / "harness", folder / "harness", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "_neighbour.py").write_text("FACT = 'beside it'\n")
    for name, body in scripts.items():
        head = f'"""{name}."""\nfrom harness.scenario import needs, not_applicable, say\n\n'
        (folder / "scenarios" / f"{name}.py").write_text(f"{head}{body}\n")
    return folder


def run(
    interpreter: Path, probes: Path, scenarios: tuple[Scenario, ...], extra_path: Path | None = None
) -> dict[str, ScenarioRecord]:
    environment = environment_of(str(interpreter))
    engine = BareEngine(extra_path)
    return dict(run_scenarios(engine, environment, scenarios, "tensorflow", probes))  # type: ignore[arg-type]


@pytest.mark.parametrize("version", INTERPRETERS)
def test_every_script_compiles(version: str) -> None:
    files = [*(PROBES / "scenarios").glob("*.py"), PROBES / "harness" / "scenario.py"]
    subprocess.run([INTERPRETERS[version], "-c", COMPILE, *map(str, files)], check=True)


@pytest.mark.parametrize("version", INTERPRETERS)
def test_outcomes(version: str, tmp_path: Path) -> None:
    scripts = {name: body for name, (body, _, _) in OUTCOMES.items()}
    probes = probes_with(tmp_path / "probes", scripts)
    records = run(INTERPRETERS[version], probes, list_scenarios(probes / "scenarios"))
    found = {name: (record.outcome.value, record.detail) for name, record in records.items()}
    assert found == {
        name.replace("_", "-"): (outcome, detail) for name, (_, outcome, detail) in OUTCOMES.items()
    }


def test_a_script_that_hangs_is_timed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keras_matrix.probing.scenarios.SECONDS", 2.0)
    probes = probes_with(tmp_path / "probes", {"hangs": "import time\ntime.sleep(60)"})
    interpreter = next(iter(INTERPRETERS.values()))
    (record,) = run(interpreter, probes, list_scenarios(probes / "scenarios")).values()
    assert (record.outcome.value, record.detail) == ("timed-out", "no end within 2 s")


def test_the_harness_does_not_shadow_what_a_script_imports(tmp_path: Path) -> None:
    body = "try:\n    import messages\nexcept ImportError:\n    say('not there')"
    probes = probes_with(tmp_path / "probes", {"imports": body})
    for interpreter in INTERPRETERS.values():
        (record,) = run(interpreter, probes, list_scenarios(probes / "scenarios")).values()
        assert record.detail == "not there"


def test_a_run_by_hand_prints_the_outcome() -> None:
    script = PROBES / "scenarios" / "clear_session_keras_backend.py"
    for interpreter in INTERPRETERS.values():
        done = subprocess.run(
            [interpreter, "-S", PROBES / "harness" / "scenario.py", script],
            env={"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            check=True,
        )
        assert done.stdout == b"ended: present: no keras in this cell\n"


# --- the shipped scripts on fake frameworks -----------------------------------------------------

TENSORFLOW = {
    "tensorflow/__init__.py": "from . import keras",
    "tensorflow/keras/__init__.py": "from . import backend",
    "tensorflow/keras/backend.py": (
        "def backend(): return 'tensorflow'\n"
        "def clear_session(): pass\n"
        "def mean(x): pass\n"
        "def name_scope(x): pass\n"
    ),
}
OWN_KERAS = {
    "keras/__init__.py": "",
    "keras/backend.py": "def mean(x): pass\ndef get_session(): pass\n",
}
REDIRECTING_KERAS = {
    "keras/__init__.py": "",
    "keras/backend.py": "from tensorflow.keras.backend import *\n",
}


def fake(folder: Path, *trees: Mapping[str, str]) -> Path:
    for tree in trees:
        for name, text in tree.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder


def shipped(*names: str) -> tuple[Scenario, ...]:
    found = tuple(scenario for scenario in SHIPPED if scenario.name in names)
    assert len(found) == len(names)
    return found


@pytest.mark.parametrize("version", INTERPRETERS)
def test_two_keras_are_told_apart(version: str, tmp_path: Path) -> None:
    names = ("clear-session-keras-backend", "names-moved", "names-left-behind", "same-objects")
    path = fake(tmp_path, TENSORFLOW, OWN_KERAS)
    records = run(INTERPRETERS[version], PROBES, shipped(*names), path)
    gone = records["clear-session-keras-backend"]
    assert shipped(names[0])[0].holds(gone)
    assert "clear_session" in (gone.detail or "")
    assert records["names-moved"].detail == "only in keras.backend 1: get_session; in both 1"
    assert records["names-left-behind"].detail == (
        "only in tensorflow.keras.backend 3: backend, clear_session, name_scope; in both 1"
    )
    assert records["same-objects"].detail == "another object 1: mean; same object 0 of 1"
    assert {record.outcome.value for record in records.values()} == {"raises", "differs"}


@pytest.mark.parametrize("version", INTERPRETERS)
def test_one_keras_behind_two_names_is_seen(version: str, tmp_path: Path) -> None:
    names = ("names-moved", "same-objects", "theano-set-keras", "import-spellings")
    path = fake(tmp_path, TENSORFLOW, REDIRECTING_KERAS)
    # Theano is asked for, and nobody listens.
    (path / "keras" / "__init__.py").write_text("from . import backend\n")
    records = run(INTERPRETERS[version], PROBES, shipped(*names), path)
    assert records["names-moved"].outcome.value == "works"
    assert records["same-objects"].detail == "same object 4 of 4"
    assert records["import-spellings"].detail == "4 of 4 spellings work"
    assert shipped("theano-set-keras")[0].holds(records["theano-set-keras"])


def test_without_frameworks_nothing_is_claimed() -> None:
    interpreter = next(iter(INTERPRETERS.values()))
    alone = run(interpreter, PROBES, tuple(replace(s, variables={}) for s in SHIPPED))
    assert {record.outcome.value for record in alone.values()} == {"present"}


# --- the shipped scripts in real environments -----------------------------------------------------

ENVIRONMENTS = sorted(
    Path(os.environ.get("KERAS_MATRIX_TEST_VENVS", "/nowhere")).glob("*/bin/python")
)


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.skipif(
    not ENVIRONMENTS, reason="KERAS_MATRIX_TEST_VENVS names no folder of environments with a Keras"
)
@pytest.mark.parametrize("interpreter", ENVIRONMENTS, ids=lambda path: path.parents[1].name)
def test_two_real_runs_say_the_same(interpreter: Path) -> None:
    names = ("clear-session-keras-backend", "names-moved", "same-objects", "smallest-model")
    first = run(interpreter, PROBES, shipped(*names))
    assert run(interpreter, PROBES, shipped(*names)) == first
    assert not {record.outcome.value for record in first.values()} & {"crashed", "timed-out"}
