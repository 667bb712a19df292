"""The error -> what to look up: a name, an import path, or something raised below Keras."""

import difflib
import re
from collections.abc import Iterable, Iterator

from keras_matrix.evidence import ErrorKind, ErrorSignature, Evidence
from keras_matrix.explaining.echoes import echoes
from keras_matrix.explaining.model import Subject, Topic
from keras_matrix.knowledge import Knowledge

_DEFAULT = "keras.backend"
_PACKAGES = frozenset(
    ("keras", "tensorflow", "theano", "jax", "jaxlib", "torch", "cntk", "tf_keras")
)
_BACKEND_FILE = re.compile(r"keras[\\/](?:src[\\/])?backend[\\/]\w*|\w+_backend\.py")
_OBJECT = re.compile(r"^'(?!module'|function')(\w+)' object")
_NO_BACKEND = re.compile(r"Unable to import backend ?: ?'?(\w{1,30})")
_CLOSE = 0.6


def subject_of(evidence: Evidence, knowledge: Knowledge) -> Subject:
    """What the error to explain is about."""
    error = evidence.error
    if error is None:
        return Subject(topic=Topic.NOTHING)
    if asked := _NO_BACKEND.search(error.message):
        return Subject(topic=Topic.FRAMEWORK, path=asked[1])
    if error.name is None or error.kind is ErrorKind.OTHER:
        return Subject(topic=Topic.INSIDE)
    if error.kind is ErrorKind.NO_MODULE:
        return _of_module(error.name, evidence, knowledge)
    if _OBJECT.match(error.message):
        return Subject(topic=Topic.OUTSIDE, name=error.name)
    if error.path is None:
        return _unplaced(error, evidence, knowledge)
    if error.path in knowledge.paths:
        return _of_name(error.path, error.name, evidence, knowledge)
    if _leads_to(f"{error.path}.{error.name}", evidence, knowledge):
        return _of_name(error.path, error.name, evidence, knowledge)
    keras = error.path.partition(".")[0] in ("keras", "keras_core", "tf_keras")
    known = keras and is_known(knowledge, error.name)
    return Subject(topic=Topic.OUTSIDE if known else Topic.INSIDE, path=error.path, name=error.name)


def _of_name(path: str, name: str, evidence: Evidence, knowledge: Knowledge) -> Subject:
    """A name of a path, which may be an import path itself."""
    whole = _leads_to(f"{path}.{name}", evidence, knowledge)
    if whole is not None:
        return Subject(topic=Topic.PATH, path=whole, name=_wanted(whole, evidence, knowledge))
    return Subject(topic=Topic.ATTRIBUTE, path=path, name=name)


def _unplaced(error: ErrorSignature, evidence: Evidence, knowledge: Knowledge) -> Subject:
    """The message names no module: the place where it was raised tells, else it is assumed."""
    name = error.name or ""
    if error.frames and _BACKEND_FILE.search(error.frames[-1].file):
        return Subject(topic=Topic.INSIDE, name=name)
    if not any(name in line for line in _lines(evidence)) and echoes(error, knowledge):
        return Subject(topic=Topic.INSIDE, name=name)
    if not is_known(knowledge, name):
        return Subject(topic=Topic.INSIDE, name=name)
    return Subject(
        topic=Topic.ATTRIBUTE,
        path=_DEFAULT,
        name=name,
        note=f"the message names no module: {_DEFAULT} is assumed, which has had this name",
    )


def _of_module(name: str, evidence: Evidence, knowledge: Knowledge) -> Subject:
    """A module that isn't there."""
    if name in _PACKAGES:
        return Subject(topic=Topic.FRAMEWORK, path=name)
    whole = _leads_to(name, evidence, knowledge)
    if whole is not None:
        return Subject(topic=Topic.PATH, path=whole, name=_wanted(whole, evidence, knowledge))
    path, _, last = name.rpartition(".")
    if path in knowledge.paths and is_known(knowledge, last):
        return Subject(topic=Topic.ATTRIBUTE, path=path, name=last)
    return Subject(topic=Topic.INSIDE, path=name)


def _leads_to(dotted: str, evidence: Evidence, knowledge: Knowledge) -> str | None:
    """The import path that can't be reached without this module: as the code has it, else the
    shortest one."""
    through = [p for p in knowledge.paths if p == dotted or p.startswith(f"{dotted}.")]
    shown = [path for path in through if any(path in line for line in _lines(evidence))]
    return max(shown, key=len) if shown else min(through, key=len, default=None)


def _wanted(path: str, evidence: Evidence, knowledge: Knowledge) -> str | None:
    """The one name that the code takes from the path."""
    last = path.rpartition(".")[2]
    pattern = re.compile(
        rf"{re.escape(path)}\s+import\s+(\w+)|\b{re.escape(last)}\.(\w+)|\bK\.{last}\.(\w+)"
    )
    names = {
        next(filter(None, found.groups()))
        for line in _lines(evidence)
        for found in pattern.finditer(line)
    }
    known = {name for name in names if is_known(knowledge, name)}
    return known.pop() if len(known) == 1 else None


def _lines(evidence: Evidence) -> Iterator[str]:
    if evidence.error is not None:
        yield from (frame.code for frame in evidence.error.frames if frame.code)
    for block in evidence.code:
        yield from block.splitlines()


def is_known(knowledge: Knowledge, name: str) -> bool:
    """Whether the table knows that name, or what a private one may be called in public."""
    return any(knowledge.is_known(each) for each in (name, *public_twins(name)))


def public_twins(name: str) -> tuple[str, ...]:
    """What a private name may be called in public: ``_set_session``, ``_BACKEND``."""
    if not name.startswith("_"):
        return ()
    return tuple(dict.fromkeys((name.lstrip("_"), name.lstrip("_").lower())))


def similar(name: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Names that exist and are spelt like it, the likeliest first."""
    known = {each for path in knowledge.paths for each in knowledge.names(path)}
    by_lower: dict[str, str] = {}
    for each in sorted(known):
        by_lower.setdefault(each.lower(), each)
    found: Iterable[str] = difflib.get_close_matches(
        name.lower(), list(by_lower), n=4, cutoff=_CLOSE
    )
    return tuple(by_lower[each] for each in found)
