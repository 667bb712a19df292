"""What threads wait for in the index's loop: given back, or broken off at once."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from keras_matrix.errors import IndexUnavailableError
from keras_matrix.index.portal import Portal, PortalTransport
from keras_matrix.index.transfers import CHUNK

pytestmark = pytest.mark.enable_socket  # the loop's own pair


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal()
    yield portal
    portal.abort()
    portal.close()


class _Stream(httpx.AsyncByteStream):
    """A megabyte and a half in pieces, then ``end``: for ever, a failure, or nothing more."""

    def __init__(self, end: str) -> None:
        self._end = end
        self.closed = threading.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(96):
            yield bytes(2**14)
        if self._end == "for ever":
            await asyncio.Event().wait()
        if self._end == "a failure":
            raise httpx.ReadError("connection reset")

    async def aclose(self) -> None:
        self.closed.set()


def _client(portal: Portal, stream: httpx.AsyncByteStream) -> httpx.Client:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=stream))
    through = httpx.AsyncClient(transport=transport)
    return httpx.Client(transport=PortalTransport(portal, through))


def test_a_call_gives_back_what_its_work_returns_or_raises(portal: Portal) -> None:
    async def work(value: int) -> float:
        return 1 / value

    assert portal.call(work(2)) == 0.5
    with pytest.raises(ZeroDivisionError):
        portal.call(work(0))


def test_an_abort_ends_a_call_that_would_wait_for_ever_and_refuses_the_next(
    portal: Portal,
) -> None:
    began = threading.Event()

    async def work() -> None:
        began.set()
        await asyncio.Event().wait()

    aborter = threading.Thread(target=lambda: (began.wait(30), portal.abort()))
    aborter.start()
    with pytest.raises(IndexUnavailableError, match="was stopped"):
        portal.call(work())
    aborter.join(30)
    began.clear()
    with pytest.raises(IndexUnavailableError, match="was stopped"):
        portal.call(work())
    assert not began.is_set()


def test_a_body_arrives_whole_and_in_few_steps(portal: Portal) -> None:
    stream = _Stream("nothing more")
    with _client(portal, stream).stream("GET", "https://files.example/a") as response:
        sizes = [len(piece) for piece in response.iter_raw()]
    assert sizes == [CHUNK, 96 * 2**14 - CHUNK]
    assert stream.closed.is_set()


def test_a_body_that_breaks_off_is_the_clients_own_error(portal: Portal) -> None:
    with pytest.raises(httpx.ReadError, match="connection reset"):
        _client(portal, _Stream("a failure")).get("https://files.example/a")


def test_an_abort_ends_the_wait_for_a_body_that_stalls(portal: Portal) -> None:
    stream = _Stream("for ever")
    with _client(portal, stream).stream("GET", "https://files.example/a") as response:
        pieces = response.iter_raw()
        assert len(next(pieces)) == CHUNK
        aborter = threading.Timer(0.1, portal.abort)
        aborter.start()
        with pytest.raises(IndexUnavailableError, match="was stopped"):
            next(pieces)
    aborter.join()
