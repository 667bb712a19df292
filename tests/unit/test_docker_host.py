"""What base images are made of on a machine without a registry."""

import tarfile
from pathlib import Path

import pytest

from keras_matrix.engines.docker_host import (
    context,
    find_recipes,
    python_prefix,
    python_sources,
    world_readable,
)
from keras_matrix.errors import PythonUnavailableError


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """An interpreter's prefix, as pyenv makes it."""
    files = [
        "bin/python3.7",
        "bin/pip",
        "include/python3.7m/Python.h",
        "lib/libpython3.7m.so.1.0",
        "lib/pkgconfig/python.pc",
        "lib/python3.7/os.py",
        "lib/python3.7/__pycache__/os.cpython-37.pyc",
        "lib/python3.7/config-3.7m/libpython3.7m.a",
        "lib/python3.7/json/tests/test_json.py",
        "lib/python3.7/site-packages/numpy/__init__.py",
        "lib/python3.7/test/test_os.py",
        "lib/python3.7/unittest/case.py",
    ]
    for name in files:
        path = tmp_path / "3.7.16" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return tmp_path / "3.7.16"


def test_an_interpreter_is_copied_without_packages_tests_and_bytecode(
    prefix: Path, tmp_path: Path
) -> None:
    (prefix / "lib/python3.7/os.py").chmod(0o600)
    with (
        context("FROM x\n", python_sources(prefix, "3.7"), tmp_path / "scratch") as file,
        tarfile.open(fileobj=file) as archive,
    ):
        members = {member.name: member for member in archive if member.isfile()}
    assert sorted(members) == [
        "Dockerfile",
        "bin/python3.7",
        "include/python3.7m/Python.h",
        "lib/libpython3.7m.so.1.0",
        "lib/python3.7/os.py",
        "lib/python3.7/unittest/case.py",
    ]
    assert {(member.uid, member.gid) for member in members.values()} == {(0, 0)}
    assert members["lib/python3.7/os.py"].mode & 0o444 == 0o444


def test_an_absent_python_names_what_is_there() -> None:
    with pytest.raises(
        PythonUnavailableError, match=r"no CPython 3\.4.*found: 3\.7.*pyenv install"
    ):
        python_prefix("3.4", {"3.7": Path("/opt/x/bin/python3.7")})


def test_the_systems_own_python_is_not_copied() -> None:
    with pytest.raises(PythonUnavailableError, match="the system's own"):
        python_prefix("3.11", {"3.11": Path("/usr/bin/python3.11")})


def test_a_prefix_is_found_from_its_interpreter(prefix: Path) -> None:
    assert python_prefix("3.7", {"3.7": prefix / "bin/python3.7"}) == prefix


def test_a_folder_that_all_may_read_is_used_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "probes"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "run.py").write_text("1")
    (folder / "run.py").chmod(0o644)
    assert world_readable(folder, tmp_path / "staged") == folder


def test_a_private_folder_is_copied_once_for_each_content(tmp_path: Path) -> None:
    folder = tmp_path / "probes"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/run.py").write_text("1")
    (folder / "deep/run.py").chmod(0o600)
    first = world_readable(folder, tmp_path / "staged")
    assert first != folder
    assert (first / "deep/run.py").read_text() == "1"
    assert (first / "deep/run.py").stat().st_mode & 0o444 == 0o444
    assert first.stat().st_mode & 0o555 == 0o555
    assert world_readable(folder, tmp_path / "staged") == first
    (folder / "deep/run.py").write_text("2")
    second = world_readable(folder, tmp_path / "staged")
    assert second != first
    assert (second / "deep/run.py").read_text() == "2"


def test_each_dockerfile_starts_with_the_two_lines_that_say_how() -> None:
    dockerfiles = sorted(find_recipes().glob("*.Dockerfile"))
    assert len(dockerfiles) >= 4
    for dockerfile in dockerfiles:
        first, second, *_ = dockerfile.read_text(encoding="utf-8").splitlines()
        assert first.startswith("# ")
        assert second.startswith("# ")
        assert f"docker build -f docker/{dockerfile.name}" in first + second
