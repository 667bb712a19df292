"""The package index as a web application: project pages, files, wheel metadata."""

import html
import logging
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from packaging.utils import canonicalize_name
from simple_repository import content_negotiation, errors, model, serializer
from simple_repository.components.core import SimpleRepository
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keras_matrix.errors import KerasMatrixError
from keras_matrix.index.filecache import FileCache
from keras_matrix.index.sources import context
from keras_matrix.index.transfers import CHUNK, Transfer
from keras_matrix.index.wheelmetadata import MetadataStore

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_BINARY = "application/octet-stream"


class Meter:
    """Bytes and refusals by label."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._served: Counter[str] = Counter()
        self._troubles: defaultdict[str, list[str]] = defaultdict(list)

    def served(self, label: str) -> int:
        """Bytes of all bodies sent to that label."""
        with self._mutex:
            return self._served[label]

    def troubles(self, label: str) -> tuple[str, ...]:
        """The reason of every refusal, in their order: a later attempt adds its own."""
        with self._mutex:
            return tuple(self._troubles.get(label, ()))

    def add(self, label: str, count: int) -> None:
        """Note bytes sent."""
        with self._mutex:
            self._served[label] += count

    def note(self, label: str, trouble: str) -> None:
        """Note a refusal."""
        with self._mutex:
            self._troubles[label].append(trouble)


class _WholeFile(FileResponse):
    chunk_size = CHUNK


class _IndexApp:
    """The three kinds of answers."""

    def __init__(
        self, source: SimpleRepository, files: FileCache, metadata: MetadataStore, meter: Meter
    ) -> None:
        self._source = source
        self._files = files
        self._metadata = metadata
        self._meter = meter

    async def page(self, request: Request) -> Response:
        """A project's page as of the URL's day, in the form that the installer asks for."""
        page = await self._project_page(request)
        form = _form(request.headers.get("accept", ""))
        files = tuple(_advertised(file, page.name, form) for file in page.files)
        text = serializer.serialize(replace(page, files=files), form)
        return Response(text, media_type=form.value)

    async def file(self, request: Request) -> Response:
        """A file, whole or a range of it; while it still arrives, as it arrives."""
        file = await self._file(request, request.path_params["filename"])
        found = await run_in_threadpool(self._files.open, file)
        if isinstance(found, Transfer):
            if "range" not in request.headers and request.method == "GET":
                return await self._arriving(request, found)
            found = await run_in_threadpool(found.result)
        return _WholeFile(found, media_type=_BINARY)

    async def metadata(self, request: Request) -> Response:
        """The METADATA of a wheel."""
        file = await self._file(request, request.path_params["filename"])
        if not file.filename.endswith(".whl"):
            raise HTTPException(404, f"{file.filename} is no wheel")
        data = await run_in_threadpool(self._metadata.get, file)
        return Response(data, media_type=_BINARY)

    async def _arriving(self, request: Request, transfer: Transfer) -> Response:
        stream = await run_in_threadpool(transfer.opened)

        def chunks() -> Iterator[bytes]:
            try:
                yield from transfer.chunks(stream)
            except KerasMatrixError as error:  # too late for a status: the connection breaks off
                self._note(request, error)
                raise

        headers = {} if transfer.size is None else {"content-length": str(transfer.size)}
        return StreamingResponse(chunks(), headers=headers, media_type=_BINARY)

    async def _project_page(self, request: Request) -> model.ProjectDetail:
        project = request.path_params["project"]
        if not _NAME.fullmatch(project):
            raise HTTPException(404, f"{project!r} is no project name")
        try:
            as_of = date.fromisoformat(request.path_params["as_of"])
        except ValueError as error:
            raise HTTPException(404, str(error)) from error
        try:
            return await self._source.get_project_page(
                canonicalize_name(project), request_context=context(as_of)
            )
        except errors.PackageNotFoundError as error:
            raise HTTPException(404, str(error)) from error

    async def _file(self, request: Request, filename: str) -> model.File:
        page = await self._project_page(request)
        for file in page.files:
            if file.filename == filename:
                return file
        raise HTTPException(404, f"there is no {filename} as of {request.path_params['as_of']}")

    async def refuse(self, request: Request, error: Exception) -> Response:
        """A fault of the sources or of this machine, told in full to whoever listens."""
        self._note(request, error)
        return PlainTextResponse(f"{error}\n", status_code=502)

    async def fail(self, request: Request, error: Exception) -> Response:
        """A fault of this program; the server logs where."""
        self._note(request, error)
        return PlainTextResponse(f"{error!r}\n", status_code=500)

    def _note(self, request: Request, error: Exception) -> None:
        label = request.url.path.split("/")[1]
        _log.warning("%s: %s", label, error)
        self._meter.note(label, str(error) or repr(error))


def create_app(
    source: SimpleRepository, files: FileCache, metadata: MetadataStore, meter: Meter
) -> ASGIApp:
    """The application over a repository that answers by date."""
    app = _IndexApp(source, files, metadata, meter)
    below = "/{label}/{as_of}"
    starlette = Starlette(
        routes=[
            Route(below + "/simple/{project}/", app.page),
            Route(below + "/files/{project}/{filename}.metadata", app.metadata),
            Route(below + "/files/{project}/{filename}", app.file),
        ],
        exception_handlers={KerasMatrixError: app.refuse, Exception: app.fail},
    )
    return _metered(starlette, meter)


def _metered(app: ASGIApp, meter: Meter) -> ASGIApp:
    async def metered(scope: Scope, receive: Receive, send: Send) -> None:
        label = scope.get("path", "").split("/")[1:2]

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.body" and label:
                meter.add(label[0], len(message.get("body", b"")))
            await send(message)

        await app(scope, receive, counting)

    return metered


def _form(accept: str) -> content_negotiation.Format:
    """The form to answer in; HTML for whoever asks for something that there isn't."""
    try:
        return content_negotiation.select_response_format(accept)
    except (errors.UnsupportedSerialization, ValueError):
        return content_negotiation.Format.HTML_LEGACY


def _advertised(file: model.File, project: str, form: content_negotiation.Format) -> model.File:
    """The file with its link to this server; every wheel with its metadata (PEP 658)."""
    yanked = file.yanked
    if isinstance(yanked, str) and form is not content_negotiation.Format.JSON_V1:
        yanked = html.escape(yanked)  # the serializer writes the reason as it is
    return replace(
        file,
        url=f"../../files/{project}/{quote(file.filename)}",
        dist_info_metadata=True if file.filename.endswith(".whl") else None,
        yanked=yanked,
    )
