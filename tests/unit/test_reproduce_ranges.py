"""The neighbours of a combination, and every change between them."""

from pathlib import Path

import pytest

from keras_matrix.errors import InputError
from keras_matrix.releases import load_catalogue
from keras_matrix.reproducing import Combination
from keras_matrix.reproducing.ranges import changes, neighbours, read_range

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "docker" / "locks" / "releases.json")


def versions(span: str, **pins: str) -> list[str]:
    wanted = Combination(pins=pins)
    parsed = read_range(span)
    return [each.pins[parsed.pin] for each in neighbours(wanted, parsed, CATALOGUE)]


def test_each_minor_gives_its_newest_patch_and_the_own_release_is_there() -> None:
    found = versions("keras=2.2:2.4", keras="2.2.4", tensorflow="1.15.5")
    assert found == ["2.2.4", "2.2.5", "2.3.1", "2.4.3"]


def test_an_end_takes_all_its_patches_in() -> None:
    assert versions("keras=2.2.5:2.3.0") == ["2.2.5", "2.3.0"]
    assert versions("tensorflow=2.0:2.1") == ["2.0.4", "2.1.4"]


def test_either_end_may_be_open() -> None:
    assert versions("keras=:1.1")[-2:] == ["1.0.8", "1.1.2"]
    assert versions("theano=1.0:") == ["1.0.5"]


def test_other_pins_stay() -> None:
    wanted = Combination(pins={"keras": "2.2.4", "theano": "1.0.3"}, python="3.6")
    first, *_ = neighbours(wanted, read_range("keras=2.0:2.2"), CATALOGUE)
    assert first.pins == {"keras": "2.0.9", "theano": "1.0.3"}
    assert first.python == "3.6"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("keras", "is no range like"),
        ("keras=2.2", "is no range like"),
        ("numpy=1:2", "is no range like"),
        ("keras=2.4:2.2", "ends before it begins"),
        ("keras=two:2.4", "'two' is no version"),
    ],
)
def test_what_is_no_range_is_bad_input(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_range(text)


def test_a_range_without_releases_is_bad_input() -> None:
    with pytest.raises(InputError, match=r"keras has no release there: it has 0\.2\.0 to"):
        versions("keras=99:100")


def test_every_change_is_found_not_only_one() -> None:
    outcomes = [("1", False), ("2", True), ("3", None), ("4", True), ("5", False), ("6", True)]
    assert [str(change) for change in changes(outcomes)] == [
        "starts between 1 and 2",
        "stops between 4 and 5",
        "starts between 5 and 6",
    ]
    assert list(changes([("1", True), ("2", None), ("3", True)])) == []
