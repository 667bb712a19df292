"""The program in the text: fenced, indented, at a prompt, or bare."""

import ast
import re
from collections.abc import Iterator, Sequence

from keras_matrix.evidence.frames import is_traceback_line

_FENCE = re.compile(r"^ {0,8}(`{3,}|~{3,})[ {]{0,3}[\w+#.=\" -]{0,40}\}?$")
_PROMPT = re.compile(r"^ {0,12}(?:>>> ?|\.\.\. ?|In ?\[\d{1,5}\]: ?)")
_NO_PROGRAM = re.compile(
    r"^ {0,8}(?:[$%!] ?(?:pip|conda|python|apt)|(?:RUN|FROM) |pip3? |conda |sudo |C:\\|\(\w+\) |Collecting "
    r"|Requirement already|Successfully installed)|^ {0,8}[A-Za-z][\w.-]{0,60}==\d"
)
_STATEMENT = re.compile(
    r"^ {0,40}(?:import [A-Za-z_]|from [\w.]{1,80} import |def \w|class \w|for .{1,80}:$|if .{1,120}:$"
    r"|with .{1,120}:$|try:$|except\b.{0,80}:$|else:$|return\b|print\b|@\w|#|assert "
    r"|[A-Za-z_][\w.]{0,80}(?:\[[^\]]{0,60}\])? ?[-+*/]?= ?\S|[A-Za-z_][\w.]{0,100}\(|[)\]}])"
)
_IMPORT = re.compile(
    r"^ {0,40}(?:import [A-Za-z_][\w., ]{0,200}|from [\w.]{1,80} import [\w(*].{0,300})$"
)
_CALL = re.compile(
    r"^ {0,40}(?:[A-Za-z_]\w{0,40} ?= ?)?[A-Za-z_]\w{0,60}(?:\.\w{1,60}){1,6}(?:\(.{0,300}\))?$"
)
_FRAMEWORK = re.compile(r"\b(?:keras|tensorflow|tf|theano|K)\b")
MOST = 50
LONGEST = 100_000


def blocks(lines: Sequence[str], name: str | None) -> tuple[str, ...]:
    """The code blocks that look like the failing program, those with the failing name first."""
    found: dict[str, None] = {}
    for block in _candidates(lines):
        text = _tidy(block)
        if text and len(text) <= LONGEST and _is_program(text.splitlines()):
            found.setdefault(text)
        if len(found) >= MOST:
            break
    named = re.compile(rf"\b{re.escape(name)}\b") if name else None
    return tuple(sorted(found, key=lambda text: 0 if named and named.search(text) else 1))


def _candidates(lines: Sequence[str]) -> Iterator[list[str]]:
    outside: list[str] = []
    block: list[str] | None = None
    for line in lines:
        if _FENCE.match(line):
            if block is None:
                yield from _unfenced(outside)
                outside, block = [], []
            else:
                yield from _parts(block)
                block = None
        elif block is not None:
            block.append(line)
        else:
            outside.append(line)
    yield from _unfenced([*outside, "", *(block or [])])


def _parts(block: list[str]) -> Iterator[list[str]]:
    """A fenced block; of one that holds a session or a traceback too, what was typed."""
    if any(_PROMPT.match(line) for line in block):
        yield [_PROMPT.sub("", line, count=1) for line in block if _PROMPT.match(line)]
    elif any(is_traceback_line(line) for line in block):
        yield from _unfenced(block)
    else:
        yield block


def _unfenced(lines: Sequence[str]) -> Iterator[list[str]]:
    """Runs of lines that are code: at prompts, or from an import or call to the last such line."""
    typed: list[str] = []
    run: list[str] = []
    for line in (*lines, ""):
        if _PROMPT.match(line):
            typed.append(_PROMPT.sub("", line, count=1))
        if _continues(line, run):
            run.append(line)
            continue
        if run:
            yield run
        run = [line] if _IMPORT.match(line) or _begins(line) else []
    if run:
        yield run
    if typed:
        yield typed


def _begins(line: str) -> bool:
    return bool(_CALL.match(line) and _FRAMEWORK.search(line)) and not is_traceback_line(line)


def _continues(line: str, run: list[str]) -> bool:
    if not run or is_traceback_line(line) or _NO_PROGRAM.match(line):
        return False
    if not line.strip():
        return bool(run[-1].strip())
    return bool(_STATEMENT.match(line)) or line.startswith((" ", "\t")) or run[-1][-1:] in "(,\\[{"


def _tidy(block: Sequence[str]) -> str:
    """Without blank ends and common indentation, notebook commands left out."""
    kept = [line for line in block if not re.match(r"^ {0,8}[!%]", line)]
    while kept and not kept[0].strip():
        kept = kept[1:]
    while kept and not kept[-1].strip():
        kept = kept[:-1]
    indents = [len(line) - len(line.lstrip()) for line in kept if line.strip()]
    margin = min(indents, default=0)
    return "\n".join(line[margin:] for line in kept)


def _is_program(lines: Sequence[str]) -> bool:
    if any(is_traceback_line(line) for line in lines):
        return False
    full = [line for line in lines if line.strip()]
    if not full or sum(bool(_NO_PROGRAM.match(line)) for line in full) * 2 > len(full):
        return False
    if not any(_IMPORT.match(line) or _begins(line) for line in full):
        return False
    return (
        _parses("\n".join(lines))
        or sum(bool(_STATEMENT.match(line)) or line.startswith(" ") for line in full) * 4
        >= len(full) * 3
    )


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
