"""Which file pip would choose, and which cells can't be installed."""

from datetime import date

import pytest

from keras_matrix.feasibility import Feasible, Impossible, ReasonCode, assess
from keras_matrix.matrix import Cell
from keras_matrix.releases import Catalogue, Release
from keras_matrix.wheels import best_file, usable

TF_1_15 = (
    "cp27-cp27m-macosx_10_11_x86_64",
    "cp27-cp27mu-manylinux2010_x86_64",
    "cp36-cp36m-manylinux2010_x86_64",
    "cp37-cp37m-manylinux2010_x86_64",
    "cp37-cp37m-win_amd64",
)


def release(
    project: str,
    version: str,
    *files: str,
    uploaded: str = "2020-01-01",
    requires: str | None = None,
    yanked: bool = False,
) -> Release:
    return Release(
        project=project,
        version=version,
        uploaded=date.fromisoformat(uploaded),
        requires_python=requires,
        files=files,
        yanked=yanked,
    )


def catalogue(*releases: Release) -> Catalogue:
    projects: dict[str, dict[str, Release]] = {}
    for item in releases:
        projects.setdefault(item.project, {})[item.version] = item
    return Catalogue(projects=projects)


def cell(python: str, as_of: str = "2021-01-01", **pins: str) -> Cell:
    return Cell(
        id="under-test",
        python=python,
        backend="tensorflow",
        pins=pins,
        as_of=date.fromisoformat(as_of),
        as_of_declared=True,
        group="test",
        tags=("full",),
    )


@pytest.mark.parametrize(
    ("python", "files", "chosen"),
    [
        ("3.7", TF_1_15, "cp37-cp37m-manylinux2010_x86_64"),
        ("2.7", TF_1_15, "cp27-cp27mu-manylinux2010_x86_64"),
        ("3.8", TF_1_15, None),
        ("2.7", ("cp27-cp27m-manylinux1_x86_64",), None),
        ("2.7", ("py2.py3-none-any", "sdist"), "py2.py3-none-any"),
        ("3.9", ("py2.py3-none-any", "sdist"), "py2.py3-none-any"),
        ("3.9", ("py2-none-any", "sdist"), "sdist"),
        ("3.9", ("egg", "exe"), None),
        ("3.12", ("cp38-abi3-manylinux_2_17_x86_64", "sdist"), "cp38-abi3-manylinux_2_17_x86_64"),
        ("3.7", ("cp38-abi3-manylinux_2_17_x86_64",), None),
        ("3.8", ("cp38-cp38m-manylinux1_x86_64",), None),
        (
            "3.10",
            ("cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64", "py3-none-any"),
            "cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64",
        ),
        ("3.13", ("cp313-cp313-manylinux_2_36_x86_64",), "cp313-cp313-manylinux_2_36_x86_64"),
        ("3.13", ("cp313-cp313-manylinux_2_39_x86_64",), None),
        ("3.13", ("cp313-cp313-manylinux_2_27_aarch64",), None),
        ("3.13", ("cp313-cp313t-manylinux_2_27_x86_64",), None),
        (
            "3.6",
            ("cp36-cp36m-manylinux1_x86_64", "cp36-cp36m-manylinux2010_x86_64"),
            "cp36-cp36m-manylinux2010_x86_64",
        ),
        ("3.6", (), None),
    ],
)
def test_the_file_that_pip_would_choose(
    python: str, files: tuple[str, ...], chosen: str | None
) -> None:
    assert best_file(files, python) == chosen


@pytest.mark.parametrize(
    ("requires", "python", "expected"),
    [
        (None, "3.7", True),
        (">=3.6.1", "3.6", True),
        (">=3.7", "3.6", False),
        (">=2.7, !=3.0.*, !=3.1.*, !=3.2.*, !=3.3.*, <3.9", "3.8", True),
        (">=2.7, !=3.0.*, <3.9", "3.9", False),
        ("utter nonsense", "3.9", True),
    ],
)
def test_requires_python_means_the_latest_patch_release(
    requires: str | None, python: str, expected: bool
) -> None:
    assert usable(release("p", "1.0", "sdist", requires=requires), python) is expected


def test_tensorflow_cpu_stands_in_where_it_was_there_in_time() -> None:
    linux = "cp37-cp37m-manylinux2010_x86_64"
    known = catalogue(
        release("tensorflow", "1.15.5", linux, uploaded="2021-01-01"),
        release("tensorflow-cpu", "1.15.5", linux, uploaded="2021-02-10"),
        release("keras", "2.3.1", "py2.py3-none-any"),
    )
    pins = {"keras": "2.3.1", "tensorflow": "1.15.5"}

    early = assess(cell("3.7", "2021-01-31", **pins), known)
    later = assess(cell("3.7", "2021-03-01", **pins), known)

    assert early == Feasible(distributions={"keras": "keras", "tensorflow": "tensorflow"})
    assert later == Feasible(distributions={"keras": "keras", "tensorflow": "tensorflow-cpu"})


def test_a_source_only_release_is_feasible_and_so_is_a_yanked_one() -> None:
    known = catalogue(release("theano", "0.9.0", "sdist", yanked=True))
    assert isinstance(assess(cell("2.7", theano="0.9.0"), known), Feasible)


def test_no_file_names_the_pythons_that_have_one() -> None:
    known = catalogue(
        release("tensorflow", "2.4.0", *(f"cp{v}-manylinux2010_x86_64" for v in _abis(36, 37, 38)))
    )
    found = assess(cell("3.9", tensorflow="2.4.0"), known)

    assert isinstance(found, Impossible)
    assert found.reason.code is ReasonCode.NO_FILE
    assert found.reason.project == "tensorflow"
    assert found.reason.text == (
        "tensorflow 2.4.0 has files for Python 3.6, 3.7, 3.8 only, not for 3.9."
    )


def _abis(*versions: int) -> list[str]:
    return [f"{v}-cp{v}{'m' if v < 38 else ''}" for v in versions]


@pytest.mark.parametrize(
    ("known", "code", "fragment"),
    [
        (
            release("jax", "1", "cp37-cp37m-win_amd64", "cp37-cp37m-macosx_11_0_arm64"),
            ReasonCode.PLATFORM,
            "no file for Linux",
        ),
        (release("jax", "1"), ReasonCode.NO_FILE, "no files on the index"),
        (
            release("jax", "1", "py3-none-any", requires=">=3.9"),
            ReasonCode.REQUIRES_PYTHON,
            "requires Python >=3.9, not 3.7; Python 3.9, 3.10",
        ),
        (
            release("jax", "1", "py3-none-any", requires=">=4"),
            ReasonCode.REQUIRES_PYTHON,
            "no Python known here would work",
        ),
        (release("jax", "2", "py3-none-any"), ReasonCode.UNKNOWN_RELEASE, "jax 1 is not in"),
        (
            release("jax", "1", "py3-none-any", uploaded="2022-05-05"),
            ReasonCode.AFTER_AS_OF,
            "any date from 2022-05-05 on would work",
        ),
    ],
)
def test_each_reason_is_told_apart(known: Release, code: ReasonCode, fragment: str) -> None:
    found = assess(cell("3.7", jax="1"), catalogue(known))
    assert isinstance(found, Impossible)
    assert found.reason.code is code
    assert fragment in found.reason.text
