"""The door to Dask: the only module that imports it. Half of it runs on the workers."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import Any, cast

from distributed import Client, KilledWorker, get_worker
from distributed.comm import connect

from keras_matrix.distributing import remote
from keras_matrix.distributing.orders import Delivery, Introduction, Order, Step, Terms, harness
from keras_matrix.errors import EnvironmentUnusableError, InputError, KerasMatrixError
from keras_matrix.running.campaign import CampaignStopped

VERSION = version("distributed")
_ADDRESS = re.compile(r"(tcp|tls|ws|wss)://[^/\s]+:\d+")
_INTRODUCE_SECONDS = 300  # an engine that has to pull or push something first
_CALL_SECONDS = 60
_TELL_SECONDS = 1.0


class Cluster:
    """A scheduler and its workers, as seen from the run.

    ``lost`` is what a future raises whose worker is gone.
    """

    lost: tuple[type[BaseException], ...] = (CancelledError, KilledWorker)

    def __init__(self, client: Any, address: str, campaign: str) -> None:
        self._client = client
        self._campaign = campaign
        self.address = address

    @classmethod
    def connect(cls, address: str, campaign: str, seconds: float = 15.0) -> "Cluster":
        """The cluster at that address.

        Raises:
            InputError: that is no address of a scheduler.
            EnvironmentUnusableError: nothing answers there in time, or another version of Dask.
        """
        if not _ADDRESS.fullmatch(address):
            raise InputError([f"--scheduler {address}: must be tcp://HOST:PORT or tls://HOST:PORT"])
        # Of lost workers and broken connections the run itself tells, in its own words.
        for name in ("distributed", *logging.root.manager.loggerDict):
            if name.partition(".")[0] == "distributed":
                logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            asyncio.run(_reach(address, seconds))
            client: Any = cast(Any, Client)(
                address, timeout=seconds, set_as_default=False, name="keras-matrix"
            )
        except Exception as error:  # whatever listens there may answer anything
            raise EnvironmentUnusableError(
                f"no Dask scheduler answers at {address}: {_short(error)}. Start one there "
                f"(dask scheduler), with workers (dask worker {address}), and the same version "
                f"of Dask ({VERSION}) everywhere."
            ) from error
        cluster = cls(client, address, campaign)
        found = _call(client.get_versions)["scheduler"]["packages"]["distributed"]
        if found != VERSION:
            client.close(timeout=5)
            raise EnvironmentUnusableError(
                f"the Dask scheduler at {address} runs version {found}, this machine "
                f"{VERSION}: install the same on all"
            )
        return cluster

    def addresses(self) -> frozenset[str]:
        """The workers that the scheduler has now.

        Raises:
            EnvironmentUnusableError: it doesn't answer any more.
        """
        return frozenset(_call(lambda: self._client.nthreads()))

    def introduce(self, terms: Terms, workers: Collection[str]) -> Mapping[str, Introduction]:
        """Have each worker open its bench and say who it is; one that has left isn't there."""
        answers = _call(
            lambda: self._client.run(
                _introduced,
                terms,
                workers=list(workers),
                on_error="return",
                callback_timeout=_INTRODUCE_SECONDS,
            )
        )
        return {
            address: answer if isinstance(answer, Introduction) else _stranger(address, answer)
            for address, answer in answers.items()
            if not isinstance(answer, OSError)
        }

    def listen(self, heard: Callable[[str, Step], None]) -> None:
        """Have ``heard`` called with every step of every worker (its address, the step)."""

        def handle(event: tuple[float, Any]) -> None:
            _, message = event
            heard(message["worker"], Step(**message["step"]))

        self._client.subscribe_topic(self._campaign, handle)

    def submit(self, worker: str, order: Order) -> "Future[Delivery]":
        """Measure a cell on that very worker."""
        executor = self._client.get_executor(
            workers=[worker], allow_other_workers=False, pure=False, retries=0
        )
        return cast("Future[Delivery]", executor.submit(_measured, order))

    def halt(self) -> None:
        """End what the campaign does on the workers."""
        self._everywhere(_halted, self._campaign)

    def tidy(self, needed: frozenset[str], newest: int) -> None:
        """Have the workers remove what no remaining cell needs."""
        self._everywhere(_tidied, self._campaign, needed, newest)

    def leave(self) -> None:
        """Close the workers' benches and the connection."""
        self._everywhere(_closed, self._campaign)
        self._client.close(timeout=5)

    def _everywhere(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call it on every worker; one that is gone has nothing left to end."""
        try:
            self._client.run(
                function, *arguments, on_error="ignore", callback_timeout=_CALL_SECONDS
            )
        except Exception as error:
            logging.getLogger(__name__).info("%s: %s", function.__name__, _short(error))


async def _reach(address: str, seconds: float) -> None:
    """A client waits for ever where something else than a scheduler listens."""
    connection = await asyncio.wait_for(connect(address, timeout=seconds), seconds)
    await connection.close()


def _call(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:
        raise EnvironmentUnusableError(f"the Dask scheduler is gone: {_short(error)}") from error


def _short(error: BaseException) -> str:
    return (" ".join(str(error).split()) or f"no answer in time ({type(error).__name__})")[:300]


def _stranger(address: str, error: BaseException) -> Introduction:
    """A worker that couldn't even be asked: it has no harness, or a very different one."""
    return Introduction(
        name=address,
        threads=0,
        harness="",
        dask="",
        problem=f"has not this harness ({type(error).__name__}: {_short(error)})",
    )


# From here on: what the workers run. None of it blocks their event loops: engines take their time.


async def _introduced(terms: Terms, dask_worker: Any) -> Introduction:
    known = Introduction(
        name=str(dask_worker.name),
        threads=dask_worker.state.nthreads,
        harness=harness(),
        dask=VERSION,
    )
    try:
        engine, about = await asyncio.to_thread(remote.open_bench, terms)
    except (KerasMatrixError, OSError) as error:
        return replace(known, problem=str(error))
    return replace(known, engine=engine, about=about)


async def _halted(campaign: str) -> None:
    await asyncio.to_thread(remote.halt, campaign)


async def _tidied(campaign: str, needed: frozenset[str], newest: int) -> None:
    await asyncio.to_thread(remote.tidy, campaign, needed, newest)


async def _closed(campaign: str) -> None:
    await asyncio.to_thread(remote.close, campaign)


def _measured(order: Order) -> Delivery:
    """Measure a cell; where the run is gone, who would take the report, stop instead."""
    worker = get_worker()
    key = worker.get_current_task()
    campaign = order.terms.campaign
    told: dict[str, float] = {}

    def forsaken() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled"

    def tell(step: Step) -> None:
        if forsaken():
            raise CampaignStopped
        now = time.monotonic()
        if step.stage == "build" or now - told.get(step.stage, 0.0) > _TELL_SECONDS:
            told[step.stage] = now
            worker.log_event(campaign, {"worker": worker.address, "step": asdict(step)})

    try:
        return remote.measure(order, tell)
    except CampaignStopped:
        if forsaken():
            remote.halt(campaign)
            remote.close(campaign)
        raise
    except KerasMatrixError as error:
        # Not every error of ours survives the way home, but its words do.
        raise EnvironmentUnusableError(f"{worker.name}: {error}") from None
