"""Two runs in one checkout at the same time."""

import pytest
from invariants import CLEAN, TRUE
from stage import FULL, Checkout, Reference, Yard, rest, undated

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.mark.fault(
    "two runs at once in one checkout", "each cell is measured once", "both end with 0", TRUE, CLEAN
)
@pytest.mark.parametrize("jobs", ["1", "2"] if FULL else ["2"])
def test_two_runs_at_once_measure_each_cell_once(
    jobs: str, checkout: Checkout, yard: Yard, reference: Reference
) -> None:
    both = [checkout.start("--jobs", jobs) for _ in range(2)]
    outs = [rest(process) for process in both]
    assert [process.returncode for process in both] == [0, 0], outs
    for cell in checkout.cells:
        assert [f"{cell}: probe" in out for out in outs].count(True) == 1, outs
    assert all("2 measured" in out for out in outs), outs
    found = {cell: undated(content) for cell, (content, _) in checkout.measured().items()}
    assert found == reference.reports
    assert yard.left(checkout.pids) == []
