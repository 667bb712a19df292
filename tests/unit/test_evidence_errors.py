"""Error messages, tracebacks, and the namespaces that old messages leave out."""

import pytest

from keras_matrix.evidence import (
    ErrorKind,
    ErrorSignature,
    normalise_message,
    normalise_path,
    parse_message,
    read_evidence,
)
from keras_matrix.releases import Catalogue

CATALOGUE = Catalogue(projects={})


def error_of(text: str) -> ErrorSignature:
    found = read_evidence(text, CATALOGUE).error
    assert found is not None
    return found


def where(text: str) -> tuple[str | None, str | None]:
    found = error_of(text)
    return found.path, found.name


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("keras.backend", "keras.backend"),
        ("keras.api.backend", "keras.backend"),
        ("keras.api._v2.keras.backend", "tensorflow.keras.backend"),
        ("keras.api._v1.keras.backend", "tensorflow.compat.v1.keras.backend"),
        ("keras._tf_keras.keras.backend", "keras._tf_keras.keras.backend"),
        ("keras.api._tf_keras.keras.backend", "keras._tf_keras.keras.backend"),
        ("keras.src.backend", "keras.src.backend"),
        ("keras_core.backend", "keras_core.backend"),
        ("tf.keras.backend", "tensorflow.keras.backend"),
        ("tensorflow._api.v1.keras.backend", "tensorflow.keras.backend"),
        ("tensorflow._api.v2.keras.backend", "tensorflow.keras.backend"),
        ("tensorflow._api.v2.compat.v1.keras.backend", "tensorflow.compat.v1.keras.backend"),
        ("tensorflow_core._api.v2.compat.v2.keras.backend", "tensorflow.keras.backend"),
        ("tensorflow_core.keras.backend", "tensorflow.keras.backend"),
        ("tensorflow_core.python.keras.backend", "tensorflow.python.keras.backend"),
        ("tensorflow.python.keras.api._v1.keras.backend", "tensorflow.keras.backend"),
        ("tf_keras.api._v2.keras.backend", "tf_keras.backend"),
        ("tfx.keras", "tfx.keras"),
    ],
)
def test_modules_have_todays_names(path: str, expected: str) -> None:
    assert normalise_path(path) == expected
    assert normalise_path(expected) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("module \u2018keras.backend\u2019 has no attribute \u2018slice\u2019",
         "module 'keras.backend' has no attribute 'slice'"),
        ("module 'keras.api.backend' has no attribute 'a'",
         "module 'keras.backend' has no attribute 'a'"),
        ("module 'keras.backend' has no attribute 'a'. Did you mean: 'b'?",
         "module 'keras.backend' has no attribute 'a'"),
        ("cannot import name 'a' from 'keras.backend' (/x/keras/backend.py)",
         "cannot import name 'a' from 'keras.backend' (C:\\y\\keras\\backend.py)"),
        ("cannot import name 'a' from 'keras.backend' (unknown location)",
         "cannot import name 'a' from 'keras.backend'"),
        ("cannot import name a", "cannot import name 'a'"),
        ("No module named tensorflow_backend", "No module named 'tensorflow_backend'"),
        ("<object at 0x7f3a9c0> has no len()", "<object at 0x10ff5> has no len()"),
        ("\x1b[31mbad\x1b[0m   thing", "bad thing"),
    ],
)  # fmt: skip
def test_messages_compare_equal_that_say_the_same(one: str, other: str) -> None:
    assert normalise_message(one) == normalise_message(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("module 'keras.backend' has no attribute 'a'",
         "module 'keras.backend' has no attribute 'b'"),
        ("module 'keras.backend' has no attribute 'a'",
         "module 'tensorflow.keras.backend' has no attribute 'a'"),
        ("f() takes 2 arguments (3 given)", "f() takes 2 arguments (4 given)"),
    ],
)  # fmt: skip
def test_messages_compare_different_that_say_something_else(one: str, other: str) -> None:
    assert normalise_message(one) != normalise_message(other)


