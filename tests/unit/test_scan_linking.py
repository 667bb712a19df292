"""Names are followed from file to file of the scanned tree."""

from pathlib import Path

from scantable import JAX, MIDDLE, NEW, OLD, THEANO, scan_tree, table, verdicts

from keras_matrix.scanning.answers import answer
from keras_matrix.scanning.tree import Tree

COMPAT = "from keras import backend as K\nimport tensorflow.keras as keras\n"


def tree(folder: Path, **files: str) -> Tree:
    for name, code in files.items():
        path = folder / (name.replace("__", "/").replace("/init", "/__init__") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    return scan_tree(folder)


def found(read: Tree) -> dict[str, list[str]]:
    """By file, what is needed, without the imports of namespaces themselves."""
    needed: dict[str, list[str]] = {}
    for each in read.references:
        name = Path(each.place.file).stem
        dotted = " or ".join(symbol.dotted for symbol in each.symbols)
        if any(symbol.name for symbol in each.symbols):
            needed.setdefault(name, []).append(dotted)
    return needed


def test_relative_imports(tmp_path: Path) -> None:
    read = tree(
        tmp_path,
        pkg__init="",
        pkg__compat=COMPAT,
        pkg__a="from .compat import K\nK.mean",
        pkg__b="from . import compat\ncompat.K.mean\ncompat.keras.backend.floatx",
        pkg__sub__c="from ..compat import K as B\nB.mean",
        pkg__sub__d="from .. import compat as c\nc.K.mean",
        pkg__sub__e="from ...compat import K\nK.no",
    )
    assert found(read) == {
        "a": ["keras.backend.mean"],
        "b": ["keras.backend.mean", "tensorflow.keras.backend.floatx"],
        "c": ["keras.backend.mean"],
        "d": ["keras.backend.mean"],
    }


def test_absolute_imports(tmp_path: Path) -> None:
    read = tree(
        tmp_path,
        src__pkg__init="from .compat import K",
        src__pkg__compat=COMPAT,
        src__pkg__sub__a="from pkg.compat import K\nK.mean",
        src__pkg__sub__b="import pkg.compat\npkg.compat.K.mean\npkg.K.floatx",
        src__pkg__sub__c="import pkg.compat as c\nc.K.mean",
        src__pkg__sub__d="from pkg import K\nK.mean",
        src__pkg__e="from compat import K\nK.mean",  # Python 2, or run as a script
    )
    assert found(read) == {
        "a": ["keras.backend.mean"],
        "b": ["keras.backend.mean", "keras.backend.floatx"],
        "c": ["keras.backend.mean"],
        "d": ["keras.backend.mean"],
        "e": ["keras.backend.mean"],
    }


def test_star_imports_of_the_tree_are_followed(tmp_path: Path) -> None:
    read = tree(
        tmp_path,
        compat=COMPAT,
        more="from compat import *",
        a="from more import *\nK.mean\nother.K.no",
    )
    assert found(read) == {"a": ["keras.backend.mean"]}
    assert read.puzzling == ()


def test_a_file_without_the_word_keras_is_read_where_others_lead_there(tmp_path: Path) -> None:
    read = tree(
        tmp_path, compat=COMPAT, more="from compat import K", a="from more import K\nK.mean"
    )
    assert found(read) == {"a": ["keras.backend.mean"]}
    assert read.passed == 0
    assert tree(tmp_path, z="import numpy\n").passed == 1


def test_circles_end(tmp_path: Path) -> None:
    read = tree(
        tmp_path,
        a="from b import K, x\nfrom keras import backend\nK.mean, x.no",
        b="from a import backend as K\nfrom a import x",
    )
    assert found(read) == {"a": ["keras.backend.mean"]}


def test_a_function_that_is_handed_from_file_to_file_counts_once(tmp_path: Path) -> None:
    read = tree(
        tmp_path,
        compat="from keras.backend import mean",
        a="from compat import mean\nmean(1)",
        b="import compat\ncompat.mean(1)",
    )
    assert found(read) == {"compat": ["keras.backend.mean"]}


def test_the_trees_own_backend_is_not_keras(tmp_path: Path) -> None:
    read = tree(
        tmp_path,
        pkg__backend="import keras\ndef shift(): pass",
        pkg__a="from . import backend\nbackend.shift()  # keras",
        pkg__b="from .. import backend as K\nK.no  # keras",
    )
    assert found(read) == {}


def test_what_one_file_sets_all_files_have(tmp_path: Path) -> None:
    read = tree(
        tmp_path,
        patch="from keras import backend as K\nK.lesser = K.less",
        a="from keras import backend as K\nK.lesser",
    )
    assert [symbol.dotted for symbol in read.sets] == ["keras.backend.lesser"]


def test_conditions_see_through_files(tmp_path: Path) -> None:
    read = tree(tmp_path, compat=COMPAT, a="from compat import K\nif hasattr(K, 'x'): K.x")
    (reference,) = [each for each in read.references if each.symbols[0].name == "x"]
    (condition,) = reference.circumstances.conditions
    assert read.linker.symbols(condition.refs)[0].dotted == "keras.backend.x"  # type: ignore[union-attr]


def test_a_file_that_is_imported_under_a_condition_runs_under_it(tmp_path: Path) -> None:
    package = {
        "pkg__init": "from keras import backend as K\nif K.backend() == 'theano':\n"
        "    from .on_theano import *\nelse:\n    from . import on_tensorflow\n",
        "pkg__on_theano": "from keras.backend import theano_backend as T\nT.mean",
        "pkg__on_tensorflow": "from keras import backend as K\nK.tf",
    }
    found_ = answer(tree(tmp_path, **package), table())
    assert verdicts(found_, "keras.backend.tf") == {
        **dict.fromkeys((MIDDLE, NEW, JAX), "OBSTACLE"),
        OLD: "FINE",
        THEANO: "IDLE",
    }
    assert verdicts(found_, "keras.backend.theano_backend.mean")[OLD] == "IDLE"
    found_ = answer(tree(tmp_path, script="import pkg.on_tensorflow", **package), table())
    assert verdicts(found_, "keras.backend.tf")[THEANO] == "OBSTACLE"


def test_an_import_that_fails_is_caught_by_the_importing_file(tmp_path: Path) -> None:
    files = {"fast": "import keras.backend.tensorflow_backend", "slow": "from keras import backend"}
    free = answer(tree(tmp_path, user="import fast, slow", **files), table())
    assert free.abilities[NEW] == "no"
    code = "try:\n    import fast\nexcept ImportError:\n    import slow"
    caught = answer(tree(tmp_path, user=code, **files), table())
    assert set(caught.abilities.values()) == {"yes"}
