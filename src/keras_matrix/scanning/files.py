"""Paths -> the files to read, and what was passed over, with the reason."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keras_matrix.errors import InputError

ENDINGS = (".py", ".pyw", ".ipynb")
_PASSED_OVER = {
    ".git": "version control",
    ".hg": "version control",
    ".svn": "version control",
    ".bzr": "version control",
    "node_modules": "packages of JavaScript",
    "__pycache__": "compiled",
    ".tox": "environments of tox",
    ".nox": "environments of nox",
    ".eggs": "installed packages",
    "site-packages": "installed packages",
    "dist-packages": "installed packages",
    ".ipynb_checkpoints": "copies of notebooks",
    ".mypy_cache": "a cache",
    ".pytest_cache": "a cache",
    ".ruff_cache": "a cache",
}
_ENVIRONMENTS = {
    "pyvenv.cfg": "a virtual environment",
    "conda-meta": "a conda environment",
    os.path.join("bin", "activate_this.py"): "a virtual environment",  # noqa: PTH118
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Unread:
    """A file or folder that was not read, or not wholly, and why."""

    path: str
    reason: str
    partly: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What there is to read, sorted; ``unread`` could not be, ``skipped`` need not be."""

    files: tuple[Path, ...]
    unread: tuple[Unread, ...]
    skipped: tuple[Unread, ...]


@dataclass(slots=True)
class _Search:
    """One search through all paths; no folder is entered twice, links or not."""

    roots: tuple[Path, ...]
    files: dict[str, Path] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    skipped: list[Unread] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def folder(self, start: Path) -> None:
        """Everything below a folder, without recursion."""
        stack = [start]
        while stack:
            folder = stack.pop()
            try:
                status = folder.stat()
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError as error:
                self.unread.append(Unread(path=shown(folder), reason=_why(error)))
                continue
            if (status.st_dev, status.st_ino) in self.seen:
                self.skip(folder, "the same folder as one that is read")
                continue
            self.seen.add((status.st_dev, status.st_ino))
            stack.extend(reversed([Path(entry.path) for entry in entries if self.enter(entry)]))

    def enter(self, entry: "os.DirEntry[str]") -> bool:
        """Take a file; whether this is a folder to go into."""
        path = Path(entry.path)
        try:
            if entry.is_dir():
                return self._wanted(path, linked=entry.is_symlink())
            if entry.is_symlink() and not path.exists():
                if path.suffix in ENDINGS:
                    self.skip(path, "a link to nothing")
            elif _is_python(path, entry):
                self.file(path, linked=entry.is_symlink())
        except OSError as error:
            self.unread.append(Unread(path=shown(path), reason=_why(error)))
        return False

    def file(self, path: Path, *, linked: bool = False) -> None:
        """Take a file once, under the first path that leads to it."""
        if not stat.S_ISREG(path.stat().st_mode):
            self.unread.append(Unread(path=shown(path), reason="not a regular file"))
        elif linked and self._inside(path):
            self.skip(path, f"a link to {shown(path.resolve())}, which is read")
        else:
            self.files.setdefault(str(path.resolve()), path)

    def skip(self, path: Path, reason: str) -> None:
        """Note what is passed over."""
        self.skipped.append(Unread(path=shown(path), reason=reason))

    def _wanted(self, path: Path, *, linked: bool) -> bool:
        reason = _PASSED_OVER.get(path.name)
        if reason is None:
            reason = next((w for f, w in _ENVIRONMENTS.items() if (path / f).exists()), None)
        if reason is None and linked and self._inside(path):
            reason = "a link to a folder that is read"
        if reason is not None:
            self.skip(path, reason)
        return reason is None

    def _inside(self, path: Path) -> bool:
        target = path.resolve()
        return any(target.is_relative_to(root) for root in self.roots)


def find_files(paths: Sequence[Path]) -> Listing:
    """Every Python file and notebook that the paths name or hold.

    A file that is named itself is read whatever it is called.

    Raises:
        InputError: a path doesn't exist, or there is nothing to read in all of them.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise InputError([f"{path}: no such file or folder" for path in missing])
    search = _Search(tuple(path.resolve() for path in paths if path.is_dir()))
    for path in paths:
        if path.is_dir():
            search.folder(path)
        else:
            search.file(path)
    if not search.files and not search.unread:
        named = ", ".join(map(str, paths))
        raise InputError([f"{named}: no Python file and no notebook in there"])
    return Listing(
        files=tuple(sorted(search.files.values(), key=lambda path: path.parts)),
        unread=tuple(sorted(search.unread, key=lambda each: each.path)),
        skipped=tuple(sorted(search.skipped, key=lambda each: each.path)),
    )


def shown(path: Path) -> str:
    """A path for people: relative to here where it is below, with slashes."""
    here = Path.cwd()
    if path.is_absolute() and path.is_relative_to(here):
        path = path.relative_to(here)
    # A name may be no UTF-8, or full of controls; what is printed has to be neither.
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in path.as_posix())


def _is_python(path: Path, entry: "os.DirEntry[str]") -> bool:
    """By its ending, or by its first line where it has no ending."""
    if path.suffix.lower() in ENDINGS:
        return True
    if path.suffix or path.name.startswith(".") or not entry.is_file():
        return False
    with path.open("rb") as file:
        first = file.read(80).split(b"\n", 1)[0]
    return first.startswith(b"#!") and b"python" in first


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
