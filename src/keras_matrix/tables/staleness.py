"""Which columns are older than the rest in what decided them: their probes, or a lock.

Read from the reports alone, so that a table needs no clock: a column is stale where its digest is
none of those that the newest measurements with it have. Its age is that against the newest column.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from keras_matrix.results import CellOutcome, CellReport

_PROBES = "the probes"


def staleness(reports: Sequence[CellReport]) -> Mapping[str, str]:
    """Cell id -> how old the column is and what has changed since, for the stale ones only."""
    measured = [report for report in reports if report.outcome is CellOutcome.MEASURED]
    newest = max((report.provenance.measured_on for report in measured), default=date.min)
    current = _current(measured)
    found = {}
    for report in measured:
        changed = [what for what, digest in _digests(report) if digest not in current[what]]
        if changed:
            day = report.provenance.measured_on
            age = (newest - day).days
            found[report.cell.id] = (
                f"measured on {day}, {age} {'day' if age == 1 else 'days'} before the newest "
                f"column; since then changed: {', '.join(changed)}"
            )
    return found


def _current(measured: Iterable[CellReport]) -> Mapping[str, set[str]]:
    """The digests that were seen on the last day on which any was."""
    days: dict[str, date] = {}
    current: dict[str, set[str]] = defaultdict(set)
    for report in sorted(measured, key=lambda each: each.provenance.measured_on):
        day = report.provenance.measured_on
        for what, digest in _digests(report):
            if day > days.get(what, date.min):
                days[what] = day
                current[what].clear()
            current[what].add(digest)
    return current


def _digests(report: CellReport) -> Iterator[tuple[str, str]]:
    yield _PROBES, report.provenance.probes or ""
    for tier, digest in sorted(report.provenance.locks.items()):
        yield f"the lock of {tier}", digest
