"""An event loop on a thread of its own, for callers on other threads: nobody waits in vain.

Everything that the index waits for goes through :meth:`Portal.call`, so that one
:meth:`Portal.abort` ends all waiting, whatever the network does.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

import httpx

from keras_matrix.errors import IndexUnavailableError
from keras_matrix.index.transfers import CHUNK

T = TypeVar("T")

_GRACE_SECONDS = 5.0


class Portal:
    """The loop's owner. All methods may be called from any thread but the loop's own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._mutex = threading.Lock()
        self._waited_for: set[Future[Any]] = set()
        self._aborted = False
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._loop.run_forever()
        if left := asyncio.all_tasks(self._loop):
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.wait(left, timeout=_GRACE_SECONDS))
        self._loop.close()

    def start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Have the loop do ``work``, whatever :meth:`abort` ends."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns, or raises.

        Raises:
            IndexUnavailableError: the portal was aborted, before or meanwhile.
        """
        with self._mutex:
            if self._aborted:
                work.close()
                raise _stopped()
            future = self.start(work)
            self._waited_for.add(future)
        try:
            return future.result()
        except CancelledError:
            raise _stopped() from None
        finally:
            with self._mutex:
                self._waited_for.discard(future)

    def abort(self) -> None:
        """Break off every call that runs, and refuse those to come."""
        with self._mutex:
            self._aborted = True
            running = tuple(self._waited_for)
        for future in running:
            future.cancel()

    def close(self) -> None:
        """End the loop and its thread, and what it still does."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class PortalTransport(httpx.BaseTransport):
    """Lets a client of threads send its requests through an asynchronous one.

    A socket that a thread reads can't be broken off by another thread; a task of a loop can.
    """

    def __init__(self, portal: Portal, client: httpx.AsyncClient) -> None:
        self._portal = portal
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; the body follows as it is read."""
        response = self._portal.call(self._client.send(request, stream=True))
        return httpx.Response(
            response.status_code, headers=response.headers, stream=_Body(self._portal, response)
        )


class _Body(httpx.SyncByteStream):
    def __init__(self, portal: Portal, response: httpx.Response) -> None:
        self._portal = portal
        self._response = response
        assert isinstance(response.stream, httpx.AsyncByteStream)
        self._pieces = aiter(response.stream)

    def __iter__(self) -> Iterator[bytes]:
        while data := self._portal.call(_gathered(self._pieces)):
            yield data

    def close(self) -> None:
        with contextlib.suppress(IndexUnavailableError):  # then closing the client closes it
            self._portal.call(self._response.aclose())


async def _gathered(pieces: AsyncIterator[bytes]) -> bytes:
    """The next pieces, a chunk of them: each change of threads costs. Empty at the end."""
    found = bytearray()
    async for piece in pieces:
        found += piece
        if len(found) >= CHUNK:
            break
    return bytes(found)


def _stopped() -> IndexUnavailableError:
    return IndexUnavailableError("the package index was stopped: nothing more is fetched")
