"""The table: which rows and columns there are, and that unknown never reads as absent."""

import random
from dataclasses import replace

import pytest
from synthetic import CATALOGUE, attribute, cell, importable, sample, unimportable

from keras_matrix.results import CellOutcome, CellReport, PathRecord
from keras_matrix.tables import tabulate
from keras_matrix.tables.changes import diff
from keras_matrix.tables.eras import Era, axis_of, era_of
from keras_matrix.tables.states import State


@pytest.mark.parametrize(
    ("backend", "pins", "era"),
    [
        ("theano", {"keras": "0.3.1", "theano": "0.7.0"}, Era.THEANO),
        ("tensorflow", {"keras": "1.2.2", "tensorflow": "0.12.1"}, Era.TENSORFLOW_1),
        ("tensorflow", {"keras": "2.2.4", "tensorflow": "1.12.0"}, Era.TENSORFLOW_1),
        ("tensorflow", {"keras": "2.1.4", "tensorflow": "1.15.5"}, Era.TENSORFLOW_1),
        ("tensorflow", {"keras": "2.2.4", "tensorflow": "1.14.0"}, Era.TRANSITION),
        ("tensorflow", {"keras": "2.2.4", "tensorflow": "2.0.0"}, Era.TRANSITION),
        ("tensorflow", {"tensorflow": "2.1.0"}, Era.TRANSITION),
        ("tensorflow", {"keras": "2.4.3", "tensorflow": "2.2.0"}, Era.TENSORFLOW_2_EARLY),
        ("tensorflow", {"keras": "2.10.0", "tensorflow": "2.10.1"}, Era.LOCKED),
        ("tensorflow", {"keras": "3.0.0", "tensorflow": "2.15.0"}, Era.KERAS_3_TENSORFLOW),
        ("tensorflow", {"tensorflow": "2.16.1"}, Era.KERAS_3_TENSORFLOW),
        ("tensorflow", {"keras": "2.15.0", "tensorflow": "2.16.1"}, Era.OTHER),
        ("jax", {"keras": "3.8.0", "jax": "0.4.30"}, Era.KERAS_3_JAX),
        ("torch", {"keras": "3.8.0", "torch": "2.5.0"}, Era.KERAS_3_TORCH),
        ("tensorflow", {"tf_keras": "2.16.0", "tensorflow": "2.16.1"}, Era.TF_KERAS),
        ("cntk", {"keras": "2.3.1", "cntk": "2.6"}, Era.CNTK),
        ("plaidml", {"keras": "2.2.4"}, Era.OTHER),
    ],
)
def test_era_follows_from_pins_and_backend(backend: str, pins: dict[str, str], era: Era) -> None:
    assert era_of(pins, backend) is era


def test_axis_is_the_project_that_ships_the_path() -> None:
    assert axis_of("keras._tf_keras.keras.backend") == "keras"
    assert axis_of("tensorflow.contrib.keras.backend") == "tensorflow"
    assert axis_of("tf_keras.backend") == "tf-keras"


def test_columns_follow_versions_and_not_their_spelling() -> None:
    made = [
        cell("tensorflow", keras=keras, tensorflow=tensorflow)
        for keras, tensorflow in (("2.10.0", "2.10.0"), ("2.9.0", "2.9.0"), ("2.2.4", "1.4.0"))
    ] + [cell("tensorflow", keras="2.2.4", tensorflow="1.12.0")]
    pins = [tuple(c.cell.pins.values()) for c in tabulate(made, {}).columns]
    assert pins == [("2.2.4", "1.4.0"), ("2.2.4", "1.12.0"), ("2.9.0",) * 2, ("2.10.0",) * 2]


def test_the_order_of_reports_does_not_matter() -> None:
    reports = sample()
    table = tabulate(reports, CATALOGUE)
    random.Random(7).shuffle(reports)
    assert tabulate(reports, CATALOGUE) == table


def test_rows_are_public_names_seen_in_any_measured_cell() -> None:
    keras = tabulate(sample(), CATALOGUE).paths[0]
    assert keras.path == "keras.backend"
    assert [row.attribute for row in keras.rows] == ["floatx", "get_session", "mean", "slice"]


def test_a_name_missing_in_every_cell_is_told_apart_from_the_rows() -> None:
    path = importable(mean=attribute(), get_session=attribute("missing"))
    table = tabulate([cell("jax", {"keras.ops": path}, keras="3.0.0", jax="0.4.30")], {})
    assert [row.attribute for row in table.paths[0].rows] == ["mean"]
    assert table.paths[0].never_seen == ("get_session",)


