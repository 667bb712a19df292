"""From references to an answer: who can run it, what stops the rest, what to use instead."""

from pathlib import Path

import pytest
from scantable import ALL, JAX, MIDDLE, NEW, OLD, THEANO, scan, table

from keras_matrix.errors import InputError
from keras_matrix.knowledge import KnownCell
from keras_matrix.scanning.answers import Ability, Answer, Finding
from keras_matrix.scanning.formats.wording import breakdown, listed
from keras_matrix.scanning.instead import replacements
from keras_matrix.scanning.judging import Verdict
from keras_matrix.scanning.sources import Place
from keras_matrix.scanning.spans import words
from keras_matrix.scanning.targets import Wish, by_age, nearest, newest

START = "from keras import backend as K\n"


def finding(found: Answer, title: str) -> Finding:
    (one,) = [each for each in found.findings if each.title == title]
    return one


def test_all_uses_together_decide(tmp_path: Path) -> None:
    found = scan(tmp_path, START + "K.mean, K.lesser")
    assert [cell.id for cell in found.able(Ability.YES)] == [THEANO, OLD]
    assert [cell.id for cell in found.able(Ability.NO)] == [MIDDLE, NEW, JAX]
    assert finding(found, "keras.backend.lesser").obstacles == (MIDDLE, NEW, JAX)
    assert finding(found, "keras.backend").obstacles == ()


def test_a_setting_or_a_strange_answer_is_only_a_warning(tmp_path: Path) -> None:
    found = scan(tmp_path, START + "K.gradients")
    assert finding(found, "keras.backend.gradients").cells(Verdict.WARNING) == (MIDDLE,)
    assert found.abilities[MIDDLE] is Ability.YES


def test_a_name_that_no_cell_has_stops_every_one(tmp_path: Path) -> None:
    found = scan(tmp_path, START + "K.no_such")
    assert not found.able(Ability.YES)
    assert breakdown(found, finding(found, "keras.backend.no_such"), Verdict.OBSTACLE) == (
        "missing on all 5 measured combinations",
    )


def test_private_names_are_there_or_not(tmp_path: Path) -> None:
    found = scan(tmp_path, START + "K._BACKEND")
    assert finding(found, "keras.backend._BACKEND").obstacles == (MIDDLE, NEW, JAX)


def test_a_path_is_told_once_and_its_names_only_where_it_is_there(tmp_path: Path) -> None:
    found = scan(tmp_path, "import keras.backend.tensorflow_backend as T\nT.set_session\nT.tf")
    path = finding(found, "keras.backend.tensorflow_backend")
    assert (path.of_path, path.obstacles) == (True, (THEANO, NEW, JAX))
    assert [reference.place.line for reference in path.references] == [1, 2, 3]
    name = finding(found, "keras.backend.tensorflow_backend.set_session")
    assert (name.obstacles, name.without_path) == ((), (THEANO, NEW, JAX))
    assert finding(found, "keras.backend.tensorflow_backend.tf").obstacles == (OLD, MIDDLE)


def test_what_fails_in_different_ways_is_told_apart(tmp_path: Path) -> None:
    found = scan(tmp_path, START + "K.get_session()")
    assert breakdown(found, finding(found, "keras.backend.get_session"), Verdict.OBSTACLE) == (
        "missing on TensorFlow: Keras 3.1.1 (1 of 3); JAX: the one; Theano: the one",
        "raises on TensorFlow: Keras 2.3.1 (1 of 3): RuntimeError: not in 2.0.",
    )


# Few words for many combinations


def cells(*pins: tuple[str, str, str]) -> list[KnownCell]:
    return [
        KnownCell(
            id=f"{number}",
            python=python,
            backend="tensorflow",
            pins={"tensorflow": on, **({"keras": keras} if keras else {})},
            installed={},
            as_of="2019-01-01",
            outcome="measured",
            reason=None,
        )
        for number, (keras, on, python) in enumerate(pins)
    ]


CELLS = cells(
    ("", "1.4.1", "3.6"),
    ("2.0.0", "1.0.1", "3.6"),
    ("2.1.0", "1.4.1", "3.6"),
    ("2.3.1", "1.15.5", "3.7"),
    ("2.3.1", "2.0.4", "3.7"),
    ("2.3.1", "2.0.4", "3.6"),
    ("2.4.3", "2.3.1", "3.8"),
)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("0123456", "all 7 measured combinations"),
        ("", ""),
        ("0", "TensorFlow: TensorFlow 1.4.1 without Keras (1 of 7)"),
        ("012", "TensorFlow: TensorFlow 1.0.1 – 1.4.1 (3 of 7)"),
        ("3456", "TensorFlow: Keras 2.3.1 – 2.4.3 (4 of 7)"),
        ("345", "TensorFlow: Keras 2.3.1 on 1.15.5 – 2.0.4 (3 of 7)"),
        ("45", "TensorFlow: Keras 2.3.1 on 2.0.4 (2 of 7)"),
        (
            "0136",
            "TensorFlow: TensorFlow 1.0.1 – 1.4.1 without Keras, 1.15.5, 2.3.1 (4 of 7)",
        ),
        ("12", "TensorFlow: Keras 2.0.0 – 2.1.0 (2 of 7)"),
        ("012456", "TensorFlow: all but Keras 2.3.1 on 1.15.5 (6 of 7)"),
        ("123", "TensorFlow: Keras 2.0.0 – 2.3.1 on 1.15.5 (3 of 7)"),
        ("456", "TensorFlow: Keras 2.3.1 on 2.0.4 – 2.4.3 (3 of 7)"),
        ("5", "TensorFlow: Keras 2.3.1 on 2.0.4 on Python 3.6 (1 of 7)"),
        ("136", "TensorFlow: Keras 2.0.0, 2.3.1 on 1.15.5, 2.4.3 (3 of 7)"),
    ],
)
def test_combinations_in_few_words(wanted: str, text: str) -> None:
    assert words(CELLS, set(wanted)) == text


def test_many_stretches_are_counted() -> None:
    many = cells(*((f"2.{minor}.0", "1.0.0", "3.6") for minor in range(12)))
    assert words(many, {"0", "2", "4", "6", "8", "10"}) == (
        "TensorFlow: Keras 2.0.0, 2.2.0, 2.4.0, 2.6.0, 2 more stretches (6 of 12)"
    )


def test_places_are_listed_by_file() -> None:
    def place(file: str, line: int, cell: int | None = None) -> Place:
        return Place(file=file, line=line, column=1, end_line=line, end_column=2, cell=cell)

    assert listed([place("a.py", 3), place("a.py", 3), place("b.py", 1)]) == "a.py:3; b.py:1"
    assert listed([place("a.py", n) for n in range(1, 8)]) == "a.py:1, 2, 3, 4 and 3 more"
    assert listed([place("a.ipynb", 2, cell=5)]) == "a.ipynb:cell 5 line 2"


# Instead


def instead(found: Answer, title: str) -> list[str]:
    one = finding(found, title)
    return [each.text for each in replacements(one, table(), one.obstacles or one.without_path)]


def test_what_works_in_its_place_is_told_for_as_many_as_possible(tmp_path: Path) -> None:
    found = scan(tmp_path, START + "K.mean, K.lesser, K.argmax, K.image_dim_ordering")
    assert instead(found, "keras.backend.mean") == ["keras.ops.mean"]
    assert instead(found, "keras.backend.lesser") == ["keras.backend.less in 1 of the 3"]
    assert instead(found, "keras.backend.argmax") == [
        "keras.ops.argmax; its arguments are (x, axis=None, keepdims=False)"
    ]
    (text,) = instead(found, "keras.backend.image_dim_ordering")
    assert text.startswith("keras.backend.image_data_format in 1 of the 3: K.image_dim_ordering()")


