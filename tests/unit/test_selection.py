"""SELECT patterns: what they choose, and what a pattern that fits nothing gets."""

from datetime import date

import pytest

from keras_matrix.errors import InputError
from keras_matrix.matrix.cells import Cell, cell_id
from keras_matrix.matrix.selection import expand_braces, select


def _cell(python: str, *tags: str, group: str = "old", **pins: str) -> Cell:
    return Cell(
        id=cell_id(pins, python),
        python=python,
        backend="theano" if "theano" in pins else "tensorflow",
        pins=pins,
        as_of=date(2020, 1, 1),
        as_of_declared=False,
        group=group,
        tags=(*tags, "full"),
    )


THEANO = _cell("2.7", "smoke", keras="1.2.2", theano="0.9.0")
TF1 = _cell("3.6", keras="2.0.4", tensorflow="1.1.0")
TF1_LATE = _cell("3.7", "smoke", keras="2.3.1", tensorflow="1.15.5", group="transition")
TF2 = _cell("3.7", keras="2.3.1", tensorflow="2.0.4", group="transition")
ALONE = _cell("3.8", tensorflow="2.4.0", group="alone")
CELLS = (THEANO, TF1, TF1_LATE, TF2, ALONE)


@pytest.mark.parametrize(
    ("patterns", "tags", "chosen"),
    [
        ([], [], CELLS),
        (["*"], [], CELLS),
        (["keras2.3.1-tensorflow2.0.4-py37"], [], (TF2,)),
        (["*-theano*"], [], (THEANO,)),
        (["*{py36,py37}"], [], (TF1, TF1_LATE, TF2)),
        (["keras{1.2,2.{0,3}}.*"], [], (THEANO, TF1, TF1_LATE, TF2)),
        (["keras=2.3.1"], [], (TF1_LATE, TF2)),
        (["tensorflow=1.*"], [], (TF1, TF1_LATE)),
        (["tensorflow={1.1.0,2.*}"], [], (TF1, TF2, ALONE)),
        (["python=3.7"], [], (TF1_LATE, TF2)),
        (["backend=theano"], [], (THEANO,)),
        (["group=transition"], [], (TF1_LATE, TF2)),
        (["tag=smoke"], [], (THEANO, TF1_LATE)),
        (["as_of=2020-*"], [], CELLS),
        (["python=3.8", "keras=1.2.2"], [], (THEANO, ALONE)),
        (["python=3.7", "!tensorflow=2.*"], [], (TF1_LATE,)),
        (["!python=3.7"], [], (THEANO, TF1, ALONE)),
        ([], ["smoke"], (THEANO, TF1_LATE)),
        (["keras=2.3.1"], ["smoke"], (TF1_LATE,)),
        (["python=3.8"], ["smoke"], ()),
        ([], ["smoke", "full"], CELLS),
    ],
)
def test_patterns_are_a_union_in_the_matrixs_order(
    patterns: list[str], tags: list[str], chosen: tuple[Cell, ...]
) -> None:
    assert select(CELLS, patterns, tags) == chosen


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (
            "keras2.3.1-tensorflow2.0.3-py37",
            "no cell matches 'keras2.3.1-tensorflow2.0.3-py37'; "
            "did you mean 'keras2.3.1-tensorflow2.0.4-py37'?",
        ),
        ("nothing-like-it", "`keras-matrix cells` lists all ids"),
        ("keras=2.3.2", "no cell has keras=2.3.2; did you mean '2.3.1'?"),
        ("python=4", "no cell has python=4; known: 2.7, 3.6, 3.7, 3.8"),
        ("kears=2.3.1", "did you mean 'keras'?"),
        ("!backend=thaeno", "no cell has backend=thaeno; did you mean 'theano'?"),
    ],
)
def test_a_pattern_that_fits_nothing_names_the_nearest(pattern: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        select(CELLS, [pattern])
    assert message in str(caught.value)


def test_all_bad_patterns_and_tags_are_reported_together() -> None:
    with pytest.raises(InputError) as caught:
        select(CELLS, ["keras=9", "python=3.7", "theano=9"], ["smok"])
    assert len(caught.value.problems) == 3
    assert "no cell has the tag 'smok'; did you mean 'smoke'?" in caught.value.problems


def test_braces_may_be_nested_and_a_lone_one_is_a_letter() -> None:
    assert list(expand_braces("a{b,c{d,e}}f")) == ["abf", "acdf", "abf", "acef"]
    assert list(expand_braces("a{b")) == ["a{b"]
