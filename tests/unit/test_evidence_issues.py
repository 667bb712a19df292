"""Whole texts as people paste them, and what is understood of each."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from keras_matrix.evidence import DoubtKind, ErrorKind, Evidence, read_evidence
from keras_matrix.releases import load_catalogue

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
ISSUES = ROOT / "tests" / "data" / "issues"


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What a careful reader finds in a text. ``doubts`` are (kind, a piece of the sentence)."""

    path: str | None
    name: str
    versions: dict[str, str]
    kind: ErrorKind = ErrorKind.NO_ATTRIBUTE
    python: str | None = None
    backend: str | None = None
    day: date | None = None
    innermost: str | None = None
    code: str | None = None
    doubts: list[tuple[DoubtKind, str]] = field(default_factory=list)


EXPECTED = {
    "colab-get-session": Understood(
        path="keras.backend",
        name="get_session",
        versions={"keras": "2.4.3", "tensorflow": "2.3.0"},
        day=date(2020, 11, 3),
        innermost="trainer = build(K.get_session())",
    ),
    "py2-set-session": Understood(
        path="keras.backend",
        name="set_session",
        versions={"keras": "1.0.7", "theano": "0.8.2"},
        python="2.7",
        backend="theano",
        day=date(2016, 8, 15),
        innermost="K.set_session(session)",
        code="from keras import backend as K\nimport tensorflow as tf",
    ),
    "inside-the-backend": Understood(
        path="tensorflow",
        name="get_default_graph",
        versions={"keras": "2.2.4", "tensorflow": "2.0.0"},
        python="3.6",
        backend="tensorflow",
        innermost="graph = tf.get_default_graph()",
        code="from keras.models import Sequential\nmodel = Sequential()",
    ),
    "windows-tensorflow-backend": Understood(
        kind=ErrorKind.NO_MODULE,
        path="keras.backend",
        name="keras.backend.tensorflow_backend",
        versions={"keras": "2.4.3", "tensorflow": "2.3.0"},
        python="3.7",
        day=date(2020, 8, 3),
        innermost="from keras.backend.tensorflow_backend import set_session",
    ),
    "stackoverflow-dim-ordering": Understood(
        path="keras.backend",
        name="image_dim_ordering",
        versions={"keras": "2.3.1", "tensorflow": "1.14.0"},
        python="3.6",
        day=date(2020, 7, 6),
        innermost="if K.image_dim_ordering() == 'th':",
        code="import keras\nfrom keras import backend as K\n\n"
        "if K.image_dim_ordering() == 'th':\n    shape = (3, 96, 96)",
        doubts=[(DoubtKind.OTHER, "1.14.0, the newest 1.14 release by 2020-07-06")],
    ),
    "thread-with-advice": Understood(
        path="keras.backend",
        name="control_flow_ops",
        versions={"keras": "2.2.5", "tensorflow": "1.14.0"},
        day=date(2019, 8, 31),
        code="out = K.control_flow_ops.while_loop(cond, body, state)",
    ),
    "impossible-tensorflow": Understood(
        path="keras.backend",
        name="slice",
        versions={"keras": "2.0.8", "tensorflow": "1.54.0"},
        python="3.5",
        day=date(2019, 4, 27),
        innermost="m = K.slice(states[3], [0, t], [-1, 2])",
        doubts=[(DoubtKind.NO_SUCH_RELEASE, "no release tensorflow 1.54.0; the nearest is 1.15.0")],
    ),
    "keras3-notebook": Understood(
        path="keras.backend",
        name="flatten",
        versions={"keras": "3.3.3", "tensorflow": "2.16.1"},
        python="3.11",
        innermost="flat = K.flatten(y_true)",
        code="import keras\nfrom keras import backend as K\n\ndef dice(y_true, y_pred):\n"
        "    flat = K.flatten(y_true)\n    return K.sum(flat)",
    ),
    "tf-keras-number": Understood(
        path="tensorflow.keras.backend",
        name="is_keras_tensor",
        versions={"tensorflow": "1.14.0"},
        python="3.6",
        innermost="if not backend.is_keras_tensor(image):",
        doubts=[(DoubtKind.OTHER, "2.2.4-tf is the number of TensorFlow 1.13 to 2.2")],
    ),
    "contradicting-path": Understood(
        path="tensorflow.config",
        name="experimental_list_devices",
        versions={"keras": "2.4.3", "tensorflow": "2.3.1"},
        python="3.7",
        backend="tensorflow",
        innermost="_LOCAL_DEVICES = tf.config.experimental_list_devices()",
        doubts=[
            (DoubtKind.TRACEBACK_CONTRADICTS, "python 3.7 (“python3.7/”) and python 3.8"),
            (DoubtKind.TRACEBACK_CONTRADICTS, "keras/backend/tensorflow_backend.py is in the"),
            (DoubtKind.TRACEBACK_CONTRADICTS, "shows the line “_LOCAL_DEVICES"),
            (DoubtKind.TRACEBACK_CONTRADICTS, "only tensorflow from 1.15 and before 2.2"),
        ],
    ),
    "requirements-and-prose": Understood(
        kind=ErrorKind.CANNOT_IMPORT_NAME,
        path="keras.backend",
        name="tf",
        versions={"keras": "2.2.4", "tensorflow": "1.12.0"},
        python="3.8",
        doubts=[
            (DoubtKind.TRACEBACK_CONTRADICTS, "the message names keras/backend.py: only keras"),
            (DoubtKind.OTHER, "no file for Python 3.8, only for 2.7, 3.4, 3.5, 3.6"),
        ],
    ),
    "shell-session-cntk": Understood(
        path="cntk",
        name="set_global_option",
        versions={"keras": "2.0.5"},
        python="3.5",
        backend="cntk",
        innermost="C.set_global_option('align_axis', 1)",
    ),
    "pytest-log": Understood(
        path="tensorflow.keras.backend",
        name="track_variable",
        versions={"tensorflow": "1.15.0"},
        python="3.6",
        day=date(2019, 10, 17),
        innermost="out = K.dot(x, K.track_variable(y))",
    ),
    "markdown-table": Understood(
        path="keras.backend",
        name="normalize_data_format",
        versions={"keras": "2.1.6", "tensorflow": "1.13.1"},
        python="3.6",
        day=date(2019, 2, 10),
        doubts=[(DoubtKind.OTHER, "1.13.0rc1 is a pre-release")],
    ),
    "gone-tensorflow-1": Understood(
        path="tensorflow",
        name="placeholder",
        versions={"tensorflow": "1.15.0"},
        python="3.9",
        innermost="x = tf.placeholder(tf.float32)",
        doubts=[
            (DoubtKind.TRACEBACK_CONTRADICTS, "tf.placeholder, which TensorFlow 1 has, is missing"),
            (DoubtKind.OTHER, "no file for Python 3.9, only for 2.7, 3.5, 3.6, 3.7"),
        ],
    ),
    "escape-codes": Understood(
        path="tensorflow.keras.backend",
        name="set_learning_phase_scope",
        versions={"keras": "2.12.0", "tensorflow": "2.12.0"},
        innermost="tf.keras.backend.set_learning_phase(0)",
    ),
}


