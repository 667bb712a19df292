"""The words of the command line, the steps they mean, and what they can't mean."""

from dataclasses import replace
from pathlib import Path

import pytest

from keras_matrix.bisecting.question import (
    Asked,
    Attribute,
    Question,
    Script,
    attribute,
    near_miss,
    understand,
)
from keras_matrix.bisecting.steps import Step, newest_of_each_minor, steps_of
from keras_matrix.errors import InputError
from keras_matrix.knowledge import load_knowledge
from keras_matrix.matrix import load_matrix
from keras_matrix.releases import load_catalogue
from keras_matrix.wheels import usable

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
MATRIX = load_matrix(ROOT / "matrix.yaml", CATALOGUE)
NAME = Attribute(path="keras.backend", name="get_session")


def question(over: str = "keras", *beside: str, **options: str) -> Question:
    asked = Asked(over=over, beside=beside, **options)  # type: ignore[arg-type]
    return understand(asked, NAME, CATALOGUE)


def steps(asked: Question) -> tuple[Step, ...]:
    return steps_of(asked, MATRIX, CATALOGUE)


def problems(over: str, *beside: str, **options: str) -> str:
    with pytest.raises(InputError) as failed:
        question(over, *beside, **options)
    return "\n".join(failed.value.problems)


def test_a_range_takes_its_ends_in_and_a_minor_stands_for_all_of_it() -> None:
    assert question(lowest="2.2.4", highest="2.3.0").releases == ("2.2.4", "2.2.5", "2.3.0")
    assert question(lowest="2.2", highest="2.2").releases[0] == "2.2.0"
    assert question(lowest="2.2", highest="2.2").releases[-1] == "2.2.5"
    assert question(lowest="2.2.0", highest="2.2.0").releases == ("2.2.0",)
    assert question(lowest="3.0").releases[-1] == CATALOGUE.versions("keras")[-1]


@pytest.mark.parametrize(
    ("arguments", "backend", "moving", "fixed"),
    [
        (("keras",), "tensorflow", "tensorflow", {}),
        (("keras", "tensorflow"), "tensorflow", "tensorflow", {}),
        (("keras", "theano"), "theano", "theano", {}),
        (("keras", "tensorflow==1.15.5"), "tensorflow", None, {"tensorflow": "1.15.5"}),
        (("keras", "jax=0.4.30"), "jax", None, {"jax": "0.4.30"}),
        (("tensorflow",), "tensorflow", "keras", {}),
        (("theano", "keras=2.2.4"), "theano", None, {"keras": "2.2.4"}),
    ],
)
def test_what_is_said_stays_and_the_other_goes_along(
    arguments: tuple[str, ...], backend: str, moving: str | None, fixed: dict[str, str]
) -> None:
    asked = question(*arguments)
    assert (asked.backend, asked.moving, asked.fixed) == (backend, moving, fixed)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("keras", "tensorflow=1.15.9"), "the nearest release is 1.15.5"),
        (("keras", "tensorflw=1.15.5"), "did you mean 'tensorflow'?"),
        (("keras", "keras=2.2.4"), "its releases are what --over runs over"),
        (("keras", "h5py"), "say which release"),
        (("keras", "python=3.77"), "Python is one of 2.7"),
        (("keras", "tensorflow=one"), "'one' is no version"),
    ],
)
def test_what_does_not_exist_is_named_with_the_nearest(
    arguments: tuple[str, ...], text: str
) -> None:
    assert text in problems(*arguments)


def test_bad_ends_are_named_all_at_once() -> None:
    told = problems("keras", lowest="2.5", highest="9.9")
    assert "--from: keras 2.5 never existed; the nearest release is 2." in told
    assert "--to: keras 9.9 never existed" in told
    assert "is newer than" in problems("keras", lowest="2.3", highest="2.2")


