"""The smallest code that should raise a report's error, made from the error. Pure."""

import re

from keras_matrix.evidence.model import ErrorKind, ErrorSignature
from keras_matrix.reproducing.model import Origin, Snippet

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def minimal(error: ErrorSignature) -> Snippet | None:
    """The snippet; None where the error doesn't say what was asked for, or of whom."""
    code = _code(error)
    return Snippet(code=f"{code}\n".encode(), origin=Origin.MADE) if code else None


def _code(error: ErrorSignature) -> str | None:
    path, name = error.path, error.name
    # A name from a stranger's text ends up in code: nothing but identifiers gets there.
    if not all(_DOTTED.fullmatch(text) for text in (path, name) if text is not None):
        return None
    match error.kind:
        case ErrorKind.NO_ATTRIBUTE if path and name:
            return _attribute(path, name)
        case ErrorKind.CANNOT_IMPORT_NAME if path and name:
            return f"from {path} import {name}"
        case ErrorKind.NO_MODULE if name:
            return f"import {name}"
        case _:
            return None


def _attribute(path: str, name: str) -> str:
    """``from … import`` finds modules that are loaded lazily, which ``import a.b`` does not."""
    parent, _, last = path.rpartition(".")
    if not parent:
        return f"import {last}\n{last}.{name}"
    local = "K" if last == "backend" else last
    imported = last if local == last else f"{last} as {local}"
    return f"from {parent} import {imported}\n{local}.{name}"
