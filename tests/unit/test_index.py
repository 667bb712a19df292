"""The package index over a fake upstream, asked through real loopback connections."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT
from upstream import INDEX, Upstream, wheel

from keras_matrix.errors import BuildFailedError, FailureClass, IndexUnavailableError
from keras_matrix.index import PackageIndex, Sources
from keras_matrix.index.pages import Page, PageCache
from keras_matrix.locks import LockedPackage

pytestmark = pytest.mark.enable_socket  # the loopback only

JSON = {"accept": "application/vnd.pypi.simple.v1+json"}
HTML = {"accept": "text/html"}
DAY = date(2019, 6, 1)


@pytest.fixture
def upstream() -> Upstream:
    upstream = Upstream()
    upstream.add("six", "six-1.11.0-py2.py3-none-any.whl", "2017-09-17", wheel("six", "1.11.0"))
    upstream.add("six", "six-1.12.0-py2.py3-none-any.whl", "2018-12-10", wheel("six", "1.12.0"))
    upstream.add("six", "six-1.12.0.tar.gz", "2019-06-01T23:59:59.999Z")
    upstream.add("six", "six-1.13.0.tar.gz", "2019-06-02T00:00:00Z")
    upstream.add("six", "six-1.9.0.tar.gz", None)
    return upstream


@pytest.fixture
def index(upstream: Upstream, tmp_path: Path) -> Iterator[PackageIndex]:
    with _index(upstream, tmp_path) as index:
        yield index


def _index(upstream: Upstream, tmp_path: Path, **sources: object) -> PackageIndex:
    configured = Sources(index_url=INDEX, **sources)  # type: ignore[arg-type]
    return PackageIndex(configured, tmp_path / "cache", transport=upstream.transport())


def _get(
    index: PackageIndex,
    path: str,
    as_of: date = DAY,
    label: str = "cell",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    index.listen("127.0.0.1")
    base = index.url("127.0.0.1", as_of, label)
    return httpx.get(httpx.URL(base).join(path), headers=headers, trust_env=False, timeout=60)


def _names(index: PackageIndex, project: str, as_of: date = DAY) -> list[str]:
    answer = _get(index, f"{project}/", as_of, headers=JSON)
    assert answer.status_code == 200, answer.text
    return [file["filename"] for file in answer.json()["files"]]


def test_sources_are_read_as_pip_reads_them() -> None:
    sources = Sources.from_environment(
        {
            "PIP_INDEX_URL": "https://main.example/simple",
            "PIP_EXTRA_INDEX_URL": "https://a.example/simple\n https://b.example/simple",
            "PIP_FIND_LINKS": "/wheels https://c.example/links.html",
            "PIP_CERT": "/etc/ca.pem",
        }
    )
    assert sources.index_url == "https://main.example/simple"
    assert sources.extra_index_urls == ("https://a.example/simple", "https://b.example/simple")
    assert sources.find_links == ("/wheels", "https://c.example/links.html")
    assert sources.certificate == Path("/etc/ca.pem")
    assert Sources.from_environment({}) == Sources(index_url=PYPI_SIMPLE_ENDPOINT)


@pytest.mark.parametrize("form", ["json", "html"])
def test_only_files_uploaded_by_the_end_of_the_day_are_shown(
    index: PackageIndex, upstream: Upstream, form: str
) -> None:
    upstream.form = form
    assert _names(index, "six") == [
        "six-1.11.0-py2.py3-none-any.whl",
        "six-1.12.0-py2.py3-none-any.whl",
        "six-1.12.0.tar.gz",
    ]
    assert _names(index, "six", date(2018, 1, 1)) == ["six-1.11.0-py2.py3-none-any.whl"]
    assert _names(index, "six", date(2016, 1, 1)) == []


def test_an_index_without_dates_is_refused_by_name_and_never_served_undated(
    index: PackageIndex, upstream: Upstream
) -> None:
    upstream.form = "undated"
    answer = _get(index, "six/", headers=HTML)
    assert answer.status_code == 502
    assert "https://index.example/simple/ can't be dated" in answer.text
    assert "data-upload-time" in answer.text
    assert index.troubles("cell") == (answer.text.strip(),)
    _get(index, "six/", headers=HTML)
    assert index.troubles("cell") == (answer.text.strip(),) * 2
    with pytest.raises(IndexUnavailableError, match="can't be dated"):
        index.releases("six")


def test_old_installers_get_html_with_hashes_and_the_python_floor(
    index: PackageIndex, upstream: Upstream
) -> None:
    upstream.requires = ">=2.7, !=3.0.*"
    for headers in (HTML, {"accept": "*/*"}, {"accept": "image/png"}):
        answer = _get(index, "six/", headers=headers)
        assert answer.headers["content-type"].startswith("text/html")
        digest = hashlib.sha256(b"six-1.12.0.tar.gz").hexdigest()
        assert f'href="../../files/six/six-1.12.0.tar.gz#sha256={digest}"' in answer.text
        assert 'data-requires-python="&gt;=2.7, !=3.0.*"' in answer.text


def test_a_name_is_normalised_and_nonsense_is_not_found(index: PackageIndex) -> None:
    assert _get(index, "SIX/", headers=JSON).json()["name"] == "six"
    assert _get(index, "unknown/").status_code == 404
    assert _get(index, "-evil%0a/").status_code == 404
    assert _get(index, "../../2019-99-99/simple/six/").status_code == 404
    assert _get(index, "../files/six/..%2f..%2fpages").status_code == 404


def test_a_file_comes_whole_in_ranges_and_only_within_its_date(
    index: PackageIndex, upstream: Upstream
) -> None:
    content = b"six-1.12.0.tar.gz"
    assert _get(index, "../files/six/six-1.12.0.tar.gz").content == content
    again = _get(index, "../files/six/six-1.12.0.tar.gz", headers={"range": "bytes=4-5"})
    assert (again.status_code, again.content) == (206, content[4:6])
    early = _get(index, "../files/six/six-1.12.0.tar.gz", date(2018, 1, 1))
    assert early.status_code == 404
    assert upstream.asked["/files/six-1.12.0.tar.gz"] == 1
    assert index.downloads == {"six-1.12.0.tar.gz": 1}


def test_a_plus_in_a_file_name_survives_the_link(index: PackageIndex, upstream: Upstream) -> None:
    upstream.add("torch", "torch-2.0.0+cpu.tar.gz", "2019-01-01", b"torch")
    link = _get(index, "torch/", headers=JSON).json()["files"][0]["url"]
    assert link == "../../files/torch/torch-2.0.0%2Bcpu.tar.gz"
    assert _get(index, f"torch/{link}").content == b"torch"


def test_other_bytes_than_promised_reach_nobody(index: PackageIndex, upstream: Upstream) -> None:
    upstream.lies["six-1.12.0.tar.gz"] = b"other"
    try:
        answer = _get(index, "../files/six/six-1.12.0.tar.gz")
    except httpx.RemoteProtocolError:
        pass  # the connection breaks off before the last byte
    else:
        assert answer.status_code == 502
    assert any("Nothing was kept" in trouble for trouble in index.troubles("cell"))


def test_concurrent_requests_for_one_file_make_one_download(
    index: PackageIndex, upstream: Upstream
) -> None:
    content = upstream.add("big", "big-1.0.tar.gz", "2019-01-01", bytes(3 * 2**20))
    _names(index, "big")
    upstream.gate = threading.Event()
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(_get, index, "../files/big/big-1.0.tar.gz") for _ in range(6)]
        upstream.gate.set()
        assert all(answer.result(60).content == content for answer in answers)
    assert upstream.asked["/files/big-1.0.tar.gz"] == 1
    assert index.served("cell") >= 6 * len(content)
    assert index.downloaded >= len(content)


def test_bytes_go_on_the_account_of_their_label(index: PackageIndex) -> None:
    size = len(_get(index, "../files/six/six-1.12.0.tar.gz", label="tensorflow1.15.5-py37").content)
    assert index.served("tensorflow1.15.5-py37") == size
    assert index.served("another") == 0


@pytest.mark.parametrize("ranges", [True, False])
def test_a_wheels_metadata_is_advertised_and_served(
    index: PackageIndex, upstream: Upstream, ranges: bool
) -> None:
    upstream.ranges = ranges
    name = "huge-1.0-py3-none-any.whl"
    content = upstream.add("huge", name, "2019-01-01", wheel("huge", "1.0", padding=2**20))
    file = _get(index, "huge/", headers=JSON).json()["files"][0]
    assert file["core-metadata"] is True
    for _ in range(2):
        answer = _get(index, f"huge/{file['url']}.metadata")
        assert answer.text == "Metadata-Version: 2.1\nName: huge\nVersion: 1.0\n"
    assert (index.downloads == {}) is ranges
    assert (index.downloaded < len(content)) is ranges
    assert len(upstream.range_headers) == (1 if ranges else 0)


@pytest.mark.parametrize("damage", [b"", b"Metadata-Version: 2.1\nName: huge\n", b"\xff\x00"])
def test_damaged_metadata_is_not_served(
    index: PackageIndex, upstream: Upstream, tmp_path: Path, damage: bytes
) -> None:
    upstream.ranges = True
    upstream.add("huge", "huge-1.0-py3-none-any.whl", "2019-01-01", wheel("huge", "1.0"))
    file = _get(index, "huge/", headers=JSON).json()["files"][0]
    whole = _get(index, f"huge/{file['url']}.metadata").text
    (kept,) = tmp_path.rglob("metadata/*")
    kept.write_bytes(damage)
    assert _get(index, f"huge/{file['url']}.metadata").text == whole
    assert kept.read_bytes() != damage


def test_metadata_of_what_is_no_wheel_is_an_error(index: PackageIndex, upstream: Upstream) -> None:
    upstream.add("bad", "bad-1.0-py3-none-any.whl", "2019-01-01", b"no zip at all")
    answer = _get(index, "../files/bad/bad-1.0-py3-none-any.whl.metadata")
    assert answer.status_code == 502
    assert "no readable wheel" in answer.text
    assert _get(index, "../files/six/six-1.12.0.tar.gz.metadata").status_code == 404


def test_undated_links_take_the_date_of_their_release_in_the_main_index(
    upstream: Upstream, tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name in (
        "torch-1.0.0+cpu-cp37-cp37m-linux_x86_64.whl",
        "torch-1.2.0+cpu-cp37-cp37m-linux_x86_64.whl",
        "torch-9.9.9+cpu-cp37-cp37m-linux_x86_64.whl",
        "torch_addon-1.0.0.tar.gz",
        "unknown-1.0.tar.gz",
        "notes.txt",
    ):
        (wheels / name).write_bytes(b"local")
    upstream.add("torch", "torch-1.0.0.tar.gz", "2019-01-01")
    upstream.add("torch", "torch-1.2.0.tar.gz", "2019-08-01")
    with _index(upstream, tmp_path, find_links=(str(wheels),)) as index:
        local = "torch-1.0.0+cpu-cp37-cp37m-linux_x86_64.whl"
        assert _names(index, "torch") == ["torch-1.0.0.tar.gz", local]
        assert _get(index, "unknown/").status_code == 404
        assert _get(index, f"../files/torch/{local}").content == b"local"
        locked = index.locked("torch", "1.0.0+cpu", "3.7", DAY)
        assert locked.sha256 == hashlib.sha256(b"local").hexdigest()
        assert index.fetch(locked) == wheels / local


def test_an_extra_index_of_files_is_merged_and_dated(upstream: Upstream, tmp_path: Path) -> None:
    page = tmp_path / "extra" / "six" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        '<a href="six-1.12.0-cp37-none-any.whl">six-1.12.0-cp37-none-any.whl</a>'
        '<a href="six-7.0.tar.gz">six-7.0.tar.gz</a>'
        '<a href="six-1.8.tar.gz" data-upload-time="2019-05-01T00:00:00Z">six-1.8.tar.gz</a>'
    )
    extra = (tmp_path / "extra").as_uri()
    with _index(upstream, tmp_path, extra_index_urls=(extra,)) as index:
        names = _names(index, "six")
        assert "six-1.12.0-cp37-none-any.whl" in names
        assert "six-1.8.tar.gz" in names
        assert "six-7.0.tar.gz" not in names
        assert len(names) == 5


def test_a_main_date_wins_over_the_same_file_elsewhere(upstream: Upstream, tmp_path: Path) -> None:
    """A wheel added to an old release years later doesn't travel back through a mirror."""
    late = "six-1.11.0-cp313-none-any.whl"
    upstream.add("six", late, "2024-01-01")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / late).write_bytes(b"late")
    with _index(upstream, tmp_path, find_links=(wheels.as_uri(),)) as index:
        assert late not in _names(index, "six")
        assert late in _names(index, "six", date(2024, 1, 1))


