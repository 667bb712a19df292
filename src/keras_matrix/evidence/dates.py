"""When the report was written, as far as the text tells."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
_MONTH = rf"({'|'.join(_NAMES)})[a-z]{{0,6}}\.?"
_ISO = re.compile(r"(?<![\d.-])((?:19|20)\d\d)[-/](\d{1,2})[-/](\d{1,2})(?!\d)")
_MONTH_FIRST = re.compile(
    rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? (?:'(\d\d)|((?:19|20)\d\d))\b", re.I
)
_DAY_FIRST = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH},? ((?:19|20)\d\d)\b", re.I
)
_OPENED = re.compile(
    r"\b(?:opened|asked|posted|reported|created|submitted|filed|date|description)\b", re.I
)
_SAID = re.compile(r"\b(?:commented|comment|answered|replied|edited|modified|wrote|closed)\b", re.I)
_LOG = re.compile(r"^(?:\[?[IWEF] )?\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
# Days of an interpreter's build, of a release, of a plan: none of them the report's.
_OTHER = re.compile(
    r"\(default,|\[GCC|\[Clang|\[MSC|built on|switch to|released?\b|deprecated|removed|after \d{4}"
    r"|nightly|\bdev\d|-wheel|copyright|license",
    re.I,
)
_FIRST = date(2015, 3, 27)
"""The day of the first Keras release: no report is older."""


def read_date(lines: Sequence[str], today: date | None) -> date | None:
    """The day of the report: of its opening, else of a comment, a log line, the one day named."""
    best: tuple[int, int, date] | None = None
    for number, line in enumerate(lines):
        if ("20" not in line and "'" not in line) or _OTHER.search(line):
            continue
        possible = (day for day in _days(line) if _FIRST <= day <= (today or date.max))
        if (first := next(possible, None)) is not None:
            found = _kind(line), number, first
            best = found if best is None or found[:2] < best[:2] else best
    return best[2] if best else None


def _kind(line: str) -> int:
    if _OPENED.search(line):
        return 0
    if _SAID.search(line):
        return 1
    return 2 if _LOG.match(line) else 3


def _days(line: str) -> Iterator[date]:
    for match in _ISO.finditer(line):
        yield from _day(match[1], int(match[2]), match[3])
    for match in _MONTH_FIRST.finditer(line):
        yield from _day(match[4] or f"20{match[3]}", _MONTHS[match[1].lower()], match[2])
    for match in _DAY_FIRST.finditer(line):
        yield from _day(match[3], _MONTHS[match[2].lower()], match[1])


def _day(year: str, month: int, day: str) -> Iterator[date]:
    try:
        yield date(int(year), month, int(day))
    except ValueError:
        return
