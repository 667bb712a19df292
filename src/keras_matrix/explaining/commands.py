"""The ``keras-matrix reproduce`` command that shows the error, or its absence, in a sandbox."""

import shlex
from collections.abc import Mapping

from keras_matrix.evidence import ErrorKind, ErrorSignature
from keras_matrix.explaining import combinations
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.model import Standing, Topic
from keras_matrix.explaining.situation import FRAMEWORKS
from keras_matrix.knowledge import KnownCell

_LONGEST = 200
_OPTIONS = ("keras", "tf-keras", *FRAMEWORKS)
_SHOWS = (Standing.ABSENT, Standing.UNIMPORTABLE, Standing.FAILING)


def reproduce(case: Case, told: Told, error: ErrorSignature) -> str | None:
    """For the user's releases; where none are stated, for a measured cell that shows the error."""
    versions: Mapping[str, str] = case.situation.versions
    python = None if case.situation.impossible else case.situation.python
    if not versions:
        cell = _example(case, told)
        if cell is None:
            return None
        versions, python = cell.pins, cell.python
    words = ["keras-matrix reproduce"]
    words += [f"--{project} {versions[project]}" for project in _OPTIONS if project in versions]
    if python is not None:
        words.append(f"--python {python}")
    backend = case.situation.backend
    if backend in FRAMEWORKS and backend not in (*versions, "tensorflow"):
        words.append(f"--backend {backend}")
    if told.call is not None:
        words.append(f"-c {quoted(told.call)}")
    return " ".join([*words, f"--expect {quoted(_expected(case, error))}"])


def quoted(text: str) -> str:
    """For a shell, in double quotes where that reads better than the single ones."""
    plain = not any(letter in text for letter in '"$`\\!\n')
    return f'"{text}"' if plain and "'" in text else shlex.quote(text)


def _example(case: Case, told: Told) -> KnownCell | None:
    """A measured cell that shows the error."""
    shown = {witness.cell for witness in told.finding.witnesses if witness.standing in _SHOWS}
    if not shown and case.subject.topic in (Topic.ATTRIBUTE, Topic.PATH):
        shown = {cell.id for cell in case.knowledge.measured if case.is_gone(cell)}
    cells = [cell for cell in case.knowledge.measured if cell.id in shown]
    return combinations.example(case, cells)


def _expected(case: Case, error: ErrorSignature) -> str:
    """The message as it is raised; from it ``reproduce`` makes the code where none is given."""
    path = error.path or case.subject.path
    match error.kind:
        case ErrorKind.NO_ATTRIBUTE:
            tail = f"has no attribute '{error.name}'"
            return f"module '{path}' {tail}" if path else tail
        case ErrorKind.CANNOT_IMPORT_NAME:
            return f"cannot import name '{error.name}'" + (f" from '{path}'" if path else "")
        case ErrorKind.NO_MODULE:
            return f"No module named '{error.name}'"
        case ErrorKind.OTHER:
            return error.message[:_LONGEST]
