"""Causes where the name is not there, or where that is unknown."""

from collections.abc import Iterator
from dataclasses import replace

from keras_matrix.causes import Cause
from keras_matrix.explaining.case import Case
from keras_matrix.explaining.judging import judge
from keras_matrix.explaining.model import Certainty, Finding, Likely, Standing
from keras_matrix.tables.eras import axis_of, family_name, project_name, version_key

_MAIN = (
    "keras.backend",
    "tensorflow.keras.backend",
    "tensorflow.compat.v1.keras.backend",
    "keras.ops",
)
_FEW = 3


def causes(case: Case, finding: Finding) -> tuple[Likely, ...]:
    """The likeliest first: a release that has it, a path that has it, a backend that has it."""
    families = case.families()
    backend = tuple(_backend(case, families))
    versions = () if backend else tuple(_versions(case, finding, families))
    paths = tuple(_paths(case, finding))
    if backend and case.situation.backend_sure:
        return (*backend, *paths)
    return (*versions, *paths, *backend) or tuple(_private(case))


def _private(case: Case) -> Iterator[Likely]:
    """A private name that no measured release has."""
    name = case.name or ""
    if name.startswith("_"):
        yield Likely(
            cause=Cause.VERSIONS,
            why=f"{name} is private, and no measured release has it: such names go unannounced",
        )


def _versions(case: Case, finding: Finding, families: frozenset[str]) -> Iterator[Likely]:
    if not families:
        return
    if finding.standing is Standing.UNIMPORTABLE and case.name is not None:
        why = f"these releases don't fit: {case.path} {_after(finding.witnesses[0].said)}"
    else:
        why = _since(case, case.backend if case.backend in families else min(families))
    yield Likely(cause=Cause.VERSIONS, why=why)


def _since(case: Case, backend: str) -> str:
    """From which release on, or up to which, it is there; seen from the user's."""
    axis = axis_of(case.path)
    project, on = project_name(axis), family_name(backend)
    mine = case.situation.versions.get(axis)
    there = {
        version_key(cell.installed[axis])
        for cell in case.knowledge.measured
        if cell.backend == backend and axis in cell.installed and case.is_there(cell.id)
    }
    where = project if project == on else f"{project} on {on}"
    if mine is None:
        return f"{case.words} is there in some releases of {where}, not in all"
    older = max((each for each in there if each < version_key(mine)), default=None)
    newer = min((each for each in there if each > version_key(mine)), default=None)
    if older and newer:
        return f"{case.words} was measured to be there in {where} {older}, and in {newer}"
    if older or newer:
        said = f"the newest that has it is {older}" if older else f"{newer} is the oldest that has"
        return f"{case.words}: of the measured releases of {where}, {said}" + (
            "" if older else " it"
        )
    return f"{case.words} is there in this release of {where} beside other releases only"


def _after(said: str) -> str:
    return said.replace("path not importable:", "can't be imported:")


def _paths(case: Case, finding: Finding) -> Iterator[Likely]:
    """Other import paths that have the name: in the same combination, or ever."""
    if case.name is None:
        return
    here = [
        path for path in case.knowledge.paths if path != case.path and _all(case, path, finding)
    ]
    if here:
        yield Likely(
            cause=Cause.IMPORT_PATH,
            why=f"{_same(finding)} {_listed(here)} {_has(here)} {case.name}",
        )
        return
    if any(case.is_there(cell.id) for cell in case.knowledge.measured):
        return
    ever = [
        path
        for path in _MAIN
        if path != case.path and any(f.state.usable for f in case.knowledge.facts(path, case.name))
    ]
    if ever:
        yield Likely(
            cause=Cause.IMPORT_PATH,
            why=f"{case.path} has {case.name} in no measured release; {_listed(ever)} has had it",
        )


def _same(finding: Finding) -> str:
    if finding.certainty is Certainty.UNKNOWN:
        return "in the nearest measured combinations"
    return "in the same combination"


def _all(case: Case, path: str, finding: Finding) -> bool:
    """Whether the name is on that path in every cell that speaks for the user's."""
    facts = [case.knowledge.fact(cell, path, case.name or "") for cell in finding.cells]
    return bool(facts) and all(fact.state.usable for fact in facts)


def _listed(paths: list[str]) -> str:
    first = sorted(paths, key=lambda path: (path not in _MAIN, path))
    more = len(first) - _FEW
    return ", ".join(first[:_FEW]) + (f" and {more} more" if more > 0 else "")


def _has(paths: list[str]) -> str:
    return "has" if len(paths) == 1 else "have"


def _backend(case: Case, families: frozenset[str]) -> Iterator[Likely]:
    """Another backend has it, this one never; nor does the user's own release lack it there."""
    others = sorted(f for f in families - {case.backend} if not _lacks_too(case, f))
    if not others or case.backend in families:
        return
    on = " and ".join(map(family_name, others))
    yield Likely(
        cause=Cause.BACKEND,
        why=f"{case.words} is in no measured release on {family_name(case.backend)}, only on {on}",
    )


def _lacks_too(case: Case, backend: str) -> bool:
    """Whether the user's release hasn't got it on that backend, either, or never ran on it."""
    axis = axis_of(case.path)
    if axis not in case.situation.versions:
        return False
    cells = [cell for cell in case.knowledge.measured if cell.backend == backend]
    ran = [version_key(cell.installed[axis]) for cell in cells if axis in cell.installed]
    if not ran or not min(ran) <= version_key(case.situation.versions[axis]) <= max(ran):
        return True
    versions = {axis: case.situation.versions[axis]}
    there = replace(case.situation, backend=backend, versions=versions)
    told = judge(case.knowledge, there, case.path, case.look, imported=case.name is not None)
    return told.standing is Standing.ABSENT
