"""What of a cell's run is kept: its report, where it may replace the stored one, and its timing."""

from dataclasses import replace

from keras_matrix.errors import ENVIRONMENTAL
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome, CellReport
from keras_matrix.running.currency import OwnReports
from keras_matrix.running.measuring import Measured, failed_report
from keras_matrix.running.planning import Task
from keras_matrix.running.timings import CellTiming


def kept(measured: Measured, task: Task, store: ReportStore, own_reports: OwnReports) -> Measured:
    """Store the report where it may replace what is there; a full disk is the cell's failure."""
    report = measured.report
    if not keeps(report, store):
        return measured
    try:
        store.write(report)
        own_reports.add(report)
    except OSError as error:
        return replace(measured, report=failed_report(task.cell, error, report.provenance))
    return measured


def keeps(report: CellReport, store: ReportStore) -> bool:
    """Whether ``report`` may replace what is stored."""
    if not is_trouble(report):
        return True
    try:
        stored = store.read(report.cell.id)
    except ValueError:
        return True
    return may_replace(report, stored)


def may_replace(report: CellReport, stored: CellReport | None) -> bool:
    """Whether ``report`` may take the place of ``stored``: trouble never replaces a measurement."""
    measured = stored is not None and stored.outcome is CellOutcome.MEASURED
    return not (measured and is_trouble(report))


def is_trouble(report: CellReport) -> bool:
    """Whether the machine (its network, disk, engine, no such Python) kept the cell from being
    measured, which says nothing about the cell."""
    return report.failure in ENVIRONMENTAL or report.outcome is CellOutcome.NOT_RUN


def timing_of(measured: Measured, task: Task) -> CellTiming:
    """What to remember of a cell's run; of trouble with the machine nothing but that there was."""
    failure = measured.report.failure
    if measured.timing is None or failure in ENVIRONMENTAL:
        return CellTiming(tier=task.shares, failed=failure)
    return replace(measured.timing, failed=failure)