def test_the_locked_file_is_the_one_that_pip_would_take(index: PackageIndex) -> None:
    assert index.locked("Six", "1.12", "3.7", DAY) == LockedPackage(
        name="six",
        version="1.12",
        filename="six-1.12.0-py2.py3-none-any.whl",
        sha256=hashlib.sha256(wheel("six", "1.12.0")).hexdigest(),
    )
    assert index.downloads == {}


def test_no_file_for_a_python_is_a_resolve_failure_with_what_there_is(
    index: PackageIndex, upstream: Upstream
) -> None:
    upstream.add("tensorflow", "tensorflow-1.12.0-cp27-cp27mu-manylinux1_x86_64.whl", "2018-11-05")
    with pytest.raises(BuildFailedError, match="cp27-cp27mu-manylinux1_x86_64") as failed:
        index.locked("tensorflow", "1.12.0", "3.7", DAY)
    assert failed.value.failure is FailureClass.RESOLVE
    with pytest.raises(BuildFailedError, match="it has: none"):
        index.locked("tensorflow", "1.12.0", "2.7", date(2018, 1, 1))


def test_a_lock_that_no_source_satisfies_is_refused(index: PackageIndex) -> None:
    locked = index.locked("six", "1.12.0", "3.7", DAY)
    assert index.fetch(locked).read_bytes() == wheel("six", "1.12.0")
    other = LockedPackage(name="six", version="1.12.0", filename=locked.filename, sha256="0" * 64)
    with pytest.raises(IndexUnavailableError, match="no source has"):
        index.fetch(other)


