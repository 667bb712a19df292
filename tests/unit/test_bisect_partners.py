"""What goes along with a release where nobody says: on the committed matrix and catalogue."""

from dataclasses import replace
from pathlib import Path

import pytest

from keras_matrix.bisecting.partners import Partner, Rule, fits, minor
from keras_matrix.matrix import load_matrix
from keras_matrix.releases import load_catalogue

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
MATRIX = load_matrix(ROOT / "matrix.yaml", CATALOGUE)


def rule(axis: str, backend: str) -> Rule:
    return Rule(
        axis=axis,
        backend=backend,
        declared=MATRIX.cells,
        pythons=MATRIX.pythons,
        catalogue=CATALOGUE,
    )


def chosen(axis: str, backend: str, release: str) -> Partner:
    partner = rule(axis, backend).choose(release)
    assert partner is not None, release
    return partner


@pytest.mark.parametrize(
    ("axis", "backend", "release", "pins"),
    [
        ("keras", "tensorflow", "1.2.2", {"tensorflow": "0.12.1"}),
        ("keras", "tensorflow", "2.1.6", {"tensorflow": "1.7.1"}),
        ("keras", "tensorflow", "2.2.0", {"tensorflow": "1.14.0"}),
        ("keras", "tensorflow", "2.9.0", {"tensorflow": "2.9.1"}),
        ("keras", "tensorflow", "3.0.0", {"tensorflow": "2.16.1"}),
        ("keras", "theano", "2.3.1", {"theano": "1.0.5"}),
        ("keras", "theano", "1.0.4", {"theano": "0.8.2", "h5py": "2.6.0"}),
        ("tensorflow", "tensorflow", "2.0.0", {"keras": "2.3.1"}),
        ("tensorflow", "tensorflow", "2.5.0", {"keras": "2.4.3"}),
        ("tensorflow", "tensorflow", "2.9.3", {"keras": "2.9.0"}),
        ("theano", "theano", "1.0.5", {"keras": "2.3.1"}),
        ("jax", "jax", "0.5.0", {"keras": "3.9.2"}),
    ],
)
def test_the_partner_is_that_of_the_minor_s_time(
    axis: str, backend: str, release: str, pins: dict[str, str]
) -> None:
    assert chosen(axis, backend, release).pins == pins


@pytest.mark.parametrize("axis", ["keras", "tensorflow"])
def test_all_of_a_minor_have_one_partner_and_it_belongs_to_them(axis: str) -> None:
    found: dict[tuple[int, int], Partner | None] = {}
    for release in CATALOGUE.versions(axis):
        if release in ("0.2.0",):
            continue
        partner = chosen(axis, "tensorflow", release)
        assert found.setdefault(minor(release), partner) == partner
        keras = release if axis == "keras" else partner.pins["keras"]
        tensorflow = release if axis == "tensorflow" else partner.pins["tensorflow"]
        assert fits(keras, "tensorflow", tensorflow), (keras, tensorflow)


@pytest.mark.parametrize("version", [f"2.{number}" for number in range(6, 16)])
def test_keras_and_tensorflow_of_the_locked_years_have_one_number(version: str) -> None:
    keras = max(v for v in CATALOGUE.versions("keras") if v.startswith(f"{version}."))
    assert minor(chosen("keras", "tensorflow", keras).pins["tensorflow"]) == minor(keras)
    tensorflow = max(v for v in CATALOGUE.versions("tensorflow") if v.startswith(f"{version}."))
    assert minor(chosen("tensorflow", "tensorflow", tensorflow).pins["keras"]) == minor(keras)


def test_what_never_went_together_has_no_partner() -> None:
    assert rule("keras", "theano").choose("2.4.3") is None
    assert rule("keras", "jax").choose("2.15.0") is None
    assert rule("jax", "jax").choose("0.3.25") is None
    assert not fits("2.6.0", "tensorflow", "2.5.1")
    assert not fits("3.0.5", "tensorflow", "2.15.0")


def test_without_declared_cells_it_is_the_newest_of_its_time() -> None:
    bare = replace(rule("keras", "tensorflow"), declared=())
    found = bare.choose("2.2.4")
    assert found is not None
    # Keras 2.2.5, the newest of that minor, is of 2019-08-22; TensorFlow 2.0.0 came after it.
    assert found == Partner(
        pins={"tensorflow": "1.14.0"}, python=None, why="the newest by 2019-08-22"
    )
    assert bare.choose("0.3.3") is None
