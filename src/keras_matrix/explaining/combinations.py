"""The nearest measured combination in which it works: the fewest changes, then the fewest steps."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from keras_matrix.explaining.case import Case
from keras_matrix.explaining.fitting import Works, fits
from keras_matrix.explaining.judging import python_apart
from keras_matrix.explaining.model import Certainty, Fix, Remedy, Situation
from keras_matrix.explaining.situation import FRAMEWORKS
from keras_matrix.knowledge import KnownCell
from keras_matrix.nearness import distance
from keras_matrix.tables.eras import family_name, project_name, version_key

COMPANIONS = ("numpy", "scipy", "h5py", "protobuf", "pyyaml", "six")
"""Packages whose newer releases break older frameworks, while pip would install the newest."""
_FAR = (99, 0, 0)
_WITH = "works with "
"""So it is told where a name works under a setting only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One measured combination, seen from the user's."""

    cell: KnownCell
    said: str
    changed: tuple[str, ...]
    key: tuple[object, ...]


def other_versions(
    case: Case, works: Works, origin: Situation | None = None, most: int = 3
) -> Iterator[Fix]:
    """The nearest with another Keras only, with another framework only, and with both; releases
    that don't fit each other come last.

    ``origin`` is where to count from, where the text doesn't state every release.
    """
    steps = [
        step
        for cell in _installable(case)
        if cell.backend == case.backend and (step := _step(cell, case, works, origin))
    ]
    fit = fits(case.knowledge)

    def key(step: Step) -> tuple[object, ...]:
        return ("keras" in step.cell.pins and fit(step.cell) is None, *step.key)

    chosen: dict[tuple[object, ...], Step] = {}
    for step in sorted(steps, key=key):
        plain, kind = (step.changed, False), (step.changed, _WITH in step.said)
        if plain not in chosen:
            chosen.setdefault(kind, step)
    few = sorted(chosen.values(), key=key)[:most]
    yield from (_fix(step, case.situation) for step in few)


def anchored(case: Case, bad: Sequence[KnownCell]) -> Situation:
    """The situation with every release stated: those that the text doesn't give are taken from
    the nearest cell that shows the error."""
    situation, stated = case.situation, case.situation.versions
    if situation.backend in stated and ("keras" in stated or "tf-keras" in stated):
        return situation
    cell = example(case, bad)
    return replace(situation, versions={**cell.pins, **stated}) if cell else situation


def example(case: Case, bad: Sequence[KnownCell]) -> KnownCell | None:
    """Of the cells that show the error the nearest to what is stated: by releases, then by the
    report's day."""
    stated, day = case.situation.versions, case.evidence.date

    def key(cell: KnownCell) -> tuple[object, ...]:
        steps = distance((v, cell.installed.get(name)) for name, v in stated.items())
        newest = -date.fromisoformat(cell.as_of).toordinal()
        return (steps or _FAR, _days(cell, day), len(cell.pins), newest, cell.id)

    return min((cell for cell in bad if cell.backend == case.backend), key=key, default=None)


def _days(cell: KnownCell, day: date | None) -> int:
    """How far a cell's time is from a day; what came later is less likely than what was old."""
    if day is None:
        return 0
    after = (date.fromisoformat(cell.as_of) - day).days
    return after * 2 if after > 0 else -after


def other_backend(case: Case, works: Works, origin: Situation | None = None) -> Fix | None:
    """The nearest combination on another backend in which it works."""
    steps = [
        step
        for cell in _installable(case)
        if cell.backend != case.backend and (step := _step(cell, case, works, origin))
    ]
    if not steps:
        return None
    step = min(steps, key=lambda each: each.key)
    backend = step.cell.backend
    return Fix(
        remedy=Remedy.BACKEND,
        title=f"run Keras on {family_name(backend)}: KERAS_BACKEND={backend}",
        cells=(step.cell.id,),
        certainty=Certainty.MEASURED,
        setting=(
            "import os",
            f'os.environ["KERAS_BACKEND"] = "{backend}"  # before the first import of keras',
        ),
        install=install_line(step.cell),
        python=step.cell.python,
        pins=step.cell.pins,
        notes=(step.said,),
    )


def _installable(case: Case) -> Iterator[KnownCell]:
    """The measured cells that pip installs when it is asked to; it refuses releases that forbid
    each other."""
    return (cell for cell in case.knowledge.measured if cell.conflict is None)


def _step(cell: KnownCell, case: Case, works: Works, origin: Situation | None) -> Step | None:
    said = works(cell)
    if said is None:
        return None
    stated, counted = case.situation.versions, (origin or case.situation).versions
    relevant = {n: v for n, v in counted.items() if n in cell.pins or _matters(n, cell)}
    changed = tuple(name for name, v in relevant.items() if cell.installed.get(name) != v)
    steps = distance(
        (v, cell.installed[name]) for name, v in relevant.items() if name in cell.installed
    )
    newest = tuple(-part for name in cell.pins for part in version_key(cell.pins[name]).release[:2])
    apart = steps or _FAR
    key = (
        sum(name in stated for name in changed),
        len(changed),
        apart[0],
        _WITH in said,
        apart,
        python_apart(cell.python, case.situation.python),
        len(cell.pins) - len(relevant),
        newest,
        cell.id,
    )
    unstated = tuple(name for name in cell.pins if name not in counted)
    return Step(cell=cell, said=said, changed=changed or unstated, key=key)


def _matters(project: str, cell: KnownCell) -> bool:
    """A framework besides the active one may stay as it is."""
    return project not in FRAMEWORKS or project == cell.backend


def _fix(step: Step, situation: Situation) -> Fix:
    cell = step.cell
    same = situation.python in (None, cell.python)
    return Fix(
        remedy=_remedy(step, same),
        title=f"{named(cell)}, on Python {cell.python}"
        + ("" if same else f" (not {situation.python})"),
        cells=(cell.id,),
        certainty=Certainty.MEASURED,
        install=install_line(cell),
        python=cell.python,
        pins=cell.pins,
        notes=(step.said,),
    )


def named(cell: KnownCell) -> str:
    """The pins as people name them: "Keras 2.3.1 and TensorFlow 2.0.4"."""
    known = [n for n in ("keras", "tf-keras", *FRAMEWORKS) if n in cell.pins]
    extras = [f"{n} {v}" for n, v in cell.pins.items() if n not in known]
    words = " and ".join(f"{project_name(n)} {cell.pins[n]}" for n in known)
    return words + (f" (with {', '.join(extras)})" if extras else "")


def _remedy(step: Step, same_python: bool) -> Remedy:
    keras = any(name in ("keras", "tf-keras") for name in step.changed)
    framework = any(name in FRAMEWORKS for name in step.changed)
    if keras and framework:
        return Remedy.BOTH
    if not keras and not framework:
        return Remedy.FRESH if same_python else Remedy.PYTHON
    return Remedy.KERAS if keras else Remedy.FRAMEWORK


def install_line(cell: KnownCell) -> str:
    """The pip command that makes the cell again, with what of its time matters.

    A release has no build in it (``+cpu``): those of one release lie on several indexes.
    """
    named = {**cell.pins, **_companions(cell.installed)}
    pins = (shlex.quote(f"{name}=={v.partition('+')[0]}") for name, v in named.items())
    return f"pip install {' '.join(pins)}"


def _companions(installed: Mapping[str, str]) -> Mapping[str, str]:
    return {name: installed[name] for name in COMPANIONS if name in installed}
