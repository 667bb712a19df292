"""The package index of a run: date-filtered, caching, served to build environments.

``http://<host>:<port>/<label>/<YYYY-MM-DD>/simple/`` shows the packages of that day; the label
says on whose account the bytes go. It reaches nothing but the configured sources.
"""

import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn
from packaging.utils import canonicalize_name
from packaging.version import Version
from simple_repository import errors, model

from keras_matrix.errors import BuildFailedError, FailureClass, IndexUnavailableError
from keras_matrix.index.app import Meter, create_app
from keras_matrix.index.filecache import FileCache
from keras_matrix.index.filenames import file_tag, file_version, releases_of
from keras_matrix.index.pages import PageCache
from keras_matrix.index.portal import Portal, PortalTransport
from keras_matrix.index.sources import Sources, context, repository
from keras_matrix.index.wheelmetadata import MetadataStore
from keras_matrix.locks import LockedPackage
from keras_matrix.releases import Release
from keras_matrix.wheels import best_file

__all__ = ["PackageIndex", "Sources"]

# Quiet unless the program sets logging up: what an installer must know goes into its answer.
for _name in ("keras_matrix", "uvicorn"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

_TIMEOUT = httpx.Timeout(60.0, connect=15.0)
_GRACE_SECONDS = 2
_IP_FREEBIND = 15  # Linux; the socket module has no name for it before Python 3.14


class PackageIndex:
    """A context manager; its methods may be called from any thread while it is open.

    ``cache`` is kept between runs and may be shared by processes. ``transport`` replaces the
    network in tests.
    """

    def __init__(
        self, sources: Sources, cache: Path, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._sources = sources
        self._cache = cache
        self._transport = transport
        self._ports: dict[str, int] = {}
        self._meter = Meter()
        self._pages = PageCache(cache / "pages")

    def __enter__(self) -> Self:
        verify: ssl.SSLContext | bool = True
        if self._sources.certificate is not None:
            verify = _certificates(self._sources.certificate)
        options: dict[str, Any] = {"follow_redirects": True, "timeout": _TIMEOUT, "verify": verify}
        self._async_client = httpx.AsyncClient(transport=self._transport, **options)
        self._portal = Portal()
        through = PortalTransport(self._portal, self._async_client)
        client = httpx.Client(transport=through, timeout=_TIMEOUT)
        self._files = FileCache(self._cache, client)
        self._repository = repository(self._sources, self._async_client, self._pages)
        metadata = MetadataStore(self._cache / "metadata", self._files, client)
        app = create_app(self._repository, self._files, metadata, self._meter)
        # uvicorn's own logging set-up would replace the caller's; ours stays as it is.
        self._config = uvicorn.Config(
            app, log_config=None, log_level="warning", access_log=False, lifespan="off",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )  # fmt: skip
        self._servers: list[tuple[uvicorn.Server, Any]] = []
        return self

    def __exit__(self, *_: object) -> None:
        for server, _task in self._servers:
            server.should_exit = True
        self.abort()
        self._files.close()
        for _server, task in self._servers:
            with contextlib.suppress(Exception):
                task.result(timeout=_GRACE_SECONDS + 5)
        self._portal.start(self._async_client.aclose()).result()
        self._portal.close()

    def abort(self) -> None:
        """Break off every page and file that is on its way: nothing more is fetched.

        Whoever waits for one, or asks later for what isn't here, gets an IndexUnavailableError
        at once.
        """
        self._portal.abort()
        self._files.abort()

    def listen(self, host: str) -> None:
        """Serve on a free port of that address; a second call for it does nothing.

        Raises:
            IndexUnavailableError: that is no address.
        """
        if host in self._ports:
            return
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listener = socket.socket(family, socket.SOCK_STREAM)
            # Podman's bridge gets its address with its first container, after this.
            listener.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
            listener.bind((host, 0))
            listener.listen(128)
        except OSError as error:
            raise IndexUnavailableError(
                f"the package index can't be served on {host}: {error.strerror}"
            ) from error
        # The socket queues connections from here on; there is no start to wait for.
        server = uvicorn.Server(self._config)
        task = self._portal.start(server.serve(sockets=[listener]))
        self._servers.append((server, task))
        self._ports[host] = listener.getsockname()[1]

    def url(self, host: str, as_of: date, label: str) -> str:
        """The index of that day as seen from an address given to :meth:`listen`."""
        name = f"[{host}]" if ":" in host else host
        return f"http://{name}:{self._ports[host]}/{label}/{as_of.isoformat()}/simple/"

    def releases(self, project: str) -> Mapping[str, Release]:
        """Everything that the sources know of a project now; empty where they don't know it.

        Raises:
            IndexUnavailableError: a source can't be reached or can't be dated.
        """
        return releases_of(project, self._page(project, None).files)

    def locked(self, project: str, version: str, python: str, as_of: date) -> LockedPackage:
        """The file of a release that pip on CPython ``python`` ("X.Y"), Linux x86-64, takes.

        Raises:
            BuildFailedError: there is none as of that day.
            IndexUnavailableError: a source can't be reached or can't be dated.
        """
        wanted = Version(version)
        tagged = {
            file_tag(file.filename): file
            for file in sorted(self._page(project, as_of).files, key=lambda file: file.filename)
            if file_version(file.filename, project) == wanted
        }
        best = best_file(tagged, python)
        if best is None:
            raise BuildFailedError(
                FailureClass.RESOLVE,
                f"{project} {version} has no file for CPython {python} on Linux x86-64 as of "
                f"{as_of} (it has: {', '.join(sorted(tagged)) or 'none'})",
            )
        file = tagged[best]
        return LockedPackage(
            name=canonicalize_name(project),
            version=str(wanted),
            filename=file.filename,
            sha256=self._files.sha256(file),
        )

    def fetch(self, package: LockedPackage) -> Path:
        """The locked file on this machine, whole and verified; downloaded if need be.

        Raises:
            IndexUnavailableError: no source has that very file.
        """
        anywhere = model.File(package.filename, "https:", {"sha256": package.sha256})
        kept = self._files.cached(anywhere)
        if kept is not None:
            return kept
        for file in self._page(package.name, None).files:
            if file.filename == package.filename:
                declared = file.hashes.get("sha256", package.sha256)
                if declared == package.sha256 == self._files.sha256(file):
                    return self._files.path(file)
        raise IndexUnavailableError(
            f"no source has {package.filename} with sha256 {package.sha256}; "
            "`keras-matrix lock` renews the lock"
        )

    def served(self, label: str) -> int:
        """The bytes handed to that label so far, growing while a file is under way."""
        return self._meter.served(label)

    def troubles(self, label: str) -> tuple[str, ...]:
        """What that label was refused, and why: pip shows its users only the status code."""
        return self._meter.troubles(label)

    @property
    def downloaded(self) -> int:
        """The bytes fetched from the sources by this process, pages included."""
        return self._files.downloaded + self._pages.downloaded

    @property
    def downloads(self) -> Mapping[str, int]:
        """How often each file was fetched from its source by this process."""
        return self._files.downloads

    def arriving(self) -> Iterator[tuple[str, int, int | None]]:
        """The files being downloaded right now: name, bytes here, bytes in all if known."""
        for transfer in self._files.transfers:
            yield transfer.filename, transfer.written, transfer.size

    def _page(self, project: str, as_of: date | None) -> model.ProjectDetail:
        name = canonicalize_name(project)
        try:
            return self._portal.call(
                self._repository.get_project_page(name, request_context=context(as_of))
            )
        except errors.PackageNotFoundError:
            return model.ProjectDetail(meta=model.Meta("1.0"), name=name, files=())


def _certificates(bundle: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise IndexUnavailableError(f"PIP_CERT={bundle} can't be read: {error}") from error
