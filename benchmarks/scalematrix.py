"""A made-up checkout of any size: matrix.yaml, catalogue, locks, and a report of every cell.

    python benchmarks/scalematrix.py CELLS FOLDER

Keras releases times TensorFlow and Theano releases, 250 names on 4 import paths. What a name does
depends on both releases by arithmetic, so that, as in the real reports, most records are met
again and again, and about a quarter of the columns of a path are like no other. ``before`` holds
the same reports as they were before the newest Keras release lost some names; what did not change
is the same file.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from keras_matrix.feasibility import Impossible, assess
from keras_matrix.locks import Lock, LockedPackage, below_digest, lock_path, lock_to_text
from keras_matrix.matrix import Cell, load_matrix
from keras_matrix.probing import probes_digest
from keras_matrix.releases import Catalogue, Release, dump_catalogue, load_catalogue
from keras_matrix.results import (
    AttributeOutcome,
    AttributeRecord,
    CellOutcome,
    CellReport,
    PathOutcome,
    PathRecord,
    Provenance,
    report_to_json,
)
from keras_matrix.running.measuring import PLATFORM, locks_of, summary
from keras_matrix.tiers import plan

ROOT = Path(__file__).parent.parent
PATHS = (
    "keras.backend",
    "keras.backend.tensorflow_backend",
    "tensorflow.keras.backend",
    "tensorflow.python.keras.backend",
)
NAMES = 250
PRIVATE = 10
BEFORE = "before"
LOST = range(20, 40)
"""The names that the newest Keras release lost since ``before``."""
FILES = ("cp37-cp37m-manylinux2010_x86_64", "sdist")
PACKAGES = tuple(f"package-{n:02}" for n in range(30))


@dataclass(frozen=True, kw_only=True, slots=True)
class Releases:
    """The releases that are multiplied, oldest first."""

    keras: tuple[str, ...]
    tensorflow: tuple[str, ...]
    theano: tuple[str, ...]

    @classmethod
    def for_cells(cls, cells: int) -> "Releases":
        """As near to a square as the number allows, a fifth of the backends being Theano."""
        keras = max(n for n in range(1, int(cells**0.5) + 1) if cells % n == 0)
        backends = cells // keras
        theano = max(backends // 5, 1)
        half = -(-(backends - theano) // 2)
        return cls(
            keras=tuple(f"2.{n}.0" for n in range(keras)),
            tensorflow=tuple(f"{1 + n // half}.{n % half}.0" for n in range(backends - theano)),
            theano=tuple(f"1.0.{n}" for n in range(theano)),
        )


def make(cells: int, folder: Path) -> None:
    """Write the checkout; ``folder`` is made."""
    releases = Releases.for_cells(cells)
    shutil.copytree(ROOT / "probes", folder / "probes")
    locks = folder / "docker" / "locks"
    locks.mkdir(parents=True)
    (locks / "releases.json").write_text(dump_catalogue(_catalogue(releases)))
    (folder / "matrix.yaml").write_text(_matrix(releases))
    for name in ("reports/data", BEFORE):
        (folder / name).mkdir(parents=True)
    probes = probes_digest(folder / "probes")
    catalogue = load_catalogue(locks / "releases.json")
    for cell in load_matrix(folder / "matrix.yaml", catalogue).cells:
        report = _report(cell, releases, _locked(cell, catalogue, locks), probes)
        target = folder / "reports" / "data" / f"{cell.id}.json"
        target.write_text(report_to_json(report))
        before = folder / BEFORE / target.name
        if cell.pins["keras"] == releases.keras[-1]:
            before.write_text(report_to_json(_as_before(report)))
        else:
            os.link(target, before)


def _catalogue(releases: Releases) -> Catalogue:
    def all_of(project: str, versions: tuple[str, ...]) -> dict[str, Release]:
        return {
            version: Release(
                project=project,
                version=version,
                uploaded=date(2018, 7, 1) + timedelta(days=n),
                requires_python=None,
                files=FILES,
            )
            for n, version in enumerate(versions)
        }

    named = {"keras": releases.keras, "tensorflow": releases.tensorflow, "theano": releases.theano}
    return Catalogue(projects={name: all_of(name, versions) for name, versions in named.items()})


def _matrix(releases: Releases) -> str:
    keras = json.dumps(releases.keras)
    return "\n".join(
        [
            "version: 1",
            f"import_paths: [{', '.join(PATHS)}]",
            "defaults:",
            '  python: "3.7"',
            "groups:",
            f"  tensorflow:\n    keras: {keras}\n    tensorflow: {json.dumps(releases.tensorflow)}",
            f"  theano:\n    keras: {keras}\n    theano: {json.dumps(releases.theano)}\n",
        ]
    )


def _locked(cell: Cell, catalogue: Catalogue, locks: Path) -> dict[str, str]:
    """Writes the locks of the cell's tiers that are not there; their digests."""
    verdict = assess(cell, catalogue)
    if isinstance(verdict, Impossible):
        raise SystemExit(f"{cell.id}: {verdict.reason.text}")
    tiers = plan(cell, verdict.distributions, catalogue)
    chain: list[Lock] = []
    for tier in tiers:
        names = [(line.split("==")[0], line.split("==")[1]) for line in tier.requirements]
        if tier.kind == "backend":
            names += [(name, "1.18.5") for name in PACKAGES]
        packages = [
            LockedPackage(
                name=name, version=version, filename=f"{name}-{version}.whl", sha256="0" * 64
            )
            for name, version in names
        ]
        below = below_digest(chain) if chain else None
        chain.append(Lock(tier=tier.name, packages=tuple(packages), as_of=tier.as_of, below=below))
        if tier.requirements and not lock_path(locks, tier).exists():
            lock_path(locks, tier).write_text(lock_to_text(chain[-1]))
    return locks_of(tiers, locks)


