"""The program in the text: fenced, indented, at a prompt, or bare."""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise

from keras_matrix.evidence.frames import is_traceback_line

MOST = 50
LONGEST = 100_000
"""So many blocks are kept, and none that is longer."""

_FENCE = re.compile(r"^ {0,8}(?:`{3,}|~{3,})[ {]{0,3}[\w+#.=\" -]{0,40}\}?$")
_PROMPT = re.compile(r"^ {0,12}(?:>>> ?|\.\.\.(?: |$)|In ?\[\d{1,5}\]: ?)")
_MAGIC = re.compile(r"^ {0,8}[!%]")
_SHELL = re.compile(
    r"^ {0,8}(?:[$%!] ?(?:pip|conda|python|apt)|RUN |FROM |pip3? |conda |sudo |C:\\|Collecting "
    r"|Requirement already|Successfully installed|[A-Za-z][\w.-]{0,60}={2}\d)"
)
_STATEMENT = re.compile(
    r"^ {0,40}(?:import [A-Za-z_]|from [\w.]{1,80} import |(?:async )?def \w|class \w"
    r"|(?:for|if|elif|while|with|except)\b.{0,160}:(?: |$)|(?:try|else|finally):|return\b|print\b"
    r"|[@#]|assert |raise |del |pass$|[A-Za-z_][\w.]{0,80}(?:\[[^\]]{0,60}\])? ?[-+*/]?= ?\S"
    r"|[A-Za-z_][\w.]{0,100}[(\[]|[)\]}])"
)
_IMPORT = re.compile(
    r"^ {0,40}(?:import [A-Za-z_][\w., ]{0,200}|from [\w.]{1,80} import [\w(*][\w., ()*]{0,300})"
    r"(?: {0,9}[;#\\].{0,300})?$"
)
_CALL = re.compile(
    r"^ {0,40}(?:[A-Za-z_]\w{0,40} ?= ?)?(?:keras|tensorflow|tf|tf_keras|K|theano)"
    r"(?:\.\w{1,60}){1,6}(?:[(\[]|$| ?[=!]=)"
)


def blocks(lines: Sequence[str], name: str | None) -> tuple[str, ...]:
    """The code blocks that look like the failing program, those with the failing name first."""
    found: dict[str, None] = {}
    for block in _candidates(lines):
        text = _tidy(block)
        if len(text) <= LONGEST and _is_program(text.splitlines()):
            found.setdefault(text)
        if len(found) >= MOST:
            break
    named = re.compile(rf"\b{re.escape(name.rpartition('.')[2])}\b") if name else None
    return tuple(sorted(found, key=lambda text: 0 if named and named.search(text) else 1))


def _candidates(lines: Sequence[str]) -> Iterator[list[str]]:
    outside: list[str] = []
    block: list[str] | None = None
    for line in lines:
        if not _FENCE.match(line):
            (outside if block is None else block).append(line)
        elif block is None:
            yield from _unfenced(outside)
            outside, block = [], []
        else:
            yield from _fenced(block)
            block = None
    yield from _unfenced([*outside, "", *(block or [])])


def _fenced(block: list[str]) -> Iterator[list[str]]:
    """A fenced block; of one that holds a session or a traceback too, what was typed."""
    mixed = any(_PROMPT.match(line) or is_traceback_line(line) for line in block)
    if mixed:
        yield from _unfenced(block)
    else:
        yield block


def _unfenced(lines: Sequence[str]) -> Iterator[list[str]]:
    """What was typed at prompts; runs of lines that are code, from an import or a call on."""
    typed = [_PROMPT.sub("", line, count=1) for line in lines if _PROMPT.match(line)]
    if typed:
        yield typed
    run: list[str] = []
    for before, line in pairwise(("", *lines)):
        if _continues(line, run):
            run.append(line)
            continue
        if run:
            yield run
        shown = line.startswith(" ") and is_traceback_line(before)
        run = [line] if _begins(line) and not shown else []
    if run:
        yield run


def _begins(line: str) -> bool:
    return bool(_IMPORT.match(line) or _CALL.match(line)) and not is_traceback_line(line)


def _continues(line: str, run: list[str]) -> bool:
    if not run or is_traceback_line(line) or _SHELL.match(line):
        return False
    if not line.strip():
        return bool(run[-1].strip())
    open_ended = run[-1].endswith(("(", "[", "{", ",", "\\"))
    return open_ended or line.startswith("  ") or bool(_STATEMENT.match(line))


def _tidy(block: Sequence[str]) -> str:
    """Without blank ends, common indentation and a notebook's commands."""
    kept = [line for line in block if not _MAGIC.match(line)]
    text = "\n".join(kept).strip("\n")
    margins = [len(line) - len(line.lstrip()) for line in text.split("\n") if line.strip()]
    margin = min(margins, default=0)
    return "\n".join(line[margin:] for line in text.split("\n")).strip()


def _is_program(lines: Sequence[str]) -> bool:
    full = [line for line in lines if line.strip()]
    if not any(_begins(line) for line in full) or any(is_traceback_line(line) for line in full):
        return False
    like_code = [bool(_STATEMENT.match(line)) or line.startswith(" ") for line in full]
    return _parses("\n".join(lines)) or sum(like_code) * 4 >= len(full) * 3


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
