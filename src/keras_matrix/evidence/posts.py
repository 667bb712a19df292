"""Who says what in a pasted thread: the report, and the comments and answers after it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_AUTHOR = r"@?(?P<author>[A-Za-z0-9][\w.-]{0,60}(?: [A-Z][\w.-]{0,40})?)"
_COMMENTS = (
    re.compile(rf"^ {{0,4}}(?:#+ )?{_AUTHOR} commented (?:on )?(?:[A-Z]?[a-z]+|\d|'|…)"),
    re.compile(rf"^ {{0,4}}{_AUTHOR} · (?:comment|review|review thread) · "),
    re.compile(rf"^ {{0,4}}{_AUTHOR} (?:answered|replied)(?: on| this|:|$| \w+ \d| \d)"),
    re.compile(r"^ {0,4}(?:#+ )?answered (?:[A-Z][a-z]{2} \d|\d)"),
    re.compile(
        r"^ {0,4}(?:#+ |\*\*)?(?:\d{1,3} )?(?:Answers?|Comments?|Accepted answer)(?:\*\*)?:?$"
    ),
)
_REPORTS = (
    re.compile(rf"^ {{0,4}}(?:#+ )?{_AUTHOR} (?:opened this (?:issue|pull)|· description · )"),
    re.compile(rf"^ {{0,4}}author:\s{{1,8}}{_AUTHOR}$"),
)
_LOOKALIKE = re.compile(r"comment|answer|replied|opened|author|· ", re.I)
_VOICE = re.compile(
    r"\b(?:same|me too|also (?:get|got|have|face|facing|seeing)|i(?:'m| am)|i (?:get|got|have|use)"
    r"|my|still|error|facing|experiencing|encounter)",
    re.I,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One comment or answer: its lines (first, end), and whether it tells of an own environment."""

    first: int
    end: int
    reports: bool


def comments(lines: Sequence[str]) -> tuple[Post, ...]:
    """Every comment or answer, in order; what comes before the first is the report."""
    reporter: str | None = None
    starts: list[tuple[int, str | None]] = []
    for number, line in enumerate(lines):
        if len(line) > 200 or not _LOOKALIKE.search(line):
            continue
        if reporter is None and (found := _first(_REPORTS, line)):
            reporter = found["author"]
        elif found := _first(_COMMENTS, line):
            starts.append((number, found.groupdict().get("author")))
    starts.append((len(lines), None))
    return tuple(
        Post(
            first=first,
            end=end,
            reports=_reports(lines[first:end]) or (author is not None and author == reporter),
        )
        for (first, author), (end, _) in pairwise(starts)
    )


def _first(patterns: Sequence[re.Pattern[str]], line: str) -> re.Match[str] | None:
    return next((found for each in patterns if (found := each.match(line))), None)


def _reports(lines: Sequence[str]) -> bool:
    """Whether the author speaks of an environment of their own, not of what to do."""
    return any(_VOICE.search(line) for line in lines[1:])
