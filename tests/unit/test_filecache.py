"""The file cache: whole or not at all, downloaded once."""

import hashlib
import logging
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from simple_repository.model import File

from keras_matrix.errors import EnvironmentUnusableError, IndexUnavailableError
from keras_matrix.index.filecache import FileCache
from keras_matrix.index.transfers import CHUNK, Transfer

CONTENT = bytes(range(256)) * (3 * CHUNK // 256)


def _file(content: bytes = CONTENT, **hashes: str) -> File:
    declared = hashes or {"sha256": hashlib.sha256(content).hexdigest()}
    return File("big-1.0.tar.gz", "https://files.example/big-1.0.tar.gz", declared)


class _Server:
    """Answers with ``body``, after ``gate``; breaks off the first ``breaks`` answers half-way."""

    def __init__(self, body: bytes = CONTENT) -> None:
        self.body = body
        self.breaks = 0
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        self.ranges: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.ranges.append(request.headers.get("range"))
        start = int((request.headers.get("range") or "bytes=0-")[6:-1])
        status = 206 if start else self.status
        body = self.body[start:]
        headers = {"content-length": str(len(body))}
        return httpx.Response(status, headers=headers, stream=_Body(self, body))


class _Body(httpx.SyncByteStream):
    def __init__(self, server: _Server, body: bytes) -> None:
        self._server, self._body = server, body

    def __iter__(self) -> Iterator[bytes]:
        half = len(self._body) // 2
        yield self._body[:half]
        assert self._server.gate.wait(60)
        if self._server.breaks:
            self._server.breaks -= 1
            raise httpx.ReadError("connection reset")
        yield self._body[half:]


@pytest.fixture
def server() -> _Server:
    return _Server()


@pytest.fixture
def cache(tmp_path: Path, server: _Server) -> Iterator[FileCache]:
    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        files = FileCache(tmp_path / "cache", client)
        yield files
        files.close()


def test_a_file_is_kept_under_its_sha256_and_its_own_name(
    cache: FileCache, tmp_path: Path, server: _Server
) -> None:
    path = cache.path(_file())
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert path == tmp_path / "cache" / "files" / digest[:2] / digest / "big-1.0.tar.gz"
    assert path.read_bytes() == CONTENT
    assert cache.path(_file()) == path
    assert len(server.ranges) == 1
    assert cache.downloads == {"big-1.0.tar.gz": 1}
    assert cache.downloaded == len(CONTENT)


def test_other_bytes_than_promised_are_refused_and_not_kept(
    cache: FileCache, tmp_path: Path, server: _Server
) -> None:
    server.body = b"tampered"
    with pytest.raises(IndexUnavailableError, match=r"big-1\.0\.tar\.gz.*index says.*Nothing was"):
        cache.path(_file())
    kept = [path.name for path in (tmp_path / "cache").rglob("*.tar.gz")]
    assert kept == []
    assert list((tmp_path / "cache" / "partial").iterdir()) == []


def test_a_damaged_file_is_named_and_fetched_again(
    cache: FileCache, caplog: pytest.LogCaptureFixture
) -> None:
    path = cache.path(_file())
    path.write_bytes(CONTENT[:-1] + b"!")
    with caplog.at_level(logging.WARNING):
        assert cache.path(_file()).read_bytes() == CONTENT
    assert str(path) in caplog.text
    assert "damaged" in caplog.text
    assert cache.downloads == {"big-1.0.tar.gz": 2}


def test_a_file_of_an_earlier_process_is_checked_before_its_first_use(
    cache: FileCache, tmp_path: Path, server: _Server
) -> None:
    path = cache.path(_file())
    path.write_bytes(b"half")
    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        later = FileCache(tmp_path / "cache", client)
        assert later.cached(_file()) is None
        assert later.path(_file()).read_bytes() == CONTENT
        later.close()


def test_many_threads_that_want_one_file_make_one_download(
    cache: FileCache, server: _Server
) -> None:
    server.gate.clear()
    with ThreadPoolExecutor(8) as pool:
        wanted = [pool.submit(cache.path, _file()) for _ in range(8)]
        server.gate.set()
        assert len({each.result(60) for each in wanted}) == 1
    assert len(server.ranges) == 1


def test_two_caches_on_one_directory_make_one_download(
    cache: FileCache, tmp_path: Path, server: _Server
) -> None:
    """Two caches share nothing but the directory, as two processes do."""
    server.gate.clear()
    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        other = FileCache(tmp_path / "cache", client)
        first, second = cache.open(_file()), other.open(_file())
        server.gate.set()
        assert isinstance(first, Transfer)
        assert isinstance(second, Transfer)
        assert first.result() == second.result()
        other.close()
    assert len(server.ranges) == 1


def test_a_reader_follows_a_file_while_it_arrives(cache: FileCache, server: _Server) -> None:
    server.gate.clear()
    transfer = cache.open(_file())
    assert isinstance(transfer, Transfer)
    chunks = transfer.chunks(transfer.opened())
    first = next(chunks)
    assert transfer.size == len(CONTENT)
    assert 0 < len(first) < len(CONTENT)
    assert [each.filename for each in cache.transfers] == ["big-1.0.tar.gz"]
    server.gate.set()
    assert first + b"".join(chunks) == CONTENT
    transfer.result()
    assert cache.transfers == ()


def test_a_reader_never_gets_the_end_of_a_bad_file(cache: FileCache, server: _Server) -> None:
    server.body = CONTENT[:-1] + b"!"
    server.gate.clear()
    transfer = cache.open(_file())
    assert isinstance(transfer, Transfer)
    stream = transfer.opened()
    server.gate.set()
    received = b""
    with pytest.raises(IndexUnavailableError):  # noqa: PT012
        for chunk in transfer.chunks(stream):
            received += chunk
    assert len(received) < len(CONTENT)


def test_a_broken_transfer_goes_on_where_it_stopped(cache: FileCache, server: _Server) -> None:
    server.breaks = 2
    assert cache.path(_file()).read_bytes() == CONTENT
    half, three_quarters = len(CONTENT) // 2, len(CONTENT) * 3 // 4
    assert server.ranges == [None, f"bytes={half}-", f"bytes={three_quarters}-"]


def test_a_source_that_keeps_breaking_off_is_named(cache: FileCache, server: _Server) -> None:
    server.breaks = 9
    with pytest.raises(IndexUnavailableError, match=r"files\.example.*connection reset"):
        cache.path(_file())


def test_an_error_status_is_an_error_and_the_next_try_starts_anew(
    cache: FileCache, server: _Server
) -> None:
    server.status = 500
    with pytest.raises(IndexUnavailableError, match="500"):
        cache.path(_file())
    server.status = 200
    assert cache.path(_file()).read_bytes() == CONTENT


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path, server: _Server) -> None:
    (tmp_path / "cache").write_text("a file, not a directory")
    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        files = FileCache(tmp_path / "cache", client)
        with pytest.raises(EnvironmentUnusableError, match="can't be stored under"):
            files.path(_file())
        files.close()


