"""Every way to reach a backend namespace is seen, and nothing that isn't one."""

from pathlib import Path

import pytest
from scantable import needs, scan

K = "keras.backend"
TF = "tensorflow.keras.backend"
ALIASES = {
    "from keras import backend as K\nK.mean": [(1, K), (2, f"{K}.mean")],
    "import keras.backend as K\nK.mean(x).y": [(1, K), (2, f"{K}.mean")],
    "import keras\nkeras.backend.mean": [(2, f"{K}.mean")],
    "import keras.backend\nkeras.backend.mean": [(1, K), (2, f"{K}.mean")],
    "import keras as k\nB = k.backend\nB.mean": [(2, K), (3, f"{K}.mean")],
    "import tensorflow as tf\ntf.keras.backend.mean": [(2, f"{TF}.mean")],
    "from tensorflow import keras\nkeras.backend.mean": [(2, f"{TF}.mean")],
    "from tensorflow.keras import backend\nbackend.mean": [(1, TF), (2, f"{TF}.mean")],
    "import tensorflow.keras as keras\nkeras.backend.mean": [(2, f"{TF}.mean")],
    "from keras.backend import mean as m, floatx\nm(1)": [(1, f"{K}.mean"), (1, f"{K}.floatx")],
    "from keras.backend import (\n    mean,\n    floatx,\n)": [
        (2, f"{K}.mean"),
        (3, f"{K}.floatx"),
    ],
    "from keras.backend.tensorflow_backend import set_session": [
        (1, f"{K}.tensorflow_backend.set_session")
    ],
    "import keras\nkeras.backend.tensorflow_backend._get_available_gpus()": [
        (2, f"{K}.tensorflow_backend._get_available_gpus")
    ],
    "from keras import backend as K\nK.tensorflow_backend.set_session": [
        (1, K),
        (2, f"{K}.tensorflow_backend.set_session"),
    ],
    "from keras import backend as K\nA = B = K\n(C) = B\nC.mean": [(1, K), (4, f"{K}.mean")],
    "from keras import backend as K\na, b = 1, K\nb.mean": [(1, K), (3, f"{K}.mean")],
    "from keras import backend as K\nif (B := K): B.mean": [(1, K), (2, f"{K}.mean")],
    "from keras import backend as K\nfor B in (K, 1): B.mean": [(1, K), (2, f"{K}.mean")],
    "from keras import backend as K\nK.tf.layers.dense": [(1, K), (2, f"{K}.tf")],
    "from keras import backend as K\ngetattr(K, 'mean')": [(1, K), (2, f"{K}.mean")],
    "from keras import backend as K\nf = getattr(K, 'mean', None)": [(1, K), (2, f"{K}.mean")],
    "from keras import backend as K\n@K.mean\ndef f(): pass": [(1, K), (2, f"{K}.mean")],
    "from keras import backend as K\ndef f(x, g=K.mean) -> K.floatx: pass": [
        (1, K),
        (2, f"{K}.mean"),
        (2, f"{K}.floatx"),
    ],
    "from keras import backend as K\nclass A(K.mean, metaclass=K.floatx): pass": [
        (1, K),
        (2, f"{K}.mean"),
        (2, f"{K}.floatx"),
    ],
    "from keras import backend as K\nf'{K.floatx()!r:>{K.mean}}'": [
        (1, K),
        (2, f"{K}.floatx"),
        (2, f"{K}.mean"),
    ],
    "import importlib\nK = importlib.import_module('keras.backend')\nK.mean": [
        (2, K),
        (3, f"{K}.mean"),
    ],
    "__import__('keras').backend.mean": [(1, f"{K}.mean")],
    "from keras import backend as K\nlambda x: K.mean(x)": [(1, K), (2, f"{K}.mean")],
    "from keras import backend as K\ndef f(B=K):\n    B.mean": [(1, K), (3, f"{K}.mean")],
    "from keras import backend as K\nK.f(K.g(K.h))": [
        (1, K),
        (2, f"{K}.f"),
        (2, f"{K}.g"),
        (2, f"{K}.h"),
    ],
    "def f():\n    global K\n    from keras import backend as K\ndef g():\n    K.mean": [
        (3, K),
        (5, f"{K}.mean"),
    ],
    "def f():\n    from keras import backend as K\n    def g():\n        return K.mean": [
        (2, K),
        (4, f"{K}.mean"),
    ],
    "from keras import backend as K\nclass A:\n    B = K\n    def f(self):\n"
    "        self.B.mean, self.C.floatx\n    def __init__(self):\n        self.C = K": [
        (1, K),
        (5, f"{K}.mean"),
        (5, f"{K}.floatx"),
    ],
    "from keras import backend as K\nmatch x:\n    case 1 if K.mean: K.floatx": [
        (1, K),
        (3, f"{K}.mean"),
        (3, f"{K}.floatx"),
    ],
    "from keras import backend as K\nwhile K.mean:\n    with K.floatx() as f: pass": [
        (1, K),
        (2, f"{K}.mean"),
        (3, f"{K}.floatx"),
    ],
    "from keras import ops\nops.mean": [(1, "keras.ops"), (2, "keras.ops.mean")],
    "from keras.backend import cntk_backend as C\nC.mean": [
        (1, f"{K}.cntk_backend"),
        (2, f"{K}.cntk_backend.mean"),
    ],
    "import tensorflow as tf\ntf.compat.v2.keras.backend.mean": [
        (2, "tensorflow.compat.v2.keras.backend.mean")
    ],
    "from keras import backend as K\nK.__name__": [(1, K)],
    "from keras import backend as K\nK.x.mean = K.floatx()": [
        (1, K),
        (2, f"{K}.x"),
        (2, f"{K}.floatx"),
    ],
    "from keras import backend as K\nK.x += 1": [(1, K), (2, f"{K}.x")],
}
NO_USE = {
    "a local variable": "def f():\n    K = object()\n    K.no",
    "a parameter": "def f(K):\n    K.no",
    "a local that is bound later": "def f():\n    K.no\n    K = 1",
    "a parameter of a lambda": "lambda K: K.no",
    "a name of a comprehension": "[K.no for K in x if K.no]",
    "a loop variable": "for K in x:\n    K.no",
    "a with target": "with x as K:\n    K.no",
    "an exception": "try: pass\nexcept E as K:\n    K.no",
    "a Python 2 exception": "try: pass\nexcept E, K:\n    K.no",
    "a captured name": "match x:\n    case K:\n        K.no",
    "another module": "import other as K\nK.no",
    "rebound": "K = 1\nK.no",
    "an attribute that is set": "K.set_session = 1",
    "an attribute that is set by name": "setattr(K, 'set_session', 1)",
    "a question": "hasattr(K, 'no')",
    "a string": "'K.no'",
    "a comment": "# K.no",
    "a keyword": "f(K=1)",
    "another object's K": "other.K.no",
    "a class's own": "class K: pass\nK.no",
    "deleted": "del K\nK.no",
    "the result of a call": "x = K.mean(1)\nx.no\nK.mean(1).no",
}


