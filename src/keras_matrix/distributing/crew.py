"""The workers of a cluster as a campaign's crew."""

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from keras_matrix.atomicfile import write_text
from keras_matrix.distributing.admission import problems, why_not
from keras_matrix.distributing.board import Board
from keras_matrix.distributing.cluster import VERSION, Cluster
from keras_matrix.distributing.executor import ClusterExecutor, Handlers
from keras_matrix.distributing.orders import (
    Delivery,
    Introduction,
    Order,
    Step,
    Terms,
    harness,
    pack,
)
from keras_matrix.errors import LOST_WORKERS, EnvironmentUnusableError
from keras_matrix.locks import lock_path
from keras_matrix.probing import probes_digest
from keras_matrix.project import Project
from keras_matrix.results import CellOutcome, CellReport, Provenance
from keras_matrix.running.measuring import PLATFORM, Measured, locks_of, summary
from keras_matrix.running.planning import Ground, Task

_WORKER_SECONDS = 30.0
"""How long to wait for the first worker: it may have been started together with the run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the options say; see the fields of the same names in :class:`.orders.Terms`.

    ``jobs`` is how many cells a worker measures at a time, at most.
    """

    scheduler: str
    registry: str | None
    engine: str
    jobs: int


@dataclass(kw_only=True)
class Share:
    """What one worker did: tiers it built, pushed and pulled, cells it finished, in order."""

    built: list[str] = field(default_factory=list)
    pushed: list[str] = field(default_factory=list)
    pulled: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    lost: bool = False


class ClusterCrew:
    """A campaign's ``Crew``. ``say`` tells people what happens to the workers."""

    def __init__(
        self,
        cluster: Cluster,
        project: Project,
        terms: Terms,
        workers: Mapping[str, Introduction],
        *,
        jobs: int,
        say: Callable[[str], None],
    ) -> None:
        self._cluster = cluster
        self._project = project
        self._terms = terms
        self._workers = workers
        self._jobs = jobs
        self._say = say
        self._received: dict[str, int] = {}
        self.shares: dict[str, Share] = defaultdict(Share)
        self.engine = next(iter(workers.values())).engine
        handlers = Handlers(
            order=self._order,
            receive=self._receive,
            give_up=self._give_up,
            admit=self._admit,
            lost=self._lost,
        )
        board = Board(shared=terms.registry is not None)
        self._executor = ClusterExecutor(cluster, board, handlers, jobs=jobs)
        self._executor.join(workers)

    @property
    def jobs(self) -> int:
        """All cells at once: which is measured where and when is for the executor to say."""
        return 2**31

    @property
    def ground(self) -> Ground:
        """What the reports of these workers rest on."""
        return Ground(
            engine=self.engine,
            locks=self._project.locks,
            probes=self._terms.probes,
            import_paths=self._terms.import_paths,
        )

    def executor(self) -> ClusterExecutor:
        """See the protocol."""
        self._cluster.listen(self._heard)
        return self._executor

    def measure(self, task: Task, on_step: Callable[[str, str], None]) -> Measured:
        """See the protocol."""
        return self._executor.measure(task, on_step)

    def halt(self) -> None:
        """See the protocol."""
        self._executor.halt()

    def make_room(self, needed: Collection[str], newest: int) -> None:
        """See the protocol."""
        self._cluster.tidy(frozenset(needed), newest)

    def received(self, cell: str) -> int:
        """The bytes that the cell's worker was handed for it."""
        return self._received.get(cell, 0)

    def _heard(self, worker: str, step: Step) -> None:
        self._received[step.cell] = step.received
        done, _, tier = step.detail.partition(" ")
        if step.stage == "build" and done == "build":
            self.shares[self._executor.name_of(worker)].built.append(tier)
        self._executor.told(worker, step)

    def _order(self, task: Task) -> Order:
        locks = {}
        for tier in task.tiers:
            path = lock_path(self._project.locks, tier)
            if tier.requirements and path.exists():
                locks[tier.name] = path.read_text(encoding="utf-8")
        return Order(terms=self._terms, task=task, locks=locks)

    def _receive(self, worker: str, task: Task, delivery: Delivery) -> Measured:
        """Keep what came along with the report: new locks, the log of a failed build."""
        cell = task.cell.id
        self._received[cell] = delivery.received
        share = self.shares[worker]
        share.finished.append(cell)
        share.pushed.extend(delivery.pushed)
        share.pulled.extend(delivery.pulled)
        for warning in delivery.warnings:
            self._say(f"worker {worker}: {warning}")
        for tier in task.tiers:
            path = lock_path(self._project.locks, tier)
            if tier.name in delivery.locks and not path.exists():
                write_text(path, delivery.locks[tier.name])
        if delivery.log is None:
            return delivery.measured
        log = self._project.logs / f"{cell}.{worker.replace('/', '_')}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        write_text(log, delivery.log)
        return replace(delivery.measured, log=log)

    def _give_up(self, task: Task, workers: Sequence[str]) -> Measured:
        reason = (
            f"{len(workers)} workers were lost while they measured it ({', '.join(workers)}): "
            "it may be what ends them"
        )
        start = Provenance(
            engine=self.engine,
            image=None,
            locks=locks_of(task.tiers, self._project.locks),
            probes=self._terms.probes,
            python=None,
            platform=PLATFORM,
            measured_on=datetime.now(UTC).date(),
        )
        report = CellReport(
            cell=summary(task.cell),
            outcome=CellOutcome.NOT_RUN,
            reason=reason,
            failure=LOST_WORKERS,
            provenance=start,
        )
        return Measured(report=report, build_seconds=0.0)

    def _admit(self, addresses: Collection[str]) -> Mapping[str, Introduction]:
        """Those of the newcomers that can take part; the others are named."""
        admitted = {}
        for address, worker in self._cluster.introduce(self._terms, addresses).items():
            reason = why_not(worker, harness(), VERSION, self.engine)
            self._say(reason or f"worker {worker.name} joins: {worker.about}")
            if reason is None:
                admitted[address] = worker
        return admitted

    def _lost(self, worker: str, cells: Sequence[str]) -> None:
        self.shares[worker].lost = True
        then = f"measured elsewhere: {', '.join(cells)}" if cells else "it measured nothing"
        self._say(f"worker {worker} is lost; {then}")


