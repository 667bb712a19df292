"""Releases out of files, and the catalogue that is committed."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from simple_repository.model import File

from keras_matrix.errors import InputError
from keras_matrix.index.filenames import file_tag, file_version, releases_of
from keras_matrix.releases import (
    Catalogue,
    Release,
    dump_catalogue,
    load_catalogue,
    without_prereleases,
)


def _file(name: str, day: str | None, **more: object) -> File:
    moment = datetime.fromisoformat(day + "T12:00:00Z") if day else None
    return File(name, f"https://files.example/{name}", {}, upload_time=moment, **more)  # type: ignore[arg-type]


def _release(project: str, version: str, **more: object) -> Release:
    values = {"uploaded": date(2019, 1, 1), "requires_python": None, "files": ("sdist",)}
    return Release(project=project, version=version, **{**values, **more})  # type: ignore[arg-type]


def _catalogue(project: str, *versions: str) -> Catalogue:
    return Catalogue(projects={project: {v: _release(project, v) for v in versions}})


@pytest.mark.parametrize(
    ("filename", "tag"),
    [
        (
            "tensorflow-1.15.5-cp37-cp37m-manylinux2010_x86_64.whl",
            "cp37-cp37m-manylinux2010_x86_64",
        ),
        ("numpy-1.0-1-cp27-none-any.whl", "cp27-none-any"),
        ("six-1.11.0-py2.py3-none-any.whl", "py2.py3-none-any"),
        ("Keras-2.2.4.tar.gz", "sdist"),
        ("Theano-0.3.0.zip", "sdist"),
        ("old-1.0.tgz", "sdist"),
        ("Keras-0.2.0-py3.5.egg", "egg"),
        ("scipy-0.9.0.win32-py2.7.exe", "exe"),
    ],
)
def test_a_file_tag_is_what_decides_whether_a_file_can_be_installed(
    filename: str, tag: str
) -> None:
    assert file_tag(filename) == tag


def test_a_file_version_is_none_where_the_name_does_not_tell() -> None:
    assert str(file_version("Keras_Preprocessing-1.0.5.tar.gz", "keras-preprocessing")) == "1.0.5"
    assert file_version("other-1.0.tar.gz", "keras") is None
    assert file_version("keras.whl", "keras") is None
    assert file_version("Keras-0.2.0-py3.5.egg", "keras") is not None


def test_releases_are_grouped_by_canonical_version_and_dated_by_their_first_file() -> None:
    releases = releases_of(
        "Keras",
        [
            _file("Keras-2.0.tar.gz", "2017-03-16"),
            _file("Keras-2.0-py2.py3-none-any.whl", "2017-03-15", requires_python=">=2.7"),
            _file("Keras-2.0-1-py2.py3-none-any.whl", "2017-03-17"),
            _file("Keras-1.2.2.tar.gz", "2017-02-01", yanked="broken"),
            _file("Keras-1.2.1.tar.gz", None),
            _file("nonsense.txt", "2017-03-16"),
        ],
    )
    assert list(releases) == ["1.2.2", "2.0"]
    assert releases["2.0"] == Release(
        project="keras",
        version="2.0",
        uploaded=date(2017, 3, 15),
        requires_python=">=2.7",
        files=("py2.py3-none-any", "sdist"),
    )
    assert releases["1.2.2"].yanked


def test_a_release_with_one_file_left_is_not_yanked() -> None:
    files = [
        _file("a-1.0.tar.gz", "2020-01-01", yanked=True),
        _file("a-1.0-py3-none-any.whl", "2020-01-01"),
    ]
    assert not releases_of("a", files)["1.0"].yanked


def test_an_upload_late_at_night_in_another_zone_counts_as_its_utc_day() -> None:
    moment = datetime.fromisoformat("2020-01-01T23:30:00-05:00")
    file = File("a-1.0.tar.gz", "https://files.example/a", {}, upload_time=moment)
    assert releases_of("a", [file])["1.0"].uploaded == date(2020, 1, 2)
    assert moment.astimezone(UTC).day == 2


def test_a_release_is_found_however_name_and_version_are_spelt() -> None:
    catalogue = _catalogue("tf-keras", "2.15.0", "2.16.0rc0")
    assert catalogue.release("TF_Keras", "2.15") == catalogue.release("tf-keras", "2.15.0")
    found = catalogue.release("tf.keras", "2.16.0-rc.0")
    assert found is not None
    assert found.version == "2.16.0rc0"
    assert catalogue.release("tf-keras", "2.14") is None
    assert catalogue.release("tf-keras", "latest") is None
    assert catalogue.release("keras", "2.15.0") is None


def test_versions_come_in_version_order() -> None:
    assert _catalogue("keras", "2.10.0", "2.2.4", "2.9.0").versions("Keras") == (
        "2.2.4",
        "2.9.0",
        "2.10.0",
    )


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("2.3.2", "2.3.1"),
        ("2.2.9", "2.2.5"),
        ("2.3.1", "2.3.1"),
        ("4.0", "3.0.0"),
        ("2.7", "2.8.0"),  # a tie between 2.6 and 2.8 goes to the newer one
        ("2.3.l", "2.3.1"),
    ],
)
def test_the_nearest_version_is_the_one_most_likely_meant(asked: str, nearest: str) -> None:
    known = _catalogue("keras", "2.2.4", "2.2.5", "2.3.0", "2.3.1", "2.6.0", "2.8.0", "3.0.0")
    assert known.nearest("keras", asked) == nearest


def test_an_unknown_project_has_no_nearest_version() -> None:
    assert Catalogue(projects={}).nearest("keras", "2.3.1") is None
    assert Catalogue(projects={}).nearest("keras", "x") is None


def test_with_project_replaces_one_project_and_leaves_the_original_alone() -> None:
    before = _catalogue("keras", "2.3.1")
    after = before.with_project("Theano", {"1.0.5": _release("theano", "1.0.5")})
    assert after.versions("keras") == ("2.3.1",)
    assert after.versions("theano") == ("1.0.5",)
    assert before.versions("theano") == ()


def test_prereleases_are_left_out_unless_there_is_nothing_else() -> None:
    mixed = _catalogue("a", "1.0rc1", "1.0", "1.0.post1").projects["a"]
    assert list(without_prereleases(mixed)) == ["1.0", "1.0.post1"]
    early = _catalogue("a", "0.1a1", "0.1.dev2").projects["a"]
    assert list(without_prereleases(early)) == ["0.1a1", "0.1.dev2"]


def test_a_catalogue_is_one_line_for_each_release_and_reads_back_the_same(tmp_path: Path) -> None:
    catalogue = Catalogue(
        projects={
            "theano": {"1.0.5": _release("theano", "1.0.5", yanked=True)},
            "keras": {
                "2.10.0": _release("keras", "2.10.0", requires_python=">=3.7,<4"),
                "2.9.0": _release("keras", "2.9.0", files=("egg", "sdist")),
            },
        }
    )
    text = dump_catalogue(catalogue)
    assert text == (
        '{"schema": 1, "projects": {\n'
        ' "keras": {\n'
        '  "2.9.0": {"uploaded": "2019-01-01", "files": ["egg", "sdist"]},\n'
        '  "2.10.0": {"uploaded": "2019-01-01", "requires_python": ">=3.7,<4", '
        '"files": ["sdist"]}\n'
        " },\n"
        ' "theano": {\n'
        '  "1.0.5": {"uploaded": "2019-01-01", "yanked": true, "files": ["sdist"]}\n'
        " }\n"
        "}}\n"
    )
    path = tmp_path / "releases.json"
    path.write_text(text)
    assert load_catalogue(path) == catalogue


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 2}', '{"schema": 1, "projects": {"a": 1}}'])
def test_a_broken_catalogue_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "releases.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"releases\.json: not a release catalogue"):
        load_catalogue(path)


def test_the_committed_catalogue_is_canonical_and_knows_what_was_released_when() -> None:
    path = Path(__file__).parents[2] / "docker" / "locks" / "releases.json"
    catalogue = load_catalogue(path)
    assert dump_catalogue(catalogue) == path.read_text()
    release = catalogue.release("tensorflow", "1.15.5")
    assert release is not None
    assert release.uploaded == date(2021, 1, 6)
    assert "cp37-cp37m-manylinux2010_x86_64" in release.files
