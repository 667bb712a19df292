"""Which workers may take part: those of the same harness, and all with the same kind of engine."""

from collections.abc import Iterable

from keras_matrix.distributing.orders import Introduction


def why_not(worker: Introduction, harness: str, dask: str, engine: str) -> str | None:
    """Why a worker can't take part; None where it can. ``engine`` is that of the others. Pure."""
    reason = worker.problem
    if reason is None and worker.dask != dask:
        reason = f"runs Dask {worker.dask}, this machine {dask}: install the same on all"
    if reason is None and worker.harness != harness:
        reason = f"has {worker.harness}, this machine {harness}: install the same on all"
    if reason is None and worker.engine != engine:
        reason = f"uses the {worker.engine} engine, others {engine}: say which with --engine"
    return None if reason is None else f"worker {worker.name}: {reason}"


def problems(workers: Iterable[Introduction], harness: str, dask: str) -> list[str]:
    """Every reason why one of the workers that are there at the start can't take part. Pure."""
    found = sorted(workers, key=lambda worker: worker.name)
    engine = next((worker.engine for worker in found if worker.problem is None), "")
    reasons = (why_not(worker, harness, dask, engine) for worker in found)
    return [reason for reason in reasons if reason is not None]
