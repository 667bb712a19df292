"""A run that ends in time: no cell is started that isn't expected to be done by then."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from keras_matrix.running.planning import Task
from keras_matrix.running.timings import Timings

_BUDGET = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A cell that was not started, and why not."""

    cell: str
    why: str
    estimate: float
    left: float

    @property
    def reason(self) -> str:
        """For people."""
        if self.left <= 0:
            return "the budget was spent"
        return f"expected to take {self.estimate:.0f} s, {self.left:.0f} s of the budget were left"


class Budget:
    """``seconds`` from now on. Tiers called ``standing`` need no build.

    ``left_out`` are the cells that would not have ended in time, in the order of their turns.
    """

    def __init__(
        self,
        seconds: float,
        timings: Timings,
        standing: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._deadline = clock() + seconds
        self._timings = timings
        self._standing = set(standing)
        self.left_out: list[LeftOut] = []

    def admits(self, task: Task) -> bool:
        """Whether the cell is expected to end in time; a cell that isn't is left out."""
        cell = task.cell.id
        estimate = self._timings.estimate(cell, task.shares, self._standing)
        left = self._deadline - self._clock()
        if estimate <= left:
            return True
        self.left_out.append(LeftOut(cell=cell, why=task.why, estimate=estimate, left=left))
        return False

    def built(self, task: Task) -> None:
        """The cell's tiers stand now."""
        self._standing.update(tier.name for tier in task.tiers)


def parse_budget(text: str) -> int:
    """Seconds of ``1h30m``, ``30m``, ``90s``.

    Raises:
        ValueError: it is no such text, or no time at all.
    """
    found = _BUDGET.fullmatch(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if not total:
        raise ValueError(f"{text!r} is no time: give hours, minutes, seconds, as in 1h30m or 90s")
    return total
