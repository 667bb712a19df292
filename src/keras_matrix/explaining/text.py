"""Explanation -> the text that a person reads. Plain: no colours, no control characters."""

import re
import textwrap
from collections.abc import Iterator, Sequence

from keras_matrix.evidence import Claim, Source
from keras_matrix.explaining.model import Certainty, Explanation, Fix, Witness
from keras_matrix.tables.eras import family_name

_WIDTH = 100
_NAMED = 3
_NO_FILE = "has no file for Python"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STATED = {
    Source.OPTION: "as given",
    Source.FREEZE: "from the list of packages",
    Source.BANNER: "as printed",
    Source.TRACEBACK: "from the traceback",
    Source.REQUIREMENTS: "from the requirements",
    Source.PROSE: "as told",
}


def to_text(told: Explanation) -> str:
    """The whole explanation, its end a command line."""
    sections = [
        ("Understood", _understood(told)),
        (_headline(told), _causes(told)),
        ("Measured", _bullets(told.measured)),
        ("Fixes", _fixes(told)),
        ("See it yourself", iter([f"  {told.reproduce}"] if told.reproduce else [])),
    ]
    lines: list[str] = []
    for title, content in sections:
        shown = list(content)
        if shown or title.startswith("Cause"):
            lines += ["", title, *shown] if lines else [title, *shown]
    return "\n".join(_CONTROL.sub("", line) for line in lines) + "\n"


def _understood(told: Explanation) -> Iterator[str]:
    evidence, situation = told.evidence, told.situation
    error = evidence.error
    if error is not None:
        said = f"{error.exception}: {error.message}" if error.exception else error.message
        yield from _field("error", textwrap.shorten(said, 400))
    if told.subject.dotted:
        yield from _field("about", _about(told))
    stated = [_claimed(told, project) for project in situation.versions]
    if situation.python:
        stated.append(f"Python {situation.python}")
    yield from _field("releases", ", ".join(stated) or "none stated")
    yield from _field("backend", f"{family_name(situation.backend)} ({situation.backend_why})")
    for reading in situation.readings:
        yield from _field("read as", reading)
    for other in evidence.errors[1 : _NAMED + 1]:
        if other.name is not None:
            yield from _field("also", f"{textwrap.shorten(other.message, 160)} (ask for it alone)")
    yield from _against(told)


def _against(told: Explanation) -> Iterator[str]:
    """What speaks against the claims, and against installing what is claimed."""
    situation = told.situation
    for doubt in told.evidence.doubts:
        if not (situation.impossible and _NO_FILE in doubt.text):
            yield from _field("doubt", doubt.text)
    if situation.conflict:
        yield from _field("conflict", f"pip refuses them together: {situation.conflict}")
    if situation.impossible:
        nearest = f" Nearest: {situation.feasible}." if situation.feasible else ""
        yield from _field("impossible", f"{situation.impossible}{nearest}")


def _about(told: Explanation) -> str:
    note = f" ({told.subject.note})" if told.subject.note else ""
    return f"{told.subject.dotted}{note}"


def _claimed(told: Explanation, project: str) -> str:
    claim = _claim(told, project)
    source = f" ({_STATED[claim.source]})" if claim else ""
    return f"{project} {told.situation.versions[project]}{source}"


def _claim(told: Explanation, project: str) -> Claim | None:
    stated = told.evidence.versions.get(project)
    claims = [one for one in told.evidence.claims if one.project == project]
    same = [one for one in claims if one.version == stated]
    return next(iter(same or claims), None)


def _headline(told: Explanation) -> str:
    if not told.causes:
        return "Cause: not known"
    first = told.causes[0].cause
    return f"Cause: {first} {first.words}"


def _causes(told: Explanation) -> Iterator[str]:
    finding = told.finding
    standing = f" {finding.standing} –" if finding.standing else ""
    subject = f"{told.subject.dotted}:{standing} " if told.subject.dotted else ""
    cells = finding.witnesses
    if finding.certainty is Certainty.MEASURED and cells:
        yield from _wrapped(f"{subject}{finding.why}, in {cells[0].cell}{_said(cells[0])}", "  ")
    else:
        yield from _wrapped(f"{subject}{finding.why}", "  ")
        for witness in cells[:_NAMED]:
            yield from _wrapped(f"{witness.cell}: {witness.said}", "    ")
        if len(cells) > _NAMED:
            yield f"    … and {len(cells) - _NAMED} more"
    for number, likely in enumerate(told.causes):
        before = f"or {likely.cause} {likely.cause.words}: " if number else ""
        yield from _wrapped(f"{before}{likely.why}.", "  ")
    if told.similar:
        yield from _wrapped(f"names that exist: {', '.join(told.similar)}", "  ")


def _said(witness: Witness) -> str:
    return "" if witness.said == witness.standing else f" ({witness.said})"


def _bullets(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield from _wrapped(line, "  - ")


def _fixes(told: Explanation) -> Iterator[str]:
    if not told.fixes:
        yield "  none was measured"
    stated = bool(told.situation.versions)
    for number, fix in enumerate(told.fixes, start=1):
        yield from _wrapped(f"{fix.title} [{fix.remedy}; {_where(fix, stated)}]", f"  {number}. ")
        for line in (*fix.setting, *fix.change):
            yield f"       {line}"
        if fix.install:
            yield f"       {fix.install}"
        for note in fix.notes:
            yield from _wrapped(note, "     - ")


def _where(fix: Fix, stated: bool) -> str:
    cells = ", ".join(fix.cells[:_NAMED])
    more = f" and {len(fix.cells) - _NAMED} more" if len(fix.cells) > _NAMED else ""
    how = "measured in"
    if fix.certainty is Certainty.INFERRED:
        how = "inferred from"
    elif fix.certainty is Certainty.UNKNOWN and fix.install:
        how = "not looked at for this error; measured to fit:"
    elif fix.certainty is Certainty.UNKNOWN and stated:
        how = "measured, though not in your combination, in"
    return f"{how} {cells}{more}"


def _field(name: str, text: str) -> Iterator[str]:
    yield from _wrapped(text, f"  {name:<11}")


def _wrapped(text: str, mark: str) -> Iterator[str]:
    yield from textwrap.wrap(
        " ".join(text.split()),
        width=_WIDTH,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )
