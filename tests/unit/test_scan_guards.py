"""A use that its code is ready for, or that doesn't run there, stands in nobody's way."""

from pathlib import Path

import pytest
from scantable import ALL, JAX, MIDDLE, NEW, OLD, THEANO, scan, verdicts

START = "from keras import backend as K\nimport keras\nimport tensorflow as tf\n"
MEAN = "keras.backend.mean"
SESSION = "keras.backend.get_session"
UNGUARDED = {OLD: "FINE", THEANO: "FINE", MIDDLE: "FINE", NEW: "OBSTACLE", JAX: "OBSTACLE"}


def of(folder: Path, code: str, needed: str = MEAN) -> dict[str, str]:
    return verdicts(scan(folder, START + code), needed)


@pytest.mark.parametrize(
    "code",
    [
        "K.mean",
        "if flag: K.mean",
        "if not hasattr(K, 'mean'): raise ImportError\nK.mean",
        "if not hasattr(K, 'floatx'):\n    pass\nelse:\n    K.mean",
        "try: K.mean\nexcept ValueError: pass",
        "try: K.mean\nexcept AttributeError: raise",
        "try: K.mean\nexcept AttributeError:\n    print()\n    sys.exit(1)\nimport sys",
        "try:\n    if x:\n        K.mean\nexcept Exception: pass",
        "try:\n    def f(): K.mean\nexcept AttributeError: pass",
        "try: pass\nexcept AttributeError: pass\nelse: K.mean",
        "try: pass\nfinally: K.mean",
        "assert hasattr(K, 'mean')\nK.mean",
        "if K.backend() == 'tensorflow' or flag: K.mean",
        "if keras.__version__ > other: pass\nK.mean",
        "if hasattr(K, 'mean'): pass\nK.mean",
        "import typing\nif typing.TYPE_CHECKING: pass\nelse: K.mean",
    ],
)
def test_these_are_no_guards(code: str, tmp_path: Path) -> None:
    code = code.replace("import sys", "")
    assert of(tmp_path, "import sys\n" + code) == UNGUARDED


@pytest.mark.parametrize(
    "code",
    [
        "if hasattr(K, 'mean'): K.mean",
        "if flag and hasattr(K, 'mean'): K.mean",
        "if not hasattr(K, 'mean'): pass\nelse: K.mean",
        "if not hasattr(K, 'mean'):\n    x = 1\nelif flag:\n    K.mean",
        "if 'mean' in dir(K): K.mean",
        "if 'mean' not in dir(K): pass\nelse: K.mean",
        "if getattr(K, 'mean', None) is not None: K.mean",
        "if getattr(K, 'mean', None): K.mean",
        "if callable(getattr(K, 'mean', None)): K.mean",
        "x = K.mean if hasattr(K, 'mean') else 0",
        "hasattr(K, 'mean') and K.mean()",
        "not hasattr(K, 'mean') or K.mean()",
        "[K.mean for y in z if hasattr(K, 'mean')]",
        "HAS = hasattr(K, 'mean')\nif HAS: K.mean",
        "def f():\n    if not hasattr(K, 'mean'):\n        return\n    K.mean",
        "for x in y:\n    if not hasattr(K, 'mean'): continue\n    K.mean",
        "if hasattr(K, 'mean'):\n    def f():\n        return K.mean",
        "while hasattr(K, 'mean'): K.mean",
        "def f():\n    if hasattr(K, 'mean'):\n        pass\n    else:\n        return\n    K.mean",
    ],
)
def test_a_question_before_the_use(code: str, tmp_path: Path) -> None:
    got = of(tmp_path, code)
    assert {cell: got[cell] for cell in (NEW, JAX)} == {NEW: "IDLE", JAX: "IDLE"}
    assert {got[cell] for cell in (OLD, MIDDLE, THEANO)} == {"FINE"}


@pytest.mark.parametrize(
    "code",
    [
        "try: K.mean\nexcept AttributeError: pass",
        "try: K.mean\nexcept (ValueError, AttributeError) as error: print(error)",
        "try: K.mean\nexcept Exception: pass",
        "try: K.mean\nexcept: pass",
        "try: from keras.backend import mean\nexcept ImportError: mean = None",
        "from contextlib import suppress\nwith suppress(AttributeError): K.mean",
        "import contextlib\nwith contextlib.suppress(AttributeError): K.mean",
        "x = getattr(K, 'mean', None)",
        "K.mean = my_mean\nK.mean()",
        "setattr(K, 'mean', my_mean)\nK.mean()",
        "if hasattr(tf, 'Session'): K.mean",
        "if tf.__version__ in seen: K.mean",
        "if parse(tf.__version__) < other: K.mean",
    ],
)
def test_what_its_code_is_ready_for(code: str, tmp_path: Path) -> None:
    got = of(tmp_path, code)
    assert {got[NEW], got[JAX]} == {"GUARDED"}
    assert {got[cell] for cell in (OLD, MIDDLE, THEANO)} == {"FINE"}


