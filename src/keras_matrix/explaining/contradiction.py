"""Causes where the claimed combination does have what the error says is missing.

Then the claim is wrong in some way: another backend, another path, another install, or a module of
the user's own in the way. What speaks for each is told; none is ruled out in silence.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from keras_matrix.causes import Cause
from keras_matrix.evidence import DoubtKind, Evidence
from keras_matrix.explaining.case import Case
from keras_matrix.explaining.judging import judge
from keras_matrix.explaining.model import Finding, Likely, Standing
from keras_matrix.tables.eras import axis_of, family_name, project_name, version_key
from keras_matrix.tables.states import State

_MIXED = (DoubtKind.TRACEBACK_CONTRADICTS, DoubtKind.CONTRADICTING_VERSIONS)
_OWN = re.compile(r"(?:^|[\\/])(?:keras|tensorflow|theano|jax|torch)\.py$")
_INSTALLED = re.compile(r"(?:site|dist)-packages")
_PLACE = re.compile(r"\(([^()]{1,300}\.py)\)")
_FAMILIES = ("theano", "tensorflow", "cntk", "jax", "torch")


_OWN_MODULE = Likely(
    cause=Cause.OWN_CODE,
    why="a file or folder of your own called keras, or a module that is not the backend (print its "
    "__file__ where the error is raised)",
)


def causes(case: Case, finding: Finding) -> tuple[Likely, ...]:
    """Everything that would give this error all the same; the text's own doubts come first."""
    if case.name is None:
        return _spelling(case)
    doubts = [doubt.text for doubt in case.evidence.doubts if doubt.kind in _MIXED]
    error = case.evidence.error
    found: list[Likely] = []
    if error is not None and "'function' object" in error.message:
        found.append(
            Likely(
                cause=Cause.IMPORT_PATH,
                why=f"{case.path}.backend is a function, which has no attributes of that kind; "
                f"{case.words} is there",
            )
        )
    if case.situation.impossible:
        doubts.insert(0, "no such environment can be installed, so another one is running")
    if doubts:
        found.append(Likely(cause=Cause.INSTALLS, why=doubts[0].rstrip(".")))
    found += _backends(case)
    found += _paths(case, finding)
    if not doubts:
        found += _installs(case)
    return (*found, _OWN_MODULE)


def installs(case: Case) -> tuple[Likely, ...]:
    """What is left where a path that nearly every release has can't be reached."""
    return (_OWN_MODULE, *_installs(case))


def _spelling(case: Case) -> tuple[Likely, ...]:
    """The path can be imported there, though not in every way of writing it."""
    return (
        Likely(
            cause=Cause.IMPORT_PATH,
            why=f"{case.path} can be imported there: `import a.b as K` and `a.b` after `import a` "
            "want every part to be an attribute of the one before, `from a import b as K` doesn't",
        ),
        *_installs(case),
    )


def _backends(case: Case) -> Iterator[Likely]:
    """Backends without the name in the same Keras: only where the active one is not sure."""
    if case.situation.backend_sure and case.evidence.backend is not None:
        return
    axis = axis_of(case.path)
    if axis != "keras" or axis not in case.situation.versions:
        return
    for family in _FAMILIES:
        if family == case.backend:
            continue
        other = replace(
            case.situation,
            backend=family,
            versions={axis: case.situation.versions[axis]},
        )
        told = judge(case.knowledge, other, case.path, case.look)
        if told.standing is Standing.ABSENT:
            yield Likely(
                cause=Cause.BACKEND,
                why=f"on {family_name(family)} this Keras has no {case.words} "
                f"({', '.join(told.cells[:2])})",
            )


def _paths(case: Case, finding: Finding) -> Iterator[Likely]:
    if paths := lacking(case, finding)[:2]:
        yield Likely(
            cause=Cause.IMPORT_PATH,
            why=f"in the same combination {' and '.join(paths)} "
            f"{'have' if paths[1:] else 'has'} no {case.name}: the code may import that one",
        )


def lacking(case: Case, finding: Finding) -> list[str]:
    """Import paths that can be imported in the same cells and lack the name, public ones first."""
    if case.name is None or not finding.cells:
        return []
    found = [
        path
        for path in case.knowledge.paths
        if path != case.path
        and path.endswith("keras.backend")
        and ".contrib." not in path
        and all(_lacks(case, cell, path) for cell in finding.cells)
    ]
    return sorted(found, key=lambda path: (".python." in path, ".compat." in path, path))


def _lacks(case: Case, cell: str, path: str) -> bool:
    return case.knowledge.fact(cell, path, case.name or "").state is State.MISSING


def shadowed(evidence: Evidence) -> Likely | None:
    """A file or folder of the user's own that is imported in a package's place."""
    error = evidence.error
    if error is None:
        return None
    files = [frame.file for frame in error.frames]
    places = [*files, *_PLACE.findall(error.message)]
    own = next((f for f in places if _OWN.search(f) and not _INSTALLED.search(f)), None)
    if own is None and "partially initialized module" not in error.message:
        return None
    what = f"your own {own}" if own else "a file of your own with the name of the package"
    return Likely(
        cause=Cause.OWN_CODE,
        why=f"{what} is imported in the place of the package: give it another name, and remove "
        "what Python compiled of it",
    )


def _installs(case: Case) -> Iterator[Likely]:
    """Releases that do lack it, of which one may be the one that gets imported."""
    axis = axis_of(case.path)
    lacking = {
        cell.installed[axis]
        for cell in case.knowledge.measured
        if cell.backend == case.backend and axis in cell.installed and not case.is_there(cell.id)
    }
    if lacking:
        releases = sorted(lacking, key=version_key)
        span = releases[0] if len(releases) == 1 else f"{releases[0]} … {releases[-1]}"
        yield Likely(
            cause=Cause.INSTALLS,
            why=f"another install than the one you name may be imported: {case.words} is missing "
            f"in {len(releases)} measured releases of {project_name(axis)} ({span})",
        )