@pytest.mark.parametrize(
    ("message", "kind", "path", "name"),
    [
        ("module 'keras.backend' has no attribute 'a'", "no-attribute", "keras.backend", "a"),
        ("'module' object has no attribute 'a'", "no-attribute", None, "a"),
        ("'NoneType' object has no attribute 'backend'", "no-attribute", None, "backend"),
        ("type object 'K' has no attribute 'a'", "no-attribute", None, "a"),
        ("Module 'keras.backend' has no atribute 'a'", "no-attribute", "keras.backend", "a"),
        ("module `keras.backend` has no attribute `a`", "no-attribute", "keras.backend", "a"),
        ("partially initialized module 'keras' has no attribute 'backend' (most likely due to a "
         "circular import)", "no-attribute", "keras", "backend"),
        ("module 'tensorflow_core._api.v2.config' has no attribute 'a'", "no-attribute",
         "tensorflow.config", "a"),
        ("cannot import name 'a' from 'keras.backend' (/x/b.py)", "cannot-import-name",
         "keras.backend", "a"),
        ("cannot import name 'a' from partially initialized module 'keras.backend' (most likely)",
         "cannot-import-name", "keras.backend", "a"),
        ("cannot import name a", "cannot-import-name", None, "a"),
        ("No module named 'keras.backend.tensorflow_backend'; 'keras.backend' is not a package",
         "no-module", "keras.backend", "keras.backend.tensorflow_backend"),
        ("No module named theano", "no-module", None, "theano"),
        ("jit() got an unexpected keyword argument 'x'", "other", None, None),
    ],
)  # fmt: skip
def test_messages_are_understood(
    message: str, kind: str, path: str | None, name: str | None
) -> None:
    found = parse_message(message)
    assert (found.kind, found.path, found.name) == (ErrorKind(kind), path, name)
    assert found.message == message


def traceback(code: str, message: str, file: str = "main.py", function: str = "<module>") -> str:
    return (
        "Traceback (most recent call last):\n"
        f'  File "{file}", line 3, in {function}\n    {code}\n{message}\n'
    )


OLD = "AttributeError: 'module' object has no attribute 'a'"


@pytest.mark.parametrize(
    ("imports", "code", "path"),
    [
        ("from keras import backend as K", "K.a()", "keras.backend"),
        ("import keras", "keras.backend.a()", "keras.backend"),
        ("import keras.backend as B", "x = [B.a for _ in y]", "keras.backend"),
        ("import keras.backend.tensorflow_backend as KTF", "KTF.a(1)",
         "keras.backend.tensorflow_backend"),
        ("import tensorflow as tf", "tf.keras.backend.a()", "tensorflow.keras.backend"),
        ("import tensorflow as tf\nK = tf.keras.backend", "K.a()", "tensorflow.keras.backend"),
        ("from tensorflow import keras", "keras.backend.a()", "tensorflow.keras.backend"),
        ("try:\n    from keras import backend as K\nexcept ImportError:\n"
         "    from tensorflow.keras import backend as K", "K.a()", None),
        ("", "K.a()", None),
        ("Using TensorFlow backend.", "K.a()", "keras.backend"),
        ("import mylib as K", "K.a()", None),
        ("from keras import backend as K", "self.a()", None),
    ],
)  # fmt: skip
def test_python_2_messages_get_their_namespace_from_the_imports(
    imports: str, code: str, path: str | None
) -> None:
    assert where(f"{imports}\n\n{traceback(code, OLD)}") == (path, "a")


@pytest.mark.parametrize(
    ("file", "code", "path"),
    [
        ("keras/layers/core.py", "K.a(x)", "keras.backend"),
        ("keras/backend/tensorflow_backend.py", "x = tf.python.b.a(x)", "tensorflow.python.b"),
        ("keras/backend/theano_backend.py", "T.a(x)", "theano.tensor"),
        ("tensorflow/python/keras/layers/core.py", "K.a(x)", "tensorflow.python.keras.backend"),
        ("Keras-2.0.2-py2.7.egg/keras/layers/core.py", "K.a(x)", "keras.backend"),
        ("someone_elses/layers.py", "K.a(x)", None),
    ],
)
def test_the_frameworks_own_files_have_habits(file: str, code: str, path: str | None) -> None:
    text = traceback(code, OLD, file=f"/usr/lib/python2.7/site-packages/{file}", function="call")
    assert where(text) == (path, "a")


def test_the_function_keras_backend_backend_is_taken_for_its_module() -> None:
    text = "from keras import backend as K\nsess = K.backend.get_session()\n"
    message = "AttributeError: 'function' object has no attribute 'get_session'"
    assert where(text + message) == ("keras.backend", "get_session")


@pytest.mark.parametrize(
    ("code", "file", "name"),
    [
        ("from keras.backend import a", "main.py", "keras.backend"),
        ("from .tensorflow_backend import a", "/x/site-packages/keras/backend/__init__.py",
         "keras.backend.tensorflow_backend"),
        ("from .. import a", "/x/site-packages/keras/utils/conv_utils.py", "keras"),
        ("from ..backend import a", "/x/site-packages/keras/utils/conv_utils.py",
         "keras.backend"),
        ("from .mine import a", "mine/__init__.py", None),
    ],
)  # fmt: skip
def test_an_old_import_error_gets_its_module_from_the_statement(
    code: str, file: str, name: str | None
) -> None:
    assert where(traceback(code, "ImportError: cannot import name a", file=file)) == (name, "a")


