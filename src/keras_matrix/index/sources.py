"""Where packages come from, and the project pages of each source with their upload dates.

Built on the components of ``simple-repository``: one repository for each source, merged, then
filtered by date. What a request is dated to travels in its ``RequestContext`` as ``as_of``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
from packaging.utils import canonicalize_name
from packaging.version import Version
from pypi_simple import PYPI_SIMPLE_ENDPOINT
from simple_repository import errors, model
from simple_repository.components.core import RepositoryContainer, SimpleRepository
from simple_repository.components.http import HttpRepository
from simple_repository.components.merged import MergedRepository

from keras_matrix.errors import IndexUnavailableError
from keras_matrix.index.filenames import file_version
from keras_matrix.index.pages import UNREACHABLE, PageCache, parse_page, shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """The indexes and link collections that pip is configured with.

    ``certificate`` is a bundle of certificate authorities; None leaves it to httpx, which
    honours ``SSL_CERT_FILE``.
    """

    index_url: str = PYPI_SIMPLE_ENDPOINT
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    certificate: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Sources":
        """Read PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS and PIP_CERT as pip does."""
        certificate = environ.get("PIP_CERT")
        return cls(
            index_url=environ.get("PIP_INDEX_URL", "").strip() or PYPI_SIMPLE_ENDPOINT,
            extra_index_urls=tuple(environ.get("PIP_EXTRA_INDEX_URL", "").split()),
            find_links=tuple(environ.get("PIP_FIND_LINKS", "").split()),
            certificate=Path(certificate) if certificate else None,
        )


def repository(sources: Sources, client: httpx.AsyncClient, pages: PageCache) -> SimpleRepository:
    """Every source as one repository that answers as of the date in the request's context."""
    main = RequireDates(UpstreamRepository(sources.index_url, client, pages), sources.index_url)
    extras: list[SimpleRepository] = [
        UpstreamRepository(url, client, pages) for url in sources.extra_index_urls
    ]
    extras += [FindLinksRepository(place, client, pages) for place in sources.find_links]
    if not extras:
        return AsOf(main)
    # Merged before it is filtered: the main index's date of a file wins over a guessed one.
    return AsOf(MergedRepository([main, *(DatedByMain(extra, main) for extra in extras)]))


def context(as_of: date | None) -> model.RequestContext:
    """What dates a request; None asks for everything there is now."""
    return model.RequestContext({"as_of": as_of.isoformat()} if as_of else {})


def _as_of(request_context: model.RequestContext | None) -> date | None:
    text = request_context.context.get("as_of") if request_context else None
    return date.fromisoformat(text) if isinstance(text, str) else None


class UpstreamRepository(HttpRepository):
    """An index (http, https or file), with the upload dates of its HTML pages too."""

    def __init__(self, url: str, client: httpx.AsyncClient, pages: PageCache) -> None:
        super().__init__(url, client)
        self._pages = pages
        self._parsed: dict[str, tuple[datetime, model.ProjectDetail]] = {}

    async def get_project_page(
        self, project_name: str, *, request_context: model.RequestContext | None = None
    ) -> model.ProjectDetail:
        url = f"{self._source_url.rstrip('/')}/{project_name}/"
        try:
            page = await self._pages.get(url, _as_of(request_context), self._http_client)
        except UNREACHABLE as error:
            _refuse(self._source_url, error)
        if page is None:
            raise errors.PackageNotFoundError(project_name)
        known = self._parsed.get(project_name)
        if known is None or known[0] != page.fetched:
            try:
                known = (page.fetched, parse_page(page, project_name, url))
            except (ValueError, KeyError, TypeError) as error:
                _refuse(url, error)
            self._parsed[project_name] = known
        return known[1]


def _refuse(url: str, error: Exception) -> NoReturn:
    raise IndexUnavailableError(
        f"the package index {shown(url)} can't be used: {type(error).__name__}: {error}. "
        "Check the network and PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_CERT."
    ) from error


