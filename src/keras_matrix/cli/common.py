"""What several verbs share: the loaded matrix, the SELECT arguments, an engine and an index.

The engines, the index and rich are imported where they are used: verbs that only answer share
this module, too, and are done in less time than those take to import.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_matrix.errors import InputError
from keras_matrix.feasibility import Feasible, Impossible, assess
from keras_matrix.matrix import Cell, Matrix, load_matrix
from keras_matrix.matrix.selection import select
from keras_matrix.project import Project, find_project
from keras_matrix.releases import Catalogue, load_catalogue

if TYPE_CHECKING:
    from rich.console import Console

    from keras_matrix.engines import Engine
    from keras_matrix.expecting.model import Expectations
    from keras_matrix.index import PackageIndex


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A checkout with its matrix read and the cells that the command line selects."""

    project: Project
    catalogue: Catalogue
    matrix: Matrix
    cells: tuple[Cell, ...]

    def verdicts(self) -> Mapping[str, Feasible | Impossible]:
        """Feasibility of every selected cell, by id."""
        return {cell.id: assess(cell, self.catalogue) for cell in self.cells}


def project_of(arguments: argparse.Namespace) -> Project:
    """The checkout that --root names, or the one we stand in."""
    return find_project((arguments.root or Path.cwd()).resolve())


def project_at_hand(arguments: argparse.Namespace) -> Project | None:
    """The same; None where --root is not given and we stand in no checkout."""
    try:
        return project_of(arguments)
    except InputError:
        if arguments.root is not None:
            raise
        return None


def load(arguments: argparse.Namespace) -> Loaded:
    """Read the checkout and apply SELECT and --tag."""
    project = project_of(arguments)
    catalogue = load_catalogue(project.catalogue)
    matrix = load_matrix(project.matrix, catalogue)
    cells = select(matrix.cells, arguments.select, arguments.tag)
    return Loaded(project=project, catalogue=catalogue, matrix=matrix, cells=cells)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """The SELECT patterns and --tag."""
    parser.add_argument(
        "select",
        nargs="*",
        metavar="SELECT",
        help="cell ids, globs with braces (keras2.*-theano*), keras=2.3.1, python=3.7, "
        "backend=theano, group=NAME; !SELECT leaves out",
    )
    parser.add_argument("--tag", action="append", default=[], help="only cells with this tag")


def at_least(lowest: int) -> Callable[[str], int]:
    """An argument's type: a whole number that is not below ``lowest``."""

    def number(text: str) -> int:
        value = int(text) if text.isdecimal() else lowest - 1
        if value < lowest:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {lowest} up")
        return value

    return number


def add_engine(parser: argparse.ArgumentParser) -> None:
    """--engine."""
    parser.add_argument(
        "--engine",
        choices=("auto", "docker", "local"),
        default="auto",
        help="where cells are built (auto: containers where an engine answers, else local)",
    )


def open_engine(
    arguments: argparse.Namespace,
    project: Project,
    console: "Console",
    registry: str | None = None,
) -> "Engine":
    """Connect to the engine that was asked for and say in one line which one it is and why."""
    from keras_matrix.engines.choice import choose_engine

    chosen = choose_engine(arguments.engine, os.environ, project.cache, registry)
    console.print(f"engine: {chosen.why}", markup=False, soft_wrap=True)
    return chosen.engine


@contextmanager
def open_index(project: Project) -> Iterator["PackageIndex"]:
    """The dated package index, serving while the block runs."""
    from keras_matrix.index import PackageIndex, Sources

    with PackageIndex(Sources.from_environment(os.environ), project.cache / "index") as index:
        yield index


def add_expectations(parser: argparse.ArgumentParser) -> None:
    """--expectations."""
    parser.add_argument(
        "--expectations",
        type=Path,
        metavar="FILE",
        help="accepted regressions, canaries, limits (default: the checkout's expectations.yaml)",
    )


def expectations_of(arguments: argparse.Namespace) -> "Expectations":
    """The file that --expectations names, else the checkout's; nothing where there is none.

    Raises:
        InputError: the named file is not there, or a file has mistakes.
    """
    from keras_matrix.expecting.model import Expectations
    from keras_matrix.expecting.reading import load_expectations

    path: Path | None = arguments.expectations
    if path is None:
        try:
            path = project_of(arguments).expectations
        except InputError:
            return Expectations()  # no checkout: two folders are compared without one
        if not path.exists():
            return Expectations()
    return load_expectations(path)


def print_json(document: Any) -> None:
    """Print data for programs: indented, keys in the order given."""
    print(json.dumps(document, indent=1, ensure_ascii=False))
