"""What speaks against the claims."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from keras_matrix.evidence.choosing import Choice, agrees
from keras_matrix.evidence.model import Claim, Doubt, DoubtKind, Source
from keras_matrix.evidence.projects import PYTHON, TF_KERAS_VERSION
from keras_matrix.releases import Catalogue, Release, parse_version
from keras_matrix.wheels import PYTHONS, usable

# The numbers that TensorFlow prints as tf.keras.__version__. From 1.14 to 2.2 one release has
# two, for its old and its new behaviour.
_TF_KERAS = {
    "2.1.6-tf": "1.9 to 1.12",
    "2.2.4-tf": "1.13 to 2.2",
    "2.3.0-tf": "1.14 to 2.2",
    "2.4.0": "2.3 to 2.4",
    "2.5.0": "2.5 to 2.5",
}
_STAND_INS = {"tensorflow": ("tensorflow-cpu",)}


def contradictions(claims: Sequence[Claim]) -> Iterator[Doubt]:
    """Two versions of one project that can't both be the failing one's."""
    by_project: dict[str, list[Claim]] = {}
    for claim in claims:
        if not claim.aside and "." in claim.version:
            by_project.setdefault(claim.project, []).append(claim)
    for project, stated in by_project.items():
        for one, other in combinations(_distinct(stated), 2):
            if not agrees(_comparable(one), _comparable(other)):
                yield _contradiction(project, one, other)
                break


def _comparable(claim: Claim) -> str:
    """Of a Python the patch number says nothing to us."""
    parts = claim.version.split(".")
    return ".".join(parts[:2]) if claim.project == PYTHON else claim.version


def _contradiction(project: str, one: Claim, other: Claim) -> Doubt:
    kind = DoubtKind.CONTRADICTING_VERSIONS
    if project == PYTHON and Source.TRACEBACK in (one.source, other.source):
        kind = DoubtKind.TRACEBACK_CONTRADICTS
    text = (
        f"The text states {project} {one.version} (“{one.quote}”) and "
        f"{project} {other.version} (“{other.quote}”)."
    )
    return Doubt(kind=kind, text=text)


def _distinct(stated: Iterable[Claim]) -> list[Claim]:
    kept: dict[str, Claim] = {}
    for claim in stated:
        kept.setdefault(claim.version, claim)
    return list(kept.values())[:40]


def not_yet_released(
    choices: Mapping[str, Choice], catalogue: Catalogue, day: date | None
) -> Iterator[Doubt]:
    """Releases that the report names before they were uploaded."""
    if day is None:
        return
    for project, choice in choices.items():
        claimed = parse_version(choice.claim.version)
        if not choice.version or (claimed is not None and claimed.is_prerelease):
            continue
        release = catalogue.release(project, choice.version)
        if release is not None and release.uploaded > day:
            text = (
                f"{project} {choice.version} was first uploaded on {release.uploaded}, after the "
                f"report's date, {day}."
            )
            yield Doubt(kind=DoubtKind.NOT_YET_RELEASED, text=text)


def python_without_files(
    choices: Mapping[str, Choice], catalogue: Catalogue, python: str | None
) -> Iterator[Doubt]:
    """Claimed releases that have no file for the claimed Python, on any platform."""
    if python not in PYTHONS:
        return
    for project, choice in choices.items():
        releases = _files(catalogue, project, choice.version)
        if not releases or any(_for_python(release, python) for release in releases):
            continue
        fits = [each for each in PYTHONS if any(_for_python(release, each) for release in releases)]
        text = f"{project} {choice.version} has no file for Python {python}"
        text += f", only for {', '.join(fits)}." if fits else "."
        yield Doubt(kind=DoubtKind.OTHER, text=text)


def _files(catalogue: Catalogue, project: str, version: str) -> list[Release]:
    names = (project, *_STAND_INS.get(project, ()))
    found = [catalogue.release(name, version) for name in names if version]
    return [release for release in found if release is not None]


def _for_python(release: Release, python: str) -> bool:
    """Whether pip on Linux would take it, or it has a file for that Python on another system."""
    compact = python.replace(".", "")
    tags = (f"cp{compact}-", f".cp{compact}-", f"py{compact}-")
    return usable(release, python) or any(
        file.startswith(tags[0]) or tags[1] in f".{file}" or file.startswith(tags[2])
        for file in release.files
    )


def own_numbers(claims: Sequence[Claim], choices: Mapping[str, Choice]) -> Iterator[Doubt]:
    """TensorFlow's number for its own Keras, which is easily taken for a release of Keras."""
    tensorflow = choices.get("tensorflow")
    for version in dict.fromkeys(c.version for c in claims if c.project == TF_KERAS_VERSION):
        where = _TF_KERAS.get(version)
        of = f" of TensorFlow {where}" if where else ""
        text = f"{version} is the number{of} for its own tf.keras, not a release of Keras."
        if not where:
            text = f"{version} is what tf.keras says of itself, not a release of Keras."
        yield Doubt(kind=DoubtKind.OTHER, text=text)
        if where and tensorflow and not _in_range(tensorflow.version, where):
            text = f"tf.keras {version} is part of TensorFlow {where}, not of {tensorflow.version}."
            yield Doubt(kind=DoubtKind.CONTRADICTING_VERSIONS, text=text)


def _in_range(version: str, where: str) -> bool:
    """Whether a TensorFlow is one of "1.13 to 2.1" or "2.3 and 2.4"."""
    ends = [_minor(end) for end in where.split(" to ")]
    minor = _minor(version)
    return minor is None or (ends[0] or minor) <= minor <= (ends[-1] or minor)


def _minor(version: str) -> tuple[int, int] | None:
    parts = version.split(".")[:2]
    return (int(parts[0]), int(parts[1])) if all(p.isdigit() for p in parts) and parts[1:] else None
