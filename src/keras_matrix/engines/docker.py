"""The Docker engine: tiers are images, commands run in sandboxed containers.

Works with Docker Engine and with Podman's socket, on this machine: containers see files of the
host (read-only), and reach the package index on the host's end of an internal network.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock as ThreadLock

from keras_matrix import installers
from keras_matrix.engines import BuildRequest, Command, Environment, Held
from keras_matrix.engines import docker_plan as plan
from keras_matrix.engines.docker_base import BaseImages
from keras_matrix.engines.docker_build import Job, Workshop
from keras_matrix.engines.docker_cli import client_command
from keras_matrix.engines.docker_host import find_recipes, world_readable
from keras_matrix.engines.docker_registry import Registry
from keras_matrix.engines.docker_sdk import Image, Sdk, SdkContainer
from keras_matrix.engines.lineage import removable
from keras_matrix.engines.watched import WatchedProcess
from keras_matrix.locks import Lock, lock_to_text
from keras_matrix.tiers import Tier, TierKind, tag

# Part of every tier's digest: raise it when the way of building changes what comes out.
_RECIPE_VERSION = "1"

# uv's cache lies in the container's own layer, so that installing makes hard links, not copies;
# it is removed before the commit. In a shared volume every byte would be written twice.
_UV_CACHE = "/usr/local/.uv-cache"
_SCRATCH = "/tmp/build"


class DockerEngine:
    """An :class:`keras_matrix.engines.Engine` over Docker Engine or Podman."""

    name = "docker"

    def __init__(
        self,
        sdk: Sdk,
        cache: Path,
        recipes: Path,
        bases: str = "auto",
        registry: Registry | None = None,
    ) -> None:
        self._sdk = sdk
        self.registry = registry
        self._cache = cache / "docker"
        self._owner = plan.owner_of_this_process()
        self._workshop = Workshop(sdk, self._cache, self._owner)
        self._bases = BaseImages(sdk, self._workshop, self._cache, recipes, bases, registry)
        dockerfile = (recipes / "tier.Dockerfile").read_text(encoding="utf-8")
        self._recipe = f"{_RECIPE_VERSION} {plan.recipe_text(dockerfile)}"
        self._gateway: str | None = None
        self._guard = ThreadLock()

    @classmethod
    def connect(
        cls, environ: Mapping[str, str], cache: Path, registry: str | None = None
    ) -> "DockerEngine":
        """The engine at DOCKER_HOST, else at the first of the usual sockets that answers.

        ``cache`` holds what all engines of this machine share. KERAS_MATRIX_BASE says where
        base images come from: "registry", "host", or "auto" (the first that can). What is built is
        shared through the ``registry`` (HOST:PORT), if one is named.

        Raises:
            EngineUnavailableError: none answers; says what was tried and what to do.
            EnvironmentUnusableError: the registry can't be used.
            InputError: KERAS_MATRIX_BASE is none of these, or the registry's address is none.
        """
        bases = environ.get("KERAS_MATRIX_BASE") or "auto"
        sdk = Sdk.connect(environ)
        shared = Registry(sdk, registry) if registry else None
        if shared is not None:
            shared.check()
        engine = cls(sdk, cache, find_recipes(), bases, shared)
        engine.remove_orphans()
        return engine

    def describe(self) -> str:
        """One line for people: which engine, which version, where."""
        return f"{self._sdk.version} at {self._sdk.address}"

    def index_host(self) -> str:
        """The host's end of the network that build containers are on, made if need be."""
        with self._guard:
            if self._gateway is None:
                with self._workshop.locked("network"):
                    self._gateway = self._sdk.ensure_network(plan.NETWORK)
            return self._gateway

    def base(self, python: str, log: Path) -> Environment:
        """The environment of a bare Python "X.Y"; see the protocol."""
        with self._workshop.locked(f"python-{python}"):
            return self._bases.ensure(python, log)

    def find(self, tier: Tier, lock: Lock, parent: Environment) -> Environment | None:
        """The tier's image, by the digest on its label: a commit is whole or isn't there.

        Where a registry is shared, one that it has is found here, too.
        """
        digest = tag(tier, lock, parent.digest, self._recipe)
        labels = {plan.ROLE: "tier", plan.DIGEST: digest, plan.PARENT: parent.digest}
        name = plan.tier_repository(digest)
        found = self._find(digest)
        if self.registry and not found and self.registry.fetch(tier.name, *name, labels):
            found = self._find(digest)
        if self.registry and found:
            self.registry.offer(tier.name, *name, found.reference)
        return found

    def _find(self, digest: str) -> Environment | None:
        for image in self._sdk.images(role="tier", digest=digest):
            return plan.environment_of(image.id, image.labels)
        return None

    def resolve(self, request: BuildRequest) -> tuple[str, ...]:
        """See the protocol."""
        tier = request.tier
        tools = self._toolchain(request)
        commands = [
            ["mkdir", "-p", _SCRATCH],
            # Resolvers write beside what they read, and the mount is read-only.
            ["cp", "-r", plan.WORK, f"{_SCRATCH}/work"],
            *installers.resolve_commands(tools, f"{_SCRATCH}/work"),
        ]
        files = installers.inputs(tier.requirements, request.constraints, tier.provided)
        job = self._job(request, tools, commands, files)
        return self._workshop.perform(
            job, lambda output, _: installers.parse_resolution(output, tier.provided)
        )

    def build(self, request: BuildRequest, lock: Lock) -> Environment:
        """See the protocol."""
        digest = tag(request.tier, lock, request.parent.digest, self._recipe)
        with self._workshop.locked(digest.removeprefix("sha256:")[:32]):
            made = self._find(digest) or self._build(request, lock, digest)
        if self.registry:
            self.registry.offer(request.tier.name, *plan.tier_repository(digest), made.reference)
        return made

    def _build(self, request: BuildRequest, lock: Lock, digest: str) -> Environment:
        tools = self._toolchain(request)
        commands = [
            *installers.install_commands(tools, f"{plan.WORK}/lock.txt"),
            ["rm", "-rf", _UV_CACHE, _SCRATCH],
        ]
        made = replace(request.parent, reference="", digest=digest)
        labels = plan.image_labels(
            made, role="tier", tier=request.tier.name, parent=request.parent.digest
        )
        changes = plan.commit_changes(labels, made.interpreter)

        def commit(_: str, container: SdkContainer) -> Environment:
            return replace(made, reference=container.commit(*plan.tier_repository(digest), changes))

        files = {"lock.txt": lock_to_text(lock)}
        return self._workshop.perform(self._job(request, tools, commands, files), commit)

    def _toolchain(self, request: BuildRequest) -> installers.Toolchain:
        return installers.Toolchain(
            installer=installers.installer_for(request.tier.python, request.tier.as_of),
            interpreter=request.parent.interpreter,
            index_url=request.index_url,
            uv=f"{plan.TOOLS}/uv",
            choice=request.tier.kind is not TierKind.PYTHON,
        )

    def _job(
        self,
        request: BuildRequest,
        tools: installers.Toolchain,
        commands: list[list[str]],
        files: Mapping[str, str],
    ) -> Job:
        self.index_host()
        variables = {
            **installers.environment(tools.installer),
            "HOME": _SCRATCH,
            "LANG": "C.UTF-8",
            "TMPDIR": "/tmp",
            "UV_CACHE_DIR": _UV_CACHE,
            "UV_LINK_MODE": "hardlink",
        }
        return Job(
            environment=request.parent,
            commands=commands,
            log=request.log,
            variables=variables,
            files=files,
        )

    def run(self, environment: Environment, command: Command) -> WatchedProcess:
        """See the protocol; the container is removed even if nobody waits for it."""
        mounts = {
            world_readable(source, self._cache / "staged"): inside
            for source, inside in command.mounts.items()
        }
        arguments = plan.sandbox_arguments(environment, command, mounts, self._owner)
        return WatchedProcess(self._sdk.create(arguments), command.limits)

    def by_hand(
        self, environment: Environment, command: Command, *, interactive: bool = False
    ) -> tuple[str, ...]:
        """See the protocol; the client is told the address only where it takes over a terminal."""
        _, *arguments = client_command(environment, command, interactive=interactive)
        podman = self._sdk.version.startswith("Podman")
        client, option = ("podman", "--url") if podman else ("docker", "--host")
        return (client, *((f"{option}={self._sdk.address}",) if interactive else ()), *arguments)

    def abort(self) -> None:
        """Remove every container that this process started: its builds and runs end at once."""
        for container, labels, _ in self._sdk.containers():
            if labels.get(plan.OWNER) == self._owner:
                container.remove()

    def images(self) -> tuple[tuple[str, str, int], ...]:
        """(tier, digest, bytes that it adds to its parent) of every image, sorted by tier."""
        images = self._digested()
        sizes = {digest: image.size for digest, image in images.items()}
        return tuple(
            sorted(
                (
                    image.labels.get(plan.TIER, "?"),
                    digest,
                    image.size - sizes.get(image.labels.get(plan.PARENT, ""), 0),
                )
                for digest, image in images.items()
            )
        )

    def storage(self) -> Path | None:
        """See the protocol."""
        root = self._sdk.storage()
        return root if root is not None and root.is_dir() else None

    def held(self) -> tuple[Held, ...]:
        """See the protocol."""
        found = (
            (image, plan.environment_of(image.id, image.labels))
            for image in self._sdk.images(role="tier")
        )
        return tuple(
            Held(
                environment=environment,
                tier=image.labels.get(plan.TIER, ""),
                parent=image.labels.get(plan.PARENT, ""),
                made=image.created,
            )
            for image, environment in found
            if environment is not None
        )

    def remove(self, environment: Environment) -> bool:
        """Remove one image; False where another image or a container still stands on it."""
        image = self._digested().get(environment.digest)
        return image is not None and self._sdk.remove_image(image)

    def remove_orphans(self) -> int:
        """Remove the containers of processes that ended without doing so; how many."""
        removed = 0
        for container, labels, _ in self._sdk.containers():
            if plan.is_orphan(labels.get(plan.OWNER, ""), running=True):
                container.remove()
                removed += 1
        return removed

    def clean(self, keep: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Remove our images but those in ``keep`` and what they stand on; see the protocol.

        Containers of processes that still work stay, and so does what they use. With nothing
        to keep, the base images and the network go, too.
        """
        removed = []
        for container, labels, running in self._sdk.containers():
            if plan.is_orphan(labels.get(plan.OWNER, ""), running=running):
                container.remove()
                removed.append(f"container {container.id[:12]}")
        images = self._digested()
        parents = {digest: image.labels.get(plan.PARENT, "") for digest, image in images.items()}
        for digest in removable(parents, keep, images):
            if self._sdk.remove_image(images[digest]):
                removed.append(f"image {images[digest].labels.get(plan.TIER)} {digest[:19]}")
        if not keep:
            for image in self._sdk.images():
                if plan.DIGEST not in image.labels and self._sdk.remove_image(image):
                    removed.append(f"image {image.id[:19]}")
            removed += [f"network {name}" for name in self._sdk.remove_networks()]
            self._gateway = None
        return tuple(removed)

    def _digested(self) -> dict[str, Image]:
        found = self._sdk.images()
        return {image.labels[plan.DIGEST]: image for image in found if plan.DIGEST in image.labels}
