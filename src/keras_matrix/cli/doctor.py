"""``keras-matrix doctor``: can this machine do the work, or what is wrong with an environment?"""

import argparse
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console

from keras_matrix.cli import common, diagnose
from keras_matrix.engines.docker import DockerEngine
from keras_matrix.engines.local import LocalEngine
from keras_matrix.errors import KerasMatrixError
from keras_matrix.interpreters import find_interpreters
from keras_matrix.project import Project, find_cache

EXAMPLES = """examples:
  keras-matrix doctor          engines, package index, interpreters, disk: what is there, what to do
  keras-matrix doctor --python venv/bin/python
                               your own environment: which of the causes R1-R5 of a missing
                               keras.backend attribute applies; builds nothing, changes nothing
  keras-matrix doctor --python "$(command -v python)" --json

exit codes with --python: 0 nothing wrong, 1 a cause found, 2 no such file or no Python,
3 the interpreter can't be run
"""
ENOUGH_DISK = 10 * 2**30
"""Bytes; the smoke cells take about this much, images and downloads together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that the work needs. ``needed`` is False where there is another way."""

    what: str
    fine: bool
    text: str
    needed: bool = True


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "--python", type=Path, metavar="PYTHON", help="examine this interpreter's environment"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Examine everything, print each finding; 3 where something needed is missing."""
    if arguments.python is not None:
        return diagnose.execute(arguments)
    here = Project(root=Path.cwd(), cache=find_cache())
    project = common.project_at_hand(arguments) or here
    findings = [
        _attempt("container engine", lambda: _engine(project), needed=False),
        _attempt("local engine", lambda: LocalEngine(project.cache).describe(), needed=False),
        _attempt("package index", lambda: _index(project)),
        _attempt("interpreters", _interpreters, needed=False),
        _disk(project.cache),
    ]
    if arguments.json:
        common.print_json(
            [{"what": f.what, "fine": f.fine, "needed": f.needed, "text": f.text} for f in findings]
        )
    else:
        console = Console(highlight=False, soft_wrap=True)
        for finding in findings:
            mark, style = ("ok", "green") if finding.fine else ("no", "red")
            console.print(f"[{style}]{mark}[/]", f"{finding.what}: ", end="")
            console.print(finding.text, markup=False)
    return 0 if all(finding.fine for finding in findings if finding.needed) else 3


def _attempt(what: str, examine: Callable[[], str], *, needed: bool = True) -> Finding:
    try:
        return Finding(what=what, fine=True, text=examine(), needed=needed)
    except KerasMatrixError as error:
        return Finding(what=what, fine=False, text=str(error), needed=needed)


def _engine(project: Project) -> str:
    return DockerEngine.connect(os.environ, project.cache).describe()


def _index(project: Project) -> str:
    """A real question to the index, dated: what does it know of the oldest Keras?"""
    with common.open_index(project) as index:
        releases = index.releases("keras")
    days = sorted(release.uploaded for release in releases.values())
    since = days[0] if days else date.max
    return f"answers with upload dates: {len(releases)} releases of keras since {since}"


def _interpreters() -> str:
    found = find_interpreters()
    return ", ".join(found) or "none found (the local engine needs one per Python version)"


def _disk(cache: Path) -> Finding:
    place = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / 2**30:.0f} GiB free for the cache in {cache}"
    if free < ENOUGH_DISK:
        text += f"; the smoke cells want about {ENOUGH_DISK / 2**30:.0f}: try keras-matrix clean"
    return Finding(what="disk", fine=free >= ENOUGH_DISK, text=text)
