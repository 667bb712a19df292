"""Measure one environment: run ``probes/run.py`` in it until every attribute has an answer.

The decisions are :mod:`.ledger`'s, the lines :mod:`.protocol`'s; here is only the loop that
starts processes through an engine.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from keras_matrix.engines import Command, Engine, Environment, Limits
from keras_matrix.probing.ledger import Ledger
from keras_matrix.probing.protocol import ProtocolError, Request, Setting, TriedBefore, parse
from keras_matrix.results import PathRecord

MOUNT = "/probes"
REQUEST_VARIABLE = "KERAS_MATRIX_REQUEST"

_EVIDENCE_KEPT = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbePlan:
    """What to measure. ``only`` maps a path to the names to call there; None calls everything.

    ``order`` seeds a shuffled order of calls: the result must be the same for every seed.
    ``silence_seconds`` is the deadline of one call or one import; ``limits`` holds the rest.
    """

    paths: tuple[str, ...]
    backend: str
    probes: Path
    only: Mapping[str, tuple[str, ...]] | None = None
    order: int | None = None
    silence_seconds: float = 60.0
    max_restarts: int = 40
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeProgress:
    """How far a measurement is: ``done`` of ``total`` names, and the one that is being called."""

    phase: str
    done: int
    total: int
    attribute: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeResult:
    """What was measured. With ``unhealthy`` set the cell itself is broken: report none of it.

    A name that is in no record is not there. ``complaints`` are recipes at fault, ``evidence``
    lines that were not of the protocol; both are for the log. ``seconds`` is wall time.
    """

    paths: Mapping[str, PathRecord]
    packages: Mapping[str, str]
    installs: Mapping[str, Any]
    python: str | None
    platform: str | None
    unhealthy: str | None
    restarts: int
    processes: int
    seconds: float
    complaints: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(kw_only=True, slots=True)
class _Evidence:
    """Lines that were not of the protocol: the first few whole, the rest counted."""

    kept: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, text: str) -> None:
        if len(self.kept) < _EVIDENCE_KEPT:
            self.kept.append(text)
        else:
            self.more += 1

    def told(self) -> tuple[str, ...]:
        return (*self.kept, *([f"and {self.more} more lines"] if self.more else []))


def measure(
    engine: Engine,
    environment: Environment,
    plan: ProbePlan,
    on_progress: Callable[[ProbeProgress], None] | None = None,
) -> ProbeResult:
    """Measure every path of the plan, surviving crashes and hangs of what is called.

    Raises:
        EngineUnavailableError: the engine went away.
    """
    started = time.monotonic()
    evidence = _Evidence()
    ledger = Ledger(
        Request(
            paths=plan.paths,
            backend=plan.backend,
            only=plan.only,
            order=plan.order,
            alternatives=TriedBefore(),
        ),
        silence_seconds=plan.silence_seconds,
        max_restarts=plan.max_restarts,
    )
    processes = 0
    while (request := ledger.next_request()) is not None:
        processes += 1
        _run_once(engine, environment, command_for(plan, request), ledger, evidence, on_progress)
    return ProbeResult(
        paths=ledger.findings.records(),
        packages=dict(sorted(ledger.packages.items())),
        installs=ledger.installs,
        python=ledger.hello.python if ledger.hello else None,
        platform=ledger.hello.platform if ledger.hello else None,
        unhealthy=ledger.unhealthy,
        restarts=ledger.restarts,
        processes=processes,
        seconds=time.monotonic() - started,
        complaints=tuple(ledger.complaints),
        evidence=evidence.told(),
    )


def _run_once(
    engine: Engine,
    environment: Environment,
    command: tuple[Command, str],
    ledger: Ledger,
    evidence: _Evidence,
    on_progress: Callable[[ProbeProgress], None] | None,
) -> None:
    process = engine.run(environment, command[0])
    try:
        for line in process.lines():
            try:
                ledger.receive(parse(line, command[1]))
            except ProtocolError as error:
                evidence.add(str(error))
                continue
            if on_progress is not None:
                on_progress(_progress(ledger))
    except BaseException:
        process.kill()
        process.wait()
        raise
    ledger.process_ended(process.wait())


def _progress(ledger: Ledger) -> ProbeProgress:
    done, total = ledger.findings.counts()
    begun = ledger.begun
    return ProbeProgress(
        phase=ledger.phase.value if ledger.phase else "finished",
        done=done,
        total=total,
        attribute=f"{begun.path}.{begun.name}" if begun else None,
    )


def command_for(plan: ProbePlan, request: Request) -> tuple[Command, str]:
    """The sandboxed command for one request, and the marker that its lines will carry."""
    marker = f"keras-matrix-{secrets.token_hex(8)}"
    variables = dict(variables_for(plan.backend))
    if request.setting is Setting.LEGACY_KERAS:
        variables["TF_USE_LEGACY_KERAS"] = "1"
    variables[REQUEST_VARIABLE] = request.to_json(marker)
    command = Command(
        arguments=(f"{MOUNT}/run.py",),
        variables=variables,
        mounts={plan.probes: MOUNT},
        limits=replace(plan.limits, silence_seconds=plan.silence_seconds),
    )
    return command, marker


def variables_for(backend: str) -> Mapping[str, str]:
    """The environment variables that a cell's interpreter needs for its backend.

    The same for probes, scenarios and a user's script, so that what is measured is what runs.
    """
    variables = {
        "KERAS_BACKEND": backend,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        # oneDNN's other order of additions would make values depend on the machine.
        "TF_ENABLE_ONEDNN_OPTS": "0",
        # No compiler in the image: Theano's own Python implementations; its cache goes to $HOME.
        # Whatever the backend: keras.backend.theano_backend is a path of its own.
        "THEANO_FLAGS": "cxx=,optimizer=fast_compile,device=cpu",
    }
    if backend == "jax":
        variables["JAX_PLATFORMS"] = "cpu"
        # Every operation is compiled once, for one call: optimising takes twice as long.
        variables["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
    return variables


def probes_digest(directory: Path) -> str:
    """``sha256:…`` over the names and contents of the probes' code and data, in order."""
    digest = hashlib.sha256()
    for path in sorted([*directory.rglob("*.py"), *directory.glob("*.json")]):
        name = path.relative_to(directory).as_posix().encode()
        content = path.read_bytes()
        digest.update(b"%d %s %d " % (len(name), name, len(content)))
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"
