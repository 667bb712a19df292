"""What base images are made of on a machine without a registry: a Debian and an interpreter.

Both end as a build context (a tar file) for one of the Dockerfiles in ``docker/``.
"""

import hashlib
import io
import shutil
import stat
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from filelock import FileLock

from keras_matrix.errors import EnvironmentUnusableError, PythonUnavailableError
from keras_matrix.shipped import shipped

# What no cell needs of an interpreter's prefix. Its packages are the host's own business; a
# cell's come from its lock.
_LEFT_OUT = frozenset({"site-packages", "__pycache__", "test", "tests", "idlelib", "turtledemo"})
_ROOTFS_TIMEOUT = 1800


def find_recipes() -> Path:
    """The ``docker/`` folder of the checkout, or its copy in an installed package.

    Raises:
        EnvironmentUnusableError: neither is there.
    """
    folder = shipped("docker")
    if (folder / "tier.Dockerfile").is_file():
        return folder
    raise EnvironmentUnusableError(
        "the Dockerfiles are missing: run from a checkout, or install a whole wheel"
    )


def debian_tarball(recipes: Path, cache: Path, recipe: str, log: Path) -> Path:
    """A Debian root file system, made once per machine by ``docker/debian-host.sh``.

    Raises:
        EnvironmentUnusableError: debootstrap is missing or failed; says what to do.
    """
    folder = cache / "rootfs"
    tarball = folder / f"debian-{recipe}.tar"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if tarball.is_file():
            return tarball
        if shutil.which("debootstrap") is None:
            raise EnvironmentUnusableError(
                "no registry of images answers, and debootstrap, which makes a Debian without "
                "one, is not installed: apt-get install debootstrap, or use --engine local"
            )
        with log.open("ab") as output:
            done = subprocess.run(
                [recipes / "debian-host.sh", tarball],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_ROOTFS_TIMEOUT,
                check=False,
            )
    if done.returncode != 0:
        raise EnvironmentUnusableError(
            f"debootstrap could not make a Debian (see {log}); it needs root and a mirror "
            "(DEBIAN_MIRROR=URL names another one)"
        )
    return tarball


def python_prefix(python: str, interpreters: Mapping[str, Path]) -> Path:
    """The prefix to copy Python "X.Y" from.

    Raises:
        PythonUnavailableError: this machine has none, or only the system's own, which can't be
            told from the rest of /usr.
    """
    executable = interpreters.get(python)
    if executable is None:
        found = ", ".join(interpreters) or "none"
        raise PythonUnavailableError(
            f"no registry of images answers, and this machine has no CPython {python} to copy "
            f"(found: {found}): pyenv install {python}, or uv python install {python}"
        )
    prefix = executable.parents[1]
    if prefix == Path("/usr") or not (prefix / "lib" / f"python{python}" / "os.py").is_file():
        raise PythonUnavailableError(
            f"{executable} is the system's own and can't be copied into an image: "
            f"pyenv install {python}, or uv python install {python}"
        )
    return prefix


@contextmanager
def context(
    dockerfile: str, sources: Iterable[tuple[Path, str]], scratch: Path
) -> Iterator[IO[bytes]]:
    """A build context: the Dockerfile's text, and each source under its name in the context."""
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=scratch) as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            _add_text(archive, "Dockerfile", dockerfile)
            for source, name in sources:
                archive.add(source, name, filter=_wanted)
        file.seek(0)
        yield file


def python_sources(prefix: Path, python: str) -> list[tuple[Path, str]]:
    """What docker/python-host.Dockerfile copies, with the names it expects."""
    library = prefix / "lib"
    headers = sorted(prefix.glob(f"include/python{python}*"))
    return [
        ((prefix / "bin" / f"python{python}").resolve(), f"bin/python{python}"),
        *((path, f"include/{path.name}") for path in headers),
        (library / f"python{python}", f"lib/python{python}"),
        *((path, f"lib/{path.name}") for path in sorted(library.glob("libpython*.so*"))),
    ]


def world_readable(folder: Path, staging: Path) -> Path:
    """The folder itself where every user may read it all, else a copy that every user may read.

    A container's process is another user. Copies are named by their content.
    """
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*")) if path.exists()}
    if all(_open_to_all(mode) for mode in modes.values()):
        return folder
    digest = hashlib.sha256()
    for path in sorted(path for path, mode in modes.items() if stat.S_ISREG(mode)):
        name = path.relative_to(folder).as_posix()
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{name}\0{content}\n".encode())
    copy = staging / digest.hexdigest()[:32]
    staging.mkdir(parents=True, exist_ok=True)
    with FileLock(staging / "lock"):
        if not copy.exists():
            unfinished = copy.with_suffix(".new")
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(folder, unfinished, symlinks=True)
            for path in (unfinished, *unfinished.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
            unfinished.replace(copy)
    return copy


def _open_to_all(mode: int) -> bool:
    wanted = 0o005 if stat.S_ISDIR(mode) else 0o004
    return mode & wanted == wanted


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _wanted(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = PurePosixPath(member.name).name
    if name in _LEFT_OUT or name.endswith((".pyc", ".pyo", ".a")) or name.startswith("_test"):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode |= 0o444 | (0o111 if member.mode & 0o100 else 0)
    return member
