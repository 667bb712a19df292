"""Which cells a run would measure, decided where there is no engine: on the machine that shares
out the work."""

from collections.abc import Iterable
from pathlib import Path

from keras_matrix.feasibility import Impossible, assess
from keras_matrix.matrix import Cell
from keras_matrix.releases import Catalogue
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome, CellReport
from keras_matrix.running.currency import Basis, why_stale
from keras_matrix.running.measuring import locks_of, summary
from keras_matrix.tiers import plan


def needed(
    cells: Iterable[Cell],
    catalogue: Catalogue,
    store: ReportStore,
    *,
    locks: Path,
    probes: str,
    import_paths: tuple[str, ...],
) -> tuple[Cell, ...]:
    """The cells without a current report; whichever engine measured it, it will measure it again.

    Of the impossible cells those of which no report says so.
    """
    found = []
    for cell in cells:
        try:
            stored = store.read(cell.id)
        except ValueError:
            stored = None
        verdict = assess(cell, catalogue)
        if isinstance(verdict, Impossible):
            current = stored is not None and stored.outcome is CellOutcome.IMPOSSIBLE
        else:
            tiers = plan(cell, verdict.distributions, catalogue)
            basis = Basis(
                cell=summary(cell),
                engine=_engine(stored),
                locks=locks_of(tiers, locks),
                probes=probes,
                import_paths=import_paths,
            )
            current = why_stale(stored, basis) is None
        found.extend([] if current else [cell])
    return tuple(found)


def _engine(stored: CellReport | None) -> str:
    return stored.provenance.engine if stored else ""
