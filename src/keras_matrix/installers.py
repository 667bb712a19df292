"""Two installers behind one set of functions: uv where it supports the interpreter, else pip.

Pure: commands as argument lists for an engine to run inside its build environment, and the
reading of what they printed. Both installers see only the harness's index and none of the
host's settings (run them with :func:`environment` and nothing inherited).

Resolving: write :func:`inputs` into an empty directory, run :func:`resolve_commands` one after
the other (each must exit 0), give everything the last one printed to :func:`parse_resolution`.
Installing: write the lock's text to a file, run :func:`install_commands`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never
from urllib.parse import urlsplit

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)

from keras_matrix.errors import FailureClass

# uv builds a source distribution that has no pyproject.toml with "setuptools>=40.8.0", which
# an index dated earlier doesn't have. pip builds it with the setuptools it finds installed.
_FIRST_DAY_UV_CAN_BUILD = date(2019, 2, 6)

# uv asks the interpreter with "-I", which 2.7 doesn't know, and its compiling of bytecode wants
# a module that 3.6 lacks (seen with uv 0.13).
_FIRST_PYTHON_OF_UV = (3, 7)

# The last pip, setuptools and wheel of Pythons whose own pip is too old for the wheels of their
# later years (manylinux2010 and 2014). setuptools < 58 still builds "use_2to3" packages.
BOOTSTRAP: Mapping[str, tuple[str, ...]] = {
    "2.7": ("pip==20.3.4", "setuptools==44.1.1", "wheel==0.37.1"),
    "3.4": ("pip==19.1.1", "setuptools==43.0.0", "wheel==0.33.6"),
    "3.5": ("pip==20.3.4", "setuptools==50.3.2", "wheel==0.37.1"),
    "3.6": ("pip==21.3.1", "setuptools==57.5.0", "wheel==0.37.1"),
    "3.7": ("pip==22.3.1", "setuptools==57.5.0", "wheel==0.38.4"),
}

BOOTSTRAP_DAY = date(2023, 1, 1)
"""A day on which every release of :data:`BOOTSTRAP` was there."""

# Compiling these takes minutes, a compiler and headers that a build environment lacks: an older
# release with a wheel is what their users of the time had too.
_NEVER_BUILT = ("numpy", "scipy", "h5py", "pandas", "grpcio", "ml-dtypes", "optree", "jaxlib")

_REQUIREMENTS, _CONSTRAINTS, _EXCLUDES = "requirements.txt", "constraints.txt", "excludes.txt"
_RESOLVED = "resolved"

# Runs on every Python since 2.7: the lines of a file or the names in a folder, marked so that
# they are told from whatever else was printed.
_PRINT = (
    "import os, sys; p = sys.argv[1]; "
    "n = os.listdir(p) if os.path.isdir(p) else open(p).read().split('\\n'); "
    "sys.stdout.write(''.join('resolved %s\\n' % x.strip() for x in sorted(n) if x.strip()))"
)


class Installer(StrEnum):
    """Who resolves and installs."""

    UV = "uv"
    PIP = "pip"


@dataclass(frozen=True, kw_only=True, slots=True)
class Toolchain:
    """An installer with where to find things, all as the build environment names them.

    ``uv`` is the path of the uv executable (unused by pip); ``interpreter`` the Python to
    resolve for and to install with. ``choice`` is False while the pip that came with the
    interpreter does the work: it has one resolver and no option to choose.
    """

    installer: Installer
    interpreter: str
    index_url: str
    uv: str = "uv"
    choice: bool = True


def installer_for(python: str, as_of: date | None) -> Installer:
    """uv wherever it can do the work for Python "X.Y" on an index of that day, else pip."""
    if tuple(map(int, python.split("."))) < _FIRST_PYTHON_OF_UV:
        return Installer.PIP
    if python in BOOTSTRAP and as_of is not None and as_of < _FIRST_DAY_UV_CAN_BUILD:
        return Installer.PIP
    return Installer.UV


def environment(installer: Installer) -> Mapping[str, str]:
    """The variables that keep the host's settings out. The engine adds PATH, HOME and caches."""
    match installer:
        case Installer.UV:
            return {"UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
        case Installer.PIP:
            return {"PIP_CONFIG_FILE": "/dev/null"}
        case _:
            assert_never(installer)


def inputs(
    requirements: Iterable[str], constraints: Iterable[str], provided: Iterable[str]
) -> Mapping[str, str]:
    """The files, by name, that resolving needs in its work directory."""
    return {
        name: "".join(f"{line}\n" for line in lines)
        for name, lines in (
            (_REQUIREMENTS, requirements),
            (_CONSTRAINTS, constraints),
            (_EXCLUDES, provided),
        )
    }


def resolve_commands(tools: Toolchain, workdir: str) -> list[list[str]]:
    """Resolve the requirements in ``workdir``; the last command prints what was chosen."""
    resolved = f"{workdir}/{_RESOLVED}"
    files = [
        *("-c", f"{workdir}/{_CONSTRAINTS}"),
        *(argument for name in _NEVER_BUILT for argument in ("--only-binary", name)),
    ]
    match tools.installer:
        case Installer.UV:
            resolve = [
                *(tools.uv, "pip", "compile", "-q", "--no-header", "--no-annotate"),
                *("--python", tools.interpreter, "--default-index", tools.index_url),
                *("--excludes", f"{workdir}/{_EXCLUDES}", *files),
                *("-o", resolved, f"{workdir}/{_REQUIREMENTS}"),
            ]
        case Installer.PIP:
            # On Python 2 pip 20.3 still takes its old resolver, whose download stops with an
            # AssertionError at every constraint that nothing asks for.
            resolve = [
                *_pip(tools, "download"),
                *(["--use-feature=2020-resolver"] if tools.choice else []),
                *("--prefer-binary", *files, "-r", f"{workdir}/{_REQUIREMENTS}", "-d", resolved),
            ]
        case _:
            assert_never(tools.installer)
    return [resolve, [tools.interpreter, "-c", _PRINT, resolved]]


def install_commands(
    tools: Toolchain, lock_file: str, *, target: str | None = None, compile_bytecode: bool = True
) -> list[list[str]]:
    """Install a lock, hash-checked and without its dependencies.

    ``target`` is a directory to install into; None is the interpreter's own site-packages
    (replacing what is there). A lock without packages needs no installer, and pip refuses one.
    """
    match tools.installer:
        case Installer.UV:
            command = [
                *(tools.uv, "pip", "install", "--python", tools.interpreter),
                *("--default-index", tools.index_url, "--no-deps", "--require-hashes"),
                *(["--target", target] if target else ["--system", "--break-system-packages"]),
                *(["--compile-bytecode"] if compile_bytecode else []),
            ]
        case Installer.PIP:
            command = [
                *_pip(tools, "install"),
                *("--no-deps", "--require-hashes", "--no-warn-script-location"),
                *(["--target", target] if target else []),
                *([] if compile_bytecode else ["--no-compile"]),
            ]
        case _:
            assert_never(tools.installer)
    return [[*command, "-r", lock_file]]


def _pip(tools: Toolchain, verb: str) -> list[str]:
    host = urlsplit(tools.index_url).hostname or ""
    return [
        *(tools.interpreter, "-m", "pip", "--isolated", "--disable-pip-version-check"),
        *("--no-cache-dir", "--no-input", verb, "--progress-bar", "off"),
        *("--index-url", tools.index_url, "--trusted-host", host),
    ]


def parse_resolution(output: str, provided: Iterable[str] = ()) -> tuple[str, ...]:
    """The sorted ``name==version`` lines (normalised) in what the last resolve command printed."""
    left_out = {canonicalize_name(name) for name in provided}
    found = set()
    for line in output.splitlines():
        if line.startswith("resolved "):
            name, version = _name_and_version(line.removeprefix("resolved ").strip())
            if name not in left_out:
                found.add(f"{name}=={version}")
    return tuple(sorted(found))


def _name_and_version(entry: str) -> tuple[str, str]:
    if "==" in entry:
        name, _, version = entry.partition(";")[0].partition("==")
        return canonicalize_name(name.strip()), version.strip()
    try:
        wheel_name, wheel_version, *_ = parse_wheel_filename(entry)
        return wheel_name, str(wheel_version)
    except InvalidWheelFilename:
        pass
    try:
        sdist_name, sdist_version = parse_sdist_filename(entry)
        return sdist_name, str(sdist_version)
    except InvalidSdistFilename:
        # Names of before the rules: .tar.bz2, wheels with versions that are no longer valid.
        stem = re.sub(r"(\.tar)?\.(bz2|gz|tgz|zip|egg|whl)$", "", entry)
        if entry.endswith((".whl", ".egg")):
            name, version = stem.split("-")[:2]
        else:
            name, _, version = stem.rpartition("-")
        return canonicalize_name(name), canonicalize_version(version, strip_trailing_zero=False)


# The first pattern that matches decides; a full disk or a dead index explains the rest.
_SYMPTOMS: tuple[tuple[FailureClass, str], ...] = (
    # A download with another hash is what the lock forbids, not trouble on the way.
    (FailureClass.RESOLVE, r"THESE PACKAGES DO NOT MATCH THE HASHES|Hash mismatch"),
    (FailureClass.DISK, r"No space left on device|Errno 28\b|os error 28\b|Disk quota exceeded"),
    (
        FailureClass.NETWORK,
        r"Connection refused|Connection reset|Connection broken|ConnectTimeout|ReadTimeout"
        r"|NewConnectionError|Max retries exceeded|Temporary failure in name resolution"
        r"|dns error|error sending request|client error \(Connect\)|Could not fetch URL"
        r"|Failed to (fetch|download)|HTTP Error 5\d\d|HTTP status server error"
        r"|Name or service not known|Network is unreachable|operation timed out",
    ),
    (
        FailureClass.COMPILE,
        r"Failed to build|Failed building wheel|command '?\"?\S*(gcc|cc|g\+\+)\S*'?\"? failed"
        r"|unable to execute '?\S*(gcc|cc)|error: subprocess-exited-with-error"
        r"|Command errored out with exit status|Command \"python setup\.py \S+\" failed"
        r"|The build backend returned an error|metadata-generation-failed"
        r"|Failed to build .* from source",
    ),
    # uv says first that it failed, and then why.
    (FailureClass.RESOLVE, r"Because .*,? (we can conclude|and)\b"),
    (
        FailureClass.RESOLVE,
        r"No matching distribution found|Could not find a version that satisfies"
        r"|ResolutionImpossible|No solution found"
        r"|conflicting dependencies"
        r"|was not found in the (package )?registry|DistributionNotFound",
    ),
)


def classify(log: str) -> tuple[FailureClass, str]:
    """Why an installer failed, from what it printed, with its most telling line.

    A log without a known symptom is the engine's fault until someone has read it.
    """
    lines = [line.strip().removeprefix("cause: ") for line in log.splitlines() if line.strip()]
    for failure, pattern in _SYMPTOMS:
        symptom = re.compile(pattern)
        telling = [line for line in lines if symptom.search(line)]
        if telling:
            return failure, _shortened(telling[0])
    errors = [line for line in lines if re.match(r"(?i)\W*(error|fatal)\b", line)]
    last = (errors or lines or ["the installer said nothing"])[-1]
    return FailureClass.ENGINE, _shortened(last)


def _shortened(line: str, limit: int = 300) -> str:
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
