"""A package that isn't installed: Keras itself, or the framework that Keras was told to use."""

import difflib
from collections.abc import Iterator
from dataclasses import replace

from keras_matrix.causes import Cause
from keras_matrix.explaining import combinations
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.fitting import Works, fits
from keras_matrix.explaining.model import Certainty, Finding, Fix, Likely, Remedy
from keras_matrix.explaining.situation import FRAMEWORKS
from keras_matrix.knowledge import KnownCell
from keras_matrix.tables.eras import family_name
from keras_matrix.tables.states import State

_PROJECT = {"jaxlib": "jax"}
_KERAS = ("keras", "tf_keras")


def tell(case: Case) -> Told:
    """Why it is wanted, and what to install or to set."""
    package = case.path
    finding = Finding(
        certainty=Certainty.MEASURED,
        standing=None,
        why=f"the message itself says it: {package} can't be imported where this Python looks",
    )
    if package not in (*_KERAS, *_PROJECT, *FRAMEWORKS):
        return _no_backend(case, finding)
    if package in _KERAS:
        return Told(
            finding=finding,
            causes=tuple(_without_keras(package)),
            fixes=(*_tensorflows_own(case), *_installed(case, case.backend)),
        )
    backend = _PROJECT.get(package, package)
    return Told(
        finding=finding,
        causes=tuple(_without_framework(backend)),
        fixes=(*_others(case, backend), *_installed(case, backend)),
    )


def _no_backend(case: Case, finding: Finding) -> Told:
    """KERAS_BACKEND or keras.json names what is none."""
    near = difflib.get_close_matches(case.path, FRAMEWORKS, n=1)
    meant = f"; {near[0]} may be meant" if near else ""
    why = (
        f"{case.path} is no backend of any measured Keras: they are {', '.join(FRAMEWORKS)}{meant}"
    )
    return Told(finding=finding, causes=(Likely(cause=Cause.BACKEND, why=why),))


def _without_keras(package: str) -> Iterator[Likely]:
    yield Likely(
        cause=Cause.INSTALLS,
        why=f"{package} is not in the environment that runs, whatever is installed in others",
    )
    if package == "keras":
        yield Likely(
            cause=Cause.IMPORT_PATH, why="with TensorFlow alone, Keras is tensorflow.keras"
        )


def _without_framework(backend: str) -> Iterator[Likely]:
    name = family_name(backend)
    yield Likely(
        cause=Cause.BACKEND,
        why=f"Keras wants {name}: KERAS_BACKEND or keras.json says so, or it is what this Keras "
        "takes by itself",
    )
    yield Likely(
        cause=Cause.INSTALLS, why=f"{name} may be installed in another environment than this one"
    )


def _tensorflows_own(case: Case) -> Iterator[Fix]:
    """tensorflow.keras, in the nearest cell that has no Keras of its own."""

    def works(cell: KnownCell) -> str | None:
        state = case.knowledge.path_state(cell.id, "tensorflow.keras.backend")[0]
        alone = "keras" not in cell.pins and state is State.WORKS
        return "tensorflow.keras.backend can be imported there" if alone else None

    for fix in combinations.other_versions(_on_backend(case, "tensorflow"), works, most=1):
        yield replace(
            fix,
            remedy=Remedy.IMPORT,
            title="use tensorflow.keras",
            use="tensorflow.keras.backend",
            change=("- import keras", "+ from tensorflow import keras"),
            install=None,
        )


def _others(case: Case, backend: str) -> Iterator[Fix]:
    """A framework that the user does have, in the place of the absent one."""
    for other in FRAMEWORKS:
        if other != backend and other in case.situation.versions:
            absent = _on_backend(case, backend)
            if fix := combinations.other_backend(absent, _on(case, other)):
                yield fix


def _on(case: Case, backend: str) -> Works:
    def works(cell: KnownCell) -> str | None:
        state = case.knowledge.path_state(cell.id, "keras.backend")[0]
        there = cell.backend == backend and state is State.WORKS
        return f"keras.backend can be imported there, on {backend}" if there else None

    return works


def _installed(case: Case, backend: str) -> Iterator[Fix]:
    """The nearest combination that has the package, and whose releases fit."""
    there = _on_backend(case, backend)
    yield from combinations.other_versions(there, fits(case.knowledge), most=1)


def _on_backend(case: Case, backend: str) -> Case:
    return replace(case, situation=replace(case.situation, backend=backend))
