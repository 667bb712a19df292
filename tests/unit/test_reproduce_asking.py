"""Options, code and a report's text become runs; an error alone becomes the smallest code."""

from pathlib import Path

import pytest

from keras_matrix.errors import InputError
from keras_matrix.evidence import ErrorKind, ErrorSignature
from keras_matrix.releases import load_catalogue
from keras_matrix.reproducing import Origin, Snippet
from keras_matrix.reproducing.asking import Asked, Given, understand
from keras_matrix.reproducing.snippets import minimal

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "docker" / "locks" / "releases.json")
REPORT = """\
I get this with keras 1.2.2 and Theano 0.9.0 on python 2.7:

```python
from keras import backend as K
K.image_data_format()
```

```
Using Theano backend.
Traceback (most recent call last):
  File "train.py", line 2, in <module>
    K.image_data_format()
AttributeError: 'module' object has no attribute 'image_data_format'
```
"""
TRACEBACK = """\
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    Sequential()
  File "/usr/lib/python3.7/site-packages/keras/backend/tensorflow_backend.py", line 68, in get_uid
    graph = tf.get_default_graph()
AttributeError: module 'tensorflow' has no attribute 'get_default_graph'
"""


def asked(**given: object) -> Asked:
    return understand(Given(**{"pins": {"keras": "2.2.4"}, **given}), CATALOGUE)


def codes(found: Asked) -> list[str]:
    return [snippet.text for snippet in found.snippets]


def test_a_report_gives_versions_code_and_error() -> None:
    found = understand(Given(pins={}, text=REPORT), CATALOGUE)
    assert found.combination.pins == {"keras": "1.2.2", "theano": "0.9.0"}
    assert (found.combination.python, found.combination.backend) == ("2.7", "theano")
    assert str(found.expected) == (
        "AttributeError: 'module' object has no attribute 'image_data_format'"
    )
    assert codes(found)[0] == "from keras import backend as K\nK.image_data_format()"
    assert codes(found)[-1] == "from keras import backend as K\nK.image_data_format\n"
    assert [snippet.origin for snippet in found.snippets][-1] is Origin.MADE
    assert Origin.REPORT in [snippet.origin for snippet in found.snippets]


def test_what_is_said_outright_outranks_the_report() -> None:
    own = Snippet(code=b"import keras")
    found = understand(
        Given(
            pins={"keras": "2.0.4"},
            python="3.6",
            backend="tensorflow",
            snippet=own,
            expect="ImportError",
            text=REPORT,
        ),
        CATALOGUE,
    )
    assert found.combination.pins["keras"] == "2.0.4"
    assert (found.combination.python, found.combination.backend) == ("3.6", "tensorflow")
    assert found.snippets == (own,)
    assert str(found.expected) == "ImportError: "


def test_what_must_be_there_is_read_off_the_error_and_the_code() -> None:
    found = asked(expect="'module' object has no attribute 'get_session'", text="K = keras.backend")
    assert found.combination.likely_python == "2.7"
    assert asked(snippet=Snippet(code=b"x = 1\nfrom keras import backend")).combination.keras
    assert asked(expect="module 'keras.utils' has no attribute 'x'").combination.keras
    tensorflow = asked(expect="module 'tensorflow.keras.backend' has no attribute 'x'")
    assert (tensorflow.combination.keras, tensorflow.combination.likely_python) == (False, None)


def test_code_alone_expects_nothing() -> None:
    found = asked(snippet=Snippet(code=b"import keras"))
    assert found.expected is None
    assert codes(found) == ["import keras"]


def test_an_error_alone_makes_the_code() -> None:
    found = asked(expect="module 'keras.backend' has no attribute 'get_session'")
    assert codes(found) == ["from keras import backend as K\nK.get_session\n"]


def test_a_traceback_tells_the_place_but_not_for_code_that_was_made() -> None:
    found = asked(snippet=Snippet(code=b"Sequential()"), expect=TRACEBACK)
    (request,) = found.requests()
    assert request.expected is not None
    assert request.expected.place is not None
    assert request.expected.place.function == "get_uid"
    (request,) = asked(expect=TRACEBACK).requests()
    assert request.snippet.text == "import tensorflow\ntensorflow.get_default_graph\n"
    assert request.expected is not None
    assert request.expected.place is None


@pytest.mark.parametrize("given", [{}, {"expect": "Killed"}, {"text": ""}, {"text": "hello"}])
def test_without_code_and_a_telling_error_there_is_nothing_to_run(given: dict[str, str]) -> None:
    with pytest.raises(InputError, match="no code to run"):
        asked(**given)


def signature(kind: ErrorKind, path: str | None, name: str | None) -> ErrorSignature:
    return ErrorSignature(kind=kind, exception=None, message="", path=path, name=name)


@pytest.mark.parametrize(
    ("kind", "path", "name", "code"),
    [
        (
            ErrorKind.NO_ATTRIBUTE,
            "tensorflow.keras.backend",
            "get_session",
            "from tensorflow.keras import backend as K\nK.get_session\n",
        ),
        (ErrorKind.NO_ATTRIBUTE, "tensorflow", "pack", "import tensorflow\ntensorflow.pack\n"),
        (
            ErrorKind.NO_ATTRIBUTE,
            "keras.utils",
            "generic_utils",
            "from keras import utils\nutils.generic_utils\n",
        ),
        (
            ErrorKind.CANNOT_IMPORT_NAME,
            "keras.backend",
            "tf",
            "from keras.backend import tf\n",
        ),
        (ErrorKind.NO_MODULE, None, "torch", "import torch\n"),
        (
            ErrorKind.NO_MODULE,
            "keras.backend",
            "keras.backend.tensorflow_backend",
            "import keras.backend.tensorflow_backend\n",
        ),
    ],
)
def test_the_smallest_code_for_each_kind(
    kind: ErrorKind, path: str | None, name: str, code: str
) -> None:
    made = minimal(signature(kind, path, name))
    assert made is not None
    assert (made.text, made.origin) == (code, Origin.MADE)


@pytest.mark.parametrize(
    ("kind", "path", "name"),
    [
        (ErrorKind.NO_ATTRIBUTE, None, "get_session"),
        (ErrorKind.CANNOT_IMPORT_NAME, None, "tf"),
        (ErrorKind.OTHER, None, None),
        (ErrorKind.NO_ATTRIBUTE, "keras\nimport os", "x"),
        (ErrorKind.NO_MODULE, None, "os; os.system('x')"),
        (ErrorKind.NO_ATTRIBUTE, "keras.backend", "x()"),
    ],
)
def test_no_code_is_made_of_what_is_not_known_or_no_name(
    kind: ErrorKind, path: str | None, name: str | None
) -> None:
    assert minimal(signature(kind, path, name)) is None