def test_the_other_branch_matters_only_where_the_first_fails(tmp_path: Path) -> None:
    code = "if hasattr(K, 'mean'):\n    K.mean\nelse:\n    K.argmax"
    assert of(tmp_path, code, "keras.backend.argmax") == {
        **dict.fromkeys((THEANO, OLD, MIDDLE), "IDLE"),
        **dict.fromkeys((NEW, JAX), "OBSTACLE"),
    }
    code = "try:\n    K.mean\nexcept AttributeError:\n    K.lesser"
    assert of(tmp_path, code, "keras.backend.lesser") == {
        **dict.fromkeys((THEANO, OLD, MIDDLE), "IDLE"),
        **dict.fromkeys((NEW, JAX), "OBSTACLE"),
    }


def test_a_handler_of_something_else_is_code_like_any_other(tmp_path: Path) -> None:
    code = "try:\n    import cPickle\nexcept ImportError:\n    import pickle\n    K.mean"
    assert of(tmp_path, code) == UNGUARDED


def test_what_is_there_and_raises_is_no_absence(tmp_path: Path) -> None:
    """Code that asks whether a name is there gets it, and calls it."""
    assert of(tmp_path, "if hasattr(K, 'get_session'): K.get_session()", SESSION) == {
        OLD: "FINE",
        MIDDLE: "OBSTACLE",
        THEANO: "IDLE",
        NEW: "IDLE",
        JAX: "IDLE",
    }
    got = of(tmp_path, "try: K.get_session()\nexcept AttributeError: pass", SESSION)
    assert (got[MIDDLE], got[NEW]) == ("OBSTACLE", "GUARDED")
    got = of(tmp_path, "try: K.get_session()\nexcept RuntimeError: pass", SESSION)
    assert (got[MIDDLE], got[NEW]) == ("OBSTACLE", "OBSTACLE")


@pytest.mark.parametrize(
    ("test", "backends"),
    [
        ("K.backend() == 'tensorflow'", {"tensorflow"}),
        ("'theano' == K.backend()", {"theano"}),
        ("K.backend() != 'tensorflow'", {"theano", "jax"}),
        ("K.backend() in ('theano', 'jax')", {"theano", "jax"}),
        ("K.backend() not in ['theano']", {"tensorflow", "jax"}),
        ("not K.backend() == 'jax'", {"tensorflow", "theano"}),
        ("K.backend() == 'jax' or K.backend() == 'theano'", {"theano", "jax"}),
        ("flag and K.backend() == 'jax'", {"jax"}),
        ("keras.config.backend() == 'jax'", {"jax"}),
        ("backend_name == 'jax'", {"jax"}),
        ("tf.keras.backend.backend() == 'tensorflow'", {"tensorflow", "theano", "jax"}),
    ],
)
def test_a_test_of_the_backend(test: str, backends: set[str], tmp_path: Path) -> None:
    got = of(tmp_path, f"backend_name = K.backend()\nif {test}:\n    K.tf", "keras.backend.tf")
    of_cell = dict(zip(ALL, ("theano", *["tensorflow"] * 3, "jax"), strict=True))
    running = {of_cell[cell] for cell, verdict in got.items() if verdict != "IDLE"}
    assert running == backends


