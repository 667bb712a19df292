"""Where things are: the files of the checkout and the cache of the machine."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from keras_matrix.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A checkout (``root`` holds matrix.yaml) and the cache that its builds share."""

    root: Path
    cache: Path

    @property
    def matrix(self) -> Path:
        return self.root / "matrix.yaml"

    @property
    def expectations(self) -> Path:
        return self.root / "expectations.yaml"

    @property
    def probes(self) -> Path:
        return self.root / "probes"

    @property
    def scenarios(self) -> Path:
        return self.probes / "scenarios"

    @property
    def dockerfiles(self) -> Path:
        return self.root / "docker"

    @property
    def locks(self) -> Path:
        return self.dockerfiles / "locks"

    @property
    def catalogue(self) -> Path:
        return self.locks / "releases.json"

    @property
    def readme(self) -> Path:
        return self.root / "README.md"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def data(self) -> Path:
        return self.reports / "data"

    @property
    def timings(self) -> Path:
        return self.reports / "timings.json"

    @property
    def claims(self) -> Path:
        """The locks by which the runs in this checkout keep off each other's cells."""
        checkout = hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:16]
        return self.cache / "claims" / checkout

    @property
    def logs(self) -> Path:
        return self.cache / "logs"


def find_project(start: Path, environ: Mapping[str, str] = os.environ) -> Project:
    """The project that ``start`` lies in: the nearest folder upwards with a matrix.yaml.

    Raises:
        InputError: no matrix.yaml up to the root of the file system.
    """
    cache = find_cache(environ)
    for folder in (start, *start.parents):
        if (folder / "matrix.yaml").is_file():
            return Project(root=folder, cache=cache)
    raise InputError(
        [f"no matrix.yaml in {start} or above it: run inside a checkout, or give --root DIR"]
    )


def find_cache(environ: Mapping[str, str] = os.environ) -> Path:
    """The cache that all builds share: ``KERAS_MATRIX_CACHE``, else in the user's cache folder."""
    return Path(environ.get("KERAS_MATRIX_CACHE") or platformdirs.user_cache_path("keras-matrix"))