def read(name: str) -> Evidence:
    return read_evidence((ISSUES / f"{name}.txt").read_text(encoding="utf-8"), CATALOGUE)


def test_every_text_has_its_expectation() -> None:
    assert {path.stem for path in ISSUES.glob("*.txt")} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_error_is_found_with_its_namespace(name: str) -> None:
    found, expected = read(name).error, EXPECTED[name]
    assert found is not None
    assert (found.kind, found.path, found.name) == (expected.kind, expected.path, expected.name)
    innermost = found.frames[-1].code if found.frames else None
    assert innermost == expected.innermost


@pytest.mark.parametrize("name", EXPECTED)
def test_the_versions_are_those_of_the_failing_environment(name: str) -> None:
    found, expected = read(name), EXPECTED[name]
    assert dict(found.versions) == expected.versions
    assert (found.python, found.backend) == (expected.python, expected.backend)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_day_and_the_program_are_found(name: str) -> None:
    found, expected = read(name), EXPECTED[name]
    assert found.date == expected.day
    assert (found.code[0] if found.code else None) == (expected.code or _any_code(name))


def _any_code(name: str) -> str | None:
    """The texts whose only code is how the versions were asked for."""
    asking = "import tensorflow as tf\nprint(tf.__version__)\nprint(tf.keras.__version__)"
    return asking if name == "tf-keras-number" else None


@pytest.mark.parametrize("name", EXPECTED)
def test_every_doubt_and_no_other_is_raised(name: str) -> None:
    found = [(doubt.kind, doubt.text) for doubt in read(name).doubts]
    expected = EXPECTED[name].doubts
    assert len(found) == len(expected), found
    for (kind, text), (expected_kind, piece) in zip(found, expected, strict=True):
        assert kind is expected_kind
        assert piece in text


def test_what_others_say_in_a_thread_is_kept_but_not_chosen() -> None:
    aside = [
        (claim.project, claim.version) for claim in read("thread-with-advice").claims if claim.aside
    ]
    assert ("keras", "2.2.4") in aside
    assert ("keras", "2.3.0") in aside


def test_the_traceback_narrows_versions_that_nobody_states() -> None:
    text = (ISSUES / "inside-the-backend.txt").read_text(encoding="utf-8")
    without = "\n".join(line for line in text.splitlines() if "version" not in line)
    found = read_evidence(without, CATALOGUE)
    assert "keras" not in found.versions
    assert set(found.shown["keras"].split(",")) == {">=2.2", "<2.3"}
