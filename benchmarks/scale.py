"""How the harness grows with the matrix: made-up checkouts of 100, 1,000 and 10,000 cells.

Each operation runs in a process of its own, on files that were read just before; its wall time,
CPU time (the machine may be busy) and peak memory are printed as a Markdown table, with the growth
from size to size. Aim: about tenfold for ten times the cells. 10,000 cells need 4 GB of disk:

    python benchmarks/scale.py [--sizes 100,1000,10000] [--json]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

SIZES = (100, 1_000, 10_000)
EXPAND = """\
import sys
from pathlib import Path
from keras_matrix.matrix import load_matrix
from keras_matrix.releases import load_catalogue
root = Path(sys.argv[1])
catalogue = load_catalogue(root / "docker" / "locks" / "releases.json")
print(len(load_matrix(root / "matrix.yaml", catalogue).cells), "cells")
"""
ERROR = "AttributeError: module 'keras.backend' has no attribute 'name_032'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One thing to measure: a command line of Python, and what shows that it did its work.

    ``seconds`` and ``mebibytes`` are the aim for 10,000 cells.
    """

    name: str
    arguments: tuple[str, ...]
    says: str
    code: int = 0
    seconds: float | None = None
    mebibytes: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What one operation took at one size."""

    operation: str
    cells: int
    wall_seconds: float
    cpu_seconds: float
    peak_mebibytes: float


def operations(cells: int, checkout: Path) -> Iterator[Operation]:
    """Everything that is measured, in an order in which each finds what it reads."""
    verb = ("-m", "keras_matrix")
    root = ("--root", str(checkout))
    data = checkout / "reports" / "data"
    yield Operation(
        name="matrix expanded",
        arguments=("-c", EXPAND, str(checkout)),
        says=f"^{cells} cells$",
        seconds=2,
    )
    yield Operation(
        name="run: nothing to do",
        arguments=(*verb, "run", "--engine", "local", *root),
        says=f"{cells} cells current, 0 impossible, 0 to measure: nothing to do",
        seconds=10,
    )
    yield Operation(
        name="table: every file",
        arguments=(*verb, "table", *root),
        says="reports/claims.md",
        seconds=60,
        mebibytes=1024,
    )
    yield Operation(
        name="diff: a release lost 20 names",
        arguments=(*verb, "diff", str(checkout / "before"), str(data), *root),
        says="keras",
        code=1,
    )
    yield Operation(
        name="explain, from the start",
        arguments=(*verb, "explain", ERROR, "--keras", "2.0.0", *root),
        says="name_032",
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="cells, such as 100,1000")
    parser.add_argument("--json", action="store_true", help="print data instead of a table")
    arguments = parser.parse_args()
    found = [figures for cells in arguments.sizes for figures in measure_size(cells)]
    if arguments.json:
        print(json.dumps([asdict(figures) for figures in found], indent=1))
    else:
        print(as_markdown(found, arguments.sizes))
    return 0


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(size) for size in text.split(",")))


def measure_size(cells: int) -> Iterator[Figures]:
    """Every operation on a checkout of that size, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="keras-matrix-scale.", dir="/var/tmp") as place:
        checkout = Path(place) / "checkout"
        # In a process of its own: a process starts with its parent's memory as its peak.
        maker = Path(__file__).with_name("scalematrix.py")
        print(f"making {cells} cells", file=sys.stderr)
        subprocess.run([sys.executable, str(maker), str(cells), str(checkout)], check=True)
        for operation in operations(cells, checkout):
            figures = measure(operation, cells, Path(place))
            print(
                f"{operation.name}, {cells} cells: {figures.wall_seconds:.1f} s, "
                f"CPU {figures.cpu_seconds:.1f} s, {figures.peak_mebibytes:.0f} MiB",
                file=sys.stderr,
            )
            yield figures


def measure(operation: Operation, cells: int, place: Path) -> Figures:
    """Run it once; a wrong answer ends the benchmark."""
    environ = {**os.environ, "KERAS_MATRIX_CACHE": str(place / "cache"), "NO_COLOR": "1"}
    output = place / "output.txt"
    with output.open("w+", encoding="utf-8") as stream:
        start = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *operation.arguments], env=environ, stdout=stream, stderr=stream
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    said = output.read_text(encoding="utf-8")
    if process.returncode != operation.code or not re.search(operation.says, said, re.MULTILINE):
        raise SystemExit(f"{operation.name}: exit {process.returncode}\n{said[-2000:]}")
    return Figures(
        operation=operation.name,
        cells=cells,
        wall_seconds=wall,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mebibytes=usage.ru_maxrss / 1024,
    )


def as_markdown(found: Sequence[Figures], sizes: Sequence[int]) -> str:
    """A row for each operation: seconds (CPU) and memory at each size, growth, aim."""
    heads = ["operation", *(f"{size:,} cells" for size in sizes)]
    heads += [f"{after // before}x the cells" for before, after in pairwise(sizes)]
    lines = [f"| {' | '.join([*heads, 'aim at 10,000'])} |", "|" + " --- |" * (len(heads) + 1)]
    for operation in operations(0, Path()):
        row = [each for each in found if each.operation == operation.name]
        by_size = {each.cells: each for each in row}
        cells = [operation.name, *(_figures(by_size[size]) for size in sizes)]
        cells += [_growth(by_size, before, after) for before, after in pairwise(sizes)]
        lines.append(f"| {' | '.join([*cells, _aim(operation)])} |")
    return "\n".join(lines)


def _figures(figures: Figures) -> str:
    return (
        f"{figures.wall_seconds:.1f} s (CPU {figures.cpu_seconds:.1f} s), "
        f"{figures.peak_mebibytes:.0f} MiB"
    )


def _growth(by_size: Mapping[int, Figures], before: int, after: int) -> str:
    small, large = by_size[before], by_size[after]
    return (
        f"CPU x{large.cpu_seconds / small.cpu_seconds:.1f}, "
        f"memory x{large.peak_mebibytes / small.peak_mebibytes:.1f}"
    )


def _aim(operation: Operation) -> str:
    parts = []
    if operation.seconds is not None:
        parts.append(f"{operation.seconds:.0f} s")
    if operation.mebibytes is not None:
        parts.append(f"{operation.mebibytes:,} MiB")
    return ", ".join(parts) or "–"


if __name__ == "__main__":
    sys.exit(main())
