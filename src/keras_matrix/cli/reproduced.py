"""Reproductions as text for people and as data. Pure."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from keras_matrix.evidence import Frame
from keras_matrix.plaintext import plain, visible
from keras_matrix.releases import Catalogue
from keras_matrix.reproducing import Origin, Reproduction, Seen, Snippet
from keras_matrix.reproducing.asking import Asked
from keras_matrix.reproducing.combination import absent, described
from keras_matrix.reproducing.model import Chosen
from keras_matrix.reproducing.ranges import changes
from keras_matrix.reproducing.session import Tried

_SHOWN, _WIDEST = 20, 300
_ORIGINS = {
    Origin.GIVEN: "the code",
    Origin.REPORT: "the report's code",
    Origin.MADE: "made from the error",
}


def understood(asked: Asked, chosen: Chosen | None) -> Iterator[str]:
    """What will be run, for whoever has to agree to it."""
    if chosen is not None:
        yield f"{described(chosen.cell)}, backend {chosen.cell.backend}"
        yield from (f"note: {plain(note)}" for note in chosen.notes)
    yield from (f"doubt: {plain(doubt)}" for doubt in asked.doubts)
    if asked.expected is not None:
        yield f"expected: {plain(str(asked.expected))}"
    for snippet in asked.snippets:
        if snippet.origin is not Origin.GIVEN:
            yield f"{_ORIGINS[snippet.origin]}:"
            yield from indented(visible(snippet.text))


def indented(text: str) -> Iterator[str]:
    """The lines of a quotation."""
    yield from (f"    {line}" for line in text.strip("\n").split("\n"))


def answer(
    made: Reproduction, attempts: Sequence[Reproduction], catalogue: Catalogue
) -> Iterator[str]:
    """The line that answers, then what led to it."""
    yield plain(made.sentence)
    declared = "declared in matrix.yaml" if made.prepared.chosen.declared else "not declared"
    yield (
        f"  {made.cell.id}, {declared}: {described(made.cell)} "
        f"({made.prepared.environment.python}), backend {made.cell.backend}"
    )
    yield from (f"  {plain(note)}" for note in made.prepared.chosen.notes)
    if made.snippet.origin is not Origin.GIVEN:
        yield f"  {_ORIGINS[made.snippet.origin]}:"
        yield from indented(visible(made.snippet.text))
    for seen in made.ending.errors:
        if seen.frames:
            yield f"  raised {_place(seen.frames[-1])}"
    if made.expected is not None:
        yield f"  expected: {plain(str(made.expected))}"
    yield from _printed(made)
    if found := absent(made, catalogue):
        yield "  {0} is imported and not asked for; users had it: --with {0}={1}".format(*found)
    for other in attempts:
        if other is not made:
            yield f"  {_ORIGINS[other.snippet.origin]} gave {plain(other.sentence)}"
    if made.by_hand:
        yield f"again, by hand:\n{shlex.join(made.by_hand)}"
    else:
        yield "again, by hand: the code is long for one line; --export DIR writes it out"


def _place(frame: Frame) -> str:
    line = f" line {frame.line}" if frame.line else ""
    code = f": {frame.code}" if frame.code else ""
    return f"in {frame.file}{line}, {frame.function}{code}"


def _printed(made: Reproduction) -> Iterator[str]:
    lines = made.ending.output.strip("\n").splitlines()
    if not lines:
        return
    cut = f", {made.ending.left_out} bytes of it left out" if made.ending.left_out else ""
    last = f", its last {_SHOWN} lines" if len(lines) > _SHOWN else ""
    yield f"  it printed{cut}{last}:"
    yield from (f"    {_cut(line)}" for line in lines[-_SHOWN:])


def _cut(line: str) -> str:
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]}…"


def along(pin: str, tried: Sequence[Tried]) -> Iterator[str]:
    """One line for each release, then every change between them."""
    width = max(len(each.version) for each in tried)
    for each in tried:
        made = each.best
        python = f"py{made.cell.python.replace('.', '')}" if made else ""
        said = plain(made.sentence) if made else f"not tried: {plain(each.failure or '')}"
        yield f"{pin} {each.version:<{width}}  {python:<6} {said}"
    found = [f"the error {change}" for change in changes([(t.version, t.came) for t in tried])]
    yield from found or ["no change in this range"]


def document(made: Reproduction) -> dict[str, Any]:
    """A reproduction as data."""
    prepared, ending = made.prepared, made.ending
    return {
        "verdict": made.verdict.value,
        "sentence": made.sentence,
        "note": made.note,
        "cell": {
            "id": made.cell.id,
            "pins": dict(made.cell.pins),
            "python": prepared.environment.python,
            "backend": made.cell.backend,
            "as_of": made.cell.as_of.isoformat(),
            "declared": prepared.chosen.declared,
            "notes": list(prepared.chosen.notes),
            "digest": prepared.environment.digest,
            "packages": {
                each.name: each.version for lock in prepared.locks for each in lock.packages
            },
        },
        "snippet": _snippet(made.snippet),
        "expected": None
        if made.expected is None
        else {
            "exception": made.expected.exception,
            "message": made.expected.message,
            "place": _frame(made.expected.place) if made.expected.place else None,
        },
        "ending": {
            "end": ending.end.value,
            "code": ending.code,
            "reason": ending.reason,
            "errors": [_seen(seen) for seen in ending.errors],
            "output": ending.output,
            "left_out": ending.left_out,
            "seconds": round(ending.seconds, 2),
        },
        "by_hand": list(made.by_hand),
        "build_seconds": round(prepared.build_seconds, 2),
    }


def documents(pin: str, tried: Sequence[Tried]) -> dict[str, Any]:
    """A range as data."""
    return {
        "pin": pin,
        "tried": [
            {
                "version": each.version,
                "came": each.came,
                "failure": each.failure,
                "attempts": [document(made) for made in each.attempts],
            }
            for each in tried
        ],
        "changes": [
            {"before": change.before, "after": change.after, "starts": change.starts}
            for change in changes([(each.version, each.came) for each in tried])
        ],
    }


def _snippet(snippet: Snippet) -> dict[str, str]:
    return {"name": snippet.name, "origin": snippet.origin.value, "code": snippet.text}


def _seen(seen: Seen) -> dict[str, Any]:
    return {
        "exception": seen.exception,
        "message": seen.message,
        "thread": seen.thread,
        "frames": [_frame(frame) for frame in seen.frames],
    }


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "file": frame.file,
        "line": frame.line,
        "function": frame.function,
        "code": frame.code,
    }