@pytest.mark.parametrize("code", ALIASES, ids=range(len(ALIASES)))
def test_every_alias_is_followed(code: str, tmp_path: Path) -> None:
    assert needs(scan(tmp_path, code)) == ALIASES[code]


@pytest.mark.parametrize("what", NO_USE)
def test_nothing_is_reported_falsely(what: str, tmp_path: Path) -> None:
    found = needs(scan(tmp_path, "from keras import backend as K\n" + NO_USE[what]))
    assert [needed for _, needed in found if needed.endswith(".no")] == []
    assert not [needed for _, needed in found if "set_session" in needed]


def test_a_use_has_its_place_in_characters(tmp_path: Path) -> None:
    found = scan(tmp_path, "from keras import backend as K\nx = 'äöü𝄞'; K.mean(\n  1)\n")
    place = found.tree.references[1].place
    assert (place.line, place.column, place.end_line, place.end_column) == (2, 13, 2, 19)


def test_a_very_long_line_is_counted_once(tmp_path: Path) -> None:
    found = scan(tmp_path, "from keras import backend as K; " + "K.mean; 'é'; " * 20_000)
    assert len(found.tree.references) == 20_001
    assert found.tree.references[-1].place.column == 33 + 19_999 * 13


@pytest.mark.parametrize(
    ("code", "what"),
    {
        "from keras.backend import *": "star-import",
        "from keras import backend as K\ngetattr(K, name)": "computed-name",
        "from keras import backend as K\nvars(K)['x']": "whole-namespace",
        "from keras import backend as K\nK.__dict__": "whole-namespace",
        "from keras import backend as K\nmodel(backend=K)": "handed-on",
        "import keras\nmodel(keras.backend)": "handed-on",
        "import keras\ndef f(backend):\n    backend.mean(1)\n    backend.floatx()": "elsewhere",
        "import keras, sys\nsys.modules['keras'] = x": "replaced",
    }.items(),
)
def test_what_cannot_be_told_is_said(code: str, what: str, tmp_path: Path) -> None:
    assert [each.puzzle.value for each in scan(tmp_path, code).tree.puzzling] == [what]


@pytest.mark.parametrize(
    "code",
    [
        "def f(backend):\n    backend.lower()  # keras",
        "from keras import backend as K\nprint(K), isinstance(K, type)",
        "from keras.layers import *",
        "from keras import backend as K\nf(K.mean)",
    ],
)
def test_what_is_clear_raises_no_doubt(code: str, tmp_path: Path) -> None:
    assert scan(tmp_path, code).tree.puzzling == ()
