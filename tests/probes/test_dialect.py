"""The probes run on every interpreter found, Python 2.7 and 3.6 included."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from keras_matrix.results import AttributeOutcome

from .conftest import FAKES, ROOT, Measure

FLOOR, CEILING = (2, 7), (3, 15)


def interpreters() -> dict[str, str]:
    """ "X.Y" -> interpreter: on the PATH, and in pyenv's and tox's usual places."""
    found: dict[str, str] = {}
    minors = [(2, 7)] + [(3, minor) for minor in range(6, CEILING[1])]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for major, minor in minors:
        name = f"{major}.{minor}"
        candidates = [*sorted(pyenv.glob(f"{name}.*/bin/python")), shutil.which(f"python{name}")]
        for candidate in candidates:
            if candidate and _version(str(candidate)) == name:
                found[name] = str(candidate)
                break
    return found


def _version(interpreter: str) -> str | None:
    program = "import sys; sys.stdout.write('%d.%d' % sys.version_info[:2])"
    answer = _run(interpreter, program)
    return answer.stdout if answer.returncode == 0 else None


def _run(interpreter: str, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [interpreter, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


FOUND = interpreters()
everywhere = pytest.mark.parametrize("version", sorted(FOUND))


@everywhere
def test_every_file_compiles(version: str) -> None:
    program = (
        "import io, sys\n"
        "for path in sys.argv[1:]:\n"
        "    compile(io.open(path, 'rb').read(), path, 'exec', 0, True)\n"
    )
    files = [str(path) for path in sorted((ROOT / "probes").rglob("*.py"))]
    assert len(files) > 10
    answer = _run(FOUND[version], program, *files)
    assert answer.returncode == 0, answer.stderr


@everywhere
def test_the_runner_measures_the_fake_backend(
    version: str, measure_fake: Measure, fakes: Path
) -> None:
    if not _has_numpy(FOUND[version]):
        shutil.copy(FAKES / "smallnumpy" / "numpy.py", fakes)
    names = ["double", "going", "wrong", "failing", "is_not_there", "left_alone", "segfaults"]
    path = "fakekeras.backend"
    result = measure_fake(FOUND[version], path, only={path: names})
    assert result.unhealthy is None
    assert result.evidence == ()
    assert result.python is not None
    assert result.python.startswith(version)
    attributes = result.paths[path].attributes
    assert {name: attributes[name].outcome for name in names} == {
        "double": AttributeOutcome.WORKS,
        "going": AttributeOutcome.DEPRECATED,
        "wrong": AttributeOutcome.DIFFERS,
        "failing": AttributeOutcome.RAISES,
        "is_not_there": AttributeOutcome.MISSING,
        "left_alone": AttributeOutcome.WORKS,
        "segfaults": AttributeOutcome.CRASHED,
    }
    assert attributes["double"].signature == "(x, factor=2, *rest, **options)"
    assert attributes["failing"].detail == "ValueError: no such thing in /tmp/..., node Mean:0"


@everywhere
def test_without_numpy_the_cell_is_unhealthy(version: str, measure_fake: Measure) -> None:
    if _has_numpy(FOUND[version]):
        pytest.skip("this interpreter has NumPy")
    result = measure_fake(FOUND[version], "fakekeras.backend")
    assert result.unhealthy is not None
    assert result.unhealthy.startswith("NumPy: ")


def _has_numpy(interpreter: str) -> bool:
    return (
        subprocess.run(
            [interpreter, "-c", "import numpy"], capture_output=True, check=False
        ).returncode
        == 0
    )
