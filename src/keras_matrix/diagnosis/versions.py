"""R1: do these releases fit? By their own requirements, by importing, and by what was measured."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from keras_matrix.causes import Cause
from keras_matrix.diagnosis import installs
from keras_matrix.diagnosis.environment import FRAMEWORKS, Import, Surroundings
from keras_matrix.diagnosis.verdicts import Answer, Verdict
from keras_matrix.nearness import Distance, distance
from keras_matrix.results import AttributeOutcome, CellOutcome, CellReport, PathOutcome

_WORKING = (AttributeOutcome.WORKS, AttributeOutcome.DEPRECATED, AttributeOutcome.NEEDS_SETTING)
_FAILING = (AttributeOutcome.RAISES, AttributeOutcome.CRASHED, AttributeOutcome.TIMED_OUT)
_MANY = 5
"""So many names that fail here and work with another release are no accident."""
_FAMILY = re.compile(
    r"^(tf-)?keras$|^tensorflow(-cpu|-gpu|-estimator)?$|^theano$|^jax(lib)?$|^torch$"
)
_NO_MODULE = re.compile(r"No module named '?([A-Za-z0-9_]+)'?$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """A measured cell with this environment's backend, and how far its releases are."""

    report: CellReport
    distance: Distance

    @property
    def exact(self) -> bool:
        """The very same releases."""
        return self.distance == (0, 0, 0)

    @property
    def close(self) -> bool:
        """The same releases but for the last number."""
        return self.distance[:2] == (0, 0)


