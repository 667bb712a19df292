"""A chain of tiers -> a built environment: resolve what has no lock, build what isn't there.

Knows neither engines nor indexes but by their protocols. One tier is resolved and built once,
however many cells and processes ask for it at the same time.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from keras_matrix.engines import BuildRequest, Engine, Environment
from keras_matrix.errors import BuildFailedError, FailureClass
from keras_matrix.filelocks import alone
from keras_matrix.installers import classify
from keras_matrix.localbuilds import require_locked, require_requested
from keras_matrix.locks import (
    Lock,
    LockedPackage,
    below_digest,
    constraints,
    fits,
    installed,
    lock_path,
    read_lock,
    same_version,
    write_lock,
)
from keras_matrix.tiers import Tier, TierKind

ROOM = 5 * 2**30
"""Bytes that must be free where an engine keeps its data: a build of less may fill the disk."""


class DatedIndex(Protocol):
    """What this module needs of the package index."""

    def listen(self, host: str) -> None:
        """Serve on that address of this machine, if it isn't done yet."""

    def url(self, host: str, as_of: date, label: str) -> str:
        """The address of the index as of a day, for whoever reaches this process at ``host``."""

    def locked(self, project: str, version: str, python: str, as_of: date) -> LockedPackage:
        """The one file that an installer on that Python takes for a release, and its sha256."""

    def troubles(self, label: str) -> tuple[str, ...]:
        """What that label was refused, and why: installers show a status code at most."""


class Step(StrEnum):
    """What is being done to a tier."""

    WAIT = "wait"
    BASE = "base"
    RESOLVE = "resolve"
    BUILD = "build"
    REUSE = "reuse"


@dataclass(frozen=True, kw_only=True, slots=True)
class TierEvent:
    """One step of one tier, for whoever shows progress."""

    step: Step
    tier: str

    def __str__(self) -> str:
        return f"{self.step} {self.tier}"


def ensure(  # noqa: PLR0913 - two places, two services and an observer; a bundle would only rename them
    tiers: Sequence[Tier],
    *,
    engine: Engine,
    index: DatedIndex,
    locks_dir: Path,
    logs_dir: Path,
    on_event: Callable[[TierEvent], None] = lambda _: None,
    label: str = "",
    renew: Collection[str] = (),
) -> Environment:
    """The environment of the chain (bottom first), building only what is missing.

    ``label`` is whom the index counts the downloads for; ``renew`` names the tiers whose locks
    are resolved anew. ``on_event`` may raise to stop.

    Raises:
        BuildFailedError: a tier could not be resolved or installed.
        PythonUnavailableError: the engine has no such Python.
        ReleaseUnavailableError: no source of this machine has a local build that is asked for.
        InputError: a lock is corrupt.
    """
    work = _Work(
        engine=engine,
        index=index,
        locks_dir=locks_dir,
        logs_dir=logs_dir,
        on_event=on_event,
        label=label,
        renew=renew,
    )
    logs_dir.mkdir(parents=True, exist_ok=True)
    index.listen(engine.index_host())
    base, *_ = tiers
    with work.alone(f"base-py{base.python}"):
        on_event(TierEvent(step=Step.BASE, tier=base.name))
        environment = engine.base(base.python, work.log(base, "base"))
    for tier in tiers:
        if tier.requirements:
            environment = work.tier(tier, environment)
    return environment