@pytest.mark.parametrize(
    ("code", "use"),
    [
        ("K.control_flow_ops.while_loop(a, b, [c])", "while_loop"),
        ("K.control_flow_ops .cond(a, b, c)", "cond"),
        ("K.control_flow_ops.group(a)", "while_loop"),
    ],
)
def test_of_two_that_help_as_much_the_code_chooses(tmp_path: Path, code: str, use: str) -> None:
    found = scan(tmp_path, START + code)
    (text,) = instead(found, "keras.backend.control_flow_ops")
    assert text.startswith(f"tensorflow.{use} in 2 of the 4: K.control_flow_ops.{use}(...) →")


def test_another_backends_functions_are_no_help(tmp_path: Path) -> None:
    """A name that works on keras.backend.tensorflow_backend works on no Theano tensor."""
    found = scan(tmp_path, "import tensorflow as tf\ntf.keras.backend.floatx")
    assert instead(found, "tensorflow.keras.backend.floatx") == ["keras.backend.floatx"]


# One combination


@pytest.mark.parametrize(
    ("wish", "cell", "apart"),
    [
        ({"keras": "2.2.4", "tensorflow": "1.12.0"}, OLD, ()),
        ({"keras": "2.2.4", "theano": "1.0.3"}, THEANO, ()),
        ({"keras": "2.2.4", "tensorflow": "1.13.1"}, OLD, ("TensorFlow 1.12.0, not 1.13.1",)),
        ({"tensorflow": "2.1.0"}, MIDDLE, ("TensorFlow 2.0.4, not 2.1.0",)),
        ({"keras": "3.1.1", "jax": "0.4.30"}, JAX, ()),
        ({"keras": "3.0.0"}, JAX, ("Keras 3.1.1, not 3.0.0",)),
    ],
)
def test_the_nearest_combination_is_taken(
    wish: dict[str, str], cell: str, apart: tuple[str, ...]
) -> None:
    target = nearest(table(), Wish(releases=wish))
    assert (target.cell.id, target.apart, target.exact) == (cell, apart, not apart)


def test_python_and_backend_count_too() -> None:
    target = nearest(table(), Wish(releases={"keras": "3.1.1"}, backend="tensorflow"))
    assert target.cell.id == NEW
    target = nearest(table(), Wish(releases={"tensorflow": "1.12.0"}, python="3.5"))
    assert target.apart == ("Python 3.6, not 3.5",)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (Wish(releases={"keras": "9.0.0"}), "nothing near Keras 9.0.0 was measured"),
        (Wish(releases={"cntk": "2.6"}), "no measured combination has CNTK 2.6"),
        (Wish(releases={"keras": "3.1.1"}, backend="theano"), "nothing near Keras 3.1.1, the"),
    ],
)
def test_nothing_near_is_bad_input(wish: Wish, message: str) -> None:
    with pytest.raises(InputError, match=message):
        nearest(table(), wish)


def test_age_goes_by_keras_then_by_the_backend() -> None:
    row = cells(
        ("2.15.0", "2.16.1", "3.12"),
        ("3.0.5", "2.15.0", "3.11"),
        ("", "2.18.0", "3.12"),
        ("2.3.1", "2.0.4", "3.7"),
        ("2.3.1", "1.15.5", "3.7"),
    )
    assert [cell.id for cell in by_age(row)] == ["4", "3", "0", "1"]
    assert [cell.id for cell in by_age(row[2:3])] == ["2"]
    assert newest(row).id == "1"


def test_the_newest_is_on_tensorflow_where_there_is_one() -> None:
    assert newest(table().measured).id == NEW
    assert newest([cell for cell in table().measured if cell.backend != "tensorflow"]).id == JAX
    assert {cell.id for cell in table().measured} == set(ALL)
