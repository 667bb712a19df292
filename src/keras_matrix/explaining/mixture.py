"""A package whose own file misses what is its own: files of two releases lie in one folder.

No release of a framework asks itself for what it hasn't got, so that there is no code to change:
what pip left of one release has to go before another is installed.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from keras_matrix.causes import Cause
from keras_matrix.evidence import ErrorKind
from keras_matrix.evidence.imports import module_of, package_of
from keras_matrix.explaining import combinations
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.fitting import fits
from keras_matrix.explaining.model import Certainty, Finding, Fix, Likely
from keras_matrix.tables.eras import project_name

_OWNERS = {
    "keras": "keras keras-nightly",
    "tf_keras": "tf-keras tf-keras-nightly",
    "tensorflow": "tensorflow tensorflow-cpu tensorflow-gpu tf-nightly",
}
"""What puts files into the folder of a package."""
_CIRCULAR = "partially initialized module"


def is_mixed(case: Case) -> bool:
    """Whether the innermost line is a package's own, and asks that package for the name.

    Of a Keras on Theano or CNTK nothing is said: it does ask its backend for what only another
    one has.
    """
    error = case.evidence.error
    if error is None or not error.frames or error.name is None or error.kind is ErrorKind.OTHER:
        return False
    frame = error.frames[-1]
    owner = package_of(frame.file)
    asked = (error.name if error.kind is ErrorKind.NO_MODULE else error.path) or ""
    name = re.escape(error.name.rpartition(".")[2])
    return (
        owner in _OWNERS
        and owner == asked.partition(".")[0]
        and case.backend not in ("theano", "cntk")
        and re.search(rf"\b{name}\b", frame.code or "") is not None
        and _CIRCULAR not in error.message
    )


def told_of(case: Case, told: Told) -> Told:
    """The mixture as the first cause; of the fixes those that install something."""
    error = case.evidence.error
    assert error is not None
    file = error.frames[-1].file.replace("\\", "/")
    inside = (module_of(file) or "").replace(".", "/")
    owner = inside.partition("/")[0]
    start = file.rindex(f"/{inside}.") + 1
    folder, inner = f"{file[:start]}{owner}", file[start:]
    why = (
        f"{inner} asks its own package for {error.name}, and no release asks itself for what it "
        f"hasn't got: {folder} holds files of two releases of {project_name(owner)}"
    )
    finding = told.finding
    if finding.standing is None:
        finding = Finding(
            certainty=Certainty.INFERRED, standing=None, why="the traceback itself says it"
        )
    fixes: dict[str | None, Fix] = {}
    for fix in (*_clean(case, owner, folder), *told.fixes):
        if fix.install:
            fixes.setdefault(fix.install, fix)
    return replace(
        told,
        finding=finding,
        causes=(Likely(cause=Cause.INSTALLS, why=why), *told.causes),
        fixes=tuple(fixes.values()),
    )


def _clean(case: Case, owner: str, folder: str) -> Iterator[Fix]:
    """The nearest combination whose releases fit, once nothing of the others is left."""
    first = (
        f"before: pip uninstall -y {_OWNERS[owner]}, until it finds none of them, and delete "
        f"{folder} if it is still there; or install it into a new environment "
        "(`keras-matrix doctor --python PYTHON` names what shares the folder)"
    )
    for fix in combinations.other_versions(case, fits(case.knowledge), most=1):
        yield replace(fix, notes=(first, *fix.notes))
