"""Layered environments as plain directories: one per tier, the child sees what its parents hold.

One environment::

    bin/python, pyvenv.cfg          an interpreter whose prefix is this directory
    lib/pythonX.Y/site-packages/    nothing but a .pth that names the views, the child's first
    packages/                       what this tier installs
    below-0/, below-1/ …            links to a parent's packages, without what this tier replaces
    environment.json                written last

So a package of the child hides its parent's whole: modules, metadata and .pth files.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

_METADATA = re.compile(r"(?P<name>.+?)-.+\.(dist|egg)-info")
MARKER = "environment.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Layers:
    """What an environment's marker says. ``views`` are the directories that it sees, its own first.

    ``python`` is the full version; ``parent`` the digest of the environment below, "" for a base.
    """

    digest: str
    parent: str
    tier: str
    python: str
    views: tuple[str, ...] = ()


def read_layers(root: Path) -> Layers | None:
    """The marker of an environment; None where it isn't whole."""
    try:
        document = json.loads((root / MARKER).read_text(encoding="utf-8"))
        layers = Layers(**{**document, "views": tuple(document["views"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    whole = interpreter_of(root).exists() and all(Path(view).is_dir() for view in layers.views)
    return layers if whole else None


def write_layers(root: Path, layers: Layers) -> None:
    """Write the marker: the environment is whole."""
    (root / MARKER).write_text(json.dumps(asdict(layers), indent=1), encoding="utf-8")


def hold(root: Path) -> int:
    """A file descriptor that keeps :func:`remove_unused` off the environment until it is closed.

    The lock is the operating system's, so that a process that dies lets go.
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def remove_unused(root: Path) -> bool:
    """Remove an environment's directory; False where somebody holds it, or it isn't there."""
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The marker first: what is left of a removal that was stopped is no environment.
        (root / MARKER).unlink(missing_ok=True)
        shutil.rmtree(root)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def interpreter_of(root: Path) -> Path:
    """What to start."""
    return root / "bin" / "python"


def make_interpreter(root: Path, host: Path, python: str) -> None:
    """Give the directory an interpreter of its own, without the packages of the host's."""
    (root / "bin").mkdir(parents=True)
    site_packages = root / "lib" / f"python{python}" / "site-packages"
    site_packages.mkdir(parents=True)
    if python != "2.7":
        interpreter_of(root).symlink_to(host)
        settings = f"home = {host.parent}\ninclude-system-site-packages = false\n"
        (root / "pyvenv.cfg").write_text(settings)
        return
    # 2.7 knows no pyvenv.cfg: it takes for its prefix the directory that it finds its own
    # library next to, so it gets a copy of the executable and links to the library.
    _link_or_copy(host, interpreter_of(root))
    prefix = host.parent.parent
    for entry in (prefix / "lib" / f"python{python}").iterdir():
        if entry.name not in {"site-packages", "dist-packages"}:
            (site_packages.parent / entry.name).symlink_to(entry)
    if (prefix / "include").is_dir():
        (root / "include").symlink_to(prefix / "include")


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def write_views(root: Path, python: str, views: Iterable[str]) -> None:
    """Make the environment see the directories, with the .pth files that lie in them."""
    lines = "".join(f"import site; site.addsitedir({view!r})\n" for view in views)
    site_packages = root / "lib" / f"python{python}" / "site-packages"
    (site_packages / "keras-matrix.pth").write_text(lines)


def views_below(
    build: Path, final: Path, parents: Iterable[str], replaced: Iterable[str]
) -> list[str]:
    """The views of a parent as its child shall see them, without the distributions replaced.

    A directory that holds one of them is replaced by one of links, made in ``build`` and named
    as it will be in ``final``.
    """
    names: set[str] = {canonicalize_name(name) for name in replaced}
    views = []
    for number, parent in enumerate(map(Path, parents)):
        hidden = _entries_of(parent, names)
        if hidden:
            links = build / f"below-{number}"
            links.mkdir()
            for entry in parent.iterdir():
                if entry.name not in hidden:
                    (links / entry.name).symlink_to(entry)
            views.append(str(final / links.name))
        else:
            views.append(str(parent))
    return views


def _entries_of(view: Path, names: set[str]) -> set[str]:
    """The top-level entries of a directory that belong to those distributions and no other."""
    theirs: set[str] = set()
    others: set[str] = set()
    for entry in view.iterdir():
        if match := _METADATA.fullmatch(entry.name):
            mine = theirs if canonicalize_name(match["name"]) in names else others
            mine |= {entry.name, *_top_level(entry)}
    return theirs - others


def _top_level(metadata: Path) -> set[str]:
    record = metadata / "RECORD"
    if record.exists():
        files = record.read_text(encoding="utf-8", errors="replace").splitlines()
        return {file.split(",")[0].split("/")[0].strip('"') for file in files} - {"..", ""}
    listed = metadata / "top_level.txt"
    return set(listed.read_text(encoding="utf-8").split()) if listed.exists() else set()
