"""--fix: only what was verified and means the same; the diff applies to the bytes as they are."""

import shutil
import subprocess
from pathlib import Path

import pytest
from scantable import JAX, MIDDLE, NEW, scan_tree, table

from keras_matrix.scanning.answers import answer
from keras_matrix.scanning.fixing.fixes import Fixes, find_fixes
from keras_matrix.scanning.fixing.patches import apply, to_patch
from keras_matrix.scanning.fixing.signatures import fits
from keras_matrix.scanning.following.mentions import Call
from keras_matrix.scanning.judging import Judge
from keras_matrix.signatures import parameters_of

K = "from keras import backend as K\n"


def fixes(folder: Path, cell: str) -> Fixes:
    knowledge = table()
    tree = scan_tree(folder)
    return find_fixes(tree, Judge(knowledge=knowledge, linker=tree.linker, sets=tree.sets), cell)


def fixed(folder: Path, code: str, cell: str) -> str:
    """The code after the fix."""
    (folder / "a.py").write_text(code, encoding="utf-8")
    found = fixes(folder, cell).fixes
    edits = found[0].edits if found else ()
    return apply(code.encode(), edits).decode()


def call(positional: int = 0, *keywords: str, starred: bool = False) -> Call:
    return Call(positional=positional, keywords=keywords, starred=starred)


# Signatures


@pytest.mark.parametrize(
    ("old", "new", "made", "vetted", "fine"),
    [
        ("(x, axis=None)", "(x, axis=None)", call(2), False, True),
        ("(x, axis=None)", "(x, axis=None)", call(1, "axis"), False, True),
        ("(x, axis=None)", "(x, axis=None)", call(1, starred=True), False, False),
        ("(x, axis=None)", "(x, axis=None)", None, False, True),
        ("(x, axis=None)", "(x, axis=None, dtype=None)", None, False, False),
        ("(x, axis=None)", "(x, axis=None, dtype=None)", call(1), False, True),
        ("(x, axis=-1)", "(x, axis=None)", call(1), False, False),
        ("(x, axis=-1)", "(x, axis=None)", call(1, "axis"), False, True),
        ("(x, y)", "(x1, x2)", call(2), False, False),
        ("(x, y)", "(x1, x2)", call(2), True, True),
        ("(x, y)", "(x1, x2)", call(1, "y"), True, False),
        ("(predictions, targets, k)", "(targets, predictions, k)", call(3), True, False),
        ("(c, then, other)", "(index, branches, *operands)", call(3), True, False),
        ("(x)", "(x, axis)", call(1), False, False),
        ("(x, alpha=0.0)", "(x)", call(1), False, True),
        ("(x, alpha=0.0)", "(x)", call(1, "alpha"), False, False),
        ("(x, name=None)", None, call(1), True, True),
        ("(x, axis=None)", None, call(1), True, False),
        ("(x)", None, call(1), False, False),
        ("(*x)", "(*x)", call(1), False, False),
        (None, "(x)", call(1), True, False),
        ("(x, *, axis=None)", "(x, *, axis=None)", call(1, "axis"), False, True),
    ],
)
def test_a_call_fits_only_where_it_means_the_same(
    old: str | None, new: str | None, made: Call | None, vetted: bool, fine: bool
) -> None:
    assert fits(made, parameters_of(old), parameters_of(new), vetted=vetted) is fine


def test_a_signature_that_cannot_be_read_is_none() -> None:
    assert parameters_of("(x, y=<object object at 0x7f>)") is None
    assert parameters_of(None) is None


# Edits


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (K + "K.lesser(1, 2)\n", K + "K.less(1, 2)\n"),
        (K + "x = K.lesser\n", K + "x = K.less\n"),
        (K + "K.lesser(*a)\n", None),
        ("import keras\nkeras.backend.lesser(a, b)\n", "import keras\nkeras.backend.less(a, b)\n"),
        (
            "from keras.backend import lesser\nlesser(1, 2)\n",
            "from keras.backend import less as lesser\nlesser(1, 2)\n",
        ),
        (
            "from keras.backend import floatx, lesser as l, mean\n",
            "from keras.backend import less as l\nfrom keras.backend import floatx, mean\n",
        ),
        (
            "from keras.backend import (\n    floatx,\n    lesser,\n)\n",
            "from keras.backend import less as lesser\n"
            "from keras.backend import (\n    floatx,\n)\n",
        ),
        (
            "def f():\n    from keras.backend import lesser, mean\n",
            "def f():\n    from keras.backend import less as lesser\n"
            "    from keras.backend import mean\n",
        ),
        (K + "getattr(K, 'lesser')(1, 2)\n", None),
        (K + "K.image_dim_ordering()\n", None),  # its values are others
        (K + "if hasattr(K, 'lesser'): K.lesser(1, 2)\n", None),
        (K + "K.no_such\n", None),
        (
            "x = 'é𝄞'; " + K + "y = 'ä', K.lesser(1, 2)\n",
            "x = 'é𝄞'; " + K + "y = 'ä', K.less(1, 2)\n",
        ),
    ],
)
def test_another_name_on_the_same_path(before: str, after: str | None, tmp_path: Path) -> None:
    assert fixed(tmp_path, before, MIDDLE) == (after or before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            K + "K.mean(x), K.argmax(x), K.floatx()\n",
            "from tensorflow.keras import backend as K\nK.mean(x), K.argmax(x), K.floatx()\n",
        ),
        (
            "import keras.backend as B  # the backend\nB.mean(x)\n",
            "from tensorflow.keras import backend as B  # the backend\nB.mean(x)\n",
        ),
        (
            "from keras import layers, backend\nbackend.mean(x)\n",
            "from tensorflow.keras import backend\nfrom keras import layers\nbackend.mean(x)\n",
        ),
        # What is nowhere else stays as it is, and as broken as it was.
        (
            K + "K.mean(x), K.no_such\n",
            "from tensorflow.keras import backend as K\nK.mean(x), K.no_such\n",
        ),
        # One name that works here alone, and the import can't change: one by one.
        (
            K + "K.mean(x), K.image_data_format()\n",
            K + "from keras import ops\nops.mean(x), K.image_data_format()\n",
        ),
        (K + "ops = tf = 1\nK.mean(x), K.image_data_format()\n", None),
        (
            "import keras\nkeras.backend.mean(x, axis=1)\n",
            "import keras\nkeras.ops.mean(x, axis=1)\n",
        ),
        ("import keras\nkeras.backend.argmax(x)\n", None),
        (
            "import keras\nkeras.backend.argmax(x, axis=-1)\n",
            "import keras\nkeras.ops.argmax(x, axis=-1)\n",
        ),
        # Handed on or computed: not every use can be seen.
        (K + "f(K)\nK.mean(x)\n", K + "from keras import ops\nf(K)\nops.mean(x)\n"),
        ("x = 1; " + K + "K.mean(x)\n", None),
        (
            "try:\n    from keras import backend as K\nexcept ImportError:\n"
            "    from tensorflow.keras import backend as K\nK.get_session()\n",
            None,
        ),
    ],
)
def test_another_path(before: str, after: str | None, tmp_path: Path) -> None:
    assert fixed(tmp_path, before, NEW) == (after or before)


