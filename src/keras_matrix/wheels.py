"""Which file of a release an installer takes on CPython X.Y, Linux x86-64.

Pure: the tags of the target are spelled out, never read from this interpreter.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, parse_tag

from keras_matrix.releases import Release

PYTHONS = ("2.7", *(f"3.{minor}" for minor in range(4, 15)))
"""Every Python that a cell may have, oldest first."""

SDIST = "sdist"

# Debian 12, the base of every image, has glibc 2.36. Wheels without a glibc promise older than
# manylinux1 (2.5) don't exist.
_GLIBC_MINORS = range(36, 4, -1)

_LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def best_file(files: Iterable[str], python: str) -> str | None:
    """The one of ``Release.files`` that pip on CPython ``python`` ("X.Y") would choose.

    The most specific wheel wins, a source archive comes last, eggs and installers don't count.
    None where nothing fits.
    """
    ranks = _ranks(python)
    best: tuple[int, str] | None = None
    for file in sorted(set(files)):
        rank = len(ranks) if file == SDIST else _rank(file, ranks)
        if rank is not None and (best is None or rank < best[0]):
            best = (rank, file)
    return best[1] if best else None


def usable(release: Release, python: str) -> bool:
    """Whether the release has a file for ``python`` and its requires-python admits it."""
    return has_file(release.files, python) and admits(release.requires_python, python)


@cache
def has_file(files: tuple[str, ...], python: str) -> bool:
    ranks = _ranks(python)
    return any(file == SDIST or _rank(file, ranks) is not None for file in files)


@cache
def admits(requires_python: str | None, python: str) -> bool:
    """X.Y stands for its latest patch release, so ">=3.6.1" admits 3.6."""
    if not requires_python:
        return True
    try:
        return SpecifierSet(requires_python).contains(f"{python}.99")
    except InvalidSpecifier:
        return True  # pip ignores a malformed requires-python too


def _rank(file: str, ranks: Mapping[Tag, int]) -> int | None:
    return min((ranks[tag] for tag in _tags(file) if tag in ranks), default=None)


@cache
def _tags(file: str) -> frozenset[Tag]:
    return parse_tag(file) if file.count("-") == 2 else frozenset()


@cache
def _ranks(python: str) -> Mapping[Tag, int]:
    """Every tag that CPython ``python`` accepts on our platform, best first."""
    major, minor = (int(part) for part in python.split("."))
    version = (major, minor)
    platforms = tuple(_platforms())
    interpreter = f"cp{major}{minor}"
    tags = (
        *cpython_tags(version, abis=[_abi(version)], platforms=platforms),
        *compatible_tags(version, interpreter=interpreter, platforms=platforms),
    )
    return {tag: rank for rank, tag in reversed(list(enumerate(tags)))}


def _abi(version: tuple[int, int]) -> str:
    name = "cp{}{}".format(*version)
    if version < (3, 0):
        return f"{name}mu"  # Linux builds of 2.7 have four-byte Unicode
    return f"{name}m" if version < (3, 8) else name


def _platforms() -> Iterator[str]:
    for minor in _GLIBC_MINORS:
        yield f"manylinux_2_{minor}_x86_64"
        if minor in _LEGACY_MANYLINUX:
            yield f"{_LEGACY_MANYLINUX[minor]}_x86_64"
    yield "linux_x86_64"
