"""Can the user's combination be installed at all? If not: why, and what comes nearest."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from keras_matrix.explaining.judging import python_apart
from keras_matrix.explaining.model import Situation
from keras_matrix.feasibility import Feasible, Impossible, assess
from keras_matrix.knowledge import Knowledge
from keras_matrix.matrix.cells import Cell, cell_id
from keras_matrix.nearness import distance
from keras_matrix.releases import Catalogue


def check(situation: Situation, knowledge: Knowledge, catalogue: Catalogue) -> Situation:
    """The situation with why it is impossible, where it is."""
    pins = situation.versions
    pythons = (situation.python,) if situation.python else _pythons(situation, knowledge)
    objections: list[str] = []
    for python in pythons:
        told = _assess(pins, python, situation.backend, catalogue)
        if isinstance(told, Feasible):
            return situation
        objections.append(told.reason.text)
    if not objections:
        return situation
    nearest = next(_nearest(situation, knowledge, catalogue), None)
    return replace(situation, impossible=objections[0], feasible=nearest)


def _assess(
    pins: Mapping[str, str], python: str, backend: str, catalogue: Catalogue
) -> Feasible | Impossible:
    cell = Cell(
        id=cell_id(pins, python),
        python=python,
        backend=backend,
        pins=pins,
        as_of=date.max,
        as_of_declared=True,
        group="",
        tags=(),
    )
    return assess(cell, catalogue)


def _pythons(situation: Situation, knowledge: Knowledge) -> tuple[str, ...]:
    """Every measured Python, the nearest to the user's first."""
    known = {cell.python for cell in knowledge.cells.values()}
    return tuple(sorted(known, key=lambda python: python_apart(python, situation.python)))


def _nearest(situation: Situation, knowledge: Knowledge, catalogue: Catalogue) -> Iterator[str]:
    """The same releases on another Python; else the measured combination that is nearest."""
    pins = situation.versions
    for python in _pythons(situation, knowledge):
        if isinstance(_assess(pins, python, situation.backend, catalogue), Feasible):
            yield f"the same releases on Python {python}"
    found = [
        (steps, cell.id)
        for cell in knowledge.measured
        if cell.backend == situation.backend
        and (steps := distance((v, cell.installed.get(name)) for name, v in pins.items()))
    ]
    if found:
        yield f"{min(found)[1]}, which was measured"
