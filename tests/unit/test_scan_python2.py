"""Python 2 is read as well as 3, and which Python reads a file is said."""

from pathlib import Path

import pytest
from scantable import ALL, JAX, MIDDLE, NEW, OLD, THEANO, needs, scan

from keras_matrix.scanning.following.dialects import dialects
from keras_matrix.scanning.following.syntax import parse

START = "from keras import backend as K\n"
OLD_SYNTAX = {
    "print K.mean": "print statement",
    "print >>f, K.mean": "print statement",
    'print "%s" % K.mean,': "print statement",
    "try: pass\nexcept E, e: K.mean": "except with a comma",
    "raise E, K.mean": "raise with a comma",
    "x = `K.mean`": "backticks",
    "exec K.mean": "exec statement",
    "exec compile(x, K.mean, 'exec') in {}, {}": "exec statement",
    "if x: exec K.mean(1)": "exec statement",
    "exec 'x' in K.mean": "exec statement",
    "x = 0777, K.mean": "long or octal number",
    "x = 10L, K.mean": "long or octal number",
    "x = ur'a', K.mean": "ur string",
    "if a <> K.mean: pass": "<>",
    "def f((a, b)): K.mean": "tuple parameter",
    "lambda (a, b): K.mean": "tuple parameter",
}
NEW_SYNTAX = {
    "f'{K.mean}'": (3, 6),
    "def f(*, a): K.mean": (3, 0),
    "def f(a: int): K.mean": (3, 0),
    "def f() -> int: K.mean": (3, 0),
    "x: int = K.mean": (3, 6),
    "(x := K.mean)": (3, 8),
    "def f(a, /): K.mean": (3, 8),
    "match x:\n    case 1: K.mean": (3, 10),
    "try: K.mean\nexcept* E: pass": (3, 11),
    "async def f(): K.mean": (3, 5),
    "x = K.mean @ y": (3, 5),
    "raise E from K.mean": (3, 0),
    "def f():\n    nonlocal x\n    K.mean": (3, 0),
    "type X = int\nK.mean": (3, 12),
    "x = 1_000, K.mean": (3, 6),
}
BOTH = [
    "print(K.mean)",
    'print("a" % x)',
    "exec('x')",
    "exec('x', {})",
    "exec('x')\nprint",
    "x = 0, 00, 10, 0x1F, 1e5, 0o17",
    "try: pass\nexcept (A, B) as e: pass",
    "raise E('a')",
    "u'a', b'a', r'a', br'a'",
    "def f(a, *b, **c): pass",
    "lambda a: a",
]


@pytest.mark.parametrize("code", OLD_SYNTAX)
def test_python_2_is_read_and_known(code: str, tmp_path: Path) -> None:
    found = scan(tmp_path, START + code)
    assert "keras.backend.mean" in {needed for _, needed in needs(found)}
    assert found.tree.unread == ()
    assert [each.wanted.dialect.what for each in found.syntax] == [OLD_SYNTAX[code]]
    assert {cell for cell in ALL if found.abilities[cell] != "no"} == {THEANO}


@pytest.mark.parametrize("code", NEW_SYNTAX)
def test_python_3_is_read_and_known(code: str, tmp_path: Path) -> None:
    found = scan(tmp_path, START + code)
    assert "keras.backend.mean" in {needed for _, needed in needs(found)}
    assert {each.wanted.dialect.since for each in found.syntax} == {NEW_SYNTAX[code]}
    (finding,) = found.syntax
    python = {THEANO: (2, 7), OLD: (3, 6), MIDDLE: (3, 7), NEW: (3, 11), JAX: (3, 11)}
    late = {cell for cell in ALL if python[cell] < NEW_SYNTAX[code]}
    assert set(finding.obstacles) == late


@pytest.mark.parametrize("code", BOTH)
def test_what_both_read_says_nothing(code: str) -> None:
    assert dialects(parse(code.encode())) == ()


def test_the_syntax_of_files_without_keras_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("print 'keras'\n")
    assert scan(tmp_path, START + "K.mean").syntax == ()