def test_a_name_absent_from_an_importable_path_is_missing() -> None:
    keras = tabulate(sample(), CATALOGUE).paths[0]
    row = next(row for row in keras.rows if row.attribute == "slice")
    assert row.entries["keras2.3.1-theano1.0.5-py37"].state is State.MISSING


@pytest.mark.parametrize(
    ("cell_id", "state", "detail"),
    [
        ("keras2.3.1-theano1.0.5-py37", State.UNIMPORTABLE, "ImportError: no tensorflow"),
        (
            "keras2.2.4-tensorflow1.12.0-py36",
            State.NOT_MEASURED,
            "build-failed: grpcio did not compile",
        ),
        ("keras3.0.0-jax0.4.30-py312", State.NOT_MEASURED, "not-run: Python 3.12 was not found"),
    ],
)
def test_unknown_and_unimportable_are_never_missing(
    cell_id: str, state: State, detail: str
) -> None:
    path = tabulate(sample(), CATALOGUE).paths[1]
    entry = path.entry(path.rows[0], cell_id)
    assert (entry.state, entry.detail) == (state, detail)
    assert cell_id not in path.rows[0].entries
    assert not path.counts(cell_id)


def test_a_path_not_asked_for_or_without_names_is_not_measured() -> None:
    table = tabulate(
        [
            cell("jax", {"keras.ops": importable(mean=attribute())}, keras="3.0.0", jax="0.4.30"),
            cell("jax", {"keras.ops": importable()}, keras="3.1.0", jax="0.4.30"),
            cell("jax", {}, keras="3.2.0", jax="0.4.30"),
        ],
        {},
    )
    states = [state.state for state in table.paths[0].states.values()]
    assert states == [State.WORKS, State.NOT_MEASURED, State.NOT_MEASURED]


def test_counts_cover_every_row() -> None:
    table = tabulate(sample(), CATALOGUE)
    keras = table.paths[0]
    counts = keras.counts("keras2.3.1-tensorflow1.15.5-py37")
    assert counts == {State.WORKS: 1, State.NEEDS_SETTING: 1, State.MISSING: 2}
    assert table.outcomes[CellOutcome.MEASURED] == 6
    assert sum(table.outcomes.values()) == 9


def test_two_reports_of_one_cell_are_refused() -> None:
    report = sample()[0]
    with pytest.raises(ValueError, match=r"keras2\.4\.3-tensorflow2\.3\.0-py38"):
        tabulate([report, report], {})


def test_a_version_not_pinned_comes_from_what_was_installed() -> None:
    report = replace(
        cell("tensorflow", {"keras.backend": importable(mean=attribute())}, tensorflow="2.16.1"),
        packages={"keras": "3.1.1"},
    )
    path = tabulate([report], {}).paths[0]
    assert path.measured("tensorflow") == ("3.1.1",)


def test_diff_tells_changes_and_not_what_lies_below_them() -> None:
    def run(**paths: PathRecord) -> list[CellReport]:
        return [cell("jax", paths, keras="3.0.0", jax="0.4.30")]

    old = run(
        a=importable(x=attribute(), y=attribute(), _z=attribute()), b=importable(x=attribute())
    )
    new = run(
        a=importable(x=attribute("raises", detail="boom"), n=attribute()), b=unimportable("gone")
    )
    changes = [(c.path, c.attribute, c.before, c.after, c.detail, c.worse) for c in diff(old, new)]
    assert changes == [
        ("a", "n", "missing", "works", None, False),
        ("a", "x", "works", "raises", "boom", True),
        ("a", "y", "works", "missing", None, True),
        ("b", None, "importable", "unimportable", "gone", True),
    ]
    assert diff(old, old) == ()


def test_a_cell_that_could_not_be_measured_is_a_change_but_no_regression() -> None:
    old = [cell("jax", {"a": importable(x=attribute())}, keras="3.0.0", jax="0.4.30")]
    failed = cell("jax", keras="3.0.0", jax="0.4.30", outcome="build-failed", reason="disk full")
    (change,) = diff(old, [failed])
    assert (change.path, change.before, change.after) == (None, "measured", "build-failed")
    assert not change.worse
    assert [(c.before, c.after) for c in diff(old, [])] == [("measured", None)]
