"""Results of several machines -> one set of reports: what is new in each, or why they can't be
joined. Pure but for reading what it is given.

What a part has just as the target has it is not of its own making, and says nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from keras_matrix.comparing.places import Reports
from keras_matrix.errors import InputError
from keras_matrix.locks import lock_digest, lock_from_text
from keras_matrix.matrix import Cell
from keras_matrix.results import CellOutcome, CellReport
from keras_matrix.running.keeping import is_trouble, may_replace
from keras_matrix.running.measuring import summary
from keras_matrix.running.timings import CellTiming
from keras_matrix.shards.results import Part


@dataclass(frozen=True, kw_only=True, slots=True)
class Footing:
    """What every part must have been measured on: the declared cells, the probes' digest, the
    import paths."""

    cells: Mapping[str, Cell]
    probes: str
    import_paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A report and the part that it comes from; ``left`` says why it is not taken."""

    report: CellReport
    part: str
    left: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """What to write, and the reports that stay behind."""

    taken: tuple[Found, ...]
    left: tuple[Found, ...]
    locks: Mapping[str, str]
    timings: Mapping[str, CellTiming]


def merge(target: Part, parts: Sequence[Part], footing: Footing) -> Merged:
    """What the parts add to the target.

    Raises:
        InputError: everything in which parts contradict each other or the footing.
    """
    problems: list[str] = []
    locks = _new_locks(target, parts, problems)
    digests = {
        name.removesuffix(".txt"): digest
        for name, text in {**target.locks, **locks}.items()
        if (digest := _digest(name, text, problems))
    }
    taken: list[Found] = []
    left: list[Found] = []
    for cell in sorted({cell for part in parts for cell in part.reports.readers}):
        candidates, stay = _candidates(cell, target.reports, parts, problems)
        left += stay
        problems += [
            f"{found.part}: {cell} {reason}"
            for found in candidates
            for reason in _objections(found.report, footing, digests)
        ]
        problems += _contradictions(candidates)
        taken += [max(candidates, key=_day)] if candidates else []
    if problems:
        raise InputError(problems)
    timings = {
        cell: timing
        for part in parts
        for cell, timing in part.timings.items()
        if timing != target.timings.get(cell)
    }
    return Merged(taken=tuple(taken), left=tuple(left), locks=locks, timings=timings)


def compared(report: CellReport) -> CellReport:
    """The report without what may differ between two runs of one cell: the day, and the tags."""
    provenance = replace(report.provenance, measured_on=report.cell.as_of)
    return replace(report, provenance=provenance, cell=replace(report.cell, tags=()))


def _day(found: Found) -> date:
    return found.report.provenance.measured_on


def _contradictions(candidates: Sequence[Found]) -> Iterator[str]:
    """Of one cell; in what troubled a machine nothing contradicts anything."""
    for other in candidates[1:]:
        first = candidates[0]
        if is_trouble(other.report) or compared(other.report) == compared(first.report):
            continue
        yield (
            f"{first.report.cell.id}: {first.part} and {other.part} contradict each other: "
            f"{_difference(first.report, other.report)}"
        )


def _candidates(
    cell: str, target: Reports, parts: Sequence[Part], problems: list[str]
) -> tuple[list[Found], list[Found]]:
    """The parts' own reports of the cell: those that count, and those that stay behind."""
    content = target.content(cell)
    here = _parse(target, cell, content, []) if content is not None else None
    new = []
    for part in parts:
        theirs = part.reports.content(cell)
        if theirs is None or theirs == content:
            continue
        report = _parse(part.reports, cell, theirs, problems)
        new += [Found(report=report, part=part.reports.name)] if report else []
    telling = any(not is_trouble(found.report) for found in new)
    judged = [replace(found, left=_why_left(found.report, here, telling=telling)) for found in new]
    return [f for f in judged if f.left is None], [f for f in judged if f.left is not None]


def _parse(reports: Reports, cell: str, content: bytes, problems: list[str]) -> CellReport | None:
    try:
        return reports.parse(cell, content)
    except ValueError as error:
        problems.append(str(error))
        return None


def _why_left(report: CellReport, here: CellReport | None, *, telling: bool) -> str | None:
    """Why the report is not taken; ``telling``: another part has one that says more than it."""
    if not may_replace(report, here) or (is_trouble(report) and telling):
        return f"{report.outcome}, which replaces no measurement: {report.reason}"
    if here is None or here.outcome is not CellOutcome.MEASURED:
        return None
    day, known = report.provenance.measured_on, here.provenance.measured_on
    return f"measured on {day}, and there is a newer report" if day < known else None


def _objections(report: CellReport, footing: Footing, digests: Mapping[str, str]) -> Iterator[str]:
    """Why a report has no place here."""
    declared = footing.cells.get(report.cell.id)
    if declared is None:
        yield "is not declared in this matrix.yaml"
        return
    here = summary(declared)
    if replace(report.cell, tags=here.tags) != here:
        yield "is declared otherwise in this matrix.yaml"
    if report.outcome is not CellOutcome.MEASURED:
        return
    if report.provenance.probes != footing.probes:
        yield "was measured with other probes than this checkout's"
    if report.paths.keys() != set(footing.import_paths):
        yield "was asked for other import paths than this matrix.yaml names"
    for tier, digest in sorted(report.provenance.locks.items()):
        if digests.get(tier, digest) != digest:
            yield f"was installed from another lock of {tier}"


def _difference(one: CellReport, other: CellReport) -> str:
    """In what two reports of a cell differ, in a few words."""
    if one.outcome is not other.outcome:
        return f"{one.outcome}, {other.outcome}"
    for path in sorted(one.paths.keys() & other.paths.keys()):
        was, now = one.paths[path], other.paths[path]
        if was.outcome is not now.outcome:
            return f"{path} is {was.outcome}, {now.outcome}"
        for name in sorted(was.attributes.keys() | now.attributes.keys()):
            if was.attributes.get(name) != now.attributes.get(name):
                return f"{path}.{name}, for one"
    return "not in an outcome, but in what they were measured on"


def _new_locks(target: Part, parts: Sequence[Part], problems: list[str]) -> Mapping[str, str]:
    """The locks that the target lacks, or has otherwise."""
    found: dict[str, tuple[str, str]] = {}
    for part in parts:
        for name, text in sorted(part.locks.items()):
            if text == target.locks.get(name):
                continue
            known, owner = found.setdefault(name, (text, part.reports.name))
            if known != text:
                problems.append(f"{name}: {owner} and {part.reports.name} resolved it differently")
    return {name: text for name, (text, _) in found.items()}


def _digest(name: str, text: str, problems: list[str]) -> str | None:
    try:
        return lock_digest(lock_from_text(text))
    except ValueError as error:
        problems.append(f"{name}: not a whole lock: {error}")
        return None
