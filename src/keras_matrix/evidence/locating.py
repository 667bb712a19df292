"""Where a name was missed, when the message doesn't say: by its traceback's lines, else the code.

Python 2 says "'module' object has no attribute", "cannot import name" and the last part of a
module's name only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from keras_matrix.evidence.imports import (
    Aliases,
    habits,
    import_source,
    module_of,
    resolve,
    without_prompt,
)
from keras_matrix.evidence.model import ErrorKind, ErrorSignature
from keras_matrix.evidence.names import normalise_path

_OF_A_MODULE = ("'module' object", "'function' object")
_BACKEND = "keras.backend"
_OWN_MODULES = ("tensorflow_backend", "theano_backend", "cntk_backend")
"""Modules of keras.backend whose names nothing else has."""


def located(error: ErrorSignature, lines: Sequence[str], known: Aliases) -> ErrorSignature:
    """The error with its namespace, where the text makes that sure."""
    if error.kind is ErrorKind.NO_MODULE:
        return _module(error, lines)
    if error.path is not None or error.name is None:
        return error
    if error.kind is ErrorKind.CANNOT_IMPORT_NAME:
        return replace(error, path=_source(error, error.name, lines))
    unnamed = error.message.startswith("K ") or any(w in error.message for w in _OF_A_MODULE)
    return replace(error, path=_owner(error, error.name, lines, known)) if unnamed else error


def _module(error: ErrorSignature, lines: Sequence[str]) -> ErrorSignature:
    name = error.name
    if name not in _OWN_MODULES or f"'{name}'" in error.message:
        return error  # Python 3 quotes the whole name
    wanted = re.compile(rf"(\.{{0,3}}(?:[A-Za-z_]\w{{0,60}}\.){{0,8}}){name}\b")
    shown = [
        (found[1], frame.file)
        for frame in reversed(error.frames)
        if frame.code and (found := wanted.search(frame.code))
    ]
    if shown and shown[0][0].startswith(".") and module_of(shown[0][1]) is None:
        return error  # a package of the user's own
    sources = shown[:1] or [(found[1], "") for line in lines if (found := wanted.search(line))]
    parents = {normalise_path(source.strip(".")) for source, _ in sources} - {""}
    parent = parents.pop() if len(parents) == 1 else _BACKEND
    return replace(error, path=parent, name=f"{parent}.{name}")


def _source(error: ErrorSignature, name: str, lines: Sequence[str]) -> str | None:
    """The module that the name was to be imported from."""
    for frame in reversed(error.frames):
        if frame.code and (source := import_source(frame.code, name, frame.file)):
            return source
    return _only(source for line in lines if (source := import_source(line, name, None)))


def _owner(error: ErrorSignature, name: str, lines: Sequence[str], known: Aliases) -> str | None:
    """The module whose attribute was asked for: of the innermost frame, else of all the code."""
    wanted = re.compile(rf"(?<![\w.])([A-Za-z_][\w.]{{0,200}})\.{re.escape(name)}\b")
    for frame in reversed(error.frames):
        if frame.code and (found := wanted.search(frame.code)):
            return _resolved(found[1], {**known, **habits(frame.file)})
    if error.frames and error.frames[-1].code:
        return None
    return _only(
        owner
        for line in lines
        if (found := wanted.search(without_prompt(line)))
        if (owner := _resolved(found[1], known))
    )


def _resolved(expression: str, known: Aliases) -> str | None:
    path = resolve(expression, known)
    if path is not None and path.endswith(".backend.backend"):
        return path.removesuffix(".backend")  # a function; its module was meant
    return path


def _only(found: Iterator[str]) -> str | None:
    """The one answer that all give, None where they differ."""
    answers = set(found)
    return answers.pop() if len(answers) == 1 else None
