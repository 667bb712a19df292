"""Which cause applies is decided from plain data: made-up environments, made-up reports."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from synthetic import attribute, cell, importable, unimportable

from keras_matrix.diagnosis import Answer, Import, Surroundings, Verdict, diagnose, surroundings
from keras_matrix.diagnosis.environment import Copy, ImportPath, Module, Relation
from keras_matrix.results import CellReport

SITE = "/venv/lib/python3.7/site-packages"
MARKERS = {"python_version": "3.7", "sys_platform": "linux", "platform_system": "Linux"}


def copy(name: str, version: str, module: str | None = None, **more: Any) -> Copy:
    """One installed distribution that provides the module of its name."""
    modules = (module or name,)
    told = {"location": SITE, "installer": "pip", "modules": modules, **more}
    return Copy(name=name, version=version, **told)


def module(name: str, version: str | None, **more: Any) -> Module:
    """One imported module."""
    told = {"outcome": Import.IMPORTED, "file": f"{SITE}/{name}/__init__.py", **more}
    return Module(name=name, version=version, **told)


def path(name: str, *names: str, backend: str = "tensorflow") -> ImportPath:
    """One importable path."""
    return ImportPath(path=name, outcome=Import.IMPORTED, backend=backend, names=frozenset(names))


def environment(
    *copies: Copy, modules: Iterable[Module] = (), paths: Iterable[ImportPath] = (), **more: Any
) -> Surroundings:
    """An environment in which what is not given is absent."""
    absent = {
        name: Module(name=name, outcome=Import.ABSENT)
        for name in ("keras", "tensorflow", "tf_keras", "theano", "jax", "torch", "cntk")
    }
    return Surroundings(
        python="3.7.16",
        executable="/venv/bin/python",
        prefix="/venv",
        markers=MARKERS,
        packages={each.name: each.version for each in reversed(copies)},
        copies=copies,
        modules={**absent, **{each.name: each for each in modules}},
        paths={each.path: each for each in paths},
        **more,
    )


def pair(keras: str = "2.3.1", tensorflow: str = "2.0.4", **more: Any) -> Surroundings:
    """Keras on TensorFlow, nothing wrong with it."""
    return environment(
        copy("keras", keras),
        copy("tensorflow", tensorflow),
        modules=(module("keras", keras), module("tensorflow", tensorflow)),
        paths=(
            path("keras.backend", "mean", "get_session"),
            path("tensorflow.keras.backend", "mean"),
        ),
        **more,
    )


def measured(tensorflow: str, outcome: str = "works") -> CellReport:
    """A cell of Keras 2.2.4 in which eight names do the same."""
    names = {f"name_{letter}": attribute(outcome, detail="no") for letter in "abcdefgh"}
    return cell(
        "tensorflow", {"keras.backend": importable(**names)}, keras="2.2.4", tensorflow=tensorflow
    )


def answers(env: Surroundings, reports: Iterable[CellReport] = ()) -> Mapping[str, Verdict]:
    return {verdict.cause.value: verdict for verdict in diagnose(env, tuple(reports))}


def said(verdict: Verdict) -> str:
    return "\n".join(verdict.evidence)


def test_one_keras_that_was_measured_and_found_good_has_no_cause() -> None:
    env = environment(
        copy("keras", "2.2.4"),
        copy("tensorflow", "1.12.0"),
        modules=(module("keras", "2.2.4"), module("tensorflow", "1.12.0")),
        paths=(path("keras.backend", "mean"),),
    )
    found = answers(env, [measured("1.12.0")])
    told = {cause: verdict.answer for cause, verdict in found.items()}
    no = Answer.NO
    assert told == {"R1": no, "R2": no, "R3": no, "R4": Answer.UNKNOWN, "R5": no}
    assert "keras2.2.4-tensorflow1.12.0-py37" in said(found["R1"])


def test_a_pair_that_was_not_measured_is_unknown_and_not_fine() -> None:
    found = answers(pair("2.2.4", "2.0.0"), [measured("1.12.0")])["R1"]
    assert found.answer is Answer.UNKNOWN
    assert "keras 2.2.4 with tensorflow 2.0.0 was not measured" in found.evidence
    assert "(nearest): keras2.2.4-tensorflow1.12.0-py37" in said(found)


def test_names_that_fail_here_and_work_with_another_release_are_a_mismatch() -> None:
    reports = [measured("1.12.0"), measured("2.0.0", "raises")]
    found = answers(pair("2.2.4", "2.0.0"), reports)["R1"]
    assert found.answer is Answer.YES
    assert "8 names of keras.backend raise that work in keras2.2.4-tensorflow1.12.0" in said(found)
    assert found.advice == ("tensorflow 1.12.0 goes with this Keras, as measured",)


def test_a_measured_pair_whose_keras_cannot_be_imported_is_a_mismatch() -> None:
    paths = {"keras.backend": unimportable("ImportError: cannot import name 'x'")}
    report = cell("tensorflow", paths, keras="2.2.4", tensorflow="2.0.0")
    found = answers(pair("2.2.4", "2.0.1"), [report])["R1"]
    assert found.answer is Answer.YES
    assert "cannot import name 'x'" in said(found)


def test_what_tensorflow_requires_of_keras_is_compared_with_what_is_installed() -> None:
    requires = ("keras<2.16,>=2.15.0", "numpy ; python_version < '3'", "rich ; extra == 'x'")
    env = pair("3.1.1", "2.15.0")
    env = replace(env, copies=(env.copies[0], replace(env.copies[1], requires=requires)))
    found = answers(env)["R1"]
    assert found.answer is Answer.YES
    assert found.evidence == ("tensorflow 2.15.0 requires keras<2.16,>=2.15.0; here is 3.1.1",)
    assert found.advice == (
        "install what the metadata asks for: pip install 'keras<2.16,>=2.15.0'",
    )


def test_a_requirement_of_other_packages_counts_only_where_an_import_fails() -> None:
    env = pair()
    keras, tensorflow = env.copies
    env = replace(env, copies=(keras, replace(tensorflow, requires=("numpy<2",))))
    env = replace(env, packages={**env.packages, "numpy": "2.0.0"})
    assert answers(env)["R1"].answer is Answer.UNKNOWN
    failing = Module(name="tensorflow", outcome=Import.RAISES, detail="ImportError: _ARRAY_API")
    env = replace(env, modules={**env.modules, "tensorflow": failing})
    found = answers(env)["R1"]
    assert found.answer is Answer.YES
    assert "tensorflow 2.0.4 requires numpy<2; here is 2.0.0" in found.evidence
    assert "_ARRAY_API" in said(found)


def test_a_failing_import_amid_mixed_installs_is_not_called_a_mismatch() -> None:
    failing = Module(name="keras", outcome=Import.RAISES, detail="ImportError: numpy.core")
    found = answers(environment(*SHADOWED, modules=(failing,)))
    assert found["R5"].answer is Answer.YES
    assert found["R1"].answer is Answer.UNKNOWN
    assert "see R5" in said(found["R1"])


def test_the_stand_in_tensorflow_cpu_meets_a_requirement_of_tensorflow() -> None:
    env = environment(
        copy("tf-keras", "2.16.0", "tf_keras", requires=("tensorflow<2.17,>=2.16",)),
        copy("tensorflow-cpu", "2.16.1", "tensorflow"),
        modules=(module("tf_keras", "2.16.0"), module("tensorflow", "2.16.1")),
        paths=(path("tf_keras.backend", "mean"),),
    )
    assert answers(env)["R1"].answer is not Answer.YES


def test_a_backend_that_is_asked_for_and_not_installed_is_the_wrong_backend() -> None:
    fails = Module(
        name="keras", outcome=Import.RAISES, detail="ImportError: No module named tensorflow"
    )
    env = environment(
        copy("keras", "1.2.2"),
        copy("theano", "0.9.0"),
        modules=(fails, module("theano", "0.9.0")),
        keras_json={"backend": "tensorflow"},
        keras_json_file="/home/me/.keras/keras.json",
    )
    found = answers(env)
    assert found["R2"].answer is Answer.YES
    assert "keras.json asks for tensorflow, which is not installed here" in said(found["R2"])
    assert found["R2"].advice[0].startswith("choose one that is here: set KERAS_BACKEND=theano")
    assert found["R1"].answer is Answer.UNKNOWN


def test_a_setting_that_keras_does_not_follow_is_the_wrong_backend() -> None:
    found = answers(pair(keras_backend="theano", keras_json={"backend": "tensorflow"}))["R2"]
    assert found.answer is Answer.YES
    assert "KERAS_BACKEND asks for theano, but keras.backend runs on tensorflow" in found.evidence


def test_the_newest_keras_that_was_measured_on_the_wanted_backend_is_advised() -> None:
    paths = {"keras.backend": importable(mean=attribute())}
    reports = [
        cell("theano", paths, keras=version, theano="1.0.5") for version in ("2.3.1", "2.2.4")
    ]
    found = answers(pair("2.4.3", keras_backend="theano"), reports)["R2"]
    assert found.advice[-1].endswith("the newest that was measured there is 2.3.1")


def test_two_keras_on_two_backends_hurt_only_code_that_uses_both() -> None:
    env = environment(
        modules=(module("keras", "2.0.4"), module("tensorflow", "1.1.0")),
        paths=(
            path("keras.backend", "mean", backend="theano"),
            path("tensorflow.contrib.keras.backend", "mean"),
        ),
        keras_backend="theano",
    )
    found = answers(env)["R2"]
    assert found.answer is Answer.DEPENDS
    assert "tensorflow.contrib.keras.backend on tensorflow" in said(found)


def test_two_keras_with_other_names_are_told_apart_path_by_path() -> None:
    relation = Relation(one="keras.backend", other="tensorflow.keras.backend", shared=1, same=0)
    found = answers(pair(relations=(relation,)))
    assert found["R3"].answer is Answer.DEPENDS
    assert "only keras.backend has get_session" in said(found["R3"])
    assert found["R5"].answer is Answer.DEPENDS
    assert "of 1 names in both, none is the same object" in said(found["R5"])


OVERWRITTEN = (copy("keras", "2.3.1"), copy("keras-nightly", "2.5.0", "keras"))
SHADOWED = (
    copy("keras", "2.3.1", location="/home/me/.local", user_site=True),
    copy("keras", "2.2.4"),
)


@pytest.mark.parametrize(
    ("copies", "imported", "expected"),
    [
        (OVERWRITTEN, {}, "keras 2.3.1 and keras-nightly 2.5.0 provide the same module, keras"),
        (SHADOWED, {}, "keras 2.3.1 in your user site hides keras 2.2.4 in"),
        ((copy("keras", "2.2.4"),), {}, "keras says that it is 2.3.1, installed is keras 2.2.4"),
        ((), {}, "belongs to no installed distribution"),
        ((copy("keras", "2.3.1"),), {"file": "/old/keras.py"}, "is imported from /old/keras.py"),
        ((copy("keras", "2.3.1"),), {"version": None}, "has no __version__"),
        ((copy("keras", "2.3.1", lost=("keras",)),), {}, "listed as installed, but its keras"),
    ],
)
def test_installs_that_contradict_each_other_are_found(
    copies: tuple[Copy, ...], imported: Mapping[str, Any], expected: str
) -> None:
    keras = module(**{"name": "keras", "version": "2.3.1", **imported})
    found = answers(environment(*copies, modules=(keras,)))["R5"]
    assert found.answer is Answer.YES
    assert expected in said(found)
    assert found.advice


def test_what_conda_recorded_is_compared_with_what_lies_there() -> None:
    env = environment(
        copy("keras", "2.3.1"), modules=(module("keras", "2.3.1"),), conda={"keras": "2.2.4"}
    )
    assert "conda recorded keras 2.2.4, pip put keras 2.3.1 over it" in said(answers(env)["R5"])


@pytest.mark.parametrize(
    ("metadata", "own"), [("2.1.0", "2.1.0+cpu"), ("1.0.3", "1.0.3+2.g3e47d39ac.dirty")]
)
def test_local_parts_of_a_version_are_no_contradiction(metadata: str, own: str) -> None:
    env = environment(copy("theano", metadata), modules=(module("theano", own),))
    assert answers(env)["R5"].answer is Answer.NO


def test_an_import_that_ended_the_process_is_named_and_nothing_is_concluded_from_it() -> None:
    dead = Module(name="tensorflow", outcome=Import.CRASHED, detail="ended the process with SIGILL")
    env = environment(copy("tensorflow", "2.4.0"), modules=(dead,))
    assert env.broken() == ("importing tensorflow ended the process with SIGILL",)
    told = answers(env)
    assert {told[cause].answer for cause in ("R1", "R5")} == {Answer.UNKNOWN}


def test_an_empty_environment_has_no_cause() -> None:
    told = {cause: verdict.answer for cause, verdict in answers(environment()).items()}
    assert told.pop("R4") is Answer.UNKNOWN
    assert set(told.values()) == {Answer.NO}


def test_lines_of_something_else_are_refused() -> None:
    with pytest.raises(ValueError, match="not the probe's lines"):
        surroundings([{"type": "hello", "python": "3.7.16"}], {})