@contextmanager
def open_crew(
    wanted: Wanted, project: Project, import_paths: tuple[str, ...], say: Callable[[str], None]
) -> Iterator[ClusterCrew]:
    """The cluster's workers, each with its bench open, while the block runs.

    Raises:
        InputError: the scheduler's address is none.
        EnvironmentUnusableError: no scheduler, no worker, or one that can't take part.
    """
    terms = Terms(
        campaign=f"keras-matrix-{secrets.token_hex(8)}",
        engine=wanted.engine,
        registry=wanted.registry,
        import_paths=import_paths,
        probes=probes_digest(project.probes),
        kit=pack(project.probes),
    )
    cluster = Cluster.connect(wanted.scheduler, terms.campaign)
    try:
        workers = _workers(cluster, terms)
        for worker in workers.values():
            say(f"worker {worker.name} ({worker.threads} threads): {worker.about}")
        yield ClusterCrew(cluster, project, terms, workers, jobs=wanted.jobs, say=say)
    finally:
        cluster.leave()


def _workers(cluster: Cluster, terms: Terms) -> Mapping[str, Introduction]:
    """Everyone who is there, if everyone can take part."""
    until = time.monotonic() + _WORKER_SECONDS
    while not (addresses := cluster.addresses()):
        if time.monotonic() > until:
            raise EnvironmentUnusableError(
                f"the Dask scheduler at {cluster.address} has no worker: start some "
                f"(dask worker {cluster.address})"
            )
        time.sleep(0.5)
    workers = cluster.introduce(terms, addresses)
    if found := problems(workers.values(), harness(), VERSION):
        raise EnvironmentUnusableError("\n".join(found))
    return workers
