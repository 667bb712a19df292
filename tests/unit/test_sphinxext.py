"""The Sphinx extension in real builds: HTML and text, warnings as errors, and bad input."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from synthetic import CATALOGUE, attribute, cell, importable, sample

from keras_matrix.render import Format, render
from keras_matrix.tables import tabulate

pytest.importorskip("sphinx")

CONF = """\
project = "notes"
extensions = ["keras_matrix.sphinxext"]
keras_matrix_table = "data/compatibility.json"
exclude_patterns = ["out"]
"""
INDEX = """\
Notes
=====

.. keras-matrix:: keras.backend.get_session

.. keras-matrix::
   :attribute: mean sl*
   :path: *.backend
"""


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A documentation with a table of its own."""
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "index.rst").write_text(INDEX)
    (tmp_path / "data").mkdir()
    write_table(tmp_path, render(tabulate(sample(), CATALOGUE), Format.JSON))
    return tmp_path


def write_table(docs: Path, text: str) -> None:
    (docs / "data" / "compatibility.json").write_text(text)


def build(docs: Path, *options: str, builder: str = "html") -> tuple[int, str]:
    """Exit code and complaints of one build; warnings are errors."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", builder]
    done = subprocess.run(
        [*command, *options, str(docs), str(docs / "out" / builder)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "PYTHONWARNINGS": "error::DeprecationWarning:docutils"},
    )
    return done.returncode, done.stderr


def page(docs: Path) -> str:
    text = (docs / "out" / "html" / "index.html").read_text()
    return re.sub(r"\s+", " ", text.partition('role="main"')[2].partition("sphinxsidebar")[0])


def test_html_has_the_table_and_the_list(docs: Path) -> None:
    assert build(docs, "-j", "2") == (0, "")
    text = page(docs)
    assert text.count('<table class="keras-matrix') == 2
    assert "<p>Keras on TensorFlow</p>" in text
    assert "S needs a setting 2.3.1" in text
    assert "✓ works ≤ 1.14.0 – 1.15.5" in text
    assert "get_session" in text.partition("<table")[0]
    assert "get_session" not in text.partition("<table")[2]
    assert "http" not in text.partition("<table")[2].rpartition("</table>")[0]


def test_text_has_them_too(docs: Path) -> None:
    assert build(docs, builder="text") == (0, "")
    text = (docs / "out" / "text" / "index.txt").read_text()
    assert '"keras.backend.get_session", as measured:' in text
    assert re.search(r"^\| \"mean\" .*C crashed", text, re.MULTILINE)


def test_only_the_backends_asked_for_are_shown(docs: Path) -> None:
    (docs / "index.rst").write_text(INDEX.replace("*.backend", "keras.*\n   :backend: theano"))
    assert build(docs) == (0, "")
    tables = page(docs).partition("<table")[2]
    assert ("Keras on Theano" in tables, "Keras on TensorFlow" in tables) == (True, False)


def test_a_page_is_built_again_when_the_table_changed(docs: Path) -> None:
    assert build(docs) == (0, "")
    path = {
        "keras.backend": importable(get_session=attribute(), mean=attribute(), slice=attribute())
    }
    other = tabulate([cell("theano", path, keras="2.2.4", theano="1.0.5")], {})
    write_table(docs, render(other, Format.JSON))
    assert build(docs) == (0, "")
    assert "Keras on TensorFlow" not in page(docs)


def test_without_a_setting_the_table_of_the_package_is_shown(docs: Path) -> None:
    (docs / "conf.py").write_text(CONF.replace("keras_matrix_table", "# "))
    (docs / "index.rst").write_text(INDEX.partition("\n.. keras-matrix::\n")[0])
    assert build(docs) == (0, "")
    assert re.search(r"R raises 2\.2\.4 – 2\.4\.0", page(docs))


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        (":: keras.backend.get_sesion", "did you mean 'get_session'?"),
        (":: keras.backnd.mean", "no import path matches 'keras.backnd'; did you mean"),
        (":: mean", "'mean' is no import path with a name"),
        (":: keras.backend.get_*", "'keras.backend.get_*' is no import path with a name"),
        (":: keras.backend.mean\n   :path: keras.backend", "a name goes without :attribute:"),
        ("::\n   :attribute: nothing_like_it", "matches 'nothing_like_it'"),
        ("::\n   :path: keras.*\n   :backend: jaxx", "matches 'jaxx'"),
        ("::", "give a name"),
        ("::\n   :attribut: get_*", "unknown option"),
    ],
)
def test_bad_input_is_a_warning_at_its_line(docs: Path, directive: str, said: str) -> None:
    (docs / "index.rst").write_text(f"Notes\n=====\n\nText.\n\n.. keras-matrix{directive}\n")
    code, err = build(docs)
    assert code == 1
    assert re.search(r"index\.rst:6: (WARNING|ERROR): ", err), err
    assert said in err
    assert "Text." in page(docs)


def test_a_table_that_is_not_there_is_a_warning(docs: Path) -> None:
    (docs / "data" / "compatibility.json").unlink()
    code, err = build(docs)
    assert code == 1
    assert re.search(r"index\.rst:4: WARNING: .*holds no measured table", err), err
