"""Notebooks -> one piece of Python, line by line traceable to its cell.

IPython's own syntax is taken out: lines that are magics, shell commands or questions become
``pass``, cells that are of another language become nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_OTHER_LANGUAGE = re.compile(
    r"\s*%%(?!time\b|timeit\b|capture\b|prun\b|debug\b|memit\b|mprun\b|lprun\b|snapshot\b)\w"
)
_TIMED = re.compile(r"(\s*)%{1,2}(?:time|timeit|prun|memit)\s+(?!-)(?=\S)")
_COMMAND = re.compile(r"(\s*)[%!?]|(\s*)[\w.]+\?{1,2}\s*$")
_CAPTURED = re.compile(r"(\s*\w[\w.,\s]*?=\s*)[!%]")
_TOKEN = re.compile(r"""'''|\"\"\"|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\#.*|[()\[\]{}]""")


class NotebookError(Exception):
    """No notebook, or none of Python; says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellLine:
    """Where one line comes from. ``shift`` is how many characters were taken out of its start."""

    cell: int
    line: int
    file_line: int | None
    shift: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Notebook:
    """The code of all cells; ``lines`` has an entry for each line of it."""

    code: str
    lines: Sequence[CellLine]


def read_notebook(data: bytes) -> Notebook:
    """Take a notebook apart, of any format from 3 on.

    Raises:
        NotebookError: it is no JSON, no notebook, or of another language.
    """
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotebookError(f"no notebook: {_json_error(error)}") from error
    cells = _cells(document)
    language = _language(document)
    if language not in ("python", "ipython", ""):
        raise NotebookError(f"a notebook of {language}, not of Python")
    finder = _LineFinder(text)
    code: list[str] = []
    lines: list[CellLine] = []
    for number, source in cells:
        foreign = bool(_OTHER_LANGUAGE.match(source.lstrip("\n")))
        statements = _Statements()
        for position, line in enumerate(source.split("\n"), start=1):
            plain, shift = ("", 0) if foreign else statements.python(line)
            code.append(plain)
            place = CellLine(
                cell=number, line=position, file_line=finder.line_of(line), shift=shift
            )
            lines.append(place)
    return Notebook(code="\n".join(code) + "\n", lines=lines)


def _json_error(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "nested too deeply"


def _cells(document: Any) -> list[tuple[int, str]]:
    """The code cells with their number among all cells, from 1."""
    if not isinstance(document, dict):
        raise NotebookError("no notebook: not a JSON object")
    cells = document.get("cells")
    if cells is None and isinstance(document.get("worksheets"), list):
        cells = [
            c for w in document["worksheets"] if isinstance(w, dict) for c in _list(w, "cells")
        ]
    if not isinstance(cells, list):
        raise NotebookError("no notebook: there are no cells in it")
    return list(_code(cells))


def _code(cells: Sequence[Any]) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(cells, start=1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            if isinstance(source, list):
                source = "".join(part for part in source if isinstance(part, str))
            yield number, source.replace("\r\n", "\n") if isinstance(source, str) else ""


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _language(document: Mapping[str, Any]) -> str:
    metadata = document.get("metadata")
    found = ""
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(key) if isinstance(metadata, dict) else None
        if not found and isinstance(part, dict) and isinstance(part.get(name), str):
            found = part[name]
    return found.lower()


class _Statements:
    """One cell's lines as Python: IPython's syntax counts only where a statement begins."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._goes_on = False
        self._command = False

    def python(self, line: str) -> tuple[str, int]:
        """One line, and how many characters are gone from its start."""
        inside = self._depth > 0 or bool(self._quote) or self._goes_on
        goes_on = line.rstrip().endswith("\\")
        if self._command and self._goes_on:
            self._goes_on = goes_on
            return "", 0
        self._command, self._goes_on = False, goes_on
        plain, shift = (line, 0) if inside else self._statement(line)
        self._follow(plain)
        return plain, shift

    def _statement(self, line: str) -> tuple[str, int]:
        timed = _TIMED.match(line)
        if timed is not None:
            return timed[1] + line[timed.end() :], timed.end() - len(timed[1])
        captured, command = _CAPTURED.match(line), _COMMAND.match(line)
        self._command = captured is not None or command is not None
        if captured is not None:
            return f"{captured[1]}None", 0
        if command is not None:
            return f"{command[1] or command[2] or ''}pass", 0
        return line, 0

    def _follow(self, line: str) -> None:
        """Which brackets and long strings are open at the end of a line."""
        position = 0
        while position < len(line):
            if self._quote:
                end = line.find(self._quote, position)
                if end < 0:
                    return
                position, self._quote = end + 3, ""
                continue
            token = _TOKEN.search(line, position)
            if token is None:
                return
            position = token.end()
            if token[0] in ("'''", '"""'):
                self._quote = token[0]
            elif token[0] in "([{":
                self._depth += 1
            elif token[0] in ")]}":
                self._depth = max(0, self._depth - 1)


class _LineFinder:
    """Where a notebook's file has a line of code: a JSON string of its own, in the same order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._line = 1
        self._lost = False

    def line_of(self, line: str) -> int | None:
        """The line of the file; None from where on the notebook is written in another way."""
        if line.strip() and not self._lost:
            found = min(self._candidates(line), default=None)
            self._lost = found is None
            if found is not None:
                self._line += self._text.count("\n", self._offset, found)
                self._offset = found + 1
        return None if self._lost else self._line

    def _candidates(self, line: str) -> Iterator[int]:
        plain, escaped = (json.dumps(line, ensure_ascii=each)[:-1] for each in (False, True))
        for start in {plain, escaped}:
            for end in ('\\n"', '"'):
                found = self._text.find(start + end, self._offset)
                if found >= 0:
                    yield found
