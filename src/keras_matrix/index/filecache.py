"""The index's files on disk: content-addressed by sha256, verified, downloaded once.

``files/<first two>/<sha256>/<filename>``. A file is only ever there whole: it is streamed to
``partial/``, checked, then renamed. One download serves every thread of this process (who can
read along while it arrives) and, through a lock file, every process of this machine.
"""

import contextlib
import hashlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
from filelock import FileLock, Timeout
from simple_repository.model import File

from keras_matrix.errors import EnvironmentUnusableError, IndexUnavailableError
from keras_matrix.index.pages import shown
from keras_matrix.index.transfers import Target, Transfer

_log = logging.getLogger(__name__)

ATTEMPTS = 3
ABANDONED_SECONDS = 24 * 3600
DOWNLOADS_AT_ONCE = 8

_LOOK_UP_SECONDS = 0.5


class FileCache:
    """Files of the sources, fetched at most once. All methods may be called from any thread."""

    def __init__(self, root: Path, client: httpx.Client) -> None:
        self._root = root
        self._client = client
        self._mutex = threading.Lock()
        self._transfers: dict[str, Transfer] = {}
        self._verified: dict[Path, tuple[int, int]] = {}
        self._downloads: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(DOWNLOADS_AT_ONCE, thread_name_prefix="download")
        self.downloaded = 0
        self._stopped = False
        self._sweep()

    def _sweep(self) -> None:
        """Remove what processes that were killed left half-written."""
        for path in (self._root / "partial").glob("*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                    path.unlink()

    @property
    def downloads(self) -> Mapping[str, int]:
        """How often each file was asked of its source by this process."""
        with self._mutex:
            return dict(self._downloads)

    @property
    def transfers(self) -> tuple[Transfer, ...]:
        """What is arriving right now."""
        with self._mutex:
            return tuple(self._transfers.values())

    def abort(self) -> None:
        """Start no more downloads; those that run end with the next piece that arrives.

        Whoever waits for one hears of it at once.
        """
        with self._mutex:
            self._stopped = True
            transfers = tuple(self._transfers.values())
        for transfer in transfers:
            transfer.fail(_unwanted(transfer.filename))

    def close(self) -> None:
        """As :meth:`abort`, and wait until nothing is written any more."""
        self.abort()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def path(self, file: File) -> Path:
        """The whole, verified file; downloaded if need be.

        Raises:
            IndexUnavailableError: the source can't be reached, or sends other bytes than the
                index promises. Nothing is kept then.
            EnvironmentUnusableError: the file can't be written here.
        """
        found = self.open(file)
        return found.result() if isinstance(found, Transfer) else found

    def cached(self, file: File) -> Path | None:
        """The file if it is here whole; a damaged one is removed, and named in the log."""
        if urlsplit(file.url).scheme == "file":
            return self._local(file)
        digest = self._sha256(file)
        if digest is None:
            return None
        path = self._place(digest, file.filename)
        if not path.is_file():
            return None
        if self._is_whole(path, digest):
            return path
        _log.warning("the cached file %s is damaged; it will be fetched again", path)
        path.unlink(missing_ok=True)
        return None

    def open(self, file: File) -> Path | Transfer:
        """The file if it is here, else its transfer, started if nobody did yet.

        Raises:
            IndexUnavailableError: it isn't here, and no more downloads are started.
        """
        path = self.cached(file)
        if path is not None:
            return path
        key = self._sha256(file) or file.url
        with self._mutex:
            transfer = self._transfers.get(key)
            if self._stopped:
                raise _unwanted(file.filename)
            if transfer is None:
                transfer = Transfer(file.filename)
                self._pool.submit(self._run, key, file, transfer)
                self._transfers[key] = transfer
            return transfer

    def sha256(self, file: File) -> str:
        """The file's sha256: what the index says, else found out by fetching it."""
        return self._sha256(file) or _digest(self.path(file), "sha256")

    def _place(self, digest: str, filename: str) -> Path:
        return self._root / "files" / digest[:2] / digest / filename

    def _note(self, file: File) -> Path:
        name = hashlib.sha256(file.url.encode()).hexdigest()
        return self._root / "undeclared" / name

    def _sha256(self, file: File) -> str | None:
        declared = file.hashes.get("sha256")
        if declared:
            return declared.lower()
        try:
            return self._note(file).read_text("ascii").strip() or None
        except OSError:
            return None

    def _local(self, file: File) -> Path:
        path = Path(url2pathname(urlsplit(file.url).path))
        try:
            if file.hashes and not self._is_whole(path, *reversed(_declared(file))):
                raise IndexUnavailableError(f"{path} is not the file that its index describes")
            path.stat()
        except OSError as error:
            raise IndexUnavailableError(f"{path} can't be read: {error.strerror}") from error
        return path

    def _is_whole(self, path: Path, digest: str, algorithm: str = "sha256") -> bool:
        """Whether the content has that digest; worked out once for each state of a file."""
        state = path.stat()
        seen = (state.st_size, state.st_mtime_ns)
        if self._verified.get(path) == seen:
            return True
        if _digest(path, algorithm) != digest:
            return False
        self._verified[path] = seen
        return True

    def _run(self, key: str, file: File, transfer: Transfer) -> None:
        try:
            with self._alone(hashlib.sha256(key.encode()).hexdigest(), file.filename):
                # Another process may have brought it while we waited for the lock.
                path = self.cached(file) or self._download(file, transfer)
            error: Exception | None = None
        except httpx.HTTPError as failure:
            error = IndexUnavailableError(
                f"{file.filename} can't be fetched from {shown(file.url)}: {failure!r}"
            )
        except OSError as failure:
            error = EnvironmentUnusableError(
                f"{file.filename} can't be stored under {self._root}: {failure.strerror}"
            )
        except Exception as failure:  # whoever waits for the transfer must hear of it
            error = failure
        with self._mutex:
            del self._transfers[key]
        if error is None:
            transfer.finish(path)
        else:
            transfer.fail(error)

    @contextlib.contextmanager
    def _alone(self, name: str, filename: str) -> Iterator[None]:
        """No other process fetches that file meanwhile."""
        locks = self._root / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        lock = FileLock(locks / name)
        while True:
            if self._stopped:
                raise _unwanted(filename)
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=_LOOK_UP_SECONDS)
                break
        try:
            yield
        finally:
            lock.release()

    def _download(self, file: File, transfer: Transfer) -> Path:
        with self._mutex:
            self._downloads[file.filename] += 1
        partial = self._root / "partial"
        partial.mkdir(parents=True, exist_ok=True)
        algorithm, wanted = _declared(file)
        with NamedTemporaryFile(dir=partial, delete=False) as stream:
            arrived = Path(stream.name)
            try:
                target = Target(stream, {algorithm, "sha256"})
                self._receive(file, transfer, target)
                actual = target.digest(algorithm)
                if wanted and wanted != actual:
                    raise IndexUnavailableError(
                        f"{file.filename} from {shown(file.url)} has {algorithm} {actual}, but "
                        f"the index says {wanted}. Nothing was kept; does a proxy change files?"
                    )
                return self._keep(file, arrived, target.digest("sha256"))
            finally:
                arrived.unlink(missing_ok=True)

    def _receive(self, file: File, transfer: Transfer, target: Target) -> None:
        """Stream the file to ``target``; a broken transfer goes on where it stopped."""
        for attempt in range(1, ATTEMPTS + 1):
            headers = {"Accept-Encoding": "identity"}
            if target.written:
                headers["Range"] = f"bytes={target.written}-"
            try:
                with self._client.stream("GET", file.url, headers=headers) as response:
                    response.raise_for_status()
                    if response.status_code != httpx.codes.PARTIAL_CONTENT:
                        target.restart()
                        length = response.headers.get("content-length")
                        transfer.begin(target.path, int(length) if length else None)
                    for data in response.iter_bytes():
                        if self._stopped:
                            raise _unwanted(file.filename)
                        target.write(data)
                        transfer.advance(len(data))
                        self.count(len(data))
                return
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise
                _log.warning("%s broke off (%r); trying again", file.filename, error)

    def count(self, received: int) -> None:
        """Note bytes that were fetched from a source."""
        with self._mutex:
            self.downloaded += received

    def _keep(self, file: File, arrived: Path, digest: str) -> Path:
        path = self._place(digest, file.filename)
        path.parent.mkdir(parents=True, exist_ok=True)
        arrived.chmod(0o644)
        arrived.replace(path)
        state = path.stat()
        self._verified[path] = (state.st_size, state.st_mtime_ns)
        if "sha256" not in file.hashes:
            self._note(file).parent.mkdir(parents=True, exist_ok=True)
            self._note(file).write_text(digest + "\n", encoding="ascii")
        return path


def _unwanted(filename: str) -> IndexUnavailableError:
    return IndexUnavailableError(f"{filename} was no longer wanted")


def _declared(file: File) -> tuple[str, str]:
    """The strongest algorithm that the index gives a digest for, with it; "" where none."""
    for algorithm in ("sha256", "sha512", "sha384", "sha224", "sha1", "md5"):
        if algorithm in file.hashes:
            return algorithm, file.hashes[algorithm].lower()
    return "sha256", ""


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
