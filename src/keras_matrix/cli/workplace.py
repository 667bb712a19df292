"""Where single combinations are built: the engine, the index, what a checkout or the package has.

Shared by the verbs that run a user's code.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from keras_matrix.cli import common
from keras_matrix.errors import InputError
from keras_matrix.matrix import Cell, load_matrix
from keras_matrix.project import Project, find_cache
from keras_matrix.releases import Catalogue, load_catalogue
from keras_matrix.reproducing import Workplace
from keras_matrix.reproducing.combination import AT_HAND
from keras_matrix.shipped import shipped

LONGEST_CODE = 2**20


def read_script(path: Path) -> bytes:
    """The bytes of a user's script.

    Raises:
        InputError: it can't be read, or is too long to be a script.
    """
    try:
        with path.open("rb") as file:
            code = file.read(LONGEST_CODE + 1)
    except OSError as error:
        raise InputError([f"{path} can't be read: {error.strerror}"]) from error
    if len(code) > LONGEST_CODE:
        raise InputError([f"{path} is longer than {LONGEST_CODE // 2**20} MiB: no script is"])
    return code


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What is known before anything is started: a checkout's, or what came with the package."""

    project: Project
    catalogue: Catalogue
    locks: Path
    declared: Sequence[Cell] = ()
    declared_locks: Path | None = None
    pythons: Sequence[str] = AT_HAND


def find_ground(arguments: argparse.Namespace) -> Ground:
    """The checkout that --root names or that we stand in; without one, the package's own files."""
    project = common.project_at_hand(arguments)
    if project is None:
        locks = shipped("docker/locks")
        return Ground(
            project=Project(root=locks.parent.parent, cache=find_cache()),
            catalogue=load_catalogue(locks / "releases.json"),
            locks=locks,
        )
    catalogue = load_catalogue(project.catalogue)
    matrix = load_matrix(project.matrix, catalogue)
    return Ground(
        project=project,
        catalogue=catalogue,
        locks=project.locks,
        declared=matrix.cells,
        declared_locks=project.locks,
        pythons=matrix.pythons,
    )


@contextmanager
def open_workplace(
    arguments: argparse.Namespace, ground: Ground, console: Console
) -> Iterator[Workplace]:
    """Connect to the engine and serve the index; an interruption ends all that was started."""
    engine = common.open_engine(arguments, ground.project, console)
    with common.open_index(ground.project) as index:
        try:
            yield Workplace(
                engine=engine,
                index=index,
                catalogue=ground.catalogue,
                cache=ground.project.cache,
                shipped_locks=ground.locks,
                declared=ground.declared,
                declared_locks=ground.declared_locks,
                pythons=ground.pythons,
            )
        except KeyboardInterrupt:
            engine.abort()
            raise