def test_without_tensorflow_only_what_jax_has(tmp_path: Path) -> None:
    assert fixed(tmp_path, K + "K.mean(x)\n", JAX) == "from keras import ops as K\nK.mean(x)\n"


def test_what_other_files_take_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text("from a import K\nK.floatx()\n")
    code = K + "K.mean(x)\n"
    after = K + "from keras import ops\nops.mean(x)\n"
    assert fixed(tmp_path, code, NEW) == after


def test_what_is_left_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(K + "K.lesser(*a)\n")
    (tmp_path / "b.ipynb").write_text(
        '{"cells": [{"cell_type": "code", "source": ["from keras import backend as K\\n",'
        ' "K.lesser(1, 2)"]}]}'
    )
    left = fixes(tmp_path, MIDDLE).left
    assert [(each.place.line, each.why) for each in left] == [
        (2, "no one-to-one replacement was verified for this call there"),
        (2, "a notebook, or a file that can't be written back as it was"),
    ]


# The diff

FILES = {
    "plain.py": (K + "x = 1\n" * 20 + "K.lesser(1, 2)\n").encode(),
    "crlf.py": (K + "\nK.lesser(1, 2)\n").replace("\n", "\r\n").encode(),
    "latin.py": ("# coding: latin-1\n" + K + "x = 'é', K.lesser(1, 2)\n").encode("latin-1"),
    "mark.py": (K + "K.lesser(1, 2)\n").encode("utf-8-sig"),
    "first.py": "from keras.backend import mean, lesser\n".encode("utf-8-sig"),
    "no_end.py": (K + "K.lesser(1, 2)").encode(),
    "a folder/with spaces é.py": (K + "K.lesser(1, 2)\n").encode(),
    "far.py": (K + ("K.lesser(1, 2)\n" + "\n" * 9) * 3).encode(),
    "near.py": (K + ("K.lesser(1, 2)\n" + "\n" * 4) * 3).encode(),
    "feed.py": (K + "\f\nx = '\x0b'\nK.lesser(1, 2)\n").encode(),
    "old_mac.py": (K + "K.lesser(1, 2)\n").replace("\n", "\r").encode(),
    "ops.py": (K + "K.mean(x), K.image_data_format()").encode(),
}
TOOLS = {"git": ["git", "apply", "-"], "patch": ["patch", "-p1", "--binary", "--quiet"]}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("cell", [MIDDLE, NEW])
def test_the_diff_applies(
    tool: str, cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} here")
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    found = fixes(Path(), cell)
    subprocess.run(TOOLS[tool], input=to_patch(found.fixes), check=True, cwd=tmp_path)
    for fix in found.fixes:
        code = apply(fix.source.code, fix.edits).decode()
        assert fix.source.path.read_bytes() == code.encode(fix.source.encoding or ""), fix.source
    changed = {name for name, data in FILES.items() if (tmp_path / name).read_bytes() != data}
    assert changed == {fix.source.shown for fix in found.fixes}
    assert len(changed) >= (10 if cell == MIDDLE else 1)
    assert "old_mac.py" not in changed


def test_what_was_fixed_stands_in_the_way_no_more(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(K + "K.mean(x), K.argmax(x, axis=1)\n")
    assert answer(scan_tree(tmp_path), table()).abilities[NEW] == "no"
    for fix in fixes(tmp_path, NEW).fixes:
        fix.source.path.write_bytes(apply(fix.source.code, fix.edits))
    assert answer(scan_tree(tmp_path), table()).abilities[NEW] == "yes"


def test_nothing_to_fix_is_an_empty_diff(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(K + "K.floatx()\n")
    assert to_patch(fixes(tmp_path, NEW).fixes) == b""