def test_releases_are_everything_there_is_now(index: PackageIndex) -> None:
    releases = index.releases("six")
    assert list(releases) == ["1.11.0", "1.12.0", "1.13.0"]
    assert releases["1.12.0"].uploaded == date(2018, 12, 10)
    assert index.releases("unknown") == {}


def test_an_unreachable_index_is_named_without_its_password(
    upstream: Upstream, tmp_path: Path
) -> None:
    upstream.reachable = False
    sources = Sources(index_url="https://user:secret@index.example/simple/")
    with (
        PackageIndex(sources, tmp_path, transport=upstream.transport()) as index,
        pytest.raises(IndexUnavailableError, match=r"index\.example.*no route") as refused,
    ):
        index.releases("six")
    assert "secret" not in str(refused.value)


def test_a_page_of_a_past_day_needs_no_network_the_second_time(
    upstream: Upstream, tmp_path: Path
) -> None:
    with _index(upstream, tmp_path) as index:
        first = _names(index, "six")
        assert _get(index, "../files/six/six-1.12.0.tar.gz").status_code == 200
        locked = index.locked("six", "1.12.0", "3.7", DAY)
        kept = index.fetch(locked)
        assert _get(index, "unknown/").status_code == 404
    upstream.reachable = False
    with _index(upstream, tmp_path) as index:
        assert index.fetch(locked) == kept
        assert _get(index, "unknown/").status_code == 404
        assert _names(index, "six") == first
        assert _get(index, "../files/six/six-1.12.0.tar.gz").status_code == 200
        assert index.downloaded == 0