def verdict(env: Surroundings, reports: Sequence[CellReport]) -> Verdict:
    """Yes by any of three witnesses; no only where the combination was measured."""
    unmet = tuple(unmet_requirements(env))
    failing = tuple(_failing_imports(env))
    near = nearest(env, reports)
    worse, better = _worse_than_elsewhere(near, reports)
    family = tuple(u.text for u in unmet if u.family)
    others = tuple(u.text for u in unmet if not u.family)
    if failing and not family and not worse and any(installs.disagreements(env)):
        first = "can't be told from a mixture of installs (see R5)"
        return Verdict(
            cause=Cause.VERSIONS, answer=Answer.UNKNOWN, evidence=(first, *failing, *others)
        )
    if family or failing or worse:
        evidence = (*family, *failing, *worse, *(others if failing else ()))
        advice = (*better, *_pin_advice(unmet, failing))
        return Verdict(cause=Cause.VERSIONS, answer=Answer.YES, evidence=evidence, advice=advice)
    pair = _pair(env)
    if pair is None:
        why = "no Keras with an importable backend, so there is no pair to judge"
        unseen = any(module.outcome is not Import.ABSENT for module in env.modules.values())
        answer = Answer.UNKNOWN if unseen else Answer.NO
        return Verdict(cause=Cause.VERSIONS, answer=answer, evidence=(why, *others))
    meets = f"{pair}: both import, and neither's requirements exclude the other"
    if near and near[0].close:
        return Verdict(
            cause=Cause.VERSIONS, answer=Answer.NO, evidence=(meets, _measured(near[0]), *others)
        )
    same_major = tuple(each for each in near if each.distance[0] == 0)
    nearest_cells = tuple(_measured(each) for each in (same_major or near)[:2])
    unmeasured = (f"{pair} was not measured", *nearest_cells)
    return Verdict(
        cause=Cause.VERSIONS, answer=Answer.UNKNOWN, evidence=(meets, *unmeasured, *others)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmet:
    """A requirement of a framework that this environment does not meet."""

    text: str
    family: bool
    requirement: Requirement


def unmet_requirements(env: Surroundings) -> Iterator[Unmet]:
    """What the frameworks' own metadata asks for and this environment doesn't have."""
    seen = set()
    for copy in env.copies:
        for line in copy.requires:
            requirement = _requirement(line, env.markers)
            if requirement is None or copy.name in seen:
                continue
            name = canonicalize_name(requirement.name)
            installed = _installed(env, name)
            if installed is not None and _meets(requirement, installed):
                continue
            wants = f"{copy.label} requires {requirement.name}{requirement.specifier}"
            has = f"here is {installed}" if installed else "there is none"
            yield Unmet(
                text=f"{wants}; {has}", family=bool(_FAMILY.match(name)), requirement=requirement
            )
        seen.add(copy.name)


def _requirement(line: str, markers: Mapping[str, str]) -> Requirement | None:
    """The requirement where it holds for that interpreter without extras; None otherwise."""
    try:
        requirement = Requirement(line)
        if requirement.marker is None:
            return requirement
        applies = requirement.marker.evaluate({**markers, "extra": ""})
    except (InvalidRequirement, InvalidVersion, KeyError, ValueError):
        return None
    return requirement if applies else None


def _installed(env: Surroundings, name: str) -> str | None:
    """The version that answers to a name; tensorflow-cpu is a tensorflow."""
    if name in env.packages:
        return env.packages[name]
    if name in ("tensorflow", "keras"):
        return next((copy.version for copy in env.copies if name in copy.modules), None)
    return None


def _meets(requirement: Requirement, installed: str) -> bool:
    try:
        return requirement.specifier.contains(Version(installed), prereleases=True)
    except InvalidVersion:
        return True


def _failing_imports(env: Surroundings) -> Iterator[str]:
    """Imports that fail though what they name is installed."""
    wanted = (env.wanted_backend,) if env.wanted_backend in FRAMEWORKS else ()
    for name in dict.fromkeys(("keras", "tf_keras", "tensorflow", *wanted)):
        module = env.modules.get(name)
        if module is None or module.outcome is not Import.RAISES:
            continue
        lacks = _NO_MODULE.search(module.detail or "")
        if lacks and lacks.group(1) in FRAMEWORKS and env.absent(lacks.group(1)):
            continue  # no backend there: that is R2's
        with_ = ", ".join(
            f"{other} {env.version(other)}" for other in FRAMEWORKS if env.imports(other)
        )
        said = module.detail or module.outcome
        version = env.version(name) or "of unknown version"
        yield f"{name} {version} can't be imported{' with ' + with_ if with_ else ''}: {said}"


def nearest(env: Surroundings, reports: Sequence[CellReport]) -> tuple[Near, ...]:
    """Measured cells on the same backend, nearest first: same major, then minor, then the rest."""
    backend = env.active_backend
    here = env.version("keras"), env.version(backend) if backend else None
    found = []
    for report in reports:
        if report.outcome is not CellOutcome.MEASURED or report.cell.backend != backend:
            continue
        steps = distance(zip(here, _releases(report), strict=True))
        if steps is not None:
            found.append(Near(report=report, distance=steps))
    return tuple(sorted(found, key=lambda near: (near.distance, near.report.cell.id)))


def newest_on(backend: str, reports: Sequence[CellReport]) -> str | None:
    """The newest Keras whose keras.backend was imported on that backend in a measured cell."""
    found = []
    for report in reports:
        path = report.paths.get("keras.backend")
        pinned = report.cell.pins.get("keras")
        if report.cell.backend != backend or pinned is None or path is None:
            continue
        if path.outcome is PathOutcome.IMPORTABLE and distance([(pinned, pinned)]):
            found.append(pinned)
    return max(found, key=Version, default=None)


def _releases(report: CellReport) -> tuple[str | None, str | None]:
    pins = report.cell.pins
    return pins.get("keras") or report.packages.get("keras"), pins.get(report.cell.backend)


def _measured(near: Near) -> str:
    """What the cell says of the path that most code uses."""
    cell = near.report.cell.id
    how = "these releases" if near.exact else "the same minor releases" if near.close else "nearest"
    path = near.report.paths.get("keras.backend")
    if path is None or path.outcome is PathOutcome.UNIMPORTABLE:
        return f"measured ({how}): {cell}, where keras.backend can't be imported"
    outcomes = [attribute.outcome for attribute in path.attributes.values()]
    works = sum(outcome in _WORKING for outcome in outcomes)
    fails = sorted(n for n, a in path.attributes.items() if a.outcome in _FAILING)
    some = f" ({', '.join(fails[:3])}{' …' if len(fails) > 3 else ''})" if fails else ""
    counts = f"{works} names of keras.backend work and {len(fails)} don't{some}"
    return f"measured ({how}): {cell}, where {counts}"


def _worse_than_elsewhere(
    near: Sequence[Near], reports: Sequence[CellReport]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(evidence, advice): what the measured combination breaks and another one does not."""
    if not near or not near[0].close:
        return (), ()
    report = near[0].report
    mine = report.paths.get("keras.backend")
    if mine is None:
        return (), ()
    if mine.outcome is PathOutcome.UNIMPORTABLE:
        wants_keras = report.cell.pins.get("keras") is not None
        said = f"in {report.cell.id}, measured, keras.backend can't be imported: {mine.detail}"
        return ((said,) if wants_keras else ()), ()
    failing = {name for name, a in mine.attributes.items() if a.outcome in _FAILING}
    best: tuple[CellReport, set[str]] | None = None
    for other in reports:
        theirs = other.paths.get("keras.backend")
        same_keras = other.cell.pins.get("keras") == report.cell.pins.get("keras")
        if theirs is None or not same_keras or other.cell.backend != report.cell.backend:
            continue
        works = {n for n in failing if n in theirs.attributes}
        works = {n for n in works if theirs.attributes[n].outcome in _WORKING}
        if best is None or len(works) > len(best[1]):
            best = other, works
    if best is None or len(best[1]) < _MANY:
        return (), ()
    other, works = best
    names = ", ".join(sorted(works)[:_MANY])
    backend = report.cell.backend
    said = (
        f"measured in {report.cell.id}: {len(works)} names of keras.backend raise that work in "
        f"{other.cell.id} ({names} …)"
    )
    return (said,), (f"{backend} {other.cell.pins.get(backend)} goes with this Keras, as measured",)


def _pair(env: Surroundings) -> str | None:
    backend = env.active_backend
    if backend is None:
        return None
    keras = env.version("keras")
    with_ = f"{backend} {env.version(backend) or '(version unknown)'}"
    return f"keras {keras} with {with_}" if keras else f"{with_} alone"


def _pin_advice(unmet: Sequence[Unmet], failing: Sequence[str]) -> Iterator[str]:
    shown = [each for each in unmet if each.family or failing]
    if shown:
        pins = " ".join(f"'{u.requirement.name}{u.requirement.specifier}'" for u in shown)
        yield f"install what the metadata asks for: pip install {pins}"
