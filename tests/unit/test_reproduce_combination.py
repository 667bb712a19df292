"""Versions as a person states them become the cell that an installer could build, or a reason."""

from datetime import date
from pathlib import Path

import pytest

from keras_matrix.errors import InputError
from keras_matrix.feasibility import Feasible, assess
from keras_matrix.matrix import Cell, load_matrix
from keras_matrix.releases import load_catalogue
from keras_matrix.reproducing import Combination
from keras_matrix.reproducing.combination import AT_HAND, choose, described, newest_patch

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
MATRIX = load_matrix(ROOT / "matrix.yaml", CATALOGUE)


def combination(python: str | None = None, backend: str | None = None, **pins: str) -> Combination:
    named = {pin.replace("_", "-"): version for pin, version in pins.items()}
    return Combination(pins=named, python=python, backend=backend)


def problems(wanted: Combination) -> tuple[str, ...]:
    with pytest.raises(InputError) as raised:
        choose(wanted, CATALOGUE)
    return raised.value.problems


def test_python_and_date_are_chosen_as_for_a_declared_cell() -> None:
    cell = choose(combination(keras="2.2.4", tensorflow="2.0.0"), CATALOGUE).cell
    assert cell.id == "keras2.2.4-tensorflow2.0.0-py37"
    assert (cell.backend, cell.as_of) == ("tensorflow", date(2019, 10, 30))


FEASIBLE = [cell for cell in MATRIX.cells if isinstance(assess(cell, CATALOGUE), Feasible)]


@pytest.mark.parametrize("cell", FEASIBLE, ids=lambda cell: cell.id)
def test_a_declared_combination_is_its_very_cell(cell: Cell) -> None:
    wanted = Combination(pins=cell.pins, python=cell.python, backend=cell.backend)
    found = choose(wanted, CATALOGUE, declared=MATRIX.cells, pythons=MATRIX.pythons)
    assert found.declared
    assert found.cell is cell


def test_pins_are_put_in_the_order_of_an_id_and_spelt_as_released() -> None:
    cell = choose(combination(tensorflow="1.14", keras="2.3.1"), CATALOGUE).cell
    assert list(cell.pins.items()) == [("keras", "2.3.1"), ("tensorflow", "1.14.0")]


def test_extras_come_last_and_make_the_declared_cell() -> None:
    extras = Combination(pins={"h5py": "2.6.0", "theano": "0.8.2", "keras": "1.0.7"}, python="2.7")
    chosen = choose(extras, CATALOGUE, declared=MATRIX.cells)
    assert chosen.cell.id == "keras1.0.7-theano0.8.2-h5py2.6.0-py27"
    assert chosen.declared


def test_a_minor_without_a_release_of_its_own_number_is_its_newest_patch() -> None:
    chosen = choose(combination(keras="2.2.4", tensorflow="1.13"), CATALOGUE)
    assert chosen.cell.pins["tensorflow"] == "1.13.2"
    assert any("1.13 is no release" in note for note in chosen.notes)
    assert newest_patch(CATALOGUE, "tensorflow", "1.54") is None


def test_keras_alone_gets_the_framework_of_its_day_and_says_so() -> None:
    chosen = choose(combination(keras="2.2.4"), CATALOGUE)
    assert chosen.cell.pins["tensorflow"] == "1.11.0"
    assert "no version of tensorflow was said: 1.11.0 is taken" in chosen.notes[0]
    assert choose(combination(keras="1.0.6"), CATALOGUE).cell.backend == "theano"
    theano = choose(combination(keras="2.2.4", backend="theano"), CATALOGUE).cell
    assert (theano.backend, theano.pins["theano"]) == ("theano", "1.0.3")


def test_tensorflow_alone_is_a_combination() -> None:
    chosen = choose(combination(tensorflow="2.1.1"), CATALOGUE)
    assert chosen.cell.pins == {"tensorflow": "2.1.1"}
    assert chosen.notes == ()


def test_standalone_keras_is_added_where_tensorflow_does_not_bring_it() -> None:
    old = Combination(pins={"tensorflow": "2.4.0"}, keras=True)
    chosen = choose(old, CATALOGUE)
    assert chosen.cell.pins == {"keras": "2.4.3", "tensorflow": "2.4.0"}
    assert chosen.notes[0].startswith("no version of keras was said: 2.4.3 is taken")
    new = Combination(pins={"tensorflow": "2.10.1"}, keras=True)
    assert choose(new, CATALOGUE).cell.pins == {"tensorflow": "2.10.1"}


def test_the_python_whose_words_an_error_is_in_is_taken_if_it_has_files() -> None:
    old = Combination(pins={"keras": "2.2.4", "tensorflow": "1.12.0"}, likely_python="2.7")
    chosen = choose(old, CATALOGUE)
    assert chosen.cell.python == "2.7"
    assert chosen.notes == ("Python 2.7 is taken, whose words the error is in",)
    new = Combination(pins={"tensorflow": "2.10.1"}, likely_python="2.7")
    assert choose(new, CATALOGUE).cell.python == "3.10"
    told = Combination(pins={"tensorflow": "1.12.0"}, likely_python="2.7", python="3.6")
    assert choose(told, CATALOGUE).cell.python == "3.6"


def test_of_two_frameworks_keras_takes_tensorflow_unless_told_otherwise() -> None:
    both = {"keras": "2.2.4", "tensorflow": "1.12.0", "theano": "1.0.3"}
    assert choose(Combination(pins=both), CATALOGUE).cell.backend == "tensorflow"
    told = Combination(pins=both, backend="theano")
    assert choose(told, CATALOGUE).cell.backend == "theano"


def test_everything_wrong_is_said_at_once() -> None:
    said = problems(
        combination(keras="2.3.11", tensorflow="1.54.0", python="3.99", backend="mxnet")
    )
    assert len(said) == 4
    assert "the nearest release is 2.3.1 (ask with --keras 2.3.1)" in "\n".join(said)


def test_nothing_named_is_asked_for() -> None:
    assert "say at least one" in problems(Combination(pins={}))[0]


def test_a_python_without_files_is_named_with_one_that_has_them() -> None:
    reason, advice = problems(combination(keras="2.2.4", tensorflow="2.0.0", python="3.11"))
    assert "has files for Python" in reason
    assert advice == "installable instead: keras 2.2.4, tensorflow 2.0.0, Python 3.7"


def test_the_nearest_possible_combinations_change_one_version_each() -> None:
    reason, advice = problems(combination(keras="3.0.0", tensorflow="1.15.5"))
    assert "impossible" in reason
    first, second = advice.removeprefix("installable instead: ").split("; or ")
    assert "tensorflow 1.15.5" in first
    assert second.startswith("keras 3.0.0, tensorflow 2.")


def test_a_cell_is_described_by_its_versions() -> None:
    cell = choose(combination(keras="2.2.4", theano="1.0.3", python="3.6"), CATALOGUE).cell
    assert described(cell) == "keras 2.2.4, theano 1.0.3, Python 3.6"


def test_old_interpreters_that_nobody_has_are_not_chosen() -> None:
    assert "2.7" in AT_HAND
    assert not {"3.4", "3.5"} & set(AT_HAND)
