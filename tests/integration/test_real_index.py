"""The package index in front of the real one, with real installers."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import uv

from keras_matrix.explaining.combinations import install_line
from keras_matrix.index import PackageIndex, Sources
from keras_matrix.interpreters import find_interpreters
from keras_matrix.knowledge import KnownCell, load_knowledge

pytestmark = pytest.mark.integration

DAY = date(2018, 11, 30)
NOTHING_ELSE = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_NO_CACHE_DIR": "off",
    "UV_NO_CONFIG": "1",
    "UV_PYTHON_DOWNLOADS": "never",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    cache = tmp_path_factory.mktemp("index")
    with PackageIndex(Sources.from_environment(os.environ), cache) as index:
        index.listen("127.0.0.1")
        yield index


def _run(*command: str) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    done = subprocess.run(
        command, env=clean | NOTHING_ELSE, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _interpreter(python: str) -> str:
    found = find_interpreters().get(python)
    if found is None:
        pytest.skip(f"no Python {python} on this machine")
    return str(found)


def test_uv_resolves_to_the_packages_of_the_day_without_fetching_them(
    index: PackageIndex, tmp_path: Path
) -> None:
    url = index.url("127.0.0.1", DAY, "uv")
    printed = _run(
        uv.find_uv_bin(), "pip", "install", "--dry-run", "--no-cache", "--index-url", url,
        "--python", _interpreter("3.7"), "--target", str(tmp_path), "keras==2.2.4", "six",
    )  # fmt: skip
    versions = dict(re.findall(r" \+ (\S+)==(\S+)", printed))
    assert versions["numpy"] == "1.15.4"
    assert versions["keras-applications"] == "1.0.6"
    assert versions["six"] == "1.11.0"
    assert index.troubles("uv") == ()
    assert not any(name.startswith("numpy") for name in index.downloads)


@pytest.mark.parametrize("python", ["2.7", "3.6", "3.11"])
def test_the_pip_of_every_era_downloads_what_there_was(
    index: PackageIndex, tmp_path: Path, python: str
) -> None:
    url = index.url("127.0.0.1", DAY, f"pip{python}")
    _run(
        _interpreter(python), "-m", "pip", "download", "--index-url", url,
        "--dest", str(tmp_path), "six", "keras-preprocessing==1.0.5", "--no-deps",
    )  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "Keras_Preprocessing-1.0.5-py2.py3-none-any.whl",
        "six-1.11.0-py2.py3-none-any.whl",
    ]
    assert index.served(f"pip{python}") > 0
    assert index.downloads["six-1.11.0-py2.py3-none-any.whl"] == 1


def test_the_real_index_dates_its_releases_and_locks_the_right_file(index: PackageIndex) -> None:
    assert index.releases("keras")["2.2.4"].uploaded == date(2018, 10, 3)
    locked = index.locked("tensorflow", "1.12.0", "3.6", DAY)
    assert locked.filename == "tensorflow-1.12.0-cp36-cp36m-manylinux1_x86_64.whl"
    assert re.fullmatch("[0-9a-f]{64}", locked.sha256)


KNOWN = [cell for cell in load_knowledge().measured if cell.python.startswith("3.")]
NEWEST = {(cell.python, cell.backend): cell for cell in KNOWN if not cell.conflict}
REFUSED = [cell for cell in KNOWN if cell.conflict]


@pytest.mark.parametrize("cell", [*NEWEST.values(), *REFUSED], ids=lambda cell: cell.id)
def test_pip_takes_the_printed_line_and_refuses_what_is_said_to_exclude_each_other(
    cell: KnownCell, index: PackageIndex, tmp_path: Path
) -> None:
    asked = tmp_path / "asked.txt"
    asked.write_text("\n".join(shlex.split(install_line(cell))[2:]))
    command = (uv.find_uv_bin(), "pip", "compile", "--no-cache", "--python-version", cell.python)
    url = index.url("127.0.0.1", datetime.now(UTC).date(), "line")
    if cell.conflict:
        with pytest.raises(AssertionError, match="No solution found"):
            _run(*command, "--index-url", url, str(asked))
    else:
        assert f"keras=={cell.pins['keras']}" in _run(*command, "--index-url", url, str(asked))