def test_a_page_holds_for_past_days_and_an_hour_for_the_rest() -> None:
    page = Page(fetched=datetime(2026, 1, 10, 12, tzinfo=UTC), content_type="", body="")
    soon, later = datetime(2026, 1, 10, 12, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert page.holds_for(None, soon)
    assert not page.holds_for(None, later)
    assert page.holds_for(date(2026, 1, 9), later)
    assert not page.holds_for(date(2026, 1, 10), later)


def test_a_stale_page_is_asked_for_again_and_a_damaged_one_is_replaced(
    upstream: Upstream, tmp_path: Path
) -> None:
    now = datetime(2026, 1, 10, tzinfo=UTC)

    async def fetch(pages: PageCache) -> Page | None:
        async with httpx.AsyncClient(transport=upstream.transport()) as client:
            return await pages.get(INDEX + "six/", None, client)

    asyncio.run(fetch(PageCache(tmp_path, lambda: now)))
    asyncio.run(fetch(PageCache(tmp_path, lambda: now)))
    assert upstream.asked["/simple/six/"] == 1
    asyncio.run(fetch(PageCache(tmp_path, lambda: now.replace(hour=2))))
    assert upstream.asked["/simple/six/"] == 2
    next(tmp_path.glob("*.json")).write_text("{")
    assert asyncio.run(fetch(PageCache(tmp_path, lambda: now))) is not None
    assert upstream.asked["/simple/six/"] == 3


def test_a_name_that_is_no_address_is_refused(index: PackageIndex) -> None:
    with pytest.raises(IndexUnavailableError, match=r"none\.invalid"):
        index.listen("none.invalid")


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    sources = Sources(index_url=INDEX, certificate=tmp_path / "none.pem")
    with (
        pytest.raises(IndexUnavailableError, match=r"PIP_CERT=.*none\.pem"),
        PackageIndex(sources, tmp_path),
    ):
        pass


class _Stalls(httpx.AsyncBaseTransport):
    """An upstream whose answers to ``where`` ("page", "file" or "body") never end."""

    def __init__(self, upstream: Upstream, where: str) -> None:
        self._through = upstream.transport()
        self._where = where
        self.reached = threading.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_file = request.url.path.startswith("/files/")
        if self._where == ("file" if is_file else "page"):
            await self.stall()
        answer = await self._through.handle_async_request(request)
        if self._where == "body" and is_file:
            return httpx.Response(200, stream=_Endless(self))
        return answer

    async def stall(self) -> None:
        self.reached.set()
        await asyncio.Event().wait()


class _Endless(httpx.AsyncByteStream):
    def __init__(self, stalls: _Stalls) -> None:
        self._stalls = stalls

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"PK"
        await self._stalls.stall()


def _asked(index: PackageIndex, what: str) -> Callable[[], object]:
    """One of the ways to wait for an upstream that stalls."""
    index.listen("127.0.0.1")
    base = httpx.URL(index.url("127.0.0.1", DAY, "cell"))
    name = "six-1.12.0-py2.py3-none-any.whl"
    digest = hashlib.sha256(wheel("six", "1.12.0")).hexdigest()
    locked = LockedPackage(name="six", version="1.12.0", filename=name, sha256=digest)
    return {
        "page": lambda: index.locked("six", "1.12.0", "3.7", DAY),
        "releases": lambda: index.releases("six"),
        "fetch": lambda: index.fetch(locked),
        "served": lambda: _installer(base.join(f"../files/six/{name}")),
        "metadata": lambda: _installer(base.join(f"../files/six/{name}.metadata")),
    }[what]


def _installer(url: httpx.URL) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=60).raise_for_status()


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("page", "page"),
        ("page", "releases"),
        ("page", "fetch"),
        ("file", "fetch"),
        ("body", "fetch"),
        ("body", "served"),
        ("file", "metadata"),
        ("body", "metadata"),
    ],
)
def test_an_abort_ends_every_wait_for_an_upstream_that_stalls_and_leaves_no_thread(
    upstream: Upstream, tmp_path: Path, where: str, what: str
) -> None:
    before = set(threading.enumerate())
    stalls = _Stalls(upstream, where)
    sources = Sources(index_url=INDEX)
    with (
        ThreadPoolExecutor(1) as pool,
        PackageIndex(sources, tmp_path / "cache", transport=stalls) as index,
    ):
        waiting = pool.submit(_asked(index, what))
        assert stalls.reached.wait(60)
        assert not waiting.done()
        index.abort()
        with pytest.raises((IndexUnavailableError, httpx.HTTPError)):
            waiting.result(60)
        with pytest.raises(IndexUnavailableError, match="was stopped"):
            index.releases("six")
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive(), f"{thread.name} would keep the process from ending"
    assert not list((tmp_path / "cache" / "partial").glob("*"))
