"""An error that was raised below Keras -> where the measurement raised exactly the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from keras_matrix.evidence import ErrorKind, ErrorSignature, normalise_message
from keras_matrix.knowledge import Complaint, Knowledge

_BY_DEFAULT = "by default: "
_ENOUGH = 40
"""So many characters must agree where a message was cut."""
_MISSING = {
    ErrorKind.NO_ATTRIBUTE: re.compile(
        r"(?:module '(?P<module>[\w.]+)'|'module' object) has no attribute '(?P<name>\w+)'"
    ),
    ErrorKind.CANNOT_IMPORT_NAME: re.compile(
        r"cannot import name '(?P<name>\w+)'(?: from '(?P<module>[\w.]+)')?"
    ),
    ErrorKind.NO_MODULE: re.compile(r"No module named '(?P<name>[\w.]+)'"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Echo:
    """One path, the names of it that raised the error (none: importing it did), and where."""

    path: str
    names: tuple[str, ...]
    cells: tuple[str, ...]
    detail: str

    @property
    def importing(self) -> bool:
        """Whether the path itself could not be imported for it."""
        return not self.names


def echoes(error: ErrorSignature, knowledge: Knowledge) -> tuple[Echo, ...]:
    """The measured failures with this very message, by path; imports first."""
    wanted = normalise_message(error.message)
    found: dict[tuple[str, bool], list[Complaint]] = {}
    for complaint in knowledge.complaints():
        if _same(error, wanted, complaint.detail):
            found.setdefault((complaint.path, complaint.name is None), []).append(complaint)
    return tuple(_echo(path, complaints) for (path, _), complaints in found.items())


def _echo(path: str, complaints: Sequence[Complaint]) -> Echo:
    return Echo(
        path=path,
        names=tuple(dict.fromkeys(one.name for one in complaints if one.name)),
        cells=tuple(dict.fromkeys(cell for one in complaints for cell in one.cells)),
        detail=complaints[0].detail,
    )


def _same(error: ErrorSignature, wanted: str, detail: str) -> bool:
    """Whether a measured reason is this error: the same name missing from the same module, where
    both tell the module (Python 2 doesn't); for other errors the same words."""
    said = detail.rpartition(_BY_DEFAULT)[2]
    exception, _, message = said.partition(": ")
    if error.kind is ErrorKind.OTHER:
        told = normalise_message(message or exception)
        return error.exception in (None, exception) and _begins(wanted, told)
    if error.name is None or error.name.rpartition(".")[2] not in message:
        return False
    found = _MISSING[error.kind].search(normalise_message(message))
    if found is None or found["name"] != error.name:
        return False
    module = found.groupdict().get("module")
    return error.kind is ErrorKind.NO_MODULE or None in (module, error.path) or module == error.path


def _begins(one: str, other: str) -> bool:
    """Whether they are the same but for quotes, or one is the long beginning of the other."""
    shorter, longer = sorted((one.replace("'", ""), other.replace("'", "")), key=len)
    whole = shorter == longer and bool(shorter)
    return whole or (len(shorter) >= _ENOUGH and longer.startswith(shorter))
