"""Which cell to measure first: the one whose result is likeliest to be news. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from keras_matrix.errors import ENVIRONMENTAL
from keras_matrix.results import CellOutcome, CellReport


class Rank(IntEnum):
    """How much a cell's result would tell, the most first."""

    NEW = 0
    """No report of it yet."""
    FAILED = 1
    """The machine kept it from being measured the last time."""
    STALE = 2
    """What its report rests on has changed."""
    BOUNDARY = 3
    """Its report is current, and a support range begins or ends there."""
    REST = 4
    """Its report is current, or its build failed for a reason of its own."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Urgency:
    """Sorts the most telling first: by rank; new cells by their newest release, the latest first;
    others by the support ranges that begin or end there."""

    rank: Rank = Rank.REST
    days_back: int = 0
    boundaries_less: int = 0


LEAST = Urgency()
"""What nothing is known of."""


def urgency(
    stored: CellReport | None,
    *,
    stale: bool,
    failed: bool,
    newest: date,
    boundaries: int,
) -> Urgency:
    """How soon to measure a cell.

    ``stale`` is whether the report's basis changed, ``failed`` whether the last run failed for
    the machine's sake, ``newest`` the day of the cell's newest release, ``boundaries`` how many
    support ranges begin or end at the cell.
    """
    if stored is None and not failed:
        return Urgency(rank=Rank.NEW, days_back=-newest.toordinal())
    return Urgency(
        rank=_rank(stored, stale=stale, failed=failed, boundaries=boundaries),
        boundaries_less=-boundaries,
    )


def _rank(stored: CellReport | None, *, stale: bool, failed: bool, boundaries: int) -> Rank:
    if failed or stored is None or stored.outcome is CellOutcome.NOT_RUN:
        return Rank.FAILED
    if stored.failure in ENVIRONMENTAL:
        return Rank.FAILED
    if stale and stored.outcome is CellOutcome.MEASURED:
        return Rank.STALE
    return Rank.BOUNDARY if boundaries else Rank.REST
