"""Ask a user's interpreter what it imports: start it, bound it, survive what its imports do."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keras_matrix.diagnosis.environment import ROOTS, Import, Surroundings, surroundings
from keras_matrix.errors import InputError, PythonUnavailableError

SCHEMA = 1
SECONDS = 120.0
"""For one process; one whose import hangs or crashes is started again without that import."""

_STARTS = 4
_ANSWER = "keras-matrix asks"
_QUESTION = f"import sys; sys.stdout.write('{_ANSWER} %d.%d' % sys.version_info[:2])"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """Whom to ask about which import paths, with which environment variables."""

    python: Path
    probes: Path
    paths: Sequence[str]
    variables: Mapping[str, str]
    seconds: float = SECONDS


def examine(request: Request) -> Surroundings:
    """What the environment is. It builds and changes nothing there.

    Raises:
        InputError: there is no such file, or it is no Python.
        PythonUnavailableError: it is one, and can't be run.
    """
    check(request.python, request.variables)
    messages: list[dict[str, Any]] = []
    ends: dict[str, tuple[Import, str]] = {}
    keras_json = keras_folder(request.variables) / "keras.json"
    with tempfile.TemporaryDirectory(prefix="keras-matrix-home-") as home:
        _furnish(Path(home), keras_json, request.variables)
        for _ in range(_STARTS):
            told, end = _ask(request, home, tuple(ends))
            messages.extend(told)
            if any(message["type"] == "end" for message in told):
                break
            culprit = _culprit(told)
            if culprit is None:
                raise PythonUnavailableError(f"{request.python} runs, but tells nothing: {end[1]}")
            ends[culprit] = end
    found = surroundings(messages, ends)
    return replace(found, keras_json_file=str(keras_json) if found.keras_json else None)


def check(python: Path, variables: Mapping[str, str]) -> None:
    """That this is a Python 2.7 or newer and starts; see :func:`examine` for what is raised."""
    if python.is_dir():
        raise InputError([f"{python} is a folder; give its interpreter, such as {_inside(python)}"])
    if python.is_symlink() and not python.exists():
        raise PythonUnavailableError(
            f"{python} points to {python.readlink()}, which is gone: the environment's Python was "
            "removed or moved. Make the environment anew"
        )
    if not python.exists():
        raise InputError([f"{python}: no such file; give the path of a Python interpreter"])
    no_python = InputError([f"{python} is no Python interpreter"])
    try:
        done = subprocess.run(
            [python, "-c", _QUESTION],
            env=_environ(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )
    except OSError as error:
        raise (_unusable(python, str(error)) if _named_so(python) else no_python) from error
    except subprocess.TimeoutExpired as error:
        raise _unusable(python, "it did not start within 30 seconds") from error
    said = os.fsdecode(done.stdout)
    if done.returncode != 0 and _named_so(python):
        last = os.fsdecode(done.stderr).strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise _unusable(python, last[0])
    version = said.rpartition(f"{_ANSWER} ")[2].split(".")
    if done.returncode != 0 or _ANSWER not in said or not all(n.isdigit() for n in version):
        raise no_python
    if (number := tuple(int(n) for n in version)) < (2, 7) or (3, 0) <= number < (3, 4):
        raise _unusable(python, f"it is Python {'.'.join(version)}; 2.7 and 3.4 on can be read")


def keras_folder(variables: Mapping[str, str]) -> Path:
    """Where Keras looks for keras.json: KERAS_HOME, else the home, else /tmp."""
    if variables.get("KERAS_HOME"):
        return Path(variables["KERAS_HOME"])
    home = Path(variables.get("HOME") or Path.home())
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"


def _furnish(home: Path, keras_json: Path, variables: Mapping[str, str]) -> None:
    """A stand-in for the home: what Keras and Theano read there, and may write."""
    (home / ".keras").mkdir()
    theano = Path(variables.get("HOME") or Path.home()) / ".theanorc"
    for source, target in ((keras_json, home / ".keras"), (theano, home)):
        if source.is_file() and os.access(source, os.R_OK):
            shutil.copy(source, target)


def _ask(
    request: Request, home: str, broken: Sequence[str]
) -> tuple[list[dict[str, Any]], tuple[Import, str]]:
    """One process: what it told, and how it ended."""
    marker = secrets.token_hex(8)
    question = {
        "schema": SCHEMA,
        "marker": marker,
        "home": home,
        "targets": _targets(request.paths),
        "broken": list(broken),
    }
    flags = [request.variables.get("THEANO_FLAGS"), "cxx=", f"base_compiledir={home}/theano"]
    variables = {
        **_environ(request.variables),
        "KERAS_MATRIX_REQUEST": json.dumps(question),
        "PYTHONDONTWRITEBYTECODE": "1",
        "THEANO_FLAGS": ",".join(flag for flag in flags if flag),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "XDG_CACHE_HOME": f"{home}/cache",
        "MPLCONFIGDIR": f"{home}/matplotlib",
    }
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [request.python, request.probes / "environment.py"],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            start_new_session=True,
        )
        end = _wait(child, request.seconds)
        out.seek(0)
        lines = [line for line in out if line.startswith(marker.encode()) and line.endswith(b"\n")]
        errors.seek(0)
        last = errors.read()[-2000:].decode(errors="replace").strip().splitlines()[-1:]
    if end[0] is Import.CRASHED and last:
        end = end[0], f"{end[1]} ({last[0][:200]})"
    return [json.loads(line[len(marker) :]) for line in lines], end


def _wait(child: "subprocess.Popen[bytes]", seconds: float) -> tuple[Import, str]:
    try:
        code = child.wait(seconds)
    except subprocess.TimeoutExpired:
        return Import.TIMED_OUT, f"did not end within {seconds:.0f} seconds"
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if code < 0:
        return Import.CRASHED, f"ended the process with {signal.Signals(-code).name}"
    return Import.CRASHED, f"ended the process with exit code {code}"


def _culprit(told: Sequence[Mapping[str, Any]]) -> str | None:
    """The name that was being imported when the lines stopped."""
    if not told or told[-1]["type"] != "importing":
        return None
    return str(told[-1]["name"])


def _targets(paths: Sequence[str]) -> list[tuple[str, str]]:
    """Each module, then the paths below it."""
    targets = []
    for root in ROOTS:
        targets.append(("module", root))
        targets.extend(("path", path) for path in paths if path.split(".")[0] == root)
    return targets


def _environ(variables: Mapping[str, str]) -> dict[str, str]:
    """The user's own variables, without the one by which macOS's launcher finds another Python."""
    return {key: text for key, text in variables.items() if key != "__PYVENV_LAUNCHER__"}


def _named_so(python: Path) -> bool:
    return python.name.startswith(("python", "pypy"))


def _inside(folder: Path) -> Path:
    usual = folder / "bin" / "python"
    return usual if usual.exists() else folder / "python"


def _unusable(python: Path, why: str) -> PythonUnavailableError:
    return PythonUnavailableError(f"{python} can't be run: {why}")
