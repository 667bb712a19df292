"""What speaks against a claim: releases, days, files and lines of the traceback."""

from datetime import date

import pytest

from keras_matrix.evidence import DoubtKind, Evidence, read_evidence
from keras_matrix.releases import Catalogue, Release

WHEELS = ("cp36-cp36m-manylinux1_x86_64", "cp37-cp37m-win_amd64")


def release(project: str, version: str, uploaded: str, files: tuple[str, ...]) -> Release:
    return Release(
        project=project,
        version=version,
        uploaded=date.fromisoformat(uploaded),
        requires_python=None,
        files=files,
    )


def releases(project: str, files: tuple[str, ...], **uploaded: str) -> dict[str, Release]:
    named = {name[1:].replace("_", "."): day for name, day in uploaded.items()}
    return {version: release(project, version, day, files) for version, day in named.items()}


CATALOGUE = Catalogue(
    projects={
        "keras": releases(
            "keras", ("py3-none-any",),
            v1_2_2="2017-02-01", v2_0_8="2017-08-25", v2_1_6="2018-04-23", v2_2_4="2018-10-03",
            v2_3_1="2019-10-07", v2_4_3="2020-06-24", v2_12_0="2023-03-23", v2_15_0="2023-11-07",
            v3_3_3="2024-04-26", v3_12_0="2025-10-27",
        ),
        "tensorflow": releases(
            "tensorflow", WHEELS,
            v0_12_1="2016-12-26", v1_0_0="2017-02-15", v1_14_0="2019-06-19", v1_15_0="2019-10-16",
            v2_0_0="2019-09-30", v2_1_0="2020-01-08", v2_3_0="2020-07-27",
        ),
    }
)  # fmt: skip
PACKAGES = "/usr/lib/python3.6/site-packages"


def read(text: str, **given: str) -> Evidence:
    return read_evidence(text, CATALOGUE, given=given)


def contradictions(text: str, **given: str) -> list[str]:
    kind = DoubtKind.TRACEBACK_CONTRADICTS
    return [doubt.text for doubt in read(text, **given).doubts if doubt.kind is kind]


def traceback(file: str, code: str = "f()", function: str = "call", message: str = "x") -> str:
    return (
        "Traceback (most recent call last):\n"
        f'  File "{PACKAGES}/{file}", line 3, in {function}\n    {code}\n'
        f"AttributeError: {message}\n"
    )


@pytest.mark.parametrize(
    ("file", "fits", "contradicted"),
    [
        ("keras/backend/tensorflow_backend.py", "2.3.1", "2.4.3"),
        ("keras/backend/cntk_backend.py", "2.2.4", "1.2.2"),
        ("keras/engine/topology.py", "2.1.6", "2.2.4"),
        ("keras/engine/base_layer.py", "2.2.4", "2.1.6"),
        ("keras/engine/base_layer.py", "2.12.0", "2.15.0"),
        ("keras/utils/traceback_utils.py", "2.12.0", "2.4.3"),
        ("keras/src/engine/training.py", "2.15.0", "3.3.3"),
        ("keras/src/backend/common/variables.py", "3.3.3", "2.15.0"),
        ("keras/api/_v2/keras/backend/__init__.py", "2.15.0", "3.3.3"),
        ("keras/legacy/interfaces.py", "2.2.4", "1.2.2"),
    ],
)
def test_a_file_that_the_claimed_keras_lacks(file: str, fits: str, contradicted: str) -> None:
    assert contradictions(traceback(file), keras=fits) == []
    (text,) = contradictions(traceback(file), keras=contradicted)
    assert f"keras {contradicted} is claimed, but {file} is in the traceback: only keras" in text


@pytest.mark.parametrize(
    ("code", "fits", "contradicted"),
    [
        ("graph = tf.get_default_graph()", "2.2.4", "2.3.1"),
        ("x = tf.compat.v1.placeholder(d)", "2.3.1", "2.2.4"),
        ("_LOCAL = tf.config.experimental_list_devices()", "2.3.1", "2.2.4"),
        ("return tf.pack(x)", "1.2.2", "2.0.8"),
        ("x = tf.nn.leaky_relu(x, alpha)", "2.1.6", "2.0.8"),
        ("m = tf.reduce_mean(x, keep_dims=True)", "2.0.8", "2.1.6"),
    ],
)
def test_a_line_that_the_claimed_keras_lacks(code: str, fits: str, contradicted: str) -> None:
    text = traceback("keras/backend/tensorflow_backend.py", code)
    assert contradictions(text, keras=fits) == []
    assert any(code in each for each in contradictions(text, keras=contradicted))
    assert contradictions(traceback("mine/layers.py", code), keras=contradicted) == []


