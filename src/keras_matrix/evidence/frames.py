"""Tracebacks of every kind of interpreter -> frames, and the exception line that they end with."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keras_matrix.evidence.model import Frame

HEADLINE = re.compile(r"Traceback \(most recent call last")
_FUNCTION = r"(?P<function>[\w<>.]{1,100}(?: line: ?\d{1,7}>)?)"
_FILE = r"(?P<file>(?:[A-Za-z]:)?[^\s:;,'\"|()<>][^:;,'\"|()<>]{0,300}\.py[cx]?)"
_CPYTHON = re.compile(
    rf'File ?"(?P<file>[^"]{{1,400}})", ?line (?P<line>\d{{1,7}})(?:, ?in {_FUNCTION})?'
)
_IPYTHON = re.compile(
    rf"^ {{0,4}}(?:{_FILE}|(?P<cell><ipython-input-[^<>]{{1,60}}>)) in {_FUNCTION}(?:\(|$)"
)
_IPYTHON_8 = re.compile(
    rf"^ {{0,4}}(?:File )?(?:{_FILE}:(?P<line>\d{{1,7}})"
    rf"|(?P<cell>(?:Cell |Input )?In ?\[\d{{1,5}}\])(?:, line (?P<cell_line>\d{{1,7}}))?)"
    rf",? in {_FUNCTION}"
)
_CELL = re.compile(r"^ {0,4}(?P<cell>Cell In ?\[\d{1,5}\]), line (?P<line>\d{1,7})$")
_PYTEST = re.compile(
    rf"^ {{0,4}}{_FILE}:(?P<line>\d{{1,7}}): "
    rf"(?:in {_FUNCTION}|[A-Za-z_][\w.]{{0,100}}(?:Error|Exception))$"
)
_ARROW = re.compile(r"^ {0,8}-{1,8}> ?(\d{1,7}) ?(.*)$")
_CARETS = re.compile(r"^[ ^~]{1,400}$")
_PYTEST_CODE = re.compile(r"^> {1,40}(\S.*)$")
_NAMES = ("Error", "Exception", "Interrupt", "Exit", "Failure")
_EXCEPTION = re.compile(
    r"^[ #*`_>-]{0,14}(?:E {1,7})?"
    rf"(?P<name>(?:[A-Za-z_]\w{{0,60}}\.){{0,8}}[A-Za-z_]\w{{0,60}}?(?:{'|'.join(_NAMES)}))"
    r"(?: ?: ?(?P<message>.*)| {10,}Traceback.*|[`* ]*)$"
)
_WITHIN = re.compile(r"\b(?P<name>[A-Z]\w{0,60}?(?:Error|Exception)) ?: (?P<message>\S.*)$")
_MARKS = " `*_"
_REACH = 60
"""A traceback goes on, or ends, within so many lines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """An exception line, with the frames of the traceback that it ends.

    ``line`` is its place in the text. ``exception`` is None for a traceback without its end.
    """

    exception: str | None
    message: str
    line: int
    frames: tuple[Frame, ...] = ()


def raised(lines: Sequence[str]) -> Iterator[Raised]:
    """Every exception line and every traceback of the text, in its order."""
    frames: list[Frame] = []
    last = 0
    for number, line in enumerate(lines):
        headline = HEADLINE.search(line)
        if frames and (headline or number - last > _REACH):
            yield Raised(exception=None, message="", line=last, frames=tuple(frames))
            frames = []
        frame = _frame(lines, number)
        if frame is not None:
            frames.append(frame)
            last = number
        ended = _ending(line, within=frame is None and bool(frames))
        if ended is None or headline or _has_headline(lines, number, ended[1]):
            continue
        yield Raised(exception=ended[0], message=ended[1], line=number, frames=tuple(frames))
        frames = []
    if frames:
        yield Raised(exception=None, message="", line=last, frames=tuple(frames))


def is_traceback_line(line: str) -> bool:
    """Whether no program has such a line: a frame, a headline, an arrow, an exception."""
    return bool(
        HEADLINE.search(line) or _match(line) or _ARROW.match(line) or _ending(line, within=False)
    )


def _has_headline(lines: Sequence[str], number: int, message: str) -> bool:
    """Whether this is IPython's first line: its traceback follows, and the message at the end."""
    return not message and any(HEADLINE.search(line) for line in lines[number + 1 : number + 2])


def _ending(line: str, *, within: bool) -> tuple[str, str] | None:
    if not any(name in line for name in _NAMES):
        return None
    match = _EXCEPTION.match(line) or (_WITHIN.search(line) if within else None)
    if match is None:
        return None
    return match["name"].rpartition(".")[2], (match["message"] or "").strip(_MARKS)


def _match(line: str) -> re.Match[str] | None:
    if "File" in line and (found := _CPYTHON.search(line)):
        return found
    if ".py" in line or "In [" in line or "In[" in line or "<ipython" in line:
        patterns = (_IPYTHON, _IPYTHON_8, _CELL, _PYTEST)
        return next((found for each in patterns if (found := each.match(line))), None)
    return None


def _frame(lines: Sequence[str], number: int) -> Frame | None:
    match = _match(lines[number])
    if match is None:
        return None
    found = match.groupdict()
    line = found.get("line") or found.get("cell_line")
    code: str | None
    if match.re is _CPYTHON:
        code = _code_after(lines, number, match.end())
    elif match.re is _PYTEST:
        code = _code_before(lines, number)
    else:
        line, code = _arrow_after(lines, number) or (line, None)
    return Frame(
        file=(found.get("file") or found.get("cell") or "").strip(),
        line=int(line) if line else None,
        function=found.get("function"),
        code=code,
    )


def _code_after(lines: Sequence[str], number: int, end: int) -> str | None:
    """The source line under a frame, or behind it where line breaks were lost."""
    rest = lines[number][end:].strip()
    if rest and not rest.startswith("("):
        return re.split(r' File ?"| [A-Z]\w*Error: ', rest)[0].strip() or None
    for line in lines[number + 1 : number + 4]:
        if not line.strip() or _CARETS.match(line):
            continue
        return None if is_traceback_line(line) else line.strip()
    return None


def _code_before(lines: Sequence[str], number: int) -> str | None:
    for line in reversed(lines[max(0, number - 12) : number]):
        if found := _PYTEST_CODE.match(line):
            return found[1].strip()
    return None


def _arrow_after(lines: Sequence[str], number: int) -> tuple[str, str] | None:
    for line in lines[number + 1 : number + 16]:
        if found := _ARROW.match(line):
            return found[1], found[2].strip()
        if is_traceback_line(line):
            return None
    return None
