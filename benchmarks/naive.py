"""The naive loop against ``keras-matrix run``, side by side on the same cells with the same index.

(a) naive: one Dockerfile per cell, one ``pip install`` of everything, one container and process
    per attribute (a sample of attributes is timed; the whole table is that cost times the number
    of attributes, and said to be so).
(b) keras-matrix run: shared tiers, one interpreter start per cell.

Both start cold: a private engine of its own (docker/engine.sh, Debian, root) whose only images
are the Python bases that both need, and an empty package cache each. Run it with

    python benchmarks/naive.py [--attributes 5] [--json]
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from keras_matrix.engines.docker import DockerEngine
from keras_matrix.index import PackageIndex, Sources
from keras_matrix.matrix import Cell, load_matrix
from keras_matrix.releases import load_catalogue

ROOT = Path(__file__).parent.parent
MATRIX = Path(__file__).parent / "matrix.yaml"
NETWORK = "keras-matrix"
NAMES = ("mean", "sum", "exp", "square", "abs", "sqrt", "max", "min", "log", "sigmoid")
CALL = "from keras import backend as K; print(K.eval(K.%s(K.variable([[1.0, 2.0]]))))"
"""What a person would type to try one attribute."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What one way of working took for all cells. Seconds and bytes."""

    build_seconds: float
    attribute_seconds: float
    attributes: int
    received: int
    image_bytes: int

    @property
    def per_attribute(self) -> float:
        return self.attribute_seconds / self.attributes


def main() -> int:
    """Run both ways and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=5, help="attributes timed per naive cell")
    parser.add_argument("--json", action="store_true", help="print data instead of text")
    arguments = parser.parse_args()
    with workplace() as place:
        catalogue = load_catalogue(place / "docker/locks/releases.json")
        cells = load_matrix(place / "matrix.yaml", catalogue).cells
        engine = DockerEngine.connect(os.environ, place / "cache")
        bases = {
            python: engine.base(python, place / "base.log").reference
            for python in {cell.python for cell in cells}
        }
        ours, again, downloads = measure_ours(engine, place)
        naive = measure_naive(cells, bases, engine.index_host(), place, arguments.sample)
    ours_seconds = ours.build_seconds + ours.attribute_seconds
    ratios = {
        "wall time, every attribute called": (
            naive.build_seconds + naive.per_attribute * ours.attributes
        )
        / ours_seconds,
        "wall time, naive environments alone": naive.build_seconds / ours_seconds,
        "bytes received by builds": naive.received / ours.received,
        "unique image bytes": naive.image_bytes / ours.image_bytes,
        "seconds per attribute": naive.per_attribute / ours.per_attribute,
    }
    figures = {
        "cells": len(cells),
        "naive": asdict(naive),
        "keras_matrix": asdict(ours),
        "second_run_seconds": again,
        "most_downloads_of_one_file": downloads,
        "ratios": ratios,
    }
    print(json.dumps(figures, indent=1) if arguments.json else as_text(figures))
    return 0


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A copy of the checkout without reports and locks, and a private, empty engine."""
    place = Path(tempfile.mkdtemp(prefix="keras-matrix-benchmark.", dir="/var/tmp"))
    script = str(ROOT / "docker" / "engine.sh")
    try:
        shutil.copytree(ROOT / "docker", place / "docker")
        # The naive loop has no scenarios: the same work for both.
        leave_out = shutil.ignore_patterns("scenarios", "__pycache__")
        shutil.copytree(ROOT / "probes", place / "probes", ignore=leave_out)
        shutil.copy(MATRIX, place / "matrix.yaml")
        for lock in (place / "docker/locks").glob("*.txt"):
            lock.unlink()
        started = subprocess.run(
            [script, "start", str(place / "engine")], check=True, capture_output=True, text=True
        )
        exported = dict(re.findall(r"export (\w+)=['\"]?([^'\"\n]+)", started.stdout))
        os.environ["DOCKER_HOST"] = exported["DOCKER_HOST"]
        yield place
    finally:
        subprocess.run([script, "stop", str(place / "engine")], check=False)
        shutil.rmtree(place, ignore_errors=True)


