"""Versions in lists that tools print or read: pip freeze, pip list, conda, requirements, pip show."""

import re
from collections.abc import Iterator, Sequence

from keras_matrix.evidence.model import Source
from keras_matrix.evidence.projects import VERSION, Stated, stated

_ROW = re.compile(
    r"^ {0,8}(?:[-*|] {0,4})?['\"]?(?P<name>[A-Za-z][\w.-]{0,60}?)(?:\[[\w,]{0,40}\])?['\"]?"
    r"(?P<between> {0,3}={1,3} {0,3}['\"]?(?:==)?| {0,3}\| {0,40}| {1,80}\(?)"
    rf"v?(?P<version>{VERSION})(?P<rest>[=);|,'\" \\].*)?$"
)
_SEPARATOR = re.compile(r"^(?:[-=|+ :]{3,}|)$")
_LISTED = re.compile(
    r"(?:pip3?|conda|mamba|poetry|uv)[\w -]{0,20} (?:list|freeze|export)|freeze|^package +version"
    r"|name +version|packages in environment|installed packages|pip list|conda list",
    re.I,
)
_REQUIRED = re.compile(r"require|setup\.py|environment\.ya?ml|pipfile|dockerfile", re.I)
_SHOWN_NAME = re.compile(r"^ {0,8}Name: ([A-Za-z][\w.-]{0,60})$")
_SHOWN_VERSION = re.compile(rf"^ {{0,8}}Version: ({VERSION})$")
_INSTALLED = re.compile(r"Successfully installed (.{1,2000})$")
_INSTALLED_ONE = re.compile(rf"(?<!\S)([A-Za-z][\w.-]{{0,60}}?)-({VERSION})(?!\S)")
_SATISFIED = re.compile(
    r"Requirement already (?:satisfied|up-to-date)[^:]{0,60}: ([A-Za-z][\w.-]{0,60}?)"
    rf"(?:(?:===?({VERSION}))?[^\w.-].{{0,600}}?(?:\(({VERSION})\))?$)"
)
_COMMAND = re.compile(
    r"\b(?:pip[\d.]{0,4}|conda|mamba|uv)\b.{0,60}? (?:install|create|add) (.{1,1500})"
)
_COMMAND_ONE = re.compile(
    rf"(?<![\w.-])([A-Za-z][\w.-]{{0,60}}?)(?:\[[\w,]{{0,40}}\])?={{1,3}}({VERSION})"
)
_LONG = 8
"""So many pinned rows in one run are what a tool printed, not what a person wrote."""


def listed(lines: Sequence[str]) -> Iterator[Stated]:
    """Every version in such a list."""
    for start, end in _runs(lines):
        source = _source(lines, start, end)
        if source is None:
            continue
        for number in range(start, end):
            if row := _ROW.match(lines[number]):
                yield from _one(row["name"], row["version"], source, lines, number)
    for number, line in enumerate(lines):
        yield from _shown(lines, number, line)
        yield from _installer(lines, number, line)


def _one(
    name: str, version: str, source: Source, lines: Sequence[str], number: int
) -> Iterator[Stated]:
    if (found := stated(name, version, source, lines[number], number)) is not None:
        yield found


def _runs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(first, end) of each run of rows; separators within a run belong to it."""
    start: int | None = None
    end = 0
    for number, line in enumerate(lines):
        if _is_row(line):
            start = number if start is None else start
            end = number + 1
        elif start is not None and not (_SEPARATOR.match(line) and number - end < 2):
            yield start, end
            start = None
    if start is not None:
        yield start, end


def _is_row(line: str) -> bool:
    if len(line) > 300 or not line[-1:]:
        return False
    row = _ROW.match(line)
    return bool(row) and (len((row["rest"] or "").split()) <= 5 if row else False)


def _source(lines: Sequence[str], start: int, end: int) -> Source | None:
    """What kind of list a run of rows is; None where it is no list but a sentence or two."""
    rows = [row for number in range(start, end) if (row := _ROW.match(lines[number]))]
    before = [line for line in lines[max(0, start - 5) : start] if line.strip()][-3:]
    if any(_LISTED.search(line) for line in before):
        return Source.FREEZE
    pinned = sum("=" in row["between"] for row in rows)
    if any(_REQUIRED.search(line) for line in before) and pinned:
        return Source.REQUIREMENTS
    if pinned == len(rows):
        single = any("==" not in row["between"] for row in rows)
        if single and len(rows) < 2 and " " in rows[0]["between"]:
            return None  # "keras = 2.2.4" is a sentence
        return Source.FREEZE if len(rows) >= _LONG else Source.REQUIREMENTS
    wide = sum(row["between"].startswith(("  ", " (")) or "|" in row["between"] for row in rows)
    return Source.FREEZE if len(rows) >= 3 and wide >= 2 else None


def _shown(lines: Sequence[str], number: int, line: str) -> Iterator[Stated]:
    if "Name: " not in line or not (name := _SHOWN_NAME.match(line)):
        return
    for following in range(number + 1, min(number + 4, len(lines))):
        if version := _SHOWN_VERSION.match(lines[following]):
            quote = f"Name: {name[1]}, Version: {version[1]}"
            found = stated(name[1], version[1], Source.FREEZE, quote, following)
            if found is not None:
                yield found
            return


def _installer(lines: Sequence[str], number: int, line: str) -> Iterator[Stated]:
    """What pip and conda were told, and what they said they did."""
    if "Successfully installed" in line and (done := _INSTALLED.search(line)):
        for one in _INSTALLED_ONE.finditer(done[1]):
            found = stated(one[1], one[2], Source.FREEZE, f"installed {one[0]}", number)
            if found is not None:
                yield found
    elif "Requirement already" in line and (had := _SATISFIED.search(line)):
        if version := had[3] or had[2]:
            yield from _one(had[1], version, Source.FREEZE, lines, number)
    elif " install " in line or " create " in line:
        if command := _COMMAND.search(line):
            for one in _COMMAND_ONE.finditer(command[1]):
                yield from _one(one[1], one[2], Source.REQUIREMENTS, lines, number)
