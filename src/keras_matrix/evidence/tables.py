"""Versions in what tools print or read: pip freeze, pip list, conda, requirements, pip show."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from keras_matrix.evidence.asides import is_cure
from keras_matrix.evidence.model import Source
from keras_matrix.evidence.projects import VERSION, Stated, stated

_PACKAGE = r"[A-Za-z][\w.-]{0,60}?"
_ROW = re.compile(
    rf"^ {{0,8}}(?:[-*|`] {{0,4}})?['\"]?(?P<name>{_PACKAGE})(?:\[[\w,]{{0,40}}\])?['\"]?"
    r"(?P<between> {0,3}={1,3} {0,3}['\"]?(?:==)?| {0,3}\| {0,40}| {1,80}\(?)"
    rf"v?(?P<version>{VERSION})(?P<rest>[=);|,'\"` \\].*)?$"
)
_SEPARATOR = re.compile(r"^[-=|+ :`]{0,200}$")
_LISTED = re.compile(
    r"(?:pip3?|conda|mamba|poetry|uv)[\w -]{0,20} (?:list|freeze|export)|freeze"
    r"|(?:package|name|library|module)s?[ |]{1,40}version|packages in environment"
    r"|installed packages",
    re.I,
)
_REQUIRED = re.compile(r"require|setup\.py|environment\.ya?ml|pipfile|dockerfile", re.I)
_SHOWN_NAME = re.compile(r"^ {0,8}Name: ([A-Za-z][\w.-]{0,60})$")
_SHOWN_VERSION = re.compile(rf"^ {{0,8}}Version: ({VERSION})$")
_INSTALLER = re.compile(r"nstall|Requirement already| create |but you(?:'ll)? have")
_INSTALLED = re.compile(rf"(?<!\S)({_PACKAGE})-({VERSION})(?!\S)")
_SATISFIED = re.compile(
    rf"Requirement already (?:satisfied|up-to-date)[^:]{{0,60}}: ({_PACKAGE})"
    rf"(?:===?({VERSION}))?(?![\w.-])(?:.{{0,600}}\(({VERSION})\)$)?"
)
_CONFLICT = re.compile(
    rf"(?<!\S)({_PACKAGE}) ({VERSION}) (?:requires|has requirement) .{{1,200}}"
    rf"but you(?:'ll)? have ({_PACKAGE}) ({VERSION})(?![\w.]*\d)"
)
_COMMAND = re.compile(r"\b(?:pip[\d.]{0,4}|conda|mamba|uv)\b.{0,60}? (?:install|create|add) ")
_PINNED = re.compile(rf"(?<![\w.-])({_PACKAGE})(?:\[[\w,]{{0,40}}\])?={{1,3}}({VERSION})")
_LONG = 8
"""So many pinned rows in one run are what a tool printed, not what a person wrote."""


def listed(lines: Sequence[str]) -> Iterator[Stated]:
    """Every version in such a list."""
    for start, end in _runs(lines):
        source = _source(lines, start, end)
        for number in range(start, end):
            row = _ROW.match(lines[number])
            if row and source is not None:
                yield from stated(row["name"], row["version"], source, lines[number], number)
    for number, line in enumerate(lines):
        if "Name: " in line:
            yield from _shown(lines, number)
        elif _INSTALLER.search(line):
            yield from _installer(lines, number)


def _runs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(first, end) of each run of rows; one separator or blank line within belongs to it."""
    start: int | None = None
    end = 0
    for number, line in enumerate(lines):
        if _is_row(line):
            start = number if start is None else start
            end = number + 1
        elif start is not None and not (_SEPARATOR.match(line) and number == end):
            yield start, end
            start = None
    if start is not None:
        yield start, end


def _is_row(line: str) -> bool:
    row = _ROW.match(line) if len(line) <= 300 else None
    if row is None:
        return False
    rest = (row["rest"] or "").strip()
    if "=" in row["between"]:
        return not rest.strip("'\"`,)\\") or rest.startswith((";", "#", "=", "--"))
    return len(rest.split()) <= 5


def _source(lines: Sequence[str], start: int, end: int) -> Source | None:
    """What kind of list a run of rows is; None where it is no list but a sentence or two."""
    rows = [row for number in range(start, end) if (row := _ROW.match(lines[number]))]
    before = [line for line in lines[max(0, start - 5) : start] if line.strip()][-3:]
    if any(_LISTED.search(line) for line in before):
        return Source.FREEZE
    pinned = sum("=" in row["between"] for row in rows)
    if pinned and any(_REQUIRED.search(line) for line in before):
        return Source.REQUIREMENTS
    if pinned == len(rows):
        if len(rows) == 1 and " " in rows[0]["between"]:
            return None  # "keras = 2.2.4" is a sentence
        return Source.FREEZE if len(rows) >= _LONG else Source.REQUIREMENTS
    wide = sum(row["between"].startswith(("  ", " (")) or "|" in row["between"] for row in rows)
    return Source.FREEZE if len(rows) >= 3 and wide >= 2 else None


def _shown(lines: Sequence[str], number: int) -> Iterator[Stated]:
    """pip show, whose version is on the next line."""
    name = _SHOWN_NAME.match(lines[number])
    following = lines[number + 1] if number + 1 < len(lines) else ""
    version = _SHOWN_VERSION.match(following)
    if name and version:
        quote = f"Name: {name[1]}, Version: {version[1]}"
        yield from stated(name[1], version[1], Source.FREEZE, quote, number + 1)


def _installer(lines: Sequence[str], number: int) -> Iterator[Stated]:
    """What pip and conda were told, and what they said they did."""
    line = lines[number]
    if "Successfully installed" in line:
        for one in _INSTALLED.finditer(line):
            yield from stated(one[1], one[2], Source.FREEZE, f"installed {one[0]}", number)
    elif had := _SATISFIED.search(line):
        if version := had[3] or had[2]:
            yield from stated(had[1], version, Source.FREEZE, line, number)
    elif clash := _CONFLICT.search(line):
        for name, version in (clash.group(1, 2), clash.group(3, 4)):
            yield from stated(name, version, Source.FREEZE, line, number)
    elif command := _COMMAND.search(line):
        aside = is_cure(lines, number)
        for one in _PINNED.finditer(line, command.end()):
            for each in stated(one[1], one[2], Source.REQUIREMENTS, line, number):
                yield replace(each, claim=replace(each.claim, aside=aside))
