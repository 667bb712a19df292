"""The METADATA of a wheel, read from the file or, by a few ranges, from where it lies (PEP 658)."""

import contextlib
import hashlib
import io
import logging
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import httpx
from simple_repository.model import File

from keras_matrix.errors import IndexUnavailableError
from keras_matrix.index.filecache import FileCache

_log = logging.getLogger(__name__)

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")

# The end of the archive holds the central directory, and in most wheels METADATA itself.
_TAIL = 64 * 1024
_STEP = 32 * 1024


class RangesUnsupportedError(Exception):
    """The server answers with the whole file whatever is asked."""


def metadata_of(wheel: Path | IO[bytes], name: str) -> bytes:
    """The bytes of the METADATA file.

    Raises:
        IndexUnavailableError: ``name`` is no readable wheel.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            entry = next(each for each in archive.namelist() if _METADATA.fullmatch(each))
            return archive.read(entry)
    except (zipfile.BadZipFile, StopIteration) as error:
        raise IndexUnavailableError(f"{name} is no readable wheel: {error!r}") from error


class RemoteFile(io.RawIOBase):
    """A file behind a URL, read by HTTP ranges; its end is fetched at once, and kept.

    Raises:
        RangesUnsupportedError: on creation, by a server that doesn't know ranges.
        httpx.HTTPError: on creation and whenever it is read.
    """

    def __init__(self, client: httpx.Client, url: str, count: Callable[[int], None]) -> None:
        super().__init__()
        self._client = client
        self._url = url
        self._count = count
        self._position = 0
        self._tail, self._size = self._fetch(f"bytes=-{_TAIL}")

    def _fetch(self, wanted: str) -> tuple[bytes, int]:
        headers = {"Range": wanted, "Accept-Encoding": "identity"}
        with self._client.stream("GET", self._url, headers=headers) as response:
            response.raise_for_status()
            total = response.headers.get("content-range", "").rpartition("/")[2]
            if response.status_code != httpx.codes.PARTIAL_CONTENT or not total.isdigit():
                raise RangesUnsupportedError(self._url)
            data = response.read()
        self._count(len(data))
        return data, int(total)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        end = min(self._position + len(buffer), self._size)
        if self._position >= end:
            return 0
        tail_start = self._size - len(self._tail)
        if self._position >= tail_start:
            data = self._tail[self._position - tail_start : end - tail_start]
        else:
            data, _ = self._fetch(f"bytes={self._position}-{end - 1}")
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class MetadataStore:
    """The METADATA of wheels, kept on disk behind a line with its sha256."""

    def __init__(self, directory: Path, files: FileCache, client: httpx.Client) -> None:
        self._directory = directory
        self._files = files
        self._client = client

    def get(self, file: File) -> bytes:
        """The METADATA, by the cheapest way there is: kept, in a cached wheel, by ranges, whole.

        Raises:
            IndexUnavailableError: the wheel can't be fetched or read.
        """
        kept = self._directory / hashlib.sha256(_identity(file).encode()).hexdigest()
        with contextlib.suppress(OSError):
            digest, _, data = kept.read_bytes().partition(b"\n")
            if digest == _digest(data):
                return data
            _log.warning("the cached metadata of %s is damaged", file.filename)
        data = self._find(file)
        with contextlib.suppress(OSError):  # only a cache: a full disk is named where it matters
            self._directory.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._directory, delete=False) as stream:
                stream.write(_digest(data) + b"\n" + data)
            Path(stream.name).replace(kept)
        return data

    def _find(self, file: File) -> bytes:
        path = self._files.cached(file)
        if path is None:
            try:
                return self._published(file) or self._ranged(file)
            except (RangesUnsupportedError, httpx.HTTPError):
                path = self._files.path(file)
        return metadata_of(path, file.filename)

    def _published(self, file: File) -> bytes | None:
        """What the source itself offers (PEP 658), checked where it gives a hash."""
        if not file.dist_info_metadata:
            return None
        response = self._client.get(file.url + ".metadata")
        if response.is_error:
            return None
        data = response.content
        self._files.count(len(data))
        hashes = file.dist_info_metadata if isinstance(file.dist_info_metadata, dict) else {}
        wanted = hashes.get("sha256")
        if wanted and hashlib.sha256(data).hexdigest() != wanted.lower():
            raise IndexUnavailableError(
                f"the metadata of {file.filename} isn't what its index says"
            )
        return data

    def _ranged(self, file: File) -> bytes:
        remote = RemoteFile(self._client, file.url, self._files.count)
        with io.BufferedReader(remote, _STEP) as stream:
            return metadata_of(stream, file.filename)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def _identity(file: File) -> str:
    return file.hashes.get("sha256") or file.url
