"""Base images: a bare Python "X.Y", from a registry where one answers, else from this machine."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from keras_matrix.engines import Environment
from keras_matrix.engines import docker_plan as plan
from keras_matrix.engines.docker_build import Job, Workshop
from keras_matrix.engines.docker_host import context, debian_tarball, python_prefix, python_sources
from keras_matrix.engines.docker_registry import Registry
from keras_matrix.engines.docker_sdk import Sdk, SdkContainer
from keras_matrix.errors import BuildFailedError, FailureClass, InputError, PythonUnavailableError
from keras_matrix.interpreters import find_interpreters

_REPOSITORY = "keras-matrix/python"
_SOURCES = ("auto", "registry", "host")
_DEBIAN = "bookworm"

# Fails where the interpreter or a library that it needs was not brought along whole.
_CHECK = (
    "import bz2, ctypes, platform, sqlite3, ssl, zlib, pip; "
    "print('python ' + platform.python_version())"
)


class BaseImages:
    """Finds, pulls or builds base images. ``wanted`` is one of "auto", "registry", "host"."""

    def __init__(
        self,
        sdk: Sdk,
        workshop: Workshop,
        cache: Path,
        recipes: Path,
        wanted: str,
        registry: Registry | None,
    ) -> None:
        if wanted not in _SOURCES:
            raise InputError([f"KERAS_MATRIX_BASE={wanted}: must be one of {', '.join(_SOURCES)}"])
        self._sdk = sdk
        self._workshop = workshop
        self._cache = cache
        self._recipes = recipes
        self._wanted = wanted
        self._registry_answers = True
        self._shared = registry

    def ensure(self, python: str, log: Path) -> Environment:
        """The environment of a bare Python, built if need be.

        Raises:
            PythonUnavailableError: no registry has it and neither has this machine.
        """
        key = f"{python}-{self._recipe('python-host', 'debian-host', 'python-registry')[:12]}"
        found = self._find(key)
        labels = {plan.ROLE: "base", plan.BASE: key}
        name = (f"python{python}", _REPOSITORY, key)
        if self._shared and not found and self._shared.fetch(*name, labels):
            found = self._find(key)
        if not found:
            made = self._from_registry(python, log) or self._from_host(python, log)
            found = self._finish(key, python, *made, log=log)
        if self._shared:
            self._shared.offer(*name, found.reference)
        return found

    def _find(self, key: str) -> Environment | None:
        found = (
            plan.environment_of(image.id, image.labels)
            for image in self._sdk.images(role="base", base=key)
        )
        return next(filter(None, found), None)

    def _from_registry(self, python: str, log: Path) -> tuple[str, str] | None:
        """The image and where it came from; asked no more once no registry answered."""
        if self._wanted == "host" or not self._registry_answers:
            return None
        pulled = self._sdk.pull("python", f"{python}-slim")
        if pulled is None:
            if self._wanted == "registry":
                raise PythonUnavailableError(
                    f"no registry gives python:{python}-slim, and KERAS_MATRIX_BASE=registry "
                    "forbids to make it from this machine's"
                )
            self._registry_answers = False
            return None
        return self._build("python-registry", {"IMAGE": pulled}, [], log), pulled

    def _from_host(self, python: str, log: Path) -> tuple[str, str]:
        prefix = python_prefix(python, find_interpreters())
        arguments = {"DEBIAN": self._debian(log), "VERSION": python}
        image = self._build("python-host", arguments, python_sources(prefix, python), log)
        return image, f"host, Debian {_DEBIAN}"

    def _debian(self, log: Path) -> str:
        recipe = self._recipe("debian-host")[:12]
        with self._workshop.locked("debian"):
            for image in self._sdk.images(role="debian-host", debian=recipe):
                return image.id
            tarball = debian_tarball(self._recipes, self._cache, recipe, log)
            sources = [(tarball, "rootfs.tar")]
            return self._build("debian-host", {}, sources, log, {plan.DEBIAN: recipe})

    def _build(
        self,
        recipe: str,
        arguments: Mapping[str, str],
        sources: list[tuple[Path, str]],
        log: Path,
        labels: Mapping[str, str] | None = None,
    ) -> str:
        dockerfile = (self._recipes / f"{recipe}.Dockerfile").read_text(encoding="utf-8")
        with context(dockerfile, sources, self._cache / "scratch") as archive:
            return self._sdk.build(archive, arguments, {plan.ROLE: recipe, **(labels or {})}, log)

    def _finish(self, key: str, python: str, image: str, source: str, *, log: Path) -> Environment:
        """Check the new image by running its Python, and label it with what that says."""
        interpreter = f"/usr/local/bin/python{python}"
        bare = Environment(reference=image, digest="", python=python, interpreter=interpreter)

        def label(output: str, container: SdkContainer) -> Environment:
            full = output.rpartition("python ")[2].strip()
            digest = plan.base_digest(source, full, key)
            made = replace(bare, digest=digest, python=full)
            labels = plan.image_labels(made, role="base", tier=f"python{python}", parent="")
            labels |= {plan.BASE: key, plan.SOURCE: source}
            changes = plan.commit_changes(labels, interpreter)
            return replace(made, reference=container.commit(_REPOSITORY, python, changes))

        job = Job(environment=bare, commands=[[interpreter, "-c", _CHECK]], log=log, network=False)
        try:
            return self._workshop.perform(job, label)
        except BuildFailedError as error:
            if error.failure is FailureClass.DISK:
                raise
            raise PythonUnavailableError(
                f"the Python {python} of {source} doesn't work in a container: {error.reason}"
            ) from error

    def _recipe(self, *names: str) -> str:
        texts = [
            plan.recipe_text(path.read_text(encoding="utf-8"))
            for name in names
            for path in sorted(self._recipes.glob(f"{name}.*"))
        ]
        return plan.text_digest("\n".join(texts))