class FindLinksRepository(SimpleRepository):
    """A directory of files, or a page with links, as ``pip --find-links`` takes them."""

    def __init__(self, place: str, client: httpx.AsyncClient, pages: PageCache) -> None:
        path = url2pathname(urlsplit(place).path) if place.startswith("file:") else place
        self._directory = Path(path).expanduser() if Path(path).expanduser().is_dir() else None
        remote = "://" in place
        self._url = place if remote else Path(path).expanduser().absolute().as_uri()
        self._client = client
        self._pages = pages

    async def get_project_page(
        self, project_name: str, *, request_context: model.RequestContext | None = None
    ) -> model.ProjectDetail:
        files = tuple(
            file
            for file in await self._files(_as_of(request_context))
            if _project_of(file.filename) == project_name
            and file_version(file.filename, project_name) is not None
        )
        if not files:
            raise errors.PackageNotFoundError(project_name)
        return model.ProjectDetail(meta=model.Meta("1.0"), name=project_name, files=files)

    async def _files(self, as_of: date | None) -> tuple[model.File, ...]:
        if self._directory is not None:
            return tuple(
                model.File(path.name, path.absolute().as_uri(), {})
                for path in sorted(self._directory.iterdir())
                if path.is_file()
            )
        try:
            page = await self._pages.get(self._url, as_of, self._client)
        except UNREACHABLE as error:
            _refuse(self._url, error)
        return parse_page(page, "links", self._url).files if page else ()


def _project_of(filename: str) -> str:
    """The project's normalised name: what stands before the first "-" and a digit."""
    pieces = filename.split("-")
    end = next((i for i, piece in enumerate(pieces) if i and piece[:1].isdigit()), len(pieces))
    return canonicalize_name("-".join(pieces[:end]))


class RequireDates(RepositoryContainer):
    """Refuses the pages of an index that doesn't say when its files were uploaded."""

    def __init__(self, source: SimpleRepository, url: str) -> None:
        super().__init__(source)
        self._url = url

    async def get_project_page(
        self, project_name: str, *, request_context: model.RequestContext | None = None
    ) -> model.ProjectDetail:
        page = await self.source.get_project_page(project_name, request_context=request_context)
        if page.files and not any(file.upload_time for file in page.files):
            raise IndexUnavailableError(
                f"the package index {shown(self._url)} can't be dated: its page of "
                f"{project_name!r} has neither `upload-time` (PEP 700 JSON) nor "
                "`data-upload-time` (HTML). Point PIP_INDEX_URL to one that has."
            )
        return page


class DatedByMain(RepositoryContainer):
    """Gives a source's undated files the date of the same release in the main index.

    A local version ("2.13.0+cpu") takes the date of its public one. What the main index
    doesn't know is left out.
    """

    def __init__(self, source: SimpleRepository, main: SimpleRepository) -> None:
        super().__init__(source)
        self._main = main

    async def get_project_page(
        self, project_name: str, *, request_context: model.RequestContext | None = None
    ) -> model.ProjectDetail:
        page = await self.source.get_project_page(project_name, request_context=request_context)
        if all(file.upload_time for file in page.files):
            return page
        main = await self._main.get_project_page(project_name, request_context=request_context)
        dates: dict[Version, datetime] = {}
        for file in main.files:
            version = file_version(file.filename, project_name)
            if version is not None and file.upload_time is not None:
                dates[version] = min(file.upload_time, dates.get(version, file.upload_time))
        files = (replace(f, upload_time=_date_of(f, project_name, dates)) for f in page.files)
        return replace(page, files=tuple(file for file in files if file.upload_time))


def _date_of(file: model.File, project: str, dates: Mapping[Version, datetime]) -> datetime | None:
    version = file_version(file.filename, project)
    if file.upload_time is not None or version is None:
        return file.upload_time
    return dates.get(version) or dates.get(Version(version.public))


class AsOf(RepositoryContainer):
    """Leaves out every file without a date, and those uploaded after the day asked for (UTC)."""

    async def get_project_page(
        self, project_name: str, *, request_context: model.RequestContext | None = None
    ) -> model.ProjectDetail:
        page = await self.source.get_project_page(project_name, request_context=request_context)
        as_of = _as_of(request_context) or date.max
        end = datetime.combine(as_of, time.max, tzinfo=UTC)
        files = (file for file in page.files if file.upload_time and file.upload_time <= end)
        return replace(page, files=tuple(files))