def test_an_attribute_is_a_probed_path_and_a_name() -> None:
    paths = ("keras.backend", "tensorflow.keras.backend")
    assert attribute("keras.backend.get_session", paths) == NAME
    assert attribute("tf.keras.backend.mean", paths).path == "tensorflow.keras.backend"
    for text, hint in (
        ("keras.backnd.mean", "did you mean 'keras.backend'?"),
        ("mean", "'mean' is no import path"),
        ("keras.backend.2d", "no name that a module can have"),
        ("keras.backend.x; import os", "no name that a module can have"),
    ):
        with pytest.raises(InputError) as failed:
            attribute(text, paths)
        assert hint in str(failed.value)


def test_a_misspelt_name_is_recognised_and_a_rare_one_left_alone() -> None:
    knowledge = load_knowledge()
    assert near_miss(replace(NAME, name="get_sesion"), knowledge) == "get_session"
    assert near_miss(NAME, knowledge) is None
    assert near_miss(replace(NAME, name="qqqqqq"), knowledge) is None
    # Only ever there on another path: no reason to doubt it.
    assert near_miss(replace(NAME, name="convert_to_numpy"), knowledge) is None


def test_a_script_has_a_harmless_name_where_it_runs() -> None:
    assert Script(name="some/train.py", code=b"").file == "train.py"
    assert Script(name="some/a b;.py", code=b"").file == "script.py"


def test_declared_combinations_are_the_declared_cells() -> None:
    found = {s.release: s for s in steps(question("keras", "tensorflow=1.15.5", lowest="2.2.3"))}
    assert found["2.2.4"].declared
    assert found["2.2.4"].cell == MATRIX.cell("keras2.2.4-tensorflow1.15.5-py37")
    assert not found["2.2.3"].declared
    assert found["2.2.3"].beside == {"tensorflow": "1.15.5", "python": "3.7"}
    assert found["2.2.3"].shares == "tensorflow1.15.5-py37"


def test_what_can_t_be_built_says_why_and_is_kept() -> None:
    asked = question("keras", "tensorflow=1.15.5")
    found = steps(asked)
    assert tuple(step.release for step in found) == asked.releases
    impossible = {step.release: step.obstacle for step in found if not step.feasible}
    assert impossible["3.0.0"] == (
        "no Python has them all: keras 3.0.0 goes with 3.9 to 3.13, "
        "tensorflow 1.15.5 goes with 3.6 to 3.7"
    )
    assert "2.4.3" not in impossible  # installs, and says at import what it lacks
    on_36 = steps(question("keras", "tensorflow=2.15.0", "python=3.6", lowest="2.15.0"))
    assert "keras 2.15.0 requires Python >=3.8, not 3.6" in str(on_36[0].obstacle)


def test_every_feasible_step_can_be_installed_on_its_python() -> None:
    for asked in (question(), question("keras", "theano"), question("tensorflow")):
        for step in steps(asked):
            if step.feasible and step.cell is not None:
                release = CATALOGUE.release(step.axis, step.release)
                assert release is not None
                assert usable(release, step.cell.python), step.cell.id


def test_jax_has_its_jaxlib_while_it_did_not_bring_it() -> None:
    found = {
        s.release: s for s in steps(question("keras", "jax=0.4.28", lowest="3.3", highest="3.4"))
    }
    assert found["3.3.2"].beside == {
        "jax": "0.4.28",
        "jaxlib": "0.4.28",
        "packaging": "24.0",
        "python": "3.12",
    }
    assert found["3.4.0"].beside["jaxlib"] == "0.4.28"
    later = steps(question("keras", "jax=0.4.30", lowest="3.4", highest="3.4"))
    assert "jaxlib" not in later[0].beside


def test_the_newest_of_each_minor_leaves_out_what_can_t_be_built() -> None:
    cell = MATRIX.cells[0]
    made = [
        Step(axis="keras", release=release, cell=cell, obstacle=obstacle)
        for release, obstacle in (
            ("2.2.0", None),
            ("2.2.1", "no"),
            ("2.3.0", None),
            ("2.4.0", "no"),
        )
    ]
    assert newest_of_each_minor(made) == ("2.2.0", "2.3.0")
