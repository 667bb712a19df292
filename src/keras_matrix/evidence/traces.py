"""What the files and lines of a traceback say of versions, and where that contradicts a claim."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from keras_matrix.evidence.model import Doubt, DoubtKind, ErrorSignature, Frame
from keras_matrix.releases import parse_version

_PACKAGES = r"(?:site|dist)-packages/(?:[^/]+\.egg/)?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clue:
    """What a file's path or a source line shows: releases of a project that have it."""

    pattern: re.Pattern[str]
    project: str
    releases: SpecifierSet
    shows: str


def _clue(pattern: str, project: str, releases: str, shows: str) -> Clue:
    return Clue(
        pattern=re.compile(pattern), project=project, releases=SpecifierSet(releases), shows=shows
    )


_FILES = (
    _clue(rf"{_PACKAGES}keras/backend/\w+_backend\.py", "keras", "<2.4", "Keras before 2.4 has"),
    _clue(rf"{_PACKAGES}keras/engine/topology\.py", "keras", ">=1.0,<2.3", "Keras 1.0 to 2.2 has"),
    _clue(
        rf"{_PACKAGES}keras/engine/base_layer\.py",
        "keras",
        ">=2.2,<2.13,!=2.4.*",
        "Keras 2.2 to 2.12 has",
    ),
    _clue(rf"{_PACKAGES}keras/src/", "keras", ">=2.13", "Keras 2.13 and newer has"),
    _clue(rf"{_PACKAGES}keras/api/_v[12]/", "keras", ">=2.6,<3", "Keras 2.6 to 2.15 has"),
    _clue(rf"{_PACKAGES}keras/_tf_keras/", "keras", ">=3", "Keras 3 has"),
    _clue(
        rf"{_PACKAGES}keras/utils/traceback_utils\.py",
        "keras",
        ">=2.7,<2.13",
        "Keras 2.7 to 2.12 has",
    ),
    _clue(
        rf"{_PACKAGES}tensorflow_core/", "tensorflow", ">=1.15,<2.2", "TensorFlow 1.15 to 2.1 has"
    ),
    _clue(rf"{_PACKAGES}tensorflow/contrib/", "tensorflow", "<2.0", "TensorFlow 1 has"),
)
_MODULES = (
    _clue(
        r"'tensorflow\._api\.v1\.", "tensorflow", ">=1.10,<2.0", "TensorFlow 1.10 to 1.14 calls it"
    ),
    _clue(r"'tensorflow_core\.", "tensorflow", ">=1.15,<2.2", "TensorFlow 1.15 to 2.1 calls it"),
    _clue(r"'keras\.api\._v[12]\.", "keras", ">=2.6,<3", "Keras 2.6 to 2.15 calls it"),
    _clue(r"'keras\.api\.(?!_v)", "keras", ">=3", "Keras 3 calls it"),
    _clue(r"'keras\._tf_keras\.", "keras", ">=3", "Keras 3 calls it"),
)
_GONE_FROM_2 = frozenset(
    "get_default_graph placeholder get_default_session Session ConfigProto GPUOptions "
    "global_variables_initializer reset_default_graph get_variable variable_scope InteractiveSession "
    "assign log to_float set_random_seed Print space_to_depth".split()
)
_TENSORFLOW_2 = SpecifierSet(">=2.0.0a0")


def trace_doubts(
    frames: Sequence[Frame],
    errors: Sequence[ErrorSignature],
    versions: Mapping[str, str],
    banner: str | None,
) -> Iterator[Doubt]:
    """Each way in which the traceback contradicts the versions to go by."""
    told: set[str] = set()
    files = [frame.file.replace("\\", "/") for frame in frames]
    for clue in _FILES:
        if (file := next((f for f in files if clue.pattern.search(f)), None)) is not None:
            yield from _against(clue, versions, f"the file {_tail(file)} is in the traceback")
    for clue in _MODULES:
        if any(clue.pattern.search(error.message) for error in errors):
            named = clue.pattern.pattern.strip("'").replace("\\", "").split("(")[0].rstrip(".")
            yield from _against(clue, versions, f"the message names {named}")
    yield from _removed(errors, versions)
    yield from _tf_keras(files, versions)
    if banner is not None and _outside(versions.get("keras"), SpecifierSet("<2.4")):
        keras = versions["keras"]
        if not _within(keras, ">=3"):
            told.add(banner)
            yield _doubt(
                f"“{banner[:60]}” was printed, as Keras before 2.4 and Keras 3 do, but Keras "
                f"{keras} is claimed."
            )


def _against(clue: Clue, versions: Mapping[str, str], seen: str) -> Iterator[Doubt]:
    version = versions.get(clue.project)
    if _outside(version, clue.releases):
        yield _doubt(f"{clue.project} {version} is claimed, but {seen}, which {clue.shows}.")


def _removed(errors: Sequence[ErrorSignature], versions: Mapping[str, str]) -> Iterator[Doubt]:
    for error in errors:
        missing = error.path == "tensorflow" and error.name in _GONE_FROM_2
        if missing and _outside(versions.get("tensorflow"), _TENSORFLOW_2):
            yield _doubt(
                f"tensorflow {versions['tensorflow']} is claimed, but it has "
                f"tf.{error.name}; only TensorFlow 2 lacks it."
            )
            return


def _tf_keras(files: Sequence[str], versions: Mapping[str, str]) -> Iterator[Doubt]:
    own = any(re.search(r"/tensorflow(?:_core)?/python/keras/", file) for file in files)
    standalone = any(re.search(rf"{_PACKAGES}keras/", file) for file in files)
    if own and not standalone and _outside(versions.get("keras"), SpecifierSet(">=2.4,<2.6")):
        yield _doubt(
            f"keras {versions['keras']} is claimed, but the traceback runs through "
            "tensorflow/python/keras alone: it is TensorFlow's own tf.keras that fails."
        )


def _outside(version: str | None, releases: SpecifierSet) -> bool:
    if not version or parse_version(version) is None:
        return False
    return not releases.contains(version, prereleases=True)


def _within(version: str, releases: str) -> bool:
    return SpecifierSet(releases).contains(version, prereleases=True)


def _tail(file: str) -> str:
    return re.split(r"(?:site|dist)-packages/", file)[-1][-80:]


def _doubt(text: str) -> Doubt:
    return Doubt(kind=DoubtKind.TRACEBACK_CONTRADICTS, text=text)
