"""A fake package index behind ``httpx.MockTransport``, in the forms that real ones have."""

import asyncio
import hashlib
import html
import io
import json
import threading
import zipfile
from collections import Counter
from dataclasses import dataclass, field

import httpx

INDEX = "https://index.example/simple/"


def wheel(name: str, version: str, padding: int = 0) -> bytes:
    """A small wheel with METADATA at its end, after ``padding`` stored bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}/data.bin", bytes(padding))
        archive.writestr(
            f"{name}-{version}.dist-info/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        )
    return buffer.getvalue()


@dataclass
class Upstream:
    """Files by project, how their dates are told, and what was asked for."""

    form: str = "json"  # "json", "html", or "undated"
    ranges: bool = True
    pages: dict[str, dict[str, tuple[bytes, str | None]]] = field(default_factory=dict)
    lies: dict[str, bytes] = field(default_factory=dict)
    requires: str | None = None
    reachable: bool = True
    gate: threading.Event | None = None
    asked: Counter[str] = field(default_factory=Counter)
    range_headers: list[str] = field(default_factory=list)

    def add(self, project: str, filename: str, day: str | None, content: bytes = b"") -> bytes:
        """Offer a file; its content is its own name unless given."""
        content = content or filename.encode()
        moment = f"{day}T10:00:00.000000Z" if day and "T" not in day else day
        self.pages.setdefault(project, {})[filename] = (content, moment)
        return content

    def transport(self) -> httpx.MockTransport:
        """What an index is opened with."""
        return httpx.MockTransport(self._answer)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if not self.reachable:
            raise httpx.ConnectError("no route to host", request=request)
        self.asked[request.url.path] += 1
        parts = request.url.path.strip("/").split("/")
        if parts[0] == "files":
            return await self._file(request, parts[1])
        if len(parts) != 2 or parts[1] not in self.pages:
            return httpx.Response(404)
        if self.form == "json":
            content_type = "application/vnd.pypi.simple.v1+json"
            return httpx.Response(
                200, text=self._json(parts[1]), headers={"content-type": content_type}
            )
        return httpx.Response(200, html=self._html(parts[1]))

    async def _file(self, request: httpx.Request, filename: str) -> httpx.Response:
        if self.gate is not None:
            assert await asyncio.to_thread(self.gate.wait, 60)
        files = {name: data for page in self.pages.values() for name, (data, _) in page.items()}
        if filename not in files:
            return httpx.Response(404)
        content = self.lies.get(filename, files[filename])
        wanted = request.headers.get("range")
        if wanted is None or not self.ranges:
            return httpx.Response(200, content=content)
        self.range_headers.append(wanted)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(0, len(content) - int(last))
        end = min(int(last), len(content) - 1) if first and last else len(content) - 1
        headers = {"content-range": f"bytes {start}-{end}/{len(content)}"}
        return httpx.Response(206, content=content[start : end + 1], headers=headers)

    def _json(self, project: str) -> str:
        files = []
        for name, (content, moment) in self.pages[project].items():
            file = {
                "filename": name,
                "url": f"../../files/{name}",
                "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
                "size": len(content),
            }
            if moment:
                file["upload-time"] = moment
            if self.requires:
                file["requires-python"] = self.requires
            files.append(file)
        return json.dumps(
            {"meta": {"api-version": "1.1"}, "name": project, "files": files, "versions": []}
        )

    def _html(self, project: str) -> str:
        links = []
        for name, (content, moment) in self.pages[project].items():
            dated = moment and self.form == "html"
            date = f' data-upload-time="{moment}"' if dated else ""
            floor = f' data-requires-python="{html.escape(self.requires)}"' if self.requires else ""
            digest = hashlib.sha256(content).hexdigest()
            links.append(f'<a href="../../files/{name}#sha256={digest}"{date}{floor}>{name}</a>')
        return "<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>"
