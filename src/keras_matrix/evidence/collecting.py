"""Every error of the text, the one to explain first."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from keras_matrix.evidence.errors import find_message, parse_message
from keras_matrix.evidence.frames import Raised, raised
from keras_matrix.evidence.imports import Aliases
from keras_matrix.evidence.locating import located
from keras_matrix.evidence.model import ErrorKind, ErrorSignature, Frame
from keras_matrix.evidence.names import normalise_message
from keras_matrix.evidence.posts import Post

MOST = 200
"""So many error messages of one text are looked at, and so many sentences."""

_FRAMEWORK = re.compile(r"(?<![\w.])(?:keras|tensorflow|tf_keras|theano|cntk|jax|torch)")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """An error and the line that it is on."""

    line: int
    error: ErrorSignature


def read_errors(
    lines: Sequence[str], known: Aliases, comments: Sequence[Post]
) -> tuple[ErrorSignature, ...]:
    """Every error once, however often it is told; frameworks' errors before others'.

    What a commentator reports comes after the report's own. ``known`` is what local names stand
    for.
    """
    tracebacks = list(raised(lines))
    named = [each for each in tracebacks if each.exception is not None][:MOST]
    found = [_Found(line=each.line, error=_of(each, lines)) for each in named]
    found.extend(_in_sentences(lines, {each.line for each in named}))
    found = [replace(each, error=located(each.error, lines, known)) for each in found]
    found.sort(key=lambda each: each.line)
    merged = list(_merged(found))
    for each in tracebacks:
        if each.exception is None:
            merged = _with_frames(merged, each.frames)
    merged.sort(key=lambda each: (_rank(each, comments), each.line))
    return tuple(each.error for each in merged)


def _of(each: Raised, lines: Sequence[str]) -> ErrorSignature:
    """The signature of an exception line; a message broken across two lines is joined."""
    error = parse_message(each.message, each.exception)
    if error.kind is ErrorKind.OTHER and each.line + 1 < len(lines):
        joined = f"{each.message} {lines[each.line + 1].strip()}".strip()
        longer = parse_message(joined, each.exception)
        error = longer if longer.kind is not ErrorKind.OTHER else error
    return replace(error, frames=each.frames)


def _in_sentences(lines: Sequence[str], seen: set[int]) -> Iterator[_Found]:
    """Errors that titles and sentences quote."""
    left = MOST
    for number, line in enumerate(lines):
        if number in seen or not left:
            continue
        following = lines[number + 1 : number + 2]
        error = find_message(line)
        if error is None and following and number + 1 not in seen:
            joined = find_message(f"{line[-200:]} {following[0][:200].strip()}")
            error = joined if find_message(following[0]) is None else None
        if error is not None:
            left -= 1
            yield _Found(line=number, error=error)


def _merged(found: Iterable[_Found]) -> Iterator[_Found]:
    """Each error once: its namespace and its longest traceback from whatever mention has them."""
    kept: dict[tuple[ErrorKind, str], list[_Found]] = {}
    for each in found:
        error = each.error
        alike = kept.setdefault((error.kind, error.name or normalise_message(error.message)), [])
        same = (n for n, other in enumerate(alike) if _agree(other.error.path, error.path))
        if (place := next(same, None)) is None:
            alike.append(each)
        else:
            alike[place] = replace(alike[place], error=_joined(alike[place].error, error))
    for alike in kept.values():
        yield from alike


def _agree(one: str | None, other: str | None) -> bool:
    return one == other or None in (one, other)


def _joined(one: ErrorSignature, other: ErrorSignature) -> ErrorSignature:
    longer = max(one, other, key=lambda error: len(error.frames))
    fuller = one if one.path or not other.path else other
    raised_ = next((each for each in (one, other) if each.frames), fuller)
    return replace(
        fuller,
        exception=raised_.exception or fuller.exception,
        message=raised_.message,
        frames=longer.frames,
    )


def _with_frames(found: list[_Found], frames: tuple[Frame, ...]) -> list[_Found]:
    """Gives a traceback without an end to the error that its last line could have raised."""
    last = next((frame.code for frame in reversed(frames) if frame.code), "")
    for number, each in enumerate(found):
        name = each.error.name
        if not each.error.frames and name and re.search(rf"\b{re.escape(name)}\b", last or ""):
            error = replace(each.error, frames=frames)
            return [*found[:number], replace(each, error=error), *found[number + 1 :]]
    return found


def _rank(found: _Found, comments: Sequence[Post]) -> int:
    error = found.error
    told_later = 3 if any(post.first <= found.line < post.end for post in comments) else 0
    if error.kind is ErrorKind.OTHER:
        return told_later + (3 if error.frames or _FRAMEWORK.search(error.message) else 4)
    named = f"{error.path or ''} {error.name}"
    if _FRAMEWORK.search(named):
        return told_later
    return told_later + (1 if error.path is None else 2)