def measure_ours(engine: DockerEngine, place: Path) -> tuple[Figures, float, int]:
    """``keras-matrix run`` cold, then again with nothing changed.

    Returns the figures, the second run's seconds, and how often the file that was fetched most
    often was fetched from upstream. Builds and probes of two cells overlap: the wall time is
    split by the cells' own shares.
    """
    command = [sys.executable, "-m", "keras_matrix", "run", "--root", str(place)]
    command += ["--engine", "docker", "--json"]
    environ = dict(os.environ, KERAS_MATRIX_CACHE=str(place / "cache"))
    runs = []
    for _ in range(2):
        start = time.monotonic()
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        runs.append((time.monotonic() - start, done))
        if done.returncode:
            raise SystemExit(f"keras-matrix run failed:\n{done.stderr}")
    (wall, first), (again, _) = runs
    document = json.loads(first.stdout)
    cells = document["cells"]
    failed = [cell for cell in cells if cell["outcome"] != "measured"]
    if failed:
        raise SystemExit(f"not every cell was measured: {failed}")
    probing = sum(cell["probe_seconds"] for cell in cells)
    share = probing / (probing + sum(cell["build_seconds"] for cell in cells))
    tiers = [size for tier, _, size in engine.images() if not tier.startswith("python")]
    figures = Figures(
        build_seconds=wall * (1 - share),
        attribute_seconds=wall * share,
        attributes=sum(cell["attributes"] for cell in cells),
        received=sum(cell["received_bytes"] for cell in cells),
        image_bytes=sum(tiers),
    )
    return figures, again, max(document["downloads"].values())


def measure_naive(
    cells: Sequence[Cell], bases: Mapping[str, str], host: str, place: Path, sample: int
) -> Figures:
    """One Dockerfile and one ``pip install`` per cell, one container per attribute."""
    build_seconds = attribute_seconds = 0.0
    received = image_bytes = 0
    with PackageIndex(Sources.from_environment(os.environ), place / "naive-cache") as index:
        index.listen(host)
        for cell in cells:
            url = index.url(host, cell.as_of, cell.id)
            pins = " ".join(f"{name}=={version}" for name, version in cell.pins.items())
            context = place / "naive" / cell.id
            context.mkdir(parents=True)
            (context / "Dockerfile").write_text(
                f"FROM {bases[cell.python]}\n"
                f"RUN python -m pip install -q --index-url {url} --trusted-host {host} {pins}\n"
            )
            image = f"naive/{cell.id}"
            start = time.monotonic()
            docker("build", "-q", "--no-cache", "--network", NETWORK, "-t", image, str(context))
            build_seconds += time.monotonic() - start
            sizes = [
                int(docker("image", "inspect", "-f", "{{.Size}}", name))
                for name in (image, bases[cell.python])
            ]
            image_bytes += sizes[0] - sizes[1]
            for name in NAMES[:sample]:
                start = time.monotonic()
                command = ("run", "--rm", "--network", "none", image, "python", "-c", CALL % name)
                # An attribute that raises is an answer, too.
                docker(*command, may_fail=True)
                attribute_seconds += time.monotonic() - start
            received += index.served(cell.id)
    return Figures(
        build_seconds=build_seconds,
        attribute_seconds=attribute_seconds,
        attributes=len(cells) * min(sample, len(NAMES)),
        received=received,
        image_bytes=image_bytes,
    )


def docker(*arguments: str, may_fail: bool = False) -> str:
    """Run the docker client; its output."""
    environ = dict(os.environ, DOCKER_BUILDKIT="0")
    done = subprocess.run(
        ["docker", *arguments], env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode and not may_fail:
        raise SystemExit(f"docker {arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout.strip()


def as_text(figures: Mapping[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{figures['cells']} cells, cold, no network but the package index"]
    for title, key in (("naive loop", "naive"), ("keras-matrix run", "keras_matrix")):
        way = figures[key]
        lines.append(
            f"{title:>18}: environments {way['build_seconds']:.1f} s, "
            f"{way['attributes']} attributes {way['attribute_seconds']:.1f} s "
            f"({1000 * way['attribute_seconds'] / way['attributes']:.1f} ms each), "
            f"received {way['received'] / 2**20:.0f} MB, images {way['image_bytes'] / 2**20:.0f} MB"
        )
    lines += [f"{name:>40}: {ratio:.1f} x less" for name, ratio in figures["ratios"].items()]
    lines.append(f"{'second run, nothing changed':>40}: {figures['second_run_seconds']:.2f} s")
    lines.append(
        f"{'one file fetched from upstream at most':>40}: "
        f"{figures['most_downloads_of_one_file']} times"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
