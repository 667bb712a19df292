"""Options that state a combination, and the pasted text beside them: what several verbs read."""

import argparse
import re
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from keras_matrix.errors import InputError
from keras_matrix.evidence import Evidence, read_evidence
from keras_matrix.releases import Catalogue, load_catalogue, parse_version
from keras_matrix.shipped import shipped

PROJECTS = ("keras", "tensorflow", "theano", "jax", "torch", "tf-keras", "cntk")
BACKENDS = ("tensorflow", "theano", "cntk", "jax", "torch", "numpy")
_CHUNK = 2**20
_KEPT = 4
"""So many chunks of the beginning, and of the end, are kept of a long text."""
_MOST = 256
"""So many chunks are read at all."""
_PYTHON = re.compile(r"(\d\.\d{1,2})(?:\.\d+)?")
_CONTROLS = frozenset(range(32)) - {7, 8, 9, 10, 12, 13, 27}


def add_combination(parser: argparse.ArgumentParser) -> None:
    """--keras, --tensorflow … --python and --backend."""
    for project in PROJECTS:
        parser.add_argument(f"--{project}", metavar="V", help=f"the release of {project}")
    parser.add_argument("--python", metavar="X.Y", help="the version of Python")
    parser.add_argument("--backend", choices=BACKENDS, help="the backend that Keras runs on")


def add_text(parser: argparse.ArgumentParser) -> None:
    """--from."""
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        help="a file with the traceback, pip freeze, an issue's text …; - is standard input",
    )


def catalogue_of(arguments: argparse.Namespace) -> Catalogue:
    """The checkout's catalogue where --root names one, else the one that the package has."""
    if arguments.root is not None:
        return load_catalogue(arguments.root / "docker" / "locks" / "releases.json")
    return load_catalogue(shipped("docker/locks/releases.json"))


def evidence_of(
    arguments: argparse.Namespace, catalogue: Catalogue, text: str | None = None
) -> Evidence:
    """What the text of the command line, the text of --from and the options say together.

    Raises:
        InputError: there is no text, it can't be read or is no text, or an option is no version.
    """
    given, python = stated(arguments)
    parts = [text or "", read_text(arguments.source) if arguments.source else ""]
    whole = "\n".join(part for part in parts if part.strip())
    if not whole:
        raise InputError(['no text: give the error in quotes, --from FILE, or "--from -"'])
    evidence = read_evidence(whole, catalogue, given=given, python=python)
    return replace(evidence, backend=arguments.backend) if arguments.backend else evidence


def read_text(source: str) -> str:
    """A file's text, or standard input's for "-"; of a long one the beginning and the end.

    Raises:
        InputError: it can't be read, or it is no text.
    """
    try:
        if source == "-":
            content = _ends(sys.stdin.buffer)
        else:
            with Path(source).open("rb") as stream:
                content = _ends(stream)
    except OSError as error:
        raise InputError([f"{source}: {error.strerror or error}"]) from error
    return _decoded(content, source)


def _ends(stream: BinaryIO) -> bytes:
    chunks = iter(lambda: stream.read(_CHUNK), b"")
    head = b"".join(_take(chunks, _KEPT))
    tail = deque(_take(chunks, _MOST), maxlen=_KEPT)
    return b"\n".join((head, *([b"".join(tail)] if tail else [])))


def _take(chunks: Iterable[bytes], most: int) -> Iterable[bytes]:
    for _, chunk in zip(range(most), chunks, strict=False):
        yield chunk


def _decoded(content: bytes, source: str) -> str:
    """UTF-16 with its mark (PowerShell's redirections) or UTF-8; what is neither may be Latin-1."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if sum(byte in _CONTROLS for byte in content[:_CHUNK]) * 100 > len(content[:_CHUNK]):
        raise InputError([f"{source} is no text: it is full of control characters"])
    return content.decode("utf-8-sig", errors="replace")


def stated(arguments: argparse.Namespace) -> tuple[dict[str, str], str | None]:
    """The releases that the options state, by project, and the Python.

    Raises:
        InputError: an option is no version.
    """
    problems = []
    given: dict[str, str] = {}
    for project in PROJECTS:
        version = getattr(arguments, project.replace("-", "_"))
        if version is None:
            continue
        if parse_version(version) is None:
            problems.append(f"--{project} {version!r} is no version; write it like 2.3.1")
        given[project] = version
    python = _PYTHON.fullmatch(arguments.python) if arguments.python is not None else None
    if arguments.python is not None and python is None:
        problems.append(f"--python {arguments.python!r} is no version of Python; write it like 3.7")
    if problems:
        raise InputError(problems)
    return given, python[1] if python else None