@pytest.mark.parametrize(
    ("test", "cells"),
    [
        ("tf.__version__ >= '2.0'", {MIDDLE, NEW}),
        ("'2.0' > tf.__version__", {OLD}),
        ("tf.__version__.startswith('2.')", {MIDDLE, NEW}),
        ("not tf.__version__.startswith('1')", {MIDDLE, NEW}),
        ("tf.__version__[0] == '2'", {MIDDLE, NEW}),
        ("int(tf.__version__.split('.')[0]) == 1", {OLD}),
        ("int(tf.__version__.split('.')[1]) > 10", {OLD, NEW}),
        ("LooseVersion(tf.__version__) < LooseVersion('2.4')", {OLD, MIDDLE}),
        ("tuple(map(int, tf.__version__.split('.')[:2])) >= (2, 1)", {NEW}),
        ("float(tf.__version__[:3]) < 1.2", {OLD}),  # "1.1" of 1.12, as Python has it
        ("tf.VERSION == '1.12.0'", {OLD}),
        ("MAJOR == 2", {MIDDLE, NEW}),
        ("IS_1", {OLD}),
        ("not IS_1", {MIDDLE, NEW}),
    ],
)
def test_a_test_of_a_release_is_decided(test: str, cells: set[str], tmp_path: Path) -> None:
    code = (
        "from distutils.version import LooseVersion\n"
        "MAJOR = int(tf.__version__.split('.')[0])\nIS_1 = tf.__version__ < '2'\n"
        f"if {test}:\n    K.no_such_name"
    )
    got = of(tmp_path, code, "keras.backend.no_such_name")
    assert {cell for cell in (OLD, MIDDLE, NEW) if got[cell] == "OBSTACLE"} == cells
    assert {got[cell] for cell in (OLD, MIDDLE, NEW) if cell not in cells} <= {"IDLE"}
    assert got[THEANO] == "GUARDED"  # no TensorFlow there: nothing can be said


def test_either_of_two_imports_will_do(tmp_path: Path) -> None:
    code = (
        "try:\n    from tensorflow.keras import backend as B\n"
        "except ImportError:\n    from keras import backend as B\nB.mean\n"
    )
    found = scan(tmp_path, code)
    either = "keras.backend.mean or tensorflow.keras.backend.mean"
    assert verdicts(found, either) == {**dict.fromkeys(ALL, "FINE"), JAX: "OBSTACLE"}
    path = verdicts(found, "tensorflow.keras.backend")
    assert path == {
        **dict.fromkeys((MIDDLE, NEW), "FINE"),
        **dict.fromkeys((OLD, THEANO, JAX), "GUARDED"),
    }
    assert found.abilities == {**dict.fromkeys(ALL, "yes"), JAX: "no"}


def test_the_fallback_matters_where_the_first_import_fails(tmp_path: Path) -> None:
    code = (
        "try:\n    from keras.backend import lesser\n"
        "except ImportError:\n    from keras.backend import less as lesser\n"
    )
    found = scan(tmp_path, code)
    assert verdicts(found, "keras.backend.less") == {
        **dict.fromkeys((THEANO, OLD), "IDLE"),
        MIDDLE: "FINE",
        **dict.fromkeys((NEW, JAX), "OBSTACLE"),
    }


def test_an_optional_import_leaves_nothing_behind(tmp_path: Path) -> None:
    code = (
        "try:\n    import keras.backend.tensorflow_backend as T\n"
        "except ImportError:\n    T = None\nif T:\n    T.set_session(s)\n"
    )
    found = scan(tmp_path, code)
    assert set(found.abilities.values()) == {"yes"}


def test_an_import_needs_modules_where_attributes_would_do(tmp_path: Path) -> None:
    """TensorFlow 1.12 has tf.keras.backend, and no module tensorflow.keras to import from."""
    by_attribute = scan(tmp_path, "import tensorflow as tf\ntf.keras.backend.mean")
    assert by_attribute.abilities[OLD] == "yes"
    for code in (
        "from tensorflow.keras import backend",
        "from tensorflow.keras.backend import mean",
        "import tensorflow.keras.backend",
    ):
        assert scan(tmp_path, code).abilities[OLD] == "no", code
    both = "try:\n    from tensorflow.keras import backend\nexcept ImportError:\n    pass"
    assert scan(tmp_path, both).abilities[OLD] == "yes"


def test_something_else_that_it_may_be_is_no_certain_use(tmp_path: Path) -> None:
    assert of(tmp_path, "B = load() if flag else K\nB.mean")[NEW] == "GUARDED"
    assert of(tmp_path, "B = None\nif flag: B = K\nB.mean")[NEW] == "OBSTACLE"


def test_an_import_of_a_module_below_is_not_called_missing(tmp_path: Path) -> None:
    found = scan(tmp_path, "from keras.backend.common import floatx")
    assert found.abilities == {
        **dict.fromkeys((THEANO, OLD, MIDDLE), "yes"),
        **dict.fromkeys((NEW, JAX), "unknown"),
    }


def test_a_path_that_was_not_measured_is_unknown(tmp_path: Path) -> None:
    found = scan(tmp_path, "import tensorflow as tf\ntf.compat.v2.keras.backend.mean")
    assert set(found.abilities.values()) == {"unknown"}
