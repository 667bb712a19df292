"""``keras-matrix merge DIR…``: what several machines measured becomes one set of reports."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_matrix.atomicfile import write_text
from keras_matrix.cli import common
from keras_matrix.errors import InputError
from keras_matrix.matrix import load_matrix
from keras_matrix.project import Project
from keras_matrix.releases import load_catalogue

if TYPE_CHECKING:
    from keras_matrix.shards.merging import Footing, Found, Merged
    from keras_matrix.shards.results import Part

EXAMPLES = """examples:
  keras-matrix merge shards/*                   into this checkout: reports, new locks, timings
  keras-matrix merge a/reports b/reports -o all/reports/data   the reports alone, elsewhere

a DIR is a checkout (or as much of it as a machine handed in: reports/data, reports/timings.json,
docker/locks), its reports folder, or a folder of reports. What is there just as it is here was not
measured there. Refused, with nothing written (exit 2): two different reports of one cell, cells
that matrix.yaml declares otherwise, other probes, import paths or locks.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("directories", nargs="+", type=Path, metavar="DIR")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where the reports go, without locks and timings (default: this checkout)",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Join the results, or say why they can't be joined."""
    # Here, because the help needs none of it.
    from keras_matrix.plaintext import plain
    from keras_matrix.shards.merging import merge
    from keras_matrix.shards.results import read_part

    project = common.project_of(arguments)
    missing = [str(each) for each in arguments.directories if not each.is_dir()]
    if missing:
        raise InputError([f"{name}: no such folder" for name in missing])
    parts = [read_part(directory) for directory in arguments.directories]
    found = merge(_target(project, arguments.output), parts, _footing(project))
    _write(project, arguments.output, found)
    if arguments.json:
        common.print_json(_document(found))
        return 0
    for each in found.left:
        print(plain(f"{each.report.cell.id}: not taken from {each.part}: {each.left}"))
    print(
        f"{len(found.taken)} reports taken from {len(parts)} folders, {len(found.left)} left, "
        f"{len(found.locks)} new locks"
    )
    return 0


def _target(project: Project, output: Path | None) -> "Part":
    from keras_matrix.shards.results import read_results

    timings = None if output else project.timings
    return read_results("this checkout", output or project.data, timings, project.locks)


def _footing(project: Project) -> "Footing":
    from keras_matrix.probing import probes_digest
    from keras_matrix.shards.merging import Footing

    matrix = load_matrix(project.matrix, load_catalogue(project.catalogue))
    return Footing(
        cells={cell.id: cell for cell in matrix.cells},
        probes=probes_digest(project.probes),
        import_paths=matrix.import_paths,
    )


def _write(project: Project, output: Path | None, found: "Merged") -> None:
    """Locks first: a report without its lock would be out of date."""
    from keras_matrix.reportstore import ReportStore
    from keras_matrix.running.timings import dump_timings, load_timings

    if output is None:
        for name, text in found.locks.items():
            write_text(project.locks / name, text)
        if found.timings:
            known = load_timings(project.timings).cells
            write_text(project.timings, dump_timings({**known, **found.timings}))
    store = ReportStore(output or project.data)
    for each in found.taken:
        store.write(each.report)


def _document(found: "Merged") -> dict[str, Any]:
    return {
        "taken": [_entry(each) for each in found.taken],
        "left": [_entry(each) | {"why": each.left} for each in found.left],
        "locks": sorted(found.locks),
        "timings": sorted(found.timings),
    }


def _entry(found: "Found") -> dict[str, Any]:
    return {
        "cell": found.report.cell.id,
        "from": found.part,
        "outcome": found.report.outcome.value,
    }
