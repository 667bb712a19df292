import sys
from pathlib import Path

import pytest

from keras_matrix.interpreters import search


def fake_python(path: Path, version: tuple[int, int, int], *, usable: bool = True) -> Path:
    """A script that answers as an interpreter of that version would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = f"{int(usable)} {' '.join(map(str, version))} {path}"
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PATH": f"{tmp_path / 'path'}:/bin"}


def test_finds_the_running_interpreter_behind_a_virtual_environments_link(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "python3").symlink_to(sys.executable)
    variables["PATH"] = str(tmp_path / "path")
    found = search(variables)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert found == {python: Path(sys.executable).resolve()}


def test_takes_the_newest_patch_of_each_python_wherever_it_is(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    versions = tmp_path / ".pyenv" / "versions"
    fake_python(versions / "2.7.9" / "bin" / "python2.7", (2, 7, 9))
    newest = fake_python(versions / "2.7.18" / "bin" / "python2.7", (2, 7, 18))
    store = fake_python(tmp_path / ".local/share/uv/python/cpython-3.7/bin/python3.7", (3, 7, 16))
    fake_python(tmp_path / "path" / "python3.7", (3, 7, 1))
    found = search({**variables, "PATH": str(tmp_path / "path")})
    assert found == {"2.7": newest, "3.7": store}


def test_leaves_out_what_is_broken_or_no_plain_cpython(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    folder = tmp_path / "path"
    fake_python(folder / "python3.13", (3, 13, 1), usable=False)
    (folder / "python3.9").write_text("#!/bin/sh\nexit 3\n")
    (folder / "python3.9").chmod(0o755)
    (folder / "python3.8").write_text("#!/bin/sh\necho no answer\n")
    (folder / "python3.8").chmod(0o755)
    (folder / "python3.10").write_text("not executable")
    fake_python(folder / "python3-config", (3, 4, 1))
    assert search({**variables, "PATH": str(folder)}) == {}