def test_python_2_names_only_the_end_of_a_module() -> None:
    whole = "keras.backend.tensorflow_backend"
    statement = "from keras.backend.tensorflow_backend import set_session"
    message = "ImportError: No module named tensorflow_backend"
    assert where(traceback(statement, message)) == ("keras.backend", whole)
    assert where(message) == ("keras.backend", whole)
    own = traceback("from .tensorflow_backend import *", message, file="/src/backend/__init__.py")
    assert where(own) == (None, "tensorflow_backend")
    assert where("ImportError: No module named 'tensorflow_backend'")[1] == "tensorflow_backend"


def test_frames_of_cpython_are_read_whatever_happened_to_them() -> None:
    text = (
        'Traceback (most recent call last): File "a.py", line 1, in <module> import b '
        'File "b.py", line 2, in <module> K.a() AttributeError: x\n'
        '  File "c.py", line 33, in f\n\n    K.b(\n      ^^^^\nValueError: y\n'
    )
    frames = error_of(text.split("\n", 1)[1]).frames
    assert [(f.file, f.line, f.function, f.code) for f in frames] == [("c.py", 33, "f", "K.b(")]


@pytest.mark.parametrize(
    ("headline", "file", "line", "function"),
    [
        ("<ipython-input-3-8aa7fe36e09e> in <module>()", "<ipython-input-3-8aa7fe36e09e>", 5,
         "<module>"),
        ("<ipython-input-3-8aa7fe36e09e> in <module>", "<ipython-input-3-8aa7fe36e09e>", 5,
         "<module>"),
        ("Cell In[2], line 5", "Cell In[2]", 5, None),
        ("Input In [2], in <cell line: 5>()", "Input In [2]", 5, "<cell line: 5>"),
        ("/usr/lib/python3.6/dist-packages/keras/models.py in add(self, layer)",
         "/usr/lib/python3.6/dist-packages/keras/models.py", 5, "add"),
        ("~/env/lib/python3.6/site-packages/keras/models.pyc in add(self, layer)",
         "~/env/lib/python3.6/site-packages/keras/models.pyc", 5, "add"),
        ("C:\\Program Files\\Python36\\lib\\keras\\models.py in add(self, layer)",
         "C:\\Program Files\\Python36\\lib\\keras\\models.py", 5, "add"),
        ("File ~/env/lib/python3.11/site-packages/keras/src/a.py:5, in f(x)",
         "~/env/lib/python3.11/site-packages/keras/src/a.py", 5, "f"),
        ("[/usr/local/lib/python3.10/dist-packages/keras/a.py](https://localhost:8080/#) in f(x)",
         "/usr/local/lib/python3.10/dist-packages/keras/a.py", 5, "f"),
    ],
)  # fmt: skip
def test_frames_of_ipython_have_the_line_of_the_arrow(
    headline: str, file: str, line: int, function: str | None
) -> None:
    body = "      3 import x\n      4 \n----> 5 K.a(1)\n      6 y\n\nAttributeError: z has no\n"
    for text in (f"{headline}\n{body}", "> " + f"{headline}\n{body}".replace("\n", "\n> ")):
        (frame,) = error_of(text).frames
        found = (frame.file, frame.line, frame.function, frame.code)
        assert found == (file, line, function, "K.a(1)")


def test_a_traceback_without_its_last_line_goes_with_the_title() -> None:
    text = "module 'keras.backend' has no attribute 'a'\n\n" + traceback("K.a()", "how to fix it?")
    found = error_of(text)
    assert (found.path, found.name, len(found.frames)) == ("keras.backend", "a", 1)


def test_title_and_traceback_are_one_error_and_two_errors_are_two() -> None:
    title = "AttributeError: module 'keras.backend' has no attribute 'a'"
    found = read_evidence(f"{title}\n\n{traceback('K.a()', title)}", CATALOGUE).errors
    assert len(found) == 1
    assert found[0].frames
    other = traceback("K.b()", title.replace("'a'", "'b'"))
    assert [e.name for e in read_evidence(f"{title}\n{other}", CATALOGUE).errors] == ["a", "b"]


def test_an_error_of_a_framework_comes_before_others() -> None:
    text = (
        traceback("open(x)", "FileNotFoundError: [Errno 2] No such file")
        + "During handling of the above exception, another exception occurred:\n"
        + traceback("K.a()", "AttributeError: module 'keras.backend' has no attribute 'a'")
    )
    assert [error.kind for error in read_evidence(text, CATALOGUE).errors] == [
        ErrorKind.NO_ATTRIBUTE,
        ErrorKind.OTHER,
    ]


def test_a_message_broken_across_lines_is_joined() -> None:
    assert where("AttributeError: module 'keras.backend' has no\nattribute 'get_session'") == (
        "keras.backend",
        "get_session",
    )


def test_a_sentence_may_quote_the_error() -> None:
    text = "When I call it I get \"AttributeError: module 'keras.backend' has no attribute 'a'\"."
    found = error_of(text)
    assert found.exception == "AttributeError"
    assert found.message == "module 'keras.backend' has no attribute 'a'"