@pytest.mark.parametrize(
    ("message", "claim", "version"),
    [
        ("module 'tensorflow_core._api.v2.config' has no attribute 'a'", "tensorflow", "2.3.0"),
        ("module 'tensorflow._api.v1.keras.backend' has no attribute 'a'", "tensorflow", "2.0.0"),
        ("module 'keras.api._v2.keras.backend' has no attribute 'a'", "keras", "2.2.4"),
        ("module 'keras.api.backend' has no attribute 'a'", "keras", "3.12.0"),
        ("module 'keras._tf_keras.keras.backend' has no attribute 'a'", "keras", "2.15.0"),
        ("module 'tensorflow' has no attribute 'get_default_graph'", "tensorflow", "1.14.0"),
        ("module 'tensorflow' has no attribute 'pack'", "tensorflow", "0.12.1"),
        ("cannot import name 'a' from 'keras.backend' (/x/site-packages/keras/backend.py)",
         "keras", "2.2.4"),
    ],
)  # fmt: skip
def test_a_message_that_the_claimed_release_cannot_say(
    message: str, claim: str, version: str
) -> None:
    (text,) = contradictions(f"AttributeError: {message}", **{claim: version})
    assert text.startswith(f"{claim} {version} is claimed, but ")


def test_a_traceback_through_tensorflow_alone_is_of_tf_keras() -> None:
    own = traceback("tensorflow_core/python/keras/layers/core.py")
    (text,) = contradictions(own, keras="2.3.1", tensorflow="2.0.0")
    assert "TensorFlow's own tf.keras that fails" in text
    both = own.replace(
        "  File", f'  File "{PACKAGES}/keras/models.py", line 1, in f\n    x\n  File'
    )
    assert contradictions(both, keras="2.3.1", tensorflow="2.0.0") == []
    assert contradictions(own, keras="2.4.3", tensorflow="2.0.0") == []


def test_a_line_that_asks_another_module_than_the_message_names() -> None:
    file = "keras/backend/tensorflow_backend.py"
    message = "module 'tensorflow' has no attribute 'placeholder'"
    (text,) = contradictions(traceback(file, "x = tf.compat.v1.placeholder(d)", message=message))
    assert "asks tensorflow.compat.v1 for placeholder, but the message names tensorflow:" in text
    assert contradictions(traceback(file, "x = tf.placeholder(d)", message=message)) == []


def test_the_banner_of_a_keras_that_prints_none() -> None:
    assert contradictions("Using TensorFlow backend.", keras="2.3.1") == []
    (text,) = contradictions("Using TensorFlow backend.", keras="2.12.0")
    assert "“Using TensorFlow backend” was printed" in text
    assert contradictions("Using JAX backend.", keras="3.3.3") == []


def test_a_python_that_contradicts_the_path() -> None:
    text = f"I use python 3.7.\n{traceback('mine.py')}"
    assert contradictions(text) == [
        "The text states python 3.7 (“I use python 3.7.”) and python 3.6 (“python3.6/”)."
    ]
    assert read(text).python == "3.6"
    assert contradictions(f"I use python 3.6.9.\n{traceback('mine.py')}") == []


def test_what_the_traceback_shows_is_one_range() -> None:
    text = traceback("keras/engine/base_layer.py") + traceback(
        "keras/backend/tensorflow_backend.py", "graph = tf.get_default_graph()"
    ).replace("Traceback (most recent call last):\n", "")
    joined = text.replace("AttributeError: x\n", "", 1)
    assert set(read(joined).shown["keras"].split(",")) == {">=2.2", "<2.3"}


def test_clues_that_no_release_fits_show_nothing() -> None:
    first = traceback("keras/_tf_keras/keras/backend/__init__.py")
    second = traceback("keras/engine/base_layer.py").partition("\n")[2]
    assert read(first.replace("AttributeError: x\n", "") + second).shown == {}


def test_a_release_after_the_report() -> None:
    text = "opened on Nov 3, 2018. tensorflow 2.0.0, keras 2.2.4"
    (doubt,) = read(text).doubts
    assert doubt.kind is DoubtKind.NOT_YET_RELEASED
    assert "tensorflow 2.0.0 was first uploaded on 2019-09-30" in doubt.text


def test_two_versions_of_one_project_contradict_and_two_precisions_do_not() -> None:
    (doubt,) = read("keras 2.2.4 here. And keras 2.3.1 there.").doubts
    assert doubt.kind is DoubtKind.CONTRADICTING_VERSIONS
    assert "keras 2.2.4" in doubt.text
    assert "keras 2.3.1" in doubt.text
    assert not read("keras 2.2.4 here. And keras 2.2 there.").doubts


@pytest.mark.parametrize(("python", "doubts"), [("3.6", 0), ("3.7", 0), ("3.8", 1), ("2.7", 1)])
def test_a_python_without_a_file_on_any_platform(python: str, doubts: int) -> None:
    found = read_evidence("tensorflow 2.0.0", CATALOGUE, python=python).doubts
    assert len(found) == doubts
    expected = f"tensorflow 2.0.0 has no file for Python {python}, only for 3.6, 3.7."
    assert [doubt.text for doubt in found] == [expected] * doubts


def test_a_keras_number_of_tensorflow_that_the_claimed_tensorflow_lacks() -> None:
    found = read("print(tf.keras.__version__)\n2.2.4-tf\nTensorFlow 2.3.0").doubts
    assert [doubt.kind for doubt in found] == [
        DoubtKind.OTHER,
        DoubtKind.CONTRADICTING_VERSIONS,
    ]
    assert len(read("print(tf.keras.__version__)\n2.2.4-tf\nTensorFlow 2.0.0").doubts) == 1