def test_closing_breaks_off_what_still_arrives(cache: FileCache, server: _Server) -> None:
    server.gate.clear()
    transfer = cache.open(_file())
    assert isinstance(transfer, Transfer)
    transfer.opened().close()
    others = [File(f"{i}.zip", f"https://files.example/{i}.zip", {}) for i in range(20)]
    waiting = [cache.open(file) for file in others]
    closing = threading.Thread(target=cache.close)
    closing.start()
    server.gate.set()
    for each in (transfer, waiting[-1]):
        assert isinstance(each, Transfer)
        with pytest.raises(IndexUnavailableError, match="no longer wanted"):
            each.result()
    closing.join(60)


def test_an_abort_ends_the_wait_for_what_another_process_fetches(
    cache: FileCache, tmp_path: Path, server: _Server
) -> None:
    server.gate.clear()
    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        other = FileCache(tmp_path / "cache", client)
        first = other.open(_file())
        assert isinstance(first, Transfer)
        first.opened().close()
        second = cache.open(_file())
        assert isinstance(second, Transfer)
        cache.close()  # comes back though the other one still has the lock
        with pytest.raises(IndexUnavailableError, match="no longer wanted"):
            second.result()
        with pytest.raises(IndexUnavailableError, match="no longer wanted"):
            cache.open(_file())
        server.gate.set()
        assert first.result().read_bytes() == CONTENT
        assert cache.path(_file()) == first.result()  # what is here is still given out
        other.close()


def test_what_a_killed_process_left_is_removed_a_day_later(tmp_path: Path, server: _Server) -> None:
    partial = tmp_path / "partial"
    partial.mkdir()
    (partial / "old").write_bytes(b"half")
    (partial / "young").write_bytes(b"half")
    os.utime(partial / "old", (0, 0))
    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        FileCache(tmp_path, client).close()
    assert [path.name for path in partial.iterdir()] == ["young"]


def test_a_file_without_sha256_is_fetched_once_and_its_digest_remembered(
    cache: FileCache, server: _Server
) -> None:
    file = _file(md5=hashlib.md5(CONTENT).hexdigest())
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert cache.sha256(file) == digest
    assert cache.path(file).parent.name == digest
    assert len(server.ranges) == 1
    with pytest.raises(IndexUnavailableError, match="md5"):
        cache.path(File("x.tar.gz", "https://files.example/x.tar.gz", {"md5": "0" * 32}))


def test_a_local_file_is_used_where_it_lies(cache: FileCache, tmp_path: Path) -> None:
    path = tmp_path / "local-1.0+cpu.tar.gz"
    path.write_bytes(b"local")
    file = File(path.name, path.as_uri(), {})
    assert cache.path(file) == path
    assert cache.sha256(file) == hashlib.sha256(b"local").hexdigest()
    assert cache.downloaded == 0
    with pytest.raises(IndexUnavailableError, match="not the file"):
        cache.path(File(path.name, path.as_uri(), {"sha256": "0" * 64}))
    with pytest.raises(IndexUnavailableError, match="can't be read"):
        cache.path(File("gone", (tmp_path / "gone").as_uri(), {}))
