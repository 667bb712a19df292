"""What travels between the run and its workers. Every value can be pickled.

The probes travel, too, and so do the locks: a worker needs the same harness, no checkout.
"""

import hashlib
import io
import platform
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from keras_matrix import __version__
from keras_matrix.running.measuring import Measured
from keras_matrix.running.planning import Task

_SOURCE = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What a worker must know of a campaign; ``probes`` is the digest of what ``kit`` holds.

    ``engine`` is "auto", "docker" or "local": on the worker, with the worker's own environment.
    """

    campaign: str
    engine: str
    registry: str | None
    import_paths: tuple[str, ...]
    probes: str
    kit: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Introduction:
    """Who a worker is, and what it can't do (None where it is ready).

    ``harness`` and ``dask`` must be the run's own.
    """

    name: str
    threads: int
    harness: str
    dask: str
    engine: str = ""
    about: str = ""
    problem: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One cell to measure; ``locks`` are the texts of those of its tiers that have one."""

    terms: Terms
    task: Task
    locks: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What came of an order: ``locks`` are new, ``log`` is the text of a failed build's log.

    ``pushed`` and ``pulled`` are the environments that went to and came from the registry
    since the worker's last delivery; ``warnings`` what went wrong with that.
    """

    measured: Measured
    received: int = 0
    locks: Mapping[str, str] = field(default_factory=dict)
    log: str | None = None
    pushed: tuple[str, ...] = ()
    pulled: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A step of a cell on its worker, told while it happens."""

    cell: str
    stage: str
    detail: str
    received: int


@cache
def harness() -> str:
    """The harness's version and the hash of its code: two that differ may measure differently."""
    digest = hashlib.sha256()
    for path in sorted(_SOURCE.rglob("*.py")):
        digest.update(f"{path.relative_to(_SOURCE).as_posix()}\0".encode() + path.read_bytes())
    python = ".".join(platform.python_version_tuple()[:2])
    return f"keras-matrix {__version__} ({digest.hexdigest()[:12]}) on Python {python}"


def pack(folder: Path) -> bytes:
    """The probes' folder as a compressed tar file, without what interpreters left in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.add(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def unpack(kit: bytes, folder: Path) -> None:
    """Write what :func:`pack` packed, readable for every user: containers run as another one."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(kit)) as archive:
        archive.extractall(folder, filter="data")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
