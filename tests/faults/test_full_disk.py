"""A disk that fills up while a run works: the cache's, and the checkout's own."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from invariants import RECOVERS
from stage import PYTHON2, Checkout, Yard, check_recovery, rest, small_disk, until, whole_suite_only

from keras_matrix.results import CellOutcome

pytestmark = [pytest.mark.integration, pytest.mark.slow]

EITHER = ((CellOutcome.MEASURED, None), (CellOutcome.BUILD_FAILED, "disk"))
MOMENTS = [("engine:", 0), ("build  build", 100_000), ("probe", 0)]
"""At which step the cache's disk fills up, and the bytes that stay free."""


def fill(place: Path, leave: int) -> Path:
    """A file that takes all room but so many bytes, whoever else writes meanwhile."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(2**16))
    os.truncate(filler, max(0, filler.stat().st_size - leave))
    return filler


@whole_suite_only
@pytest.mark.fault("the cache's disk fills up", "the cell fails as disk or is whole", *RECOVERS)
@pytest.mark.parametrize(("step", "leave"), MOMENTS)
def test_a_cache_that_fills_up_is_the_cells_trouble(
    step: str,
    leave: int,
    one_cell: Checkout,
    yard: Yard,
    forget: Callable[[], None],
    moment: Callable[[str], None],
) -> None:
    forget()
    with small_disk(one_cell.root / "cache", "256m") as cache:
        one_cell.variables["KERAS_MATRIX_CACHE"] = str(cache)
        process = one_cell.start()
        until(process, step)
        filler = fill(cache, leave)
        out = rest(process)
        moment(f"at {' '.join(step.split())} {leave:,} bytes left")
        assert "Traceback" not in out
        assert one_cell.outcomes().get(PYTHON2) in EITHER, out
        assert process.returncode == (0 if one_cell.measured() else 3), out
        filler.unlink()
        check_recovery(one_cell, yard)


@whole_suite_only
@pytest.mark.fault("the checkout's disk fills up", "the cell fails as disk", *RECOVERS)
def test_a_report_that_finds_no_room_is_written_by_the_next_run(
    one_cell: Checkout, yard: Yard
) -> None:
    with small_disk(one_cell.reports, "1m"):
        process = one_cell.start()
        until(process, "probe")
        filler = fill(one_cell.reports, 0)
        out = rest(process)
        assert process.returncode == 3, out
        assert "Traceback" not in out
        assert "disk" in out
        assert one_cell.outcomes() == {}
        filler.unlink()
        check_recovery(one_cell, yard)
