"""The engine: where a tier is built and where a command runs.

Two implementations: :mod:`.docker` (Docker Engine or Podman, through the SDK) and
:mod:`.local` (layered directories on this machine). Both are spoken to through the few verbs
of :class:`Engine`; nothing outside this package knows which one answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from keras_matrix.locks import Lock
from keras_matrix.tiers import Tier


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """A built chain of tiers, ready to run a command in.

    ``reference`` is the engine's own handle (an image id, a directory); ``digest`` the content
    hash of the chain ("sha256:…"), the same for every build of the same content; ``python``
    the interpreter's full version; ``interpreter`` what to start as argv[0].
    """

    reference: str
    digest: str
    python: str
    interpreter: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A tier's environment that an engine holds; ``made`` orders them by age.

    ``parent`` is the digest of the environment that it stands on.
    """

    environment: Environment
    tier: str
    parent: str
    made: float


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildRequest:
    """One tier to resolve or to install on top of ``parent``.

    ``index_url`` is the dated index as the engine's build environment must address it;
    ``log`` is a file that takes everything the installer prints.
    """

    tier: Tier
    parent: Environment
    index_url: str
    log: Path
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a command may use. Bytes, seconds, processes; the output cap counts stdout+stderr."""

    seconds: float = 600.0
    silence_seconds: float = 120.0
    memory: int = 4 * 2**30
    pids: int = 512
    cpus: float = 2.0
    output: int = 64 * 2**20
    tmp: int = 512 * 2**20


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command for the sandbox: no network, read-only root, tmpfs /tmp, not root.

    ``arguments`` follow the environment's interpreter. ``mounts`` maps a host directory to an
    absolute path inside, read-only (the local engine substitutes the host directory for that
    path wherever an argument starts with it).
    """

    arguments: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[Path, str] = field(default_factory=dict)
    limits: Limits = Limits()


@dataclass(frozen=True, kw_only=True, slots=True)
class Exit:
    """How a command ended. ``code`` is negative for a signal, None when it was killed by us.

    ``killed_for`` says why we killed it: "deadline", "silence", "output", "memory", "asked".
    """

    code: int | None
    killed_for: str | None
    stderr_tail: str


class Process(Protocol):
    """A running command. Its own watchdog enforces the limits."""

    def lines(self) -> Iterator[bytes]:
        """Standard output, line by line without the newline, until it ends or is killed."""

    def kill(self) -> None:
        """End it at once; :meth:`lines` then ends, and ``killed_for`` is "asked"."""

    def wait(self) -> Exit:
        """Wait for the end, clean up what the run left, and say how it ended."""


class Engine(Protocol):
    """Where environments live. Every method may raise EngineUnavailableError."""

    name: str

    def describe(self) -> str:
        """One line for people: which engine, which version, where."""

    def index_host(self) -> str:
        """The address on which a build environment reaches this process's package index."""

    def base(self, python: str, log: Path) -> Environment:
        """The environment of a bare Python "X.Y"; built if need be.

        Raises:
            PythonUnavailableError: this engine has no way to that Python.
        """

    def find(self, tier: Tier, lock: Lock, parent: Environment) -> Environment | None:
        """The tier's environment if it was built before and is whole; never builds."""

    def resolve(self, request: BuildRequest) -> tuple[str, ...]:
        """The ``name==version`` lines that the tier adds to or replaces in its parent.

        Raises:
            BuildFailedError: classed, with the log's last telling line.
        """

    def build(self, request: BuildRequest, lock: Lock) -> Environment:
        """Install the lock, hash-checked, on top of the parent.

        Raises:
            BuildFailedError: classed, with the log's last telling line.
        """

    def run(self, environment: Environment, command: Command) -> Process:
        """Start a command in the sandbox."""

    def by_hand(
        self, environment: Environment, command: Command, *, interactive: bool = False
    ) -> tuple[str, ...]:
        """What a person types to run the same, without mounts and without this tool.

        With ``interactive`` a prompt follows, on the terminal of whoever runs it here.
        """

    def storage(self) -> Path | None:
        """Where on this machine it keeps what it builds; None where that can't be seen."""

    def held(self) -> tuple[Held, ...]:
        """Every environment of a tier that it holds; bare Pythons aren't among them."""

    def remove(self, environment: Environment) -> bool:
        """Remove one environment; False where another one or a run still stands on it."""

    def clean(self, keep: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Remove what this engine built, by label, but for the digests in ``keep``; say what."""

    def abort(self) -> None:
        """End every build and run that this process started, at once; safe from any thread."""
