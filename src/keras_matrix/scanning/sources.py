"""A file's bytes -> source to read, with the way back from a place in it to line and column."""

import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from keras_matrix.scanning.files import shown
from keras_matrix.scanning.following.mentions import Span
from keras_matrix.scanning.notebooks import CellLine, Notebook, NotebookError, read_notebook

LARGEST = 5_000_000
LARGEST_NOTEBOOK = 50_000_000
"""Notebooks hold their pictures; their code counts as any other's."""

_WORDS = (b"keras", b"backend")


class UnreadableError(Exception):
    """A file that can't be read; says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A piece of a file: lines and columns from 1, columns in characters.

    In a notebook, ``line`` counts within the ``cell`` and ``file_line`` is the line of the file
    itself.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None
    file_line: int | None = None

    @property
    def text(self) -> str:
        """As people write it."""
        if self.cell is None:
            return f"{self.file}:{self.line}:{self.column}"
        return f"{self.file}: cell {self.cell}, line {self.line}"


@dataclass(frozen=True)
class Source:
    """One file's source, as UTF-8 with plain newlines where the file has old Mac ones.

    ``encoding`` is the file's own, None where the source can't be written back as it was: of a
    notebook, whose ``lines`` say where each comes from, and of old Mac files.
    """

    path: Path
    code: bytes
    encoding: str | None
    lines: Sequence[CellLine] = ()

    @property
    def shown(self) -> str:
        """The path for people."""
        return shown(self.path)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(b"\n", self.code))]

    def line(self, number: int) -> str:
        """A line's number for people; in a notebook with its cell."""
        if not self.lines:
            return str(number)
        line = self.lines[min(number, len(self.lines)) - 1]
        return f"{line.line} of cell {line.cell}"

    def written(self, span: Span) -> str:
        """The source of a piece."""
        return self.code[slice(*span)].decode("utf-8", "replace")

    def place(self, span: Span) -> Place:
        """Where a piece is."""
        (line, column), (end_line, end_column) = self._position(span[0]), self._position(span[1])
        if not self.lines:
            return Place(
                file=self.shown,
                line=line,
                column=column,
                end_line=end_line,
                end_column=end_column,
            )
        first = self.lines[min(line, len(self.lines)) - 1]
        last = self.lines[min(end_line, len(self.lines)) - 1]
        return Place(
            file=self.shown,
            line=first.line,
            column=column + first.shift,
            end_line=last.line,
            end_column=end_column + last.shift,
            cell=first.cell,
            file_line=first.file_line,
        )

    @cached_property
    def _counted(self) -> dict[int, tuple[int, int]]:
        """By line, up to which offset its characters were counted: lines may be megabytes long."""
        return {}

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        start, column = self._counted.get(line, (self._starts[line - 1], 1))
        if offset < start:
            start, column = self._starts[line - 1], 1
        column += len(self.code[start:offset].decode("utf-8", "replace"))
        self._counted[line] = (offset, column)
        return line, column


def speaks_of_keras(data: bytes) -> bool:
    """Whether a file could name a backend namespace at all."""
    return any(word in data for word in _WORDS)


def read_bytes(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        UnreadableError: it can't be opened, or is too large.
    """
    largest = LARGEST_NOTEBOOK if path.suffix.lower() == ".ipynb" else LARGEST
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise UnreadableError(error.strerror or type(error).__name__) from error
    if len(data) > largest:
        raise UnreadableError(f"larger than {largest // 1_000_000} MB")
    return data


def to_source(path: Path, data: bytes) -> Source:
    """Decode a Python file or take a notebook apart.

    Raises:
        UnreadableError: binary, undecodable, or no notebook of Python.
    """
    if path.suffix.lower() == ".ipynb":
        return _from_notebook(path, data)
    if b"\0" in data:
        raise UnreadableError("binary: there are zero bytes in it")
    encoding, text = _decode(data)
    code = text.encode("utf-8")
    returns = text.encode(encoding) == data
    if b"\n" not in code and b"\r" in code:
        code, returns = code.replace(b"\r", b"\n"), False
    return Source(path=path, code=code, encoding=encoding if returns else None)


def _decode(data: bytes) -> tuple[str, str]:
    """By the byte order mark or the coding line, as Python does."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise UnreadableError(f"undecodable: {_reason(error, data)}") from error
    try:
        return encoding, data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"undecodable: {_bad_byte(error, encoding, data)}") from error


def _reason(error: SyntaxError, data: bytes) -> str:
    """Only the first two lines were looked at."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as failed:
        if "invalid" in str(error.msg):
            return _bad_byte(failed, "utf-8", data)
    return str(error.msg)


def _bad_byte(error: UnicodeDecodeError, encoding: str, data: bytes) -> str:
    line = data.count(b"\n", 0, error.start) + 1
    declared = "no encoding declared, " if encoding == "utf-8" else ""
    return f"{declared}byte 0x{data[error.start]:02x} in line {line} is no {encoding}"


def _from_notebook(path: Path, data: bytes) -> Source:
    try:
        notebook: Notebook = read_notebook(data)
    except NotebookError as error:
        raise UnreadableError(str(error)) from error
    code = notebook.code.encode("utf-8", "replace")
    if len(code) > LARGEST:
        raise UnreadableError(f"larger than {LARGEST // 1_000_000} MB")
    return Source(path=path, code=code, encoding=None, lines=notebook.lines)
