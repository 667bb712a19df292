"""What is known of a release, and the catalogue of the projects that can be pinned.

The catalogue is committed as ``docker/locks/releases.json``, so that checking a matrix needs no
network, and nothing but the standard library and ``packaging``: noxfile.py reads it at every call.
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from keras_matrix.errors import InputError

CATALOGUE_SCHEMA = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """One release of one project, as far as feasibility needs it.

    ``uploaded`` is the day of its first file (UTC). ``files`` are wheel tags
    ("cp37-cp37m-manylinux2010_x86_64", compressed sets kept as they are), "sdist" or "egg"/other
    endings, sorted and unique.
    """

    project: str
    version: str
    uploaded: date
    requires_python: str | None
    files: tuple[str, ...]
    yanked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """Projects (normalised names) -> version -> Release; the file docker/locks/releases.json."""

    projects: Mapping[str, Mapping[str, Release]]

    def release(self, project: str, version: str) -> Release | None:
        """The release, however name and version are spelt (2.0 is 2.0.0); None if unknown."""
        releases = self.projects.get(canonicalize_name(project), {})
        if version in releases:
            return releases[version]
        wanted = parse_version(version)
        if wanted is None:
            return None
        return next((releases[known] for known in releases if Version(known) == wanted), None)

    def versions(self, project: str) -> tuple[str, ...]:
        """Every version known of a project, in version order."""
        return tuple(sorted(self.projects.get(canonicalize_name(project), {}), key=Version))

    def nearest(self, project: str, version: str) -> str | None:
        """The existing version that was most likely meant; None for an unknown project.

        The longest common beginning wins, then the smallest step, then the newer one. What
        is no version at all is matched by its spelling.
        """
        known = self.versions(project)
        wanted = parse_version(version)
        if wanted is None:
            return next(iter(difflib.get_close_matches(version, known, n=1, cutoff=0.0)), None)
        return min(reversed(known), key=lambda each: _steps(Version(each), wanted), default=None)

    def with_project(self, project: str, releases: Mapping[str, Release]) -> "Catalogue":
        """This catalogue with one project's releases replaced."""
        return Catalogue(projects={**self.projects, canonicalize_name(project): dict(releases)})


def parse_version(text: str) -> Version | None:
    """The version, or None where ``text`` is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _steps(one: Version, other: Version) -> tuple[int, ...]:
    """How far apart two versions are, segment by segment."""
    pairs = zip_longest(one.release, other.release, fillvalue=0)
    return tuple(abs(left - right) for left, right in pairs)


def without_prereleases(releases: Mapping[str, Release]) -> dict[str, Release]:
    """The final and post releases; everything where a project has nothing else."""
    final = {v: release for v, release in releases.items() if not Version(v).is_prerelease}
    return final or dict(releases)


def dump_catalogue(catalogue: Catalogue) -> str:
    """The catalogue as JSON, one line for each release, sorted by project and version."""
    projects = []
    for project in sorted(catalogue.projects):
        lines = [
            f"  {json.dumps(version)}: {_release_to_json(catalogue.projects[project][version])}"
            for version in catalogue.versions(project)
        ]
        projects.append(f" {json.dumps(project)}: {{\n" + ",\n".join(lines) + "\n }")
    body = ",\n".join(projects)
    return f'{{"schema": {CATALOGUE_SCHEMA}, "projects": {{\n{body}\n}}}}\n'


def _release_to_json(release: Release) -> str:
    document: dict[str, Any] = {"uploaded": release.uploaded.isoformat()}
    if release.requires_python is not None:
        document["requires_python"] = release.requires_python
    if release.yanked:
        document["yanked"] = True
    document["files"] = list(release.files)
    return json.dumps(document)


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue that :func:`dump_catalogue` wrote.

    Raises:
        InputError: the file can't be read or is no catalogue of this schema.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema"] != CATALOGUE_SCHEMA:
            raise ValueError(f"schema {document['schema']}, not {CATALOGUE_SCHEMA}")
        return Catalogue(
            projects={
                project: {
                    version: _release_from_json(project, version, release)
                    for version, release in releases.items()
                }
                for project, releases in document["projects"].items()
            }
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            [f"{path}: not a release catalogue ({error!r}); `keras-matrix update` writes one"]
        ) from error


def _release_from_json(project: str, version: str, document: dict[str, Any]) -> Release:
    return Release(
        project=project,
        version=str(Version(version)),
        uploaded=date.fromisoformat(document["uploaded"]),
        requires_python=document.get("requires_python"),
        files=tuple(document["files"]),
        yanked=document.get("yanked", False),
    )


def find_release(catalogue: Catalogue, project: str, version: str) -> Release | None:
    """The release, or None where the catalogue has no such project or version."""
    return catalogue.projects.get(canonicalize_name(project), {}).get(version)
