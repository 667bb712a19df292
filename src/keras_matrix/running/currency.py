"""Is a stored report still true? It is while what decided it has not changed: the cell, the locks,
the probes, the import paths, the schema and the engine."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from keras_matrix.results import CellOutcome, CellReport, CellSummary, report_to_json


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """What a report of this cell would rest on if it were measured now."""

    cell: CellSummary
    engine: str
    locks: Mapping[str, str]
    probes: str
    import_paths: tuple[str, ...]


def why_stale(report: CellReport | None, basis: Basis) -> str | None:
    """None where ``report`` is current, else the first reason why it is not. Pure."""
    if report is None:
        return "no report"
    if report.outcome is not CellOutcome.MEASURED:
        return f"was {report.outcome.value}"
    was, now = report.cell, basis.cell
    if (was.python, was.backend, was.pins, was.as_of) != (
        now.python,
        now.backend,
        now.pins,
        now.as_of,
    ):
        return "the cell's declaration changed"
    if report.provenance.engine != basis.engine:
        return f"was measured on the {report.provenance.engine} engine"
    if report.provenance.probes != basis.probes:
        return "the probes changed"
    if report.provenance.locks != basis.locks:
        return "the locks changed"
    if report.paths.keys() != set(basis.import_paths):
        return "the import paths changed"
    return None


@dataclass(frozen=True, slots=True)
class OwnReports:
    """Which reports this machine measured itself: the sha256 of each, as file names in a folder."""

    directory: Path

    def add(self, report: CellReport) -> None:
        """Remember that this machine measured ``report``."""
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / _sha256(report)).touch()

    def __contains__(self, report: CellReport) -> bool:
        return (self.directory / _sha256(report)).exists()


def _sha256(report: CellReport) -> str:
    # Tags say when a cell is run, not what was measured.
    untagged = replace(report, cell=replace(report.cell, tags=()))
    return hashlib.sha256(report_to_json(untagged).encode()).hexdigest()
