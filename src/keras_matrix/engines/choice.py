"""Which engine does the work: the one asked for, or containers where an engine answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from keras_matrix.engines import Engine
from keras_matrix.engines.docker import DockerEngine
from keras_matrix.engines.docker_registry import Moves
from keras_matrix.engines.local import LocalEngine
from keras_matrix.errors import EngineUnavailableError, EnvironmentUnusableError


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """An engine and the sentence that says which one it is and why."""

    engine: Engine
    why: str


def choose_engine(
    wanted: str, environ: Mapping[str, str], cache: Path, registry: str | None = None
) -> Chosen:
    """Connect to ``wanted``: "docker", "local", or "auto" (docker where it answers, else local).

    Raises:
        EngineUnavailableError: "docker" was asked for and nothing answers.
        EnvironmentUnusableError: the ``registry`` that was asked for can't be used.
    """
    if wanted != "local":
        try:
            engine = DockerEngine.connect(environ, cache, registry)
        except EngineUnavailableError as error:
            if wanted == "docker":
                raise
            because = f"no container engine answers ({error})"
        else:
            return Chosen(engine=engine, why=f"docker: {engine.describe()}")
    else:
        because = "asked for"
    if registry:
        raise EnvironmentUnusableError(
            f"the registry {registry} shares images of containers, and the local engine has none "
            f"({because}): leave out --registry, or use --engine docker"
        )
    local = LocalEngine(cache)
    return Chosen(engine=local, why=f"local: {local.describe()}; {because}")


def moves_of(engine: Engine) -> Moves:
    """What the engine pushed to its registry and pulled from it since the last call."""
    if isinstance(engine, DockerEngine) and engine.registry is not None:
        return engine.registry.moves()
    return Moves()
