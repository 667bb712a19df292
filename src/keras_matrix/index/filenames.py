"""The files of a project page -> releases. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from packaging.utils import canonicalize_name
from packaging.version import Version
from simple_repository.model import File
from simple_repository.packaging import (
    PackageFormat,
    extract_package_format,
    extract_package_version,
)

from keras_matrix.releases import Release


def file_tag(filename: str) -> str:
    """What decides whether a file can be installed: a wheel's tags, "sdist", or the ending."""
    match extract_package_format(filename):
        case PackageFormat.WHEEL:
            return "-".join(filename.removesuffix(".whl").split("-")[-3:])
        case PackageFormat.SDIST:
            return "sdist"
        case _:
            return "sdist" if filename.endswith(".tgz") else filename.rpartition(".")[2].lower()


def file_version(filename: str, project: str) -> Version | None:
    """The version that a file's name tells, or None where it can't be read."""
    try:
        return Version(extract_package_version(filename, canonicalize_name(project)))
    except (ValueError, IndexError):  # InvalidVersion is a ValueError
        return None


def releases_of(project: str, files: Iterable[File]) -> dict[str, Release]:
    """The releases that a project page's files make up, in version order.

    Files without an upload time, or whose name tells no version, count for nothing.
    """
    grouped: defaultdict[Version, list[tuple[datetime, File]]] = defaultdict(list)
    for file in files:
        version = file_version(file.filename, project)
        if version is not None and file.upload_time is not None:
            grouped[version].append((utc(file.upload_time), file))
    return {
        str(version): _release(canonicalize_name(project), str(version), grouped[version])
        for version in sorted(grouped)
    }


def utc(moment: datetime) -> datetime:
    """The moment in UTC; without a zone it is taken to be UTC, as PEP 700 prescribes."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _release(project: str, version: str, dated: list[tuple[datetime, File]]) -> Release:
    ordered = sorted(dated, key=lambda pair: (pair[0], pair[1].filename))
    return Release(
        project=project,
        version=version,
        uploaded=ordered[0][0].date(),
        requires_python=next((f.requires_python for _, f in ordered if f.requires_python), None),
        files=tuple(sorted({file_tag(file.filename) for _, file in ordered})),
        yanked=all(bool(file.yanked) for _, file in ordered),
    )
