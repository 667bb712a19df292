"""``keras-matrix clean``: remove what the harness built, and nothing else."""

import argparse
import shutil
from pathlib import Path

from rich.console import Console

from keras_matrix.cli import common

EXAMPLES = """examples:
  keras-matrix clean                    every environment that the engine holds for us
  keras-matrix clean --engine local     the local engine's directories
  keras-matrix clean --cache            the package index's file cache, too
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    common.add_engine(parser)
    parser.add_argument("--cache", action="store_true", help="the index's cache, too")


def execute(arguments: argparse.Namespace) -> int:
    """Remove and say what was removed."""
    project = common.project_of(arguments)
    console = Console(stderr=arguments.json, highlight=False, soft_wrap=True)
    removed = list(common.open_engine(arguments, project, console).clean())
    if arguments.cache:
        removed += _remove_tree(project.cache / "index")
    if arguments.json:
        common.print_json({"removed": removed})
    for name in removed:
        console.print(f"removed {name}", markup=False)
    console.print(f"{len(removed)} removed")
    return 0


def _remove_tree(directory: Path) -> list[str]:
    if not directory.exists():
        return []
    shutil.rmtree(directory)
    return [str(directory)]
