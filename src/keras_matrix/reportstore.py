"""The folder reports/data: one JSON file per cell, written whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

from keras_matrix.atomicfile import write_text
from keras_matrix.results import CellReport, report_from_json, report_to_json


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """Every readable report, sorted by cell id, and one sentence for each unreadable file."""

    reports: tuple[CellReport, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportStore:
    """Reads and writes ``<directory>/<cell-id>.json``."""

    directory: Path

    def path(self, cell_id: str) -> Path:
        return self.directory / f"{cell_id}.json"

    def read(self, cell_id: str) -> CellReport | None:
        """The stored report, or None where there is none.

        Raises:
            ValueError: the file is no whole report (the caller measures the cell again).
        """
        try:
            content = self.path(cell_id).read_bytes()
        except FileNotFoundError:
            return None
        return report_from_json(content)

    def write(self, report: CellReport) -> Path:
        """Write the report whole or not at all, and say where."""
        target = self.path(report.cell.id)
        write_text(target, report_to_json(report))
        return target

    def all(self) -> Stored:
        """Everything that is stored; an unreadable file is named, not fatal."""
        reports, problems = [], []
        for path in sorted(self.directory.glob("*.json")):
            try:
                report = report_from_json(path.read_bytes())
            except (ValueError, OSError) as error:
                problems.append(f"{path.name}: unreadable ({error}); run its cell again to mend it")
                continue
            reports.append(report)
        return Stored(reports=tuple(reports), problems=tuple(problems))