@dataclass(kw_only=True)
class _Work:
    """One chain on its way up. ``chain`` is the locks of the tiers that stand, bottom first;
    ``below`` what they were asked for."""

    engine: Engine
    index: DatedIndex
    locks_dir: Path
    logs_dir: Path
    on_event: Callable[[TierEvent], None]
    label: str
    renew: Collection[str]
    chain: list[Lock] = field(default_factory=list)
    below: list[str] = field(default_factory=list)

    def tier(self, tier: Tier, parent: Environment) -> Environment:
        lock = self._lock(tier, parent)
        if tier.kind is not TierKind.PYTHON:
            self.chain.append(lock)
            self.below.extend(tier.requirements)
        if found := self.engine.find(tier, lock, parent):
            self.on_event(TierEvent(step=Step.REUSE, tier=tier.name))
            return found
        with self.alone(tier.name):
            if found := self.engine.find(tier, lock, parent):
                self.on_event(TierEvent(step=Step.REUSE, tier=tier.name))
                return found
            require_locked(self.index.locked, tier, lock.packages, _day(tier))
            self.on_event(TierEvent(step=Step.BUILD, tier=tier.name))
            with self._explained():
                return self.engine.build(self._request(tier, parent, "build"), lock)

    def _lock(self, tier: Tier, parent: Environment) -> Lock:
        path = lock_path(self.locks_dir, tier)
        renew = tier.name in self.renew
        if not renew and path.exists() and fits(lock := read_lock(path), tier, self.chain):
            return lock
        with self.alone(tier.name):
            if not renew and path.exists() and fits(lock := read_lock(path), tier, self.chain):
                return lock
            self.on_event(TierEvent(step=Step.RESOLVE, tier=tier.name))
            lock = self._resolve(tier, parent)
            write_lock(path, lock)
            return lock

    def _resolve(self, tier: Tier, parent: Environment) -> Lock:
        require_requested(self.index.locked, tier, _day(tier))
        lines, refusals = self._choose(tier, parent)
        conflict, held = (*refusals, None, None)[:2]
        there = installed(self.chain)
        packages = []
        for line in lines:
            name, _, version = line.partition("==")
            if name not in there or not same_version(there[name], version):
                packages.append(self.index.locked(name, version, tier.python, _day(tier)))
        return Lock(
            tier=tier.name,
            packages=tuple(sorted(packages, key=lambda package: package.name)),
            as_of=tier.as_of,
            below=below_digest(self.chain),
            conflict=conflict,
            relaxed=held and f"parent constraints dropped ({held})",
        )

    def _choose(self, tier: Tier, parent: Environment) -> tuple[tuple[str, ...], list[str]]:
        """What the resolver chooses, and why it refused what was asked before: first the tier
        together with what is below, then the tier alone, then without what is below held fixed."""
        held = constraints(self.chain, tier)
        together = replace(tier, requirements=(*self.below, *tier.requirements))
        ways = [("resolve", together, held)]
        if self.below:
            ways += [("resolve-apart", tier, held), ("resolve-relaxed", tier, ())]
        refusals: list[str] = []
        while True:
            step, asked, fixed = ways.pop(0)
            try:
                with self._explained():
                    return self.engine.resolve(self._request(asked, parent, step, fixed)), refusals
            except BuildFailedError as error:
                if not ways or error.failure is not FailureClass.RESOLVE:
                    raise
                refusals.append(error.reason)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Room to work in, and in a failure's reason what the index refused meanwhile."""
        require_room(self.engine)
        before = len(self.index.troubles(self.label))
        try:
            yield
        except BuildFailedError as error:
            # A second attempt is refused for the same reasons: what counts is when.
            troubles = dict.fromkeys(self.index.troubles(self.label)[before:])
            raise explained(error, tuple(troubles)) from error

    def _request(
        self, tier: Tier, parent: Environment, step: str, held: tuple[str, ...] = ()
    ) -> BuildRequest:
        return BuildRequest(
            tier=tier,
            parent=parent,
            index_url=self.index.url(self.engine.index_host(), _day(tier), self.label),
            log=self.log(tier, step),
            constraints=held,
        )

    def log(self, tier: Tier, step: str) -> Path:
        return self.logs_dir / f"{tier.name}.{self.engine.name}.{step}.log"

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Nobody else on this engine does the same meanwhile."""
        lock = self.logs_dir / f".{name}.{self.engine.name}.lock"
        return alone(lock, lambda: self.on_event(TierEvent(step=Step.WAIT, tier=name)))


def require_room(engine: Engine) -> None:
    """Refuse what would fill the engine's disk.

    Raises:
        BuildFailedError: of class disk, naming the place.
    """
    place = engine.storage()
    free = shutil.disk_usage(place).free if place else ROOM
    if free < ROOM:
        raise BuildFailedError(
            FailureClass.DISK,
            f"{place} has {free / 2**30:.1f} GiB free, a build wants {ROOM / 2**30:.0f}: "
            "`keras-matrix clean` makes room",
        )


def explained(error: BuildFailedError, troubles: Sequence[str]) -> BuildFailedError:
    """The failure with what the index refused in its reason, and classed by it where it says why.

    An installer shows "502" for a full disk as well as for an index that can't be reached; and
    pip takes a page that it was refused for a project without releases ("no matching version").
    """
    if not troubles:
        return error
    cause, _ = classify("\n".join(troubles))
    failure = error.failure
    if cause is FailureClass.DISK:
        failure = cause
    elif failure in (FailureClass.ENGINE, FailureClass.RESOLVE):
        failure = FailureClass.NETWORK
    reason = f"{error.reason}; the package index: {'; '.join(troubles[:3])}"
    return BuildFailedError(failure, reason, error.log)


def _day(tier: Tier) -> date:
    if tier.as_of is None:
        raise ValueError(f"the tier {tier.name} installs something, but as of no day")
    return tier.as_of
