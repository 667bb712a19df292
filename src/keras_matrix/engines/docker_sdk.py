"""The door to Docker Engine and Podman: the only module that imports their SDK.

Speaks the SDK's language on one side and plain values on the other. Whatever goes wrong with
the engine itself comes out as EngineUnavailableError.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound

from keras_matrix.engines.docker_plan import OURS
from keras_matrix.errors import BuildFailedError, EngineUnavailableError, FailureClass

# Committing a few gigabytes on a busy disk takes minutes; a ping does not.
_TIMEOUT, _PING_TIMEOUT, _PULL_TIMEOUT = 900, 10, 30
_HINT = (
    "Start one (docker/engine.sh start DIR, on Debian), point DOCKER_HOST at one that runs, or "
    "use --engine local."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image as the engine lists it; ``size`` counts the layers below, too."""

    id: str
    labels: Mapping[str, str]
    size: int
    created: float = 0.0
    tags: tuple[str, ...] = ()


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """The engine's errors come out as ours."""
    try:
        yield
    # The SDK's APIError is one of requests' errors, too.
    except DockerException as error:
        if "no space left on device" in str(error).lower():
            raise BuildFailedError(FailureClass.DISK, _short(error)) from error
        raise EngineUnavailableError(f"the container engine refused: {_short(error)}") from error
    except (requests.exceptions.RequestException, OSError) as error:
        raise EngineUnavailableError(f"the container engine went away: {_short(error)}") from error


def _short(error: BaseException) -> str:
    return " ".join(str(getattr(error, "explanation", None) or error).split())[:500]


