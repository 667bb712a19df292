"""The files of one folder at one revision, read from git's objects: no work tree is touched."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from keras_matrix.errors import EnvironmentUnusableError, InputError


class Blobs:
    """Reads objects by id from one ``git cat-file --batch``."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._asked, self._answers = process.stdin, process.stdout

    def read(self, blob: str) -> bytes:
        """The object's bytes.

        Raises:
            OSError: the object is not there (a partial clone).
        """
        self._asked.write(f"{blob}\n".encode())
        self._asked.flush()
        header = self._answers.readline().decode().split()
        if len(header) != 3:
            raise OSError(f"git has no object {blob} here")
        content = self._answers.read(int(header[2]))
        self._answers.read(1)  # the newline that ends the object
        return content


def tree(root: Path, revision: str, folder: str) -> Mapping[str, str]:
    """File name -> object id of what ``folder`` (relative to ``root``) holds at ``revision``.

    Raises:
        InputError: no such revision, or no such folder in it.
        EnvironmentUnusableError: there is no git.
    """
    option = revision.startswith("-")
    named = f"{revision}^{{commit}}"
    commit = None if option else _ask(root, "rev-parse", "--verify", "--quiet", named)
    if commit is None:
        shallow = _ask(root, "rev-parse", "--is-shallow-repository") == "true"
        hint = " (the clone is shallow: `git fetch --unshallow`)" if shallow else ""
        raise InputError(
            [f"{revision}: no folder, no file, and no git revision of {root.name}{hint}"]
        )
    found = _ask(root, "rev-parse", "--verify", "--quiet", f"{commit}:./{folder}")
    if found is None:
        raise InputError([f"{revision}: there is no {folder} at that revision"])
    listed = _ask(root, "ls-tree", "-z", "--full-tree", found) or ""
    entries = (entry.split("\t", 1) for entry in listed.split("\0") if entry)
    return {name: facts.split()[2] for facts, name in entries if facts.split()[1] == "blob"}


@contextmanager
def blobs(root: Path) -> Iterator[Blobs]:
    """A reader of the repository's objects, open while the block runs.

    Raises:
        OSError: git ended in the middle.
    """
    try:
        with subprocess.Popen(
            ["git", "-C", str(root), "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            yield Blobs(process)
    except BrokenPipeError as error:
        # Not to be taken for the reader of our own output going away.
        raise OSError("git cat-file ended") from error


def _ask(root: Path, verb: str, *arguments: str) -> str | None:
    """What git says, None where it says no."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), verb, *arguments], capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise EnvironmentUnusableError("git is not installed: give folders or files") from error
    return done.stdout.decode("utf-8", errors="replace").strip() if done.returncode == 0 else None
