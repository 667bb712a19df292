"""Cell -> feasible, or impossible with its reason; decided from the catalogue, before any build.

The question is the installer's own: does pip on CPython X.Y, Linux x86-64, find a file of every
pinned release? Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.matrix.cells import Cell
from keras_matrix.releases import Catalogue, Release, find_release
from keras_matrix.wheels import PYTHONS, admits, has_file, usable

STAND_INS = {"tensorflow": "tensorflow-cpu"}
"""Pin -> a smaller distribution of the same API, taken where it has the same release."""


class ReasonCode(StrEnum):
    """Why a cell can't be installed."""

    NO_FILE = "no-file"
    PLATFORM = "platform"
    REQUIRES_PYTHON = "requires-python"
    UNKNOWN_RELEASE = "unknown-release"
    AFTER_AS_OF = "after-as-of"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """What stands in the way: a code for machines, the project, a full sentence for people."""

    code: ReasonCode
    project: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Feasible:
    """Every pin has a file. ``distributions`` maps each pin to the project to install for it."""

    distributions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Impossible:
    """At least one pin can't be installed; ``reason`` is the first one found, in pin order."""

    reason: Reason


def assess(cell: Cell, catalogue: Catalogue) -> Feasible | Impossible:
    """Whether every pin of the cell can be installed, and from which distribution."""
    distributions: dict[str, str] = {}
    for pin, version in cell.pins.items():
        release = find_release(catalogue, pin, version)
        reason = _objection(cell, pin, version, release)
        stand_in = _stand_in(cell, catalogue, pin, version)
        if stand_in is None and reason is not None:
            return Impossible(reason=reason)
        distributions[pin] = stand_in or pin
    return Feasible(distributions=distributions)


def _stand_in(cell: Cell, catalogue: Catalogue, pin: str, version: str) -> str | None:
    name = STAND_INS.get(pin)
    release = find_release(catalogue, name, version) if name else None
    if release is None or release.uploaded > cell.as_of or not usable(release, cell.python):
        return None
    return name


def _objection(cell: Cell, pin: str, version: str, release: Release | None) -> Reason | None:
    if release is None:
        text = f"{pin} {version} is not in the catalogue of releases."
        return Reason(code=ReasonCode.UNKNOWN_RELEASE, project=pin, text=text)
    if not has_file(release.files, cell.python):
        return _no_file(release, pin, cell.python)
    if not admits(release.requires_python, cell.python):
        text = (
            f"{pin} {version} requires Python {release.requires_python}, not {cell.python}; "
            f"{_where_usable(release)}."
        )
        return Reason(code=ReasonCode.REQUIRES_PYTHON, project=pin, text=text)
    if release.uploaded > cell.as_of:
        text = (
            f"{pin} {version} was uploaded on {release.uploaded}, after the cell's date "
            f"{cell.as_of}; any date from {release.uploaded} on would work."
        )
        return Reason(code=ReasonCode.AFTER_AS_OF, project=pin, text=text)
    return None


def _no_file(release: Release, pin: str, python: str) -> Reason:
    name = f"{pin} {release.version}"
    if not release.files:
        return Reason(
            code=ReasonCode.NO_FILE, project=pin, text=f"{name} has no files on the index."
        )
    works = _usable_pythons(release)
    if works:
        text = f"{name} has files for Python {', '.join(works)} only, not for {python}."
        return Reason(code=ReasonCode.NO_FILE, project=pin, text=text)
    text = f"{name} has no file for Linux on x86-64, only: {', '.join(release.files)}."
    return Reason(code=ReasonCode.PLATFORM, project=pin, text=text)


def _where_usable(release: Release) -> str:
    works = _usable_pythons(release)
    return f"Python {', '.join(works)} would work" if works else "no Python known here would work"


def _usable_pythons(release: Release) -> tuple[str, ...]:
    return tuple(python for python in PYTHONS if usable(release, python))