def addresses(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Where an engine may listen, in the order to try: DOCKER_HOST alone, or the usual sockets."""
    if environ.get("DOCKER_HOST"):
        return (environ["DOCKER_HOST"],)
    own = environ.get("XDG_RUNTIME_DIR")
    sockets = [
        "/var/run/docker.sock",
        *([f"{own}/docker.sock", f"{own}/podman/podman.sock"] if own else []),
        "/run/podman/podman.sock",
    ]
    return tuple(f"unix://{path}" for path in sockets)


class SdkContainer:
    """A container; see :class:`keras_matrix.engines.watched.Runnable` for the promises."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self._stream: Any = None

    @property
    def id(self) -> str:
        return str(self._container.id)

    def start(self) -> None:
        with translated():
            self._stream = self._container.attach(
                stdout=True, stderr=True, stream=True, logs=False, demux=True
            )
            self._container.start()

    def output(self) -> Iterator[tuple[bytes, bytes]]:
        with translated():
            for out, err in self._stream:
                yield out or b"", err or b""

    def kill(self) -> None:
        with translated(), contextlib.suppress(APIError):
            self._container.kill()

    def wait(self) -> tuple[int, bool]:
        with translated():
            status = int(self._container.wait(timeout=_TIMEOUT)["StatusCode"])
            self._container.reload()
            return status, bool(self._container.attrs["State"].get("OOMKilled"))

    def remove(self) -> None:
        with translated():
            try:
                self._container.remove(force=True, v=True)
            except APIError as error:
                # Gone, or being removed by someone else right now.
                if error.response is None or error.response.status_code not in (404, 409):
                    raise

    def commit(self, repository: str, tag: str, changes: list[str]) -> str:
        """The id of a new image: what the container is now, with the changes."""
        with translated():
            image = self._container.commit(
                repository=repository, tag=tag, changes="\n".join(changes)
            )
            return str(image.id)


class Sdk:
    """One engine's API. Safe to use from several threads."""

    def __init__(self, client: docker.DockerClient, address: str, version: str) -> None:
        self._client = client
        self.address = address
        self.version = version

    @classmethod
    def connect(cls, environ: Mapping[str, str]) -> "Sdk":
        """The first engine that answers.

        Raises:
            EngineUnavailableError: none does; says everything that was tried and what to do.
        """
        tried = []
        for address in addresses(environ):
            path = Path(address.removeprefix("unix://"))
            if address.startswith("unix://") and not path.exists():
                tried.append(f"{address}: no such socket")
                continue
            try:
                return cls._connect(address, environ)
            except (DockerException, requests.exceptions.RequestException, OSError) as error:
                tried.append(f"{address}: {_short(error)}")
        raise EngineUnavailableError(f"tried {'; '.join(tried)}. {_HINT}")

    @classmethod
    def _connect(cls, address: str, environ: Mapping[str, str]) -> "Sdk":
        names = ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
        settings = {name: environ[name] for name in names if name in environ}
        settings["DOCKER_HOST"] = address
        with contextlib.closing(
            docker.DockerClient.from_env(environment=settings, timeout=_PING_TIMEOUT)
        ) as client:
            answer = client.version()
        client = docker.DockerClient.from_env(
            environment=settings, timeout=_TIMEOUT, max_pool_size=32
        )
        parts = [part.get("Name", "") for part in answer.get("Components") or []]
        product = "Podman" if any("Podman" in part for part in parts) else "Docker Engine"
        return cls(client, address, f"{product} {answer.get('Version', '?')}")

    @property
    def api(self) -> Any:
        """The SDK's own calls, each to be made inside of :func:`translated`."""
        return self._client.api

    def storage(self) -> Path | None:
        """Where the engine says it keeps its images; None where it doesn't say."""
        with translated():
            root = self._client.info().get("DockerRootDir")
        return Path(root) if root else None

    def images(self, **labels: str) -> tuple[Image, ...]:
        """Our images with these labels (without the prefix)."""
        wanted = {f"{OURS}.{name}": value for name, value in labels.items()}
        with translated():
            # One label for the engine, the others here: Podman 4.3 finds nothing for two.
            found = self._client.api.images(filters={"label": f"{OURS}=1"})
        return tuple(
            Image(
                id=image["Id"] if ":" in image["Id"] else f"sha256:{image['Id']}",
                labels=image["Labels"] or {},
                size=image["Size"],
                created=image["Created"],
                tags=tuple(tag for tag in image["RepoTags"] or () if tag != "<none>:<none>"),
            )
            for image in found
            if wanted.items() <= (image["Labels"] or {}).items()
        )

    def pull(self, repository: str, tag: str) -> str | None:
        """The "repository@sha256:…" of what a registry has; None where none has or answers."""
        # The timeout counts silence, not the download; "no registry" must not take minutes.
        patience = self._client.api.timeout
        self._client.api.timeout = _PULL_TIMEOUT
        try:
            with translated():
                image = self._client.images.pull(repository, tag=tag)
                digests = image.attrs.get("RepoDigests") or []
        except EngineUnavailableError:
            return None
        finally:
            self._client.api.timeout = patience
        return str(digests[0]) if digests else None

    def build(
        self,
        context: IO[bytes],
        arguments: Mapping[str, str],
        labels: Mapping[str, str],
        log: Path,
    ) -> str:
        """Build a context's Dockerfile without network; the image's id.

        Raises:
            BuildFailedError: with the builder's own last words.
        """
        image = ""
        with translated(), log.open("ab") as file:
            for event in self._client.api.build(
                fileobj=context,
                custom_context=True,
                buildargs=dict(arguments),
                labels={OURS: "1", **labels},
                network_mode="none",
                rm=True,
                forcerm=True,
                decode=True,
                use_config_proxy=False,
            ):
                file.write(str(event.get("stream") or event.get("error") or "").encode())
                if "error" in event:
                    full = "no space left" in event["error"].lower()
                    failure = FailureClass.DISK if full else FailureClass.ENGINE
                    raise BuildFailedError(failure, str(event["error"]).strip(), log)
                image = (event.get("aux") or {}).get("ID") or image
        return image

    def create(self, arguments: Mapping[str, Any]) -> SdkContainer:
        """A container with these arguments, not started.

        Raises:
            EngineUnavailableError: also where the image has gone meanwhile.
        """
        with translated():
            return SdkContainer(self._client.containers.create(**arguments))

    def containers(self) -> tuple[tuple[SdkContainer, Mapping[str, str], bool], ...]:
        """Our containers, with their labels and whether they run."""
        with translated():
            found = self._client.containers.list(
                all=True, filters={"label": f"{OURS}=1"}, ignore_removed=True
            )
            return tuple(
                (SdkContainer(each), dict(each.labels), each.status == "running") for each in found
            )

    def ensure_network(self, name: str) -> str:
        """Our internal network, made if need be; its gateway's address."""
        with translated():
            networks = self._client.networks
            found = [each for each in networks.list(names=[name]) if each.name == name]
            network = (
                found[0]
                if found
                else networks.create(name, driver="bridge", internal=True, labels={OURS: "1"})
            )
            network.reload()
            return str(network.attrs["IPAM"]["Config"][0]["Gateway"])

    def remove_networks(self) -> tuple[str, ...]:
        """Remove our networks that no container uses; their names."""
        removed = []
        with translated():
            for network in self._client.networks.list(filters={"label": f"{OURS}=1"}):
                with contextlib.suppress(APIError):
                    network.remove()
                    removed.append(str(network.name))
        return tuple(removed)

    def remove_image(self, image: Image) -> bool:
        """Remove an image under all its names; False where something still stands on it."""
        with translated(), contextlib.suppress(ImageNotFound):
            try:
                for name in image.tags or (image.id,):
                    self._client.api.remove_image(name)
            except APIError as error:
                if error.response is not None and error.response.status_code == 409:
                    return False
                raise
        return True
