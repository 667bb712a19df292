"""Evidence -> Situation: which releases, which Python, which backend, and how sure that is."""

from collections.abc import Mapping

from packaging.version import Version

from keras_matrix.evidence import Evidence
from keras_matrix.explaining.model import Situation
from keras_matrix.knowledge import Knowledge, KnownCell
from keras_matrix.releases import Catalogue, parse_version

FRAMEWORKS = ("tensorflow", "theano", "jax", "torch", "cntk")
_ORDER = ("keras", "tf-keras", *FRAMEWORKS)
_TENSORFLOW_IS_DEFAULT = Version("1.1")
"""The first Keras that takes TensorFlow where nothing is set."""


def situate(evidence: Evidence, knowledge: Knowledge, catalogue: Catalogue) -> Situation:
    """What is known of the user's combination."""
    versions: dict[str, str] = {}
    readings: list[str] = []
    for project in _ORDER:
        stated = evidence.versions.get(project)
        if stated is None:
            continue
        version = _release(project, stated, knowledge, catalogue)
        if version is None:
            readings.append(f"there is no {project} {stated}: it is left out")
            continue
        if Version(version) != Version(stated):
            readings.append(f"{project} {stated} read as {version}")
        versions[project] = version
    backend, why, sure = _backend(evidence, versions)
    return Situation(
        versions=versions,
        python=evidence.python,
        backend=backend,
        backend_why=why,
        backend_sure=sure,
        readings=tuple(readings),
    )


def _release(project: str, stated: str, knowledge: Knowledge, catalogue: Catalogue) -> str | None:
    """The release that a stated version means; "1.14" is one of 1.14's, a measured one first."""
    wanted = parse_version(stated)
    if wanted is None:
        return None
    if found := catalogue.release(project, stated):
        return found.version
    known = catalogue.versions(project)
    if not known or wanted < Version(known[0]) or wanted > Version(known[-1]):
        return str(wanted)
    series = [version for version in known if _within(version, wanted)]
    measured = {cell.installed.get(project) for cell in knowledge.measured}
    return next((v for v in reversed(series) if v in measured), series[-1] if series else None)


def _within(version: str, series: Version) -> bool:
    parsed = Version(version)
    return parsed.release[: len(series.release)] == series.release and not parsed.is_prerelease


def _backend(evidence: Evidence, versions: Mapping[str, str]) -> tuple[str, str, bool]:
    """(the active backend, how that is known, whether it is more than assumed)."""
    if evidence.backend is not None:
        return evidence.backend, "as the text says", True
    named = [name for name in FRAMEWORKS if name in versions]
    path = (evidence.error.path if evidence.error else None) or ""
    if path.startswith(("tensorflow", "tf_keras")):
        return "tensorflow", f"{path} has no other", True
    if len(named) == 1:
        return named[0], "the only framework that is named", True
    keras = versions.get("keras")
    if keras is not None and Version(keras) < _TENSORFLOW_IS_DEFAULT and "tensorflow" not in named:
        return "theano", "assumed: what Keras took by itself before 1.1", False
    return "tensorflow", "assumed: what Keras takes by itself", False


def measured(situation: Situation, knowledge: Knowledge) -> tuple[KnownCell, ...]:
    """The measured cells that have all these releases, on that Python if one is stated."""
    pins, python = situation.versions, situation.python
    return tuple(
        cell
        for cell in knowledge.measured
        if python in (None, cell.python)
        and all(cell.installed.get(name) == version for name, version in pins.items())
    )
