"""Errors about what the table has no path for: another module of Keras, or an object of it."""

import re
from collections.abc import Iterator

from keras_matrix.causes import Cause
from keras_matrix.explaining import combinations
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.judging import judge
from keras_matrix.explaining.model import Certainty, Finding, Likely
from keras_matrix.explaining.remedies import fixes_here, two_keras, uses_in
from keras_matrix.knowledge import Fact, KnownCell
from keras_matrix.nearness import distance
from keras_matrix.tables.states import State

_OF_KERAS = re.compile(r"_keras_(history|shape|mask)|_?(in|out)bound_nodes|_keras_\w+")
_FAR = (99, 99, 99)


def tell(case: Case) -> Told:
    """What the table knows of the name elsewhere."""
    if case.subject.path is None:
        return _of_object(case)
    verified = {c.id for c in case.knowledge.measured if _verified(case, c.id)}

    def look(cell: str) -> Fact:
        state = State.WORKS if cell in verified else State.NOT_MEASURED
        return Fact(cell=cell, path=case.path, name=case.subject.name or "", state=state)

    finding = judge(case.knowledge, case.situation, case.path, look)
    if finding.certainty is not Certainty.MEASURED:
        finding = _unmeasured(case)
    return Told(
        finding=finding,
        causes=tuple(_causes(case, verified)),
        measured=tuple(_measured(case, verified)),
        fixes=(
            *fixes_here(case, _unmeasured(case), _basis(case)),
            *combinations.other_versions(case, lambda cell: _works(case, verified, cell)),
        ),
    )


def _verified(case: Case, cell: str) -> bool:
    """Whether the very name was tried there in another one's place, and works."""
    return any(use.path == case.subject.dotted for use in uses_in(case, cell, itself=True))


def _unmeasured(case: Case) -> Finding:
    return Finding(
        certainty=Certainty.UNKNOWN,
        standing=None,
        why=f"unknown: {case.subject.path} is no import path that is measured name by name",
    )


def _causes(case: Case, verified: set[str]) -> Iterator[Likely]:
    name = case.subject.name
    paths = [
        path
        for path in case.knowledge.paths
        if any(fact.usable for fact in case.knowledge.facts(path, name or ""))
    ]
    if verified:
        yield Likely(
            cause=Cause.VERSIONS,
            why=f"{case.subject.dotted} works in {len(verified)} measured cells, so it is there "
            "only in some releases",
        )
    if paths:
        public = sorted(paths, key=lambda path: (".python." in path or ".src" in path, path))
        yield Likely(
            cause=Cause.IMPORT_PATH,
            why=f"{name} has moved between modules: it is also measured on {', '.join(public[:3])}",
        )


def _measured(case: Case, verified: set[str]) -> Iterator[str]:
    if verified:
        cells = [cell for cell in case.knowledge.cells if cell in verified]
        span = cells[0] if len(cells) == 1 else f"{cells[0]} … {cells[-1]} ({len(cells)} cells)"
        yield f"{case.subject.dotted} was called and works in {span}"


def _works(case: Case, verified: set[str], cell: KnownCell) -> str | None:
    return f"{case.subject.dotted} was called there and works" if cell.id in verified else None


def _basis(case: Case) -> tuple[str, ...]:
    """The measured cells that are nearest to the user's releases; all, where none is stated."""
    stated = case.situation.versions
    found = [
        (distance((v, c.installed.get(name)) for name, v in stated.items()) or _FAR, c.id)
        for c in case.knowledge.measured
        if c.backend == case.backend and any(True for _ in uses_in(case, c.id))
    ]
    nearest = min((steps for steps, _ in found), default=_FAR)
    return tuple(cell for steps, cell in found if steps == nearest)


def _of_object(case: Case) -> Told:
    """Attributes that Keras gives its own tensors and layers: mixed with another Keras's."""
    name = case.subject.name or ""
    finding = Finding(
        certainty=Certainty.UNKNOWN,
        standing=None,
        why="unknown: an attribute of an object, not of an import path that is measured",
    )
    if not _OF_KERAS.fullmatch(name):
        return Told(finding=finding)
    apart = [
        cell.id
        for cell in case.knowledge.measured
        if cell.backend == "tensorflow"
        and two_keras(case.knowledge, "keras.backend", "tensorflow.keras.backend", cell.id)
    ]
    cause = Likely(
        cause=Cause.OWN_CODE,
        why=f"{name} is what a Keras gives its own tensors and layers; an object of another Keras "
        "or of the bare framework has none: a layer or function of another namespace is in the "
        "model",
    )
    measured = (
        f"keras and tensorflow.keras are two different Keras in {len(apart)} measured cells: "
        f"{apart[0]} … {apart[-1]}",
    )
    return Told(finding=finding, causes=(cause,), measured=measured if apart else ())
