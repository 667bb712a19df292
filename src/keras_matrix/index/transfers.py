"""One file on its way here: written once, hashed as it is written, read along by many."""

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Set
from pathlib import Path
from tempfile import _TemporaryFileWrapper
from typing import IO

CHUNK = 2**20


class Transfer:
    """One file on its way here. Readers may follow it while it arrives."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.size: int | None = None
        self.written = 0
        self._partial: Path | None = None
        self._path: Path | None = None
        self._error: Exception | None = None
        self._changed = threading.Condition()

    def begin(self, partial: Path, size: int | None) -> None:
        """The source has answered; bytes will appear in ``partial``."""
        with self._changed:
            self._partial, self.size, self.written = partial, size, 0
            self._changed.notify_all()

    def advance(self, count: int) -> None:
        """``count`` more bytes are in the partial file."""
        with self._changed:
            self.written += count
            self._changed.notify_all()

    def finish(self, path: Path) -> None:
        """The file is whole, verified and in its place."""
        with self._changed:
            self._path = path
            self._changed.notify_all()

    def fail(self, error: Exception) -> None:
        """The file won't come."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def result(self) -> Path:
        """Wait for the whole file; raises what made it fail."""
        with self._changed:
            self._changed.wait_for(lambda: self._path or self._error)
            if self._error is not None:
                raise self._error
            assert self._path is not None
            return self._path

    def opened(self) -> IO[bytes]:
        """Wait until there is something to read along with; raises what made it fail."""
        with self._changed:
            self._changed.wait_for(lambda: self._partial or self._path or self._error)
            partial = None if self._path or self._error else self._partial
        if partial is not None:
            # It may just have been moved to its place, or dropped; the word of it is on its way.
            with contextlib.suppress(FileNotFoundError):
                return partial.open("rb")
        return self.result().open("rb")

    def chunks(self, stream: IO[bytes]) -> Iterator[bytes]:
        """The bytes as they arrive; the last one is held back until the whole is verified.

        Raises whatever made the transfer fail, so that no reader takes a bad file for whole.
        """
        with stream:
            sent = 0
            while True:
                with self._changed:
                    self._changed.wait_for(
                        lambda: self._path or self._error or self.written - 1 > sent  # noqa: B023
                    )
                    if self._error is not None:
                        raise self._error
                    done = self._path is not None
                    ready = CHUNK if done else min(CHUNK, self.written - 1 - sent)
                data = stream.read(ready)
                if not data and done:
                    return
                sent += len(data)
                if data:  # none while a transfer starts over
                    yield data


class Target:
    """The partial file, hashed as it is written."""

    def __init__(self, stream: "_TemporaryFileWrapper[bytes]", algorithms: Set[str]) -> None:
        self.path = Path(stream.name)
        self.written = 0
        self._stream = stream
        self._algorithms = algorithms
        self._hashes = {name: hashlib.new(name) for name in algorithms}

    def restart(self) -> None:
        """Forget what was written."""
        self._stream.seek(0)
        self._stream.truncate()
        self.written = 0
        self._hashes = {name: hashlib.new(name) for name in self._algorithms}

    def write(self, data: bytes) -> None:
        """Add to the file, visible to its readers at once."""
        for each in self._hashes.values():
            each.update(data)
        self._stream.write(data)
        self._stream.flush()
        self.written += len(data)

    def digest(self, algorithm: str) -> str:
        """The digest of all that was written."""
        return self._hashes[algorithm].hexdigest()