def _report(cell: Cell, releases: Releases, locks: dict[str, str], probes: str) -> CellReport:
    keras = releases.keras.index(cell.pins["keras"]) / len(releases.keras)
    own = getattr(releases, cell.backend)
    backend = own.index(cell.pins[cell.backend])
    module = {"file": "/opt/env/lib/python3.7/site-packages/keras/__init__.py", "version": "2"}
    return CellReport(
        cell=summary(cell),
        outcome=CellOutcome.MEASURED,
        provenance=Provenance(
            engine="local",
            image="sha256:" + "1" * 64,
            locks=locks,
            probes=probes,
            python="3.7.16",
            platform=PLATFORM,
            measured_on=date(2026, 11, 21),
        ),
        packages={**cell.pins, **dict.fromkeys(PACKAGES, "1.18.5"), "python": "3.7.16"},
        installs={"modules": dict.fromkeys(("keras", cell.backend), module)},
        paths={
            path: _path(path, cell.backend, round(keras * 100), backend * 100 // len(own) // 4)
            for path in PATHS
        },
        scenarios={},
    )


@cache
def _path(path: str, family: str, keras: int, backend: int) -> PathRecord:
    """``keras`` and ``backend`` say in percent, and in 25ths, how far along the releases are."""
    if family == "theano" and "tensorflow" in path:
        detail = "ModuleNotFoundError: No module named 'tensorflow'"
        return PathRecord(outcome=PathOutcome.UNIMPORTABLE, detail=detail)
    names = (f"name_{n:03}" for n in range(NAMES - PRIVATE))
    private = (f"_private_{n:03}" for n in range(PRIVATE))
    hidden = AttributeRecord(
        kind="function", outcome=AttributeOutcome.PRESENT, detail="private: never called"
    )
    return PathRecord(
        outcome=PathOutcome.IMPORTABLE,
        attributes={
            **{name: _record(n, PATHS.index(path), keras, backend) for n, name in enumerate(names)},
            **dict.fromkeys(private, hidden),
        },
    )


_OUTCOMES = (
    *(AttributeOutcome.RAISES, AttributeOutcome.DIFFERS, AttributeOutcome.NEEDS_SETTING),
    *(AttributeOutcome.DEPRECATED, AttributeOutcome.PRESENT),
)


def _record(n: int, path: int, keras: int, backend: int) -> AttributeRecord:
    """A fifth of the names came, a fifth went; a tenth fails from some backend release on."""
    if (n % 5 == 1 and keras < n * 100 // NAMES // 2) or (n % 5 == 2 and keras > 50 + n // 5):
        return AttributeRecord(kind="missing", outcome=AttributeOutcome.MISSING)
    outcome, detail = AttributeOutcome.WORKS, None
    if n % 10 == 3 and backend > (n + path) % 25:
        outcome = _OUTCOMES[(n + path) % len(_OUTCOMES)]
        detail = f"TypeError: name_{n:03}() got an unexpected keyword argument, case {keras % 3}"
    added = ", name=None" if n % 8 == 0 and keras > 40 else ""
    same = (PATHS[2 - path],) if path in (0, 2) and n % 5 == 0 else ()
    return AttributeRecord(
        kind="function",
        outcome=outcome,
        signature=f"(x, axis=-1, keepdims=False, dtype='float32'{added})",
        same_as=same,
        detail=detail,
    )


def _as_before(report: CellReport) -> CellReport:
    lost = {f"name_{n:03}" for n in LOST}

    def paths() -> Iterator[tuple[str, PathRecord]]:
        for path, record in report.paths.items():
            changed = {
                name: _record(0, PATHS.index(path), 50, 0) if name in lost else found
                for name, found in record.attributes.items()
            }
            importable = record.outcome is PathOutcome.IMPORTABLE
            yield path, replace(record, attributes=changed) if importable else record

    return replace(report, paths=dict(paths()))


if __name__ == "__main__":
    make(int(sys.argv[1]), Path(sys.argv[2]))
