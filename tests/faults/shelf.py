"""A package index of all that is locked, as bad as a test wants it to be."""

import contextlib
import json
import re
import shutil
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from keras_matrix.locks import LockedPackage

_LOCKED = re.compile(r"^(\S+)==(\S+) --hash=sha256:(\w+)  # (\S+)$", re.MULTILINE)


class Shelf(ThreadingHTTPServer):
    """``fetch`` brings a file to this machine; without it each one drips, ten bytes a second.

    ``asked`` is set once a file is asked for.
    """

    daemon_threads = True

    def __init__(self, locks: Path, fetch: Callable[[LockedPackage], Path] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.packages: dict[str, LockedPackage] = {}
        for lock in locks.glob("*.txt"):
            for name, version, digest, filename in _LOCKED.findall(lock.read_text()):
                self.packages[filename] = LockedPackage(
                    name=name, version=version, sha256=digest, filename=filename
                )
        self.fetch = fetch
        self.asked = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simple/"

    def page(self, project: str) -> bytes:
        files = [
            {
                "filename": each.filename,
                "url": f"/files/{each.filename}",
                "hashes": {"sha256": each.sha256},
                "size": 2**30,
                "upload-time": "2000-01-01T00:00:00Z",
            }
            for each in self.packages.values()
            if each.name == project
        ]
        document = {"meta": {"api-version": "1.1"}, "name": project, "files": files}
        return json.dumps(document).encode()


class _Answers(BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        place, _, name = self.path.strip("/").partition("/")
        with contextlib.suppress(OSError):
            if place == "simple":
                page = self.server.page(name)
                self._begin(len(page), "application/vnd.pypi.simple.v1+json")
                self.wfile.write(page)
            else:
                self.server.asked.set()
                self._file(self.server.packages[name])

    def _file(self, package: LockedPackage) -> None:
        if self.server.fetch is None:
            self._begin(2**30)
            while True:
                self.wfile.write(b"x")
                time.sleep(0.1)
        path = self.server.fetch(package)
        self._begin(path.stat().st_size)
        with path.open("rb") as file:
            shutil.copyfileobj(file, self.wfile)

    def _begin(self, length: int, form: str = "application/octet-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", form)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
