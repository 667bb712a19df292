"""Tracebacks: CPython's of every age, IPython's, pytest's -> frames, and the error they end with."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from keras_matrix.evidence.model import Frame

_START = re.compile(r"Traceback \(most recent (?:call last|$)")
_CPYTHON = re.compile(
    r'File ?"(?P<file>[^"\n]{1,400})", ?line (?P<line>\d{1,7})(?:, ?in (?P<function>[\w<>.]{1,100}))?'
)
_FILE = r"(?P<file>(?:[A-Za-z]:|~|/|\\|\.)?[^\s:;,'\"|()<>][^:;,'\"|()<>]{0,300}\.pyx?)"
_IPYTHON = re.compile(
    rf"^ {{0,4}}(?:{_FILE}|(?P<cell><ipython-input-[^<>]{{1,60}}>))"
    r" in (?P<function>[\w<>.]{1,100}(?: line: \d{1,5}>)?)(?:\(|$)"
)
_IPYTHON_8 = re.compile(
    r"^ {0,4}(?:File )?(?:"
    rf"{_FILE}:(?P<line>\d{{1,7}})|(?P<cell>(?:Cell |Input )?In ?\[\d{{1,5}}\])"
    r"(?:, line (?P<cell_line>\d{1,7}))?)(?:, in |\x20in )(?P<function>[\w<>.]{1,100}(?: line: \d+>)?)"
)
_CELL = re.compile(r"^ {0,4}(?P<cell>Cell In ?\[\d{1,5}\]), line (?P<line>\d{1,7})$")
_PYTEST = re.compile(
    rf"^ {{0,4}}{_FILE}:(?P<line>\d{{1,7}}): (?:in (?P<function>[\w<>.]{{1,100}})|"
    r"(?P<error>[A-Za-z_][\w.]{0,100}(?:Error|Exception)))$"
)
_ARROW = re.compile(r"^ {0,8}-{1,8}> ?(\d{1,7}) ?(.*)$")
_CARETS = re.compile(r"^[ ^~]{1,400}$")
_PYTEST_CODE = re.compile(r"^> {1,40}(\S.*)$")
EXCEPTION = re.compile(
    r"^[ #*`_>-]{0,14}(?:E {1,7})?"
    r"(?P<name>(?:[A-Za-z_]\w{0,60}\.){0,8}[A-Za-z_]\w{0,60}?"
    r"(?:Error|Exception|Interrupt|Exit|Failure|NotFound))"
    r"(?: ?: ?(?P<message>.*)|(?P<bare> {10,}Traceback.*)|)$"
)
_MARKS = " `*_"
_EXCEPTION_WITHIN = re.compile(
    r"\b(?P<name>[A-Z]\w{0,60}?(?:Error|Exception)) ?: (?P<message>\S.{0,1500})"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """An exception line, with the frames of the traceback that it ends; ``line`` is its place."""

    exception: str
    message: str
    line: int
    frames: tuple[Frame, ...] = ()


@dataclass(slots=True)
class _Open:
    """The traceback being read."""

    frames: list[Frame] = field(default_factory=list)
    last: int = 0


_REACH = 60
"""A traceback's next frame or its end is expected within so many lines."""


def raised(lines: Sequence[str]) -> Iterator[Raised]:
    """Every exception line of the text, in its order."""
    current = _Open()
    for number, line in enumerate(lines):
        if current.frames and number - current.last > _REACH:
            current = _Open()
        if _START.search(line):
            current = _Open()
        frame = _frame(lines, number)
        if frame is not None:
            current.frames.append(frame)
            current.last = number
        ended = _ending(line, within=frame is None and bool(current.frames))
        if ended is None:
            continue
        exception, message = ended
        if not message and _is_headline(lines, number):
            continue  # IPython's headline; its traceback and message follow
        yield Raised(
            exception=exception, message=message, line=number, frames=tuple(current.frames)
        )
        current = _Open()


def frames_of(lines: Sequence[str]) -> tuple[Frame, ...]:
    """Every frame of the text, whether its traceback has an end or not."""
    found = (_frame(lines, number) for number in range(len(lines)))
    return tuple(frame for frame in found if frame is not None)


def is_traceback_line(line: str) -> bool:
    """Whether no program has such a line: a frame, a headline, an arrow, an exception."""
    return bool(_START.search(line) or _match(line) or _ARROW.match(line) or EXCEPTION.match(line))


def _is_headline(lines: Sequence[str], number: int) -> bool:
    following = lines[number : number + 2]
    return any("Traceback (most recent" in line for line in following)


def _ending(line: str, *, within: bool) -> tuple[str, str] | None:
    match = EXCEPTION.match(line) or (_EXCEPTION_WITHIN.search(line) if within else None)
    if match is None:
        return None
    return match["name"].rpartition(".")[2], (match["message"] or "").strip(_MARKS)


def _match(line: str) -> re.Match[str] | None:
    if 'File "' in line or 'File"' in line:
        return _CPYTHON.search(line)
    if ".py" in line or "In [" in line or "In[" in line or "<ipython" in line:
        return (
            _IPYTHON.match(line)
            or _IPYTHON_8.match(line)
            or _CELL.match(line)
            or _PYTEST.match(line)
        )
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
        code = _code_before(lines, number) or _code_after(lines, number, match.end())
    else:
        code = None
        shown = _arrow_after(lines, number)
        if shown is not None:
            line, code = shown[0], shown[1]
    return Frame(
        file=(found.get("file") or found.get("cell") or "").strip(),
        line=int(line) if line else None,
        function=found.get("function"),
        code=code,
    )


def _code_after(lines: Sequence[str], number: int, end: int) -> str | None:
    """The source line under a frame, or behind it where line breaks were lost."""
    rest = lines[number][end:].strip()
    if rest and not rest.startswith(("File ", "(")):
        return rest.partition(' File "')[0].strip() or None
    for line in lines[number + 1 : number + 3]:
        if not line.strip() or _CARETS.match(line):
            continue
        if _match(line) or EXCEPTION.match(line) or _START.search(line):
            return None
        return line.strip()
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
        if _match(line) or EXCEPTION.match(line):
            return None
    return None
