"""Who measures which cell: tiers stay together, and a lost worker's cells go elsewhere. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keras_matrix.running.planning import Task

MOST_LOSSES = 3
"""After so many lost workers a cell is taken for their killer."""


@dataclass(kw_only=True)
class Board:
    """``slots`` says how many cells each worker measures at a time.

    With ``shared`` a tier that stands anywhere is at hand everywhere (a registry).
    """

    shared: bool = False
    slots: dict[str, int] = field(default_factory=dict)
    pending: list[Task] = field(default_factory=list)
    running: dict[str, list[Task]] = field(default_factory=dict)
    losses: dict[str, list[str]] = field(default_factory=dict)
    _owners: dict[str, set[str]] = field(default_factory=dict)
    _standing: set[str] = field(default_factory=set)

    def join(self, worker: str, slots: int) -> None:
        """A worker is there, for so many cells at a time."""
        self.slots[worker] = slots
        self.running.setdefault(worker, [])

    def take(self) -> tuple[str, Task] | None:
        """The next cell to start and where; None while there is nothing to start."""
        for worker in sorted(self.slots, key=lambda each: len(self.running[each])):
            task = self._for(worker)
            if task is not None:
                self.pending.remove(task)
                self.running[worker].append(task)
                self._owners.setdefault(task.shares, set()).add(worker)
                return worker, task
        return None

    def ended(self, worker: str, task: Task, *, stands: bool) -> None:
        """A cell has its result; with ``stands`` the tier that it shares is built now."""
        if stands and worker in self.slots:
            self._standing.add(task.shares)
        self._left(worker, task)

    def give_back(self, worker: str, task: Task) -> bool:
        """A cell lost its worker: True where it is pending again, False where it ends here."""
        self._left(worker, task)
        self.losses.setdefault(task.cell.id, []).append(worker)
        if len(self.losses[task.cell.id]) >= MOST_LOSSES:
            return False
        self.pending.insert(0, task)
        return True

    def lost(self, worker: str) -> None:
        """A worker is gone: its tiers belong to whoever takes them next."""
        self.slots.pop(worker, None)
        for tier, owners in self._owners.items():
            owners.discard(worker)
            if not owners and not self.shared:
                self._standing.discard(tier)

    def _left(self, worker: str, task: Task) -> None:
        if task in self.running.get(worker, []):
            self.running[worker].remove(task)
        if worker not in self.slots and not self.running.get(worker):
            self.running.pop(worker, None)

    def _for(self, worker: str) -> Task | None:
        """Of its own tiers, then of a tier that nobody has, then help with another's tier.

        A cell that lost a worker before runs alone, so that no other cell is blamed with it.
        """
        free = self.slots[worker] - len(self.running[worker])
        if free <= 0 or any(task.cell.id in self.losses for task in self.running[worker]):
            return None
        alone = not self.running[worker]
        pending = [task for task in self.pending if alone or task.cell.id not in self.losses]
        for task in pending:
            if worker in self._owners.get(task.shares, ()) and self._buildable(worker, task):
                return task
        for task in pending:
            if not self._owners.get(task.shares):
                return task
        return self._help(pending)

    def _buildable(self, worker: str, task: Task) -> bool:
        """Not a second cell of a tier that the first one is still building."""
        building = any(each.shares == task.shares for each in self.running[worker])
        return task.shares in self._standing or not building

    def _help(self, pending: list[Task]) -> Task | None:
        """A cell of the standing tier that most cells wait for.

        Where the tier would have to be built once more, its last cell is left to its owner.
        """
        waiting: Mapping[str, int] = {
            tier: sum(task.shares == tier for task in pending)
            for tier in sorted(self._standing & {task.shares for task in pending})
        }
        if not waiting:
            return None
        tier = max(waiting, key=lambda each: waiting[each])
        if waiting[tier] < (1 if self.shared else 2):
            return None
        return next(task for task in pending if task.shares == tier)
