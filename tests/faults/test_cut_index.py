"""The package index upstream goes away in the middle of a build."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from invariants import RECOVERS
from shelf import Shelf
from stage import PYTHON2, Checkout, Relay, Yard, check_recovery, rest, whole_suite_only

from keras_matrix.index import PackageIndex
from keras_matrix.results import CellOutcome

pytestmark = [pytest.mark.integration, pytest.mark.slow]

AFTER = (0, 30_000, 300_000)
"""Bytes that come through before the cut: of a page, of the first file, of the last one."""


@pytest.fixture
def shelf(one_cell: Checkout, index: PackageIndex) -> Iterator[Shelf]:
    """Upstream: its files come from this machine's cache, so that nothing is fetched twice."""
    with Shelf(one_cell.root / "docker" / "locks", index.fetch) as server:
        yield server
        server.shutdown()


def sources(port: int) -> dict[str, str]:
    """Variables for a run that knows this index and no other."""
    url = f"http://127.0.0.1:{port}/simple/"
    return {"PIP_INDEX_URL": url, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}


@whole_suite_only
@pytest.mark.fault(
    "the index is cut in a build",
    *("exit code 3", "the cell fails as network", "it was tried three times"),
    *RECOVERS,
)
@pytest.mark.parametrize("after", AFTER)
def test_an_index_that_is_cut_costs_its_cell_only(
    after: int,
    one_cell: Checkout,
    yard: Yard,
    shelf: Shelf,
    forget: Callable[[], None],
    moment: Callable[[str], None],
) -> None:
    forget()
    one_cell.variables["KERAS_MATRIX_CACHE"] = str(one_cell.root / "cache")
    with closing(Relay(("127.0.0.1", 0), ("127.0.0.1", shelf.port))) as relay:
        relay.limit = after
        process = one_cell.start(**sources(relay.port))
        out = rest(process)
        moment(f"after {after:,} bytes")
    assert process.returncode == 3, out
    assert "Traceback" not in out
    assert one_cell.outcomes() == {PYTHON2: (CellOutcome.BUILD_FAILED, "network")}, out
    assert "attempt 3 of 3" in out
    check_recovery(one_cell, yard, **sources(shelf.port))
