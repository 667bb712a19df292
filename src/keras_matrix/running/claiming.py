"""Several runs in one checkout at the same time: each cell is measured by one of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from keras_matrix.filelocks import alone
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellReport
from keras_matrix.running.currency import why_stale
from keras_matrix.running.planning import Ground, Task, basis_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """A lock for each cell of a checkout, in ``directory``; reports are current on ``ground``."""

    directory: Path
    ground: Ground

    def on(self, task: Task, on_wait: Callable[[], None]) -> AbstractContextManager[None]:
        """Nobody else measures the cell meanwhile; ``on_wait`` may raise to stop."""
        return alone(self.directory / f"{task.cell.id}.lock", on_wait)

    def finished_meanwhile(self, task: Task, store: ReportStore) -> CellReport | None:
        """The current report that another run has stored since the task was planned."""
        try:
            stored = store.read(task.cell.id)
        except ValueError:
            return None
        if stored is None or stored == task.stored:
            return None
        basis = basis_of(task.cell, task.tiers, self.ground)
        return None if why_stale(stored, basis) else stored
