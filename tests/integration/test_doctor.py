"""The doctor on real interpreters, with small environments made by hand; nothing is downloaded."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from keras_matrix.diagnosis import Import
from keras_matrix.errors import InputError, PythonUnavailableError
from keras_matrix.examining import Request, examine
from keras_matrix.interpreters import find_interpreters

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
PATHS = ("keras.backend", "tensorflow.keras.backend")


class Made:
    """A virtual environment without pip, into which fake distributions are written."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        self.home = folder / "home"
        (self.home / ".keras").mkdir(parents=True)
        self.python = folder / "venv" / "bin" / "python"
        self.site = next((folder / "venv").glob("lib/python*/site-packages"))

    def install(self, name: str, version: str, files: dict[str, str], requires: str = "") -> None:
        """Write a distribution's files and its metadata."""
        for file, text in files.items():
            (self.site / file).parent.mkdir(parents=True, exist_ok=True)
            (self.site / file).write_text(text)
        info = self.site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {requires}"] if requires else []
        (info / "METADATA").write_text("\n".join(lines) + "\n\nText.\n")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        (info / "INSTALLER").write_text("pip\n")

    def keras(self, version: str, tensorflow: str = "2.0.4") -> None:
        """A Keras on a TensorFlow with a Keras of its own; it writes keras.json as old ones do."""
        backend = "def backend():\n    return 'tensorflow'\ndef mean(x):\n    return x\n"
        writes = (
            "import os\nhome = os.path.expanduser('~/.keras')\n"
            "os.path.isdir(home) or os.makedirs(home)\n"
            "open(os.path.join(home, 'written'), 'w').close()\n"
        )
        self.install(
            "keras",
            version,
            {
                "keras/__init__.py": f"__version__ = '{version}'\n{writes}",
                "keras/backend.py": backend + "def get_session():\n    pass\n",
            },
        )
        self.install(
            "tensorflow",
            tensorflow,
            {
                "tensorflow/__init__.py": f"__version__ = '{tensorflow}'\n",
                "tensorflow/keras/__init__.py": "",
                "tensorflow/keras/backend.py": backend,
            },
        )

    def variables(self, **more: str) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), **more}

    def doctor(self, *, outside: bool = False, **more: str) -> tuple[int, Any]:
        """Exit code and data of ``doctor --python … --json``, in the checkout or outside of any."""
        command = [sys.executable, "-m", "keras_matrix", "doctor", "--json"]
        done = subprocess.run(
            [*command, "--python", str(self.python)],
            cwd=self.home if outside else ROOT,
            env=self.variables(**more),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def request(self, seconds: float = 120.0) -> Request:
        return Request(
            python=self.python,
            probes=ROOT / "probes",
            paths=PATHS,
            variables=self.variables(),
            seconds=seconds,
        )


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def evidence(data: Any, cause: str) -> str:
    return "\n".join(next(c["evidence"] for c in data["causes"] if c["id"] == cause))


def test_a_healthy_environment_has_no_cause_and_is_left_as_it_was(made: Made) -> None:
    made.keras("2.3.1")
    before = snapshot(made)
    code, data = made.doctor()
    assert (code, data["applies"], data["broken"]) == (0, [], [])
    assert snapshot(made) == before
    paths = data["environment"]["paths"]
    assert paths["keras.backend"]["names"] == ["backend", "get_session", "mean"]
    assert "only keras.backend has get_session" in evidence(data, "R3")


def test_outside_of_a_checkout_it_compares_with_the_table_of_the_package(made: Made) -> None:
    made.keras("2.3.1")
    _, inside = made.doctor()
    code, outside = made.doctor(outside=True)
    assert code == 0
    for cause in ("R1", "R2", "R3", "R5"):
        assert evidence(outside, cause) == evidence(inside, cause)
    assert "measured (these releases): keras2.3.1-tensorflow2.0.4-py37" in evidence(outside, "R1")


def snapshot(made: Made) -> dict[str, int]:
    """Every file and folder of the environment and the home, with its time of change."""
    roots = (made.site.parents[2], made.home)
    return {str(p): p.lstat().st_mtime_ns for root in roots for p in sorted(root.rglob("*"))}


def test_two_distributions_of_one_module_are_several_installs(made: Made) -> None:
    made.keras("2.3.1")
    made.install("keras-nightly", "2.5.0", {"keras/__init__.py": "__version__ = '2.5.0'\n"})
    code, data = made.doctor()
    assert (code, data["applies"]) == (1, ["R5"])
    assert "keras 2.3.1 and keras-nightly 2.5.0 provide the same module" in evidence(data, "R5")


def test_metadata_without_its_module_and_an_unmet_requirement_are_told(made: Made) -> None:
    made.keras("3.1.1", "2.15.0")
    made.install("tf-keras", "2.15.0", {"tf_keras/__init__.py": ""}, "keras<3")
    (made.site / "tf_keras" / "__init__.py").unlink()
    code, data = made.doctor()
    assert (code, data["applies"]) == (1, ["R1", "R5"])
    assert "tf-keras 2.15.0 requires keras<3; here is 3.1.1" in evidence(data, "R1")
    assert "its tf_keras is not in" in evidence(data, "R5")


def test_the_users_settings_are_read_from_variable_and_file(made: Made) -> None:
    made.keras("2.4.3")
    (made.home / ".keras" / "keras.json").write_text('{"backend": "theano"}')
    code, data = made.doctor()
    assert (code, data["applies"]) == (1, ["R2"])
    assert "keras.json asks for theano, but keras.backend runs on" in evidence(data, "R2")
    code, data = made.doctor(KERAS_BACKEND="tensorflow")
    assert (code, data["applies"]) == (0, [])


def test_an_import_that_crashes_or_hangs_costs_only_itself(made: Made) -> None:
    made.keras("2.3.1")
    kill = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"
    made.install("torch", "2.1.0", {"torch/__init__.py": kill})
    made.install("theano", "1.0.5", {"theano/__init__.py": "import time\ntime.sleep(60)\n"})
    found = examine(made.request(seconds=15))
    assert found.modules["torch"].outcome is Import.CRASHED
    assert "SIGSEGV" in (found.modules["torch"].detail or "")
    assert found.modules["theano"].outcome is Import.TIMED_OUT
    assert found.modules["keras"].version == "2.3.1"
    assert found.modules["cntk"].outcome is Import.ABSENT


@pytest.mark.parametrize("version", sorted(find_interpreters()))
def test_every_interpreter_found_can_be_asked(version: str, made: Made) -> None:
    if tuple(int(part) for part in version.split(".")) < (2, 7):
        pytest.skip("below the floor")
    made.python = find_interpreters()[version]
    assert examine(made.request()).python.startswith(version + ".")


def test_what_is_no_python_is_bad_input(tmp_path: Path, made: Made) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a program")
    for path in (tmp_path / "absent", text, Path("/bin/true"), tmp_path):
        made.python = path
        with pytest.raises(InputError):
            examine(made.request())


def test_a_python_that_does_not_start_is_the_environments_fault(tmp_path: Path, made: Made) -> None:
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\necho 'libpython3.so: cannot open' >&2\nexit 127\n")
    broken.chmod(0o755)
    gone = tmp_path / "python"
    gone.symlink_to(tmp_path / "was-here")
    for path, why in ((broken, "cannot open"), (gone, "which is gone")):
        made.python = path
        with pytest.raises(PythonUnavailableError, match=why):
            examine(made.request())
