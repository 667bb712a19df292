"""The CPython interpreters of this machine: for the local engine and for host-built base images.

Own code, since what libraries there are (python-discovery, virtualenv) no longer ask a 2.7.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

# Runs on 2.7, and imports nothing that takes time: a release of CPython with the GIL, 64 bits,
# not inside a virtual environment made of copies.
_QUESTION = """
import sys
usable = (
    "CPython" in getattr(sys, "subversion", ["CPython"])
    and getattr(getattr(sys, "implementation", None), "name", "cpython") == "cpython"
    and sys.maxsize > 2 ** 32 and sys.version_info[3] == "final"
    and not hasattr(sys, "real_prefix") and getattr(sys, "_is_gil_enabled", lambda: True)()
)
sys.stdout.write("%d %d %d %d %s" % ((usable,) + sys.version_info[:3] + (sys.executable,)))
"""
_NAMES = re.compile(r"python(\d(\.\d+)?)?")


@cache
def find_interpreters() -> Mapping[str, Path]:
    """The newest patch release of each "X.Y" found: the interpreter itself, never a venv's link.

    Looks at pyenv's versions, uv's store and PATH, in this order for equal releases. Searched
    once per process.
    """
    return MappingProxyType(search(os.environ))


def search(variables: Mapping[str, str]) -> dict[str, Path]:
    """As :func:`find_interpreters`, for the places that these environment variables name."""
    newest: dict[tuple[int, int], tuple[int, Path]] = {}
    asked = set()
    for candidate in _candidates(variables):
        real = candidate.resolve()
        if real in asked or not os.access(real, os.X_OK):
            continue
        asked.add(real)
        answer = _ask(real, variables)
        if answer is None:
            continue
        executable, (major, minor, micro) = answer
        if (major, minor) not in newest or newest[major, minor][0] < micro:
            newest[major, minor] = (micro, executable)
    return {f"{major}.{minor}": newest[major, minor][1] for major, minor in sorted(newest)}


def _candidates(variables: Mapping[str, str]) -> Iterator[Path]:
    home = Path(variables.get("HOME") or Path.home())
    pyenv = Path(variables.get("PYENV_ROOT") or home / ".pyenv")
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    store = Path(variables.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    folders = [
        *sorted(pyenv.glob("versions/*/bin")),
        *sorted(store.glob("*/bin")),
        *(Path(entry) for entry in variables.get("PATH", "").split(os.pathsep) if entry),
    ]
    for folder in folders:
        if folder.is_dir():
            yield from sorted(path for path in folder.iterdir() if _NAMES.fullmatch(path.name))


def _ask(
    executable: Path, variables: Mapping[str, str]
) -> tuple[Path, tuple[int, int, int]] | None:
    """Where the interpreter really is and its version; None where it is broken or not for us."""
    try:
        done = subprocess.run(
            [executable, "-E", "-S", "-c", _QUESTION],
            env={"PATH": variables.get("PATH", "")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=True,
        )
        usable, major, minor, micro, path = os.fsdecode(done.stdout).split(" ", 4)
        version = int(major), int(minor), int(micro)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return (Path(path.strip()).resolve(), version) if usable == "1" else None
