"""Edits -> a unified diff that ``git apply`` and ``patch -p1`` take, in the file's own bytes."""

import codecs
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keras_matrix.scanning.fixing.fixes import Fix
from keras_matrix.scanning.fixing.importlines import Edit

_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class _Change:
    """The lines from ``start`` on, before ``stop``, become others."""

    start: int
    stop: int
    lines: tuple[bytes, ...]


def to_patch(fixes: Sequence[Fix]) -> bytes:
    """The diff of all files."""
    return b"".join(_file(fix) for fix in fixes)


def apply(code: bytes, edits: Sequence[Edit]) -> bytes:
    """The source with all edits made; the same one twice counts once."""
    for edit in sorted(set(edits), key=lambda each: each.span, reverse=True):
        code = code[: edit.span[0]] + edit.text.encode() + code[edit.span[1] :]
    return code


def _file(fix: Fix) -> bytes:
    before, changes = _lines(fix.source.code), list(_changes(fix.source.code, fix.edits))
    if fix.source.encoding == "utf-8-sig":
        before, changes = _with_mark(before, changes)
    hunks = _hunks(before, changes)
    # git wants a tab after a name with spaces in it, and takes one after any.
    name = fix.source.shown.encode()
    encoding = (fix.source.encoding or "utf-8").removesuffix("-sig")
    text = b"".join(_written(line, encoding) for line in hunks)
    return b"--- a/" + name + b"\t\n+++ b/" + name + b"\t\n" + text


def _changes(code: bytes, edits: Sequence[Edit]) -> Iterator[_Change]:
    """Edits that touch the same lines are one change."""
    starts = [0, *(found.end() for found in re.finditer(b"\n", code))]
    for group in _by_lines(code, sorted(set(edits), key=lambda each: each.span)):
        start = code.rfind(b"\n", 0, group[0].span[0]) + 1
        stop = max(_line_end(code, edit) for edit in group)
        moved = [Edit(span=(e.span[0] - start, e.span[1] - start), text=e.text) for e in group]
        old, new = _lines(code[start:stop]), _lines(apply(code[start:stop], moved))
        first = bisect_left(starts, start)
        while old and new and old[0] == new[0]:
            first, old, new = first + 1, old[1:], new[1:]
        while old and new and old[-1] == new[-1]:
            old, new = old[:-1], new[:-1]
        yield _Change(first, first + len(old), tuple(new))


def _with_mark(
    before: Sequence[bytes], changes: Sequence[_Change]
) -> tuple[list[bytes], list[_Change]]:
    """The byte order mark belongs to the first line, whichever that is."""
    first = [
        _Change(0, each.stop, (codecs.BOM_UTF8 + each.lines[0], *each.lines[1:]))
        if each.stop
        else _Change(0, 1, (codecs.BOM_UTF8 + each.lines[0], *each.lines[1:], before[0]))
        for each in changes
        if each.start == 0 and each.lines
    ]
    rest = [each for each in changes if each.start]
    return [codecs.BOM_UTF8 + before[0], *before[1:]], [*first, *rest]


def _by_lines(code: bytes, edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    group: list[Edit] = []
    end = 0
    for edit in edits:
        if group and edit.span[0] >= end:
            yield group
            group = []
        group.append(edit)
        end = max(end, _line_end(code, edit))
    if group:
        yield group


def _line_end(code: bytes, edit: Edit) -> int:
    found = code.find(b"\n", edit.span[1])
    return found + 1 if found >= 0 else len(code)


def _lines(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def _hunks(before: Sequence[bytes], changes: Sequence[_Change]) -> Iterator[bytes]:
    """Changes that are near each other share their context."""
    groups: list[list[_Change]] = []
    for change in changes:
        if not groups or change.start - groups[-1][-1].stop > 2 * _CONTEXT:
            groups.append([])
        groups[-1].append(change)
    grown = 0
    for group in groups:
        start = max(0, group[0].start - _CONTEXT)
        stop = min(len(before), group[-1].stop + _CONTEXT)
        added = sum(len(each.lines) - (each.stop - each.start) for each in group)
        old, new = _range(start, stop - start), _range(start + grown, stop - start + added)
        yield f"@@ -{old} +{new} @@\n".encode()
        yield from _body(before, group, start, stop)
        grown += added


def _body(
    before: Sequence[bytes], group: Sequence[_Change], start: int, stop: int
) -> Iterator[bytes]:
    for change in group:
        yield from (b" " + line for line in before[start : change.start])
        yield from (b"-" + line for line in before[change.start : change.stop])
        yield from (b"+" + line for line in change.lines)
        start = change.stop
    yield from (b" " + line for line in before[start:stop])


def _range(start: int, length: int) -> str:
    first = start + 1 if length else start
    return f"{first}" if length == 1 else f"{first},{length}"


def _written(line: bytes, encoding: str) -> bytes:
    """In the file's encoding."""
    data = line.decode("utf-8").encode(encoding)
    return data if data.endswith(b"\n") else data + b"\n\\ No newline at end of file\n"
