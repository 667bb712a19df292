"""Versions as a person states them -> the cell to build, or why there is none. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from packaging.utils import canonicalize_name
from packaging.version import Version

from keras_matrix.errors import InputError
from keras_matrix.evidence import ErrorKind, parse_message
from keras_matrix.feasibility import Feasible, Impossible, assess
from keras_matrix.matrix import Cell
from keras_matrix.matrix.cells import FRAMEWORK_PINS, PINS, cell_id
from keras_matrix.matrix.expansion import auto_as_of, auto_python
from keras_matrix.releases import Catalogue, parse_version
from keras_matrix.reproducing.model import Chosen, Combination, Reproduction
from keras_matrix.wheels import PYTHONS

GRACE_DAYS = 30
AT_HAND = tuple(python for python in PYTHONS if python not in ("3.4", "3.5", "3.14"))
"""The Pythons to choose from where none is asked for; matrix.yaml may name others."""

_FIRST_KERAS_ON_TENSORFLOW = Version("1.1.0")
_FIRST_TENSORFLOW_WITH_KERAS = Version("2.6.0")


def choose(
    wanted: Combination,
    catalogue: Catalogue,
    *,
    declared: Sequence[Cell] = (),
    pythons: Sequence[str] = AT_HAND,
) -> Chosen:
    """The cell of a combination: matrix.yaml's where it declares that very one.

    Raises:
        InputError: a version that never existed, or that can't be installed with the others; says
            why, and the nearest combinations that can.
    """
    known, patched = _known(wanted, catalogue)
    pins, completed = _complete(known, wanted, catalogue)
    backend = wanted.backend or _backend(pins)
    cell = _cell(pins, backend, wanted.python, catalogue, pythons)
    if wanted.python is None and wanted.likely_python not in (None, cell.python):
        likely = _cell(pins, backend, wanted.likely_python, catalogue, pythons)
        if isinstance(assess(likely, catalogue), Feasible):
            cell = likely
            completed += (f"Python {cell.python} is taken, whose words the error is in",)
    same = next((other for other in declared if _same(cell, other)), None)
    cell = same or cell
    verdict = assess(cell, catalogue)
    if isinstance(verdict, Impossible):
        found = tuple(nearest(cell, catalogue, pythons))
        raise InputError([f"{cell.id}: impossible: {verdict.reason.text}", _advice(found)])
    return Chosen(
        cell=cell,
        distributions=verdict.distributions,
        declared=same is not None,
        notes=(*patched, *completed),
    )


def nearest(cell: Cell, catalogue: Catalogue, pythons: Sequence[str] = AT_HAND) -> Iterator[Cell]:
    """Feasible cells with one thing changed: the Python, else each pin by as little as it takes."""
    fitting = _cell(cell.pins, cell.backend, None, catalogue, pythons)
    if isinstance(assess(fitting, catalogue), Feasible):
        yield fitting
        return
    for pin, version in cell.pins.items():
        for other in _by_distance(catalogue.versions(pin), version):
            changed = _cell({**cell.pins, pin: other}, cell.backend, None, catalogue, pythons)
            if isinstance(assess(changed, catalogue), Feasible):
                yield changed
                break


def described(cell: Cell) -> str:
    """``keras 2.3.1, tensorflow 1.15.5, Python 3.7``."""
    pins = ", ".join(f"{pin} {version}" for pin, version in cell.pins.items())
    return f"{pins}, Python {cell.python}"


def _advice(found: Sequence[Cell]) -> str:
    if not found:
        return "no combination with one of these versions changed is possible either"
    return "installable instead: " + "; or ".join(described(cell) for cell in found)


def _known(wanted: Combination, catalogue: Catalogue) -> tuple[dict[str, str], tuple[str, ...]]:
    """The pins in their order, spelt as the catalogue spells them, and what was chosen."""
    problems = list(_problems(wanted, catalogue))
    notes = []
    known = {}
    for pin, version in _ordered(wanted.pins).items():
        if (release := catalogue.release(pin, version)) is not None:
            known[pin] = release.version
        elif (patch := newest_patch(catalogue, pin, version)) is not None:
            known[pin] = patch
            notes.append(f"{pin} {version} is no release: {patch} is taken, its newest")
        elif pin in catalogue.projects:
            hint = catalogue.nearest(pin, version)
            ask = f" (ask with --{pin} {hint})" if pin in PINS else ""
            problems.append(f"{pin} {version} never existed; the nearest release is {hint}{ask}")
    if problems:
        raise InputError(problems)
    return known, tuple(notes)


def _ordered(pins: Mapping[str, str]) -> dict[str, str]:
    """In the order of a cell's id: what a matrix has keys for, then the rest."""
    return {pin: pins[pin] for pin in (*PINS, *pins) if pin in pins}


