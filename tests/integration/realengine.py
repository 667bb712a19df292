"""A real engine and the real package index, shared by all tests of a session.

Without an engine the tests are skipped; with KERAS_MATRIX_REQUIRE_ENGINE=1 (CI) they fail.
KERAS_MATRIX_PODMAN_HOST=unix://… has everything run on that engine, too.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from keras_matrix.engines.docker import DockerEngine
from keras_matrix.errors import EngineUnavailableError
from keras_matrix.index import PackageIndex, Sources

_PODMAN = os.environ.get("KERAS_MATRIX_PODMAN_HOST")


@pytest.fixture(scope="session")
def cache() -> Path:
    """The cache that a user's runs share, so that nothing is fetched for the tests alone."""
    return Path(
        os.environ.get("KERAS_MATRIX_CACHE") or platformdirs.user_cache_path("keras-matrix")
    )


@pytest.fixture(scope="session", params=["docker", *(["podman"] if _PODMAN else [])])
def engine(request: pytest.FixtureRequest, cache: Path) -> DockerEngine:
    environ = dict(os.environ)
    if request.param == "podman" and _PODMAN:
        environ["DOCKER_HOST"] = _PODMAN
    try:
        return DockerEngine.connect(environ, cache)
    except EngineUnavailableError as error:
        if os.environ.get("KERAS_MATRIX_REQUIRE_ENGINE"):
            raise
        pytest.skip(f"no container engine: {error}")


@pytest.fixture(scope="session")
def index(engine: DockerEngine, cache: Path) -> Iterator[PackageIndex]:
    """The package index, listening where the engine's build containers reach it."""
    with PackageIndex(Sources.from_environment(os.environ), cache / "index") as index:
        index.listen(engine.index_host())
        yield index
