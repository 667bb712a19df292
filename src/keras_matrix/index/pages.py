"""Project pages as the sources answer them: cached on disk, parsed with their upload dates."""

import asyncio
import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

import httpx
from simple_repository import html_parser, model, parser
from simple_repository.utils import url_absolutizer

from keras_matrix.index.filenames import utc

FRESH_FOR = timedelta(hours=1)
UNREACHABLE = (httpx.HTTPError, httpx.InvalidURL, OSError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of a source as it was answered; that there is none is an answer too."""

    fetched: datetime
    content_type: str
    body: str
    found: bool = True

    def holds_for(self, as_of: date | None, now: datetime) -> bool:
        """Fresh, or fetched after the day asked for was over: a past day no longer changes."""
        return now - self.fetched < FRESH_FOR or (as_of is not None and as_of < self.fetched.date())


class PageCache:
    """Pages on disk, shared by processes. An unreadable entry counts as absent."""

    def __init__(self, directory: Path, now: Callable[[], datetime] | None = None) -> None:
        self._directory = directory
        self._now = now or (lambda: datetime.now(UTC))
        self._recent: dict[str, Page] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.downloaded = 0

    async def get(self, url: str, as_of: date | None, client: httpx.AsyncClient) -> Page | None:
        """The page, from the cache where it holds for that date; None where there is none (404).

        Raises:
            httpx.HTTPError, httpx.InvalidURL, OSError: the source can't be reached or read.
        """
        async with self._locks.setdefault(url, asyncio.Lock()):
            page = self._recent.get(url) or self._read(url)
            if page is None or not page.holds_for(as_of, self._now()):
                page = await self._fetch(url, client)
            self._recent[url] = page
            return page if page.found else None

    async def _fetch(self, url: str, client: httpx.AsyncClient) -> Page:
        if urlsplit(url).scheme == "file":
            path = Path(url2pathname(urlsplit(url).path))
            path = path / "index.html" if path.is_dir() else path
            found = path.is_file()
            body = path.read_text("utf-8") if found else ""
            return Page(fetched=self._now(), content_type="text/html", body=body, found=found)
        # JSON first: some mirrors tell the upload dates only to who prefers it, in HTML even so.
        accept = (
            "application/vnd.pypi.simple.v1+json, "
            "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
        )
        response = await client.get(url, headers={"Accept": accept})
        found = response.status_code != httpx.codes.NOT_FOUND
        if found:
            response.raise_for_status()
        self.downloaded += response.num_bytes_downloaded
        page = Page(
            fetched=self._now(),
            content_type=response.headers.get("content-type", ""),
            body=response.text if found else "",
            found=found,
        )
        with contextlib.suppress(OSError):  # only a cache: a full disk is named where it matters
            self._write(url, page)
        return page

    def _path(self, url: str) -> Path:
        return self._directory / (hashlib.sha256(url.encode()).hexdigest() + ".json")

    def _read(self, url: str) -> Page | None:
        try:
            entry = json.loads(self._path(url).read_text("utf-8"))
            return Page(
                fetched=datetime.fromisoformat(entry["fetched"]),
                content_type=entry["content_type"],
                body=entry["body"],
                found=entry["found"],
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, url: str, page: Page) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        entry = {
            "url": shown(url),
            "fetched": page.fetched.isoformat(),
            "content_type": page.content_type,
            "body": page.body,
            "found": page.found,
        }
        temporary = self._path(url).with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(entry), encoding="utf-8")
        temporary.replace(self._path(url))


def shown(url: str) -> str:
    """The URL for people: without the user name and password it may hold."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def parse_page(page: Page, project: str, url: str) -> model.ProjectDetail:
    """A page of either form, its links absolute, its upload times (PEP 700 or HTML) in UTC."""
    if "json" in page.content_type:
        detail = parser.parse_json_project_page(page.body)
        times: Mapping[str, datetime] = {}
    else:
        detail = parser.parse_html_project_page(page.body, project)
        times = _html_upload_times(page.body)
    files = []
    for file in detail.files:
        moment = file.upload_time or times.get(file.filename)
        files.append(
            replace(
                file,
                url=url_absolutizer(file.url, url),
                upload_time=utc(moment) if moment else None,
            )
        )
    # 1.0 asks for no sizes: pages of several sources and forms can then be merged.
    return replace(detail, meta=model.Meta("1.0"), versions=None, files=tuple(files))


def _html_upload_times(body: str) -> dict[str, datetime]:
    reader = html_parser.SimpleHTMLParser()
    reader.feed(body)
    times = {}
    for element in reader.elements:
        text = element.attrs.get("data-upload-time")
        if element.tag == "a" and element.content and text:
            times[element.content] = datetime.fromisoformat(text)
    return times