def _problems(wanted: Combination, catalogue: Catalogue) -> Iterator[str]:
    for pin in wanted.pins:
        if pin not in catalogue.projects:
            yield f"{pin} is none of {', '.join(catalogue.projects)}, whose releases are known"
    if wanted.python is not None and wanted.python not in PYTHONS:
        yield f"Python {wanted.python} is none of {', '.join(PYTHONS)}"
    if wanted.backend is not None and wanted.backend not in FRAMEWORK_PINS:
        yield f"backend {wanted.backend} is none of {', '.join(FRAMEWORK_PINS)}"
    if not wanted.pins:
        yield "no version is known: say at least one, as in --keras 2.2.4"


def absent(made: Reproduction, catalogue: Catalogue) -> tuple[str, str] | None:
    """A project that a framework imports unasked and that isn't there, with its release of then."""
    seen = made.ending.errors[0] if made.ending.errors else None
    if seen is None or not seen.frames or "-packages/" not in seen.frames[-1].file:
        return None
    complaint = parse_message(seen.message)
    project = canonicalize_name(complaint.name or "")
    if complaint.kind is not ErrorKind.NO_MODULE or project in made.cell.pins:
        return None
    version = _newest(project, made.cell.as_of, catalogue)
    return (project, version) if version else None


def newest_patch(catalogue: Catalogue, project: str, beginning: str) -> str | None:
    """The newest release that "1.13" stands for; None where there is none."""
    wanted = parse_version(beginning)
    if wanted is None or len(wanted.release) > 2:
        return None
    size = len(wanted.release)
    found = (v for v in catalogue.versions(project) if Version(v).release[:size] == wanted.release)
    return max(found, key=Version, default=None)


def _complete(
    pins: dict[str, str], wanted: Combination, catalogue: Catalogue
) -> tuple[dict[str, str], tuple[str, ...]]:
    """With what must be there and was not named: each in its newest release of the others' day."""
    notes = []
    for project in _missing(pins, wanted):
        day = auto_as_of(pins, GRACE_DAYS, catalogue)
        version = _newest(project, day, catalogue)
        if version is None:
            raise InputError([f"say a version of {project}: there was none on {day} to choose"])
        pins = {**pins, project: version}
        notes.append(f"no version of {project} was said: {version} is taken, the newest on {day}")
    return _ordered(pins), tuple(notes)


def _missing(pins: Mapping[str, str], wanted: Combination) -> Iterator[str]:
    if wanted.keras and "keras" not in pins and not _brings_keras(pins):
        yield "keras"
    framework = wanted.backend or _backend(pins)
    if framework not in pins:
        yield framework


def _brings_keras(pins: Mapping[str, str]) -> bool:
    """Whether TensorFlow asks for standalone Keras itself, in the release that it wants."""
    return "tensorflow" in pins and Version(pins["tensorflow"]) >= _FIRST_TENSORFLOW_WITH_KERAS


def _newest(project: str, day: date, catalogue: Catalogue) -> str | None:
    releases = catalogue.projects.get(project, {})
    return next(
        (
            version
            for version in reversed(catalogue.versions(project))
            if releases[version].uploaded <= day and releases[version].files
        ),
        None,
    )


def _backend(pins: Mapping[str, str]) -> str:
    """The backend that Keras takes by itself, of those that are there."""
    pinned = [pin for pin in FRAMEWORK_PINS if pin in pins]
    if pinned:
        return pinned[0]
    early = "keras" in pins and Version(pins["keras"]) < _FIRST_KERAS_ON_TENSORFLOW
    return "theano" if early else "tensorflow"


def _cell(
    pins: Mapping[str, str],
    backend: str,
    python: str | None,
    catalogue: Catalogue,
    pythons: Sequence[str],
) -> Cell:
    as_of = auto_as_of(pins, GRACE_DAYS, catalogue)
    python = python or auto_python(pins, pythons, as_of, catalogue)
    return Cell(
        id=cell_id(pins, python),
        python=python,
        backend=backend,
        pins=pins,
        as_of=as_of,
        as_of_declared=False,
        group="",
        tags=(),
    )


def _same(cell: Cell, other: Cell) -> bool:
    return (cell.pins, cell.python, cell.backend) == (other.pins, other.python, other.backend)


def _by_distance(versions: Sequence[str], version: str) -> list[str]:
    """The others, the nearest in the order of releases first, of two equally near the newer."""
    here = versions.index(version)
    others = [place for place in range(len(versions)) if place != here]
    return [versions[place] for place in sorted(others, key=lambda p: (abs(p - here), -p))]
