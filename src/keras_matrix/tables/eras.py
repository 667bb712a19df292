"""Which era a cell belongs to, which release axis an import path runs over, and how both sort.

Everything is derived from pins by fixed rules, so that a table has the same columns in the same
order whoever renders it.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version


class Era(StrEnum):
    """The column groups, in the order in which a table shows them."""

    THEANO = "theano"
    TENSORFLOW_1 = "tensorflow-1"
    TRANSITION = "transition"
    TENSORFLOW_2_EARLY = "tensorflow-2-early"
    LOCKED = "locked"
    KERAS_3_TENSORFLOW = "keras-3-tensorflow"
    KERAS_3_JAX = "keras-3-jax"
    KERAS_3_TORCH = "keras-3-torch"
    TF_KERAS = "tf-keras"
    CNTK = "cntk"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The heading of the column group."""
        return _LABELS[self]


_LABELS = {
    Era.THEANO: "Theano",
    Era.TENSORFLOW_1: "TensorFlow 0.12 and 1.x",
    Era.TRANSITION: "Transition: TensorFlow 1.14–2.1",
    Era.TENSORFLOW_2_EARLY: "TensorFlow 2.2–2.5",
    Era.LOCKED: "Locked years: TensorFlow 2.6–2.15",
    Era.KERAS_3_TENSORFLOW: "Keras 3 on TensorFlow",
    Era.KERAS_3_JAX: "Keras 3 on JAX",
    Era.KERAS_3_TORCH: "Keras 3 on PyTorch",
    Era.TF_KERAS: "tf-keras",
    Era.CNTK: "CNTK",
    Era.OTHER: "Other combinations",
}

_FAMILIES = {
    "tensorflow": "TensorFlow",
    "theano": "Theano",
    "jax": "JAX",
    "torch": "PyTorch",
    "cntk": "CNTK",
}

_PROJECTS = {"keras": "Keras", "tf-keras": "tf-keras", **_FAMILIES}


def family_name(backend: str) -> str:
    """A backend's name as people write it; unknown ones as they are."""
    return _FAMILIES.get(backend, backend)


def project_name(project: str) -> str:
    """A project's name as people write it; unknown ones as they are."""
    return _PROJECTS.get(project, project)


def axis_of(path: str) -> str:
    """The project over whose releases an import path's support ranges run."""
    match path.split(".", maxsplit=1)[0]:
        case "tensorflow":
            return "tensorflow"
        case "tf_keras":
            return "tf-keras"
        case _:
            return "keras"


def pins_of(pins: Mapping[str, str]) -> dict[str, str]:
    """The pins under their normalised names ("tf_keras" and "tf-keras" are one project)."""
    return {str(canonicalize_name(name)): version for name, version in pins.items()}


def era_of(pins: Mapping[str, str], backend: str) -> Era:
    """The era of a cell, from its pins and its active backend alone."""
    known = pins_of(pins)
    keras = _release(known.get("keras"))
    if "tf-keras" in known:
        return Era.TF_KERAS
    if backend == "theano":
        return Era.THEANO
    if backend == "cntk":
        return Era.CNTK
    if backend == "jax" and (not keras or keras >= (3,)):
        return Era.KERAS_3_JAX
    if backend == "torch" and (not keras or keras >= (3,)):
        return Era.KERAS_3_TORCH
    if backend == "tensorflow":
        return _tensorflow_era(keras, _release(known.get("tensorflow")))
    return Era.OTHER


def _tensorflow_era(keras: tuple[int, ...], tensorflow: tuple[int, ...]) -> Era:
    """``()`` stands for a version that is not pinned."""
    if keras >= (3,) or (not keras and tensorflow >= (2, 16)):
        return Era.KERAS_3_TENSORFLOW
    if not tensorflow or tensorflow >= (2, 16):
        return Era.OTHER
    if tensorflow >= (2, 6):
        return Era.LOCKED
    if tensorflow >= (2, 2):
        return Era.TENSORFLOW_2_EARLY
    # Keras before 2.2 knew nothing of TensorFlow 2: on 1.14 and 1.15 it still lives in the old era.
    if tensorflow < (1, 14) or (tensorflow < (2,) and () < keras < (2, 2)):
        return Era.TENSORFLOW_1
    return Era.TRANSITION


def _release(version: str | None) -> tuple[int, ...]:
    return version_key(version).release if version else ()


@cache
def version_key(version: str) -> Version:
    """The version to sort by; one that packaging rejects counts by the numbers in it."""
    try:
        return Version(version)
    except InvalidVersion:
        return Version(".".join(re.findall(r"\d+", version)) or "0")


def column_key(pins: Mapping[str, str], backend: str, python: str) -> tuple[object, ...]:
    """Sorts cells: era, keras, the backend's version, Python, every other pin."""
    known = pins_of(pins)
    order = list(Era).index(era_of(pins, backend))
    absent = Version("0")
    keras = version_key(known["keras"]) if "keras" in known else absent
    on = version_key(known[backend]) if backend in known else absent
    rest = tuple((name, version_key(known[name])) for name in sorted(known))
    return (order, keras, on, version_key(python), rest)
