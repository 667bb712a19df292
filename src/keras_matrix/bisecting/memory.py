"""What is known before anything is built: the measured table, the checkout's reports, and what an
earlier bisection of the same question left in the cache.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from keras_matrix.bisecting.outcomes import Outcome, Source, of_fact, of_report
from keras_matrix.bisecting.question import Attribute, Question, Script
from keras_matrix.bisecting.steps import Step
from keras_matrix.errors import ENVIRONMENTAL
from keras_matrix.knowledge import Knowledge
from keras_matrix.matrix import Cell
from keras_matrix.matrix.cells import cell_id
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome, CellReport
from keras_matrix.tables.eras import version_key

_TOLD = (CellOutcome.MEASURED, CellOutcome.BUILD_FAILED)


def place_of(cache: Path, subject: Attribute | Script, measured_with: str) -> Path:
    """The folder of the cache for one subject. ``measured_with`` is the digest of what measures:
    with other probes the question is asked anew.
    """
    what = ["attribute", str(subject)]
    if isinstance(subject, Script):
        what = ["script", hashlib.sha256(subject.code).hexdigest()]
    key = hashlib.sha256(json.dumps([*what, measured_with]).encode()).hexdigest()
    return cache / "bisect" / key[:20]


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """``checkout`` is reports/data, ``kept`` this question's own reports in the cache."""

    question: Question
    knowledge: Knowledge
    checkout: ReportStore
    kept: ReportStore

    def settle(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """The steps, each with the Python that its combination was measured with.

        Where no Python was asked for, a cell that is known is as good as the one that would be
        built.
        """
        return tuple(self._settled(step) for step in steps)

    def recall(self, steps: Sequence[Step]) -> Mapping[str, Outcome]:
        """Release -> what is known of it."""
        found = {step.release: self._outcome(step.cell) for step in steps if step.feasible}
        return {release: outcome for release, outcome in found.items() if outcome is not None}

    def keep(self, report: CellReport) -> None:
        """Remember a report of this question, but for the machine's own trouble."""
        if report.outcome in _TOLD and report.failure not in ENVIRONMENTAL:
            self.kept.write(report)

    def _settled(self, step: Step) -> Step:
        cell = step.cell
        if cell is None or not step.feasible or self.question.python is not None:
            return step
        if self._outcome(cell) is not None or isinstance(self.question.subject, Script):
            return step
        others = [
            replace(cell, id=cell_id(cell.pins, known.python), python=known.python)
            for known in self.knowledge.measured
            if known.pins == cell.pins and known.backend == cell.backend
        ]
        if not others:
            return step
        return replace(step, cell=max(others, key=lambda other: version_key(other.python)))

    def _outcome(self, cell: Cell | None) -> Outcome | None:
        if cell is None:
            return None
        return self._stored(cell) or self._report(self.kept, cell, Source.KEPT)

    def _stored(self, cell: Cell) -> Outcome | None:
        subject = self.question.subject
        if not isinstance(subject, Attribute):
            return None
        if found := self._report(self.checkout, cell, Source.STORED):
            return found
        known = self.knowledge.cells.get(cell.id)
        if known is None or not known.measured or known.backend != cell.backend:
            return None
        return of_fact(self.knowledge.fact(cell.id, subject.path, subject.name))

    def _report(self, store: ReportStore, cell: Cell, source: Source) -> Outcome | None:
        """What a stored report of that very cell says; an unreadable one says nothing."""
        try:
            report = store.read(cell.id)
        except ValueError:
            return None
        if report is None or report.outcome not in _TOLD or report.failure in ENVIRONMENTAL:
            return None
        was = report.cell
        if (was.python, was.backend, was.pins, was.as_of) != (
            cell.python,
            cell.backend,
            cell.pins,
            cell.as_of,
        ):
            return None
        return of_report(report, self.question.subject, source)
