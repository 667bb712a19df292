"""Which files are read, and how; whatever is not read is told with its reason."""

import json
import os
import sys
from pathlib import Path

import pytest
from scantable import needs, scan_tree

from keras_matrix.errors import InputError
from keras_matrix.scanning.files import find_files

CODE = "from keras import backend as K\nK.mean\n"
USES = [(1, "keras.backend"), (2, "keras.backend.mean")]
NO_TREE = {
    "undecodable": (b"# \xff keras", "undecodable: no encoding declared, byte 0xff in line 1"),
    "later": (CODE.encode() + b"x = '\xe9'", "no encoding declared, byte 0xe9 in line 3"),
    "unknown": (b"# coding: klingon\nimport keras", "undecodable: unknown encoding: klingon"),
    "binary": (b"keras\0\0", "binary: there are zero bytes in it"),
    "huge": (b"#keras" + b" " * 5_000_000, "larger than 5 MB"),
    "deep": (
        CODE.encode() + b"".join(b" " * n + b"if a:\n" for n in range(2000)),
        "nested too deeply",
    ),
    "endless": (CODE.encode() + b"K.a+" * 200_000 + b"1", "more than 200,000 places to follow"),
}


def write(folder: Path, name: str, data: bytes | str = CODE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize("name", NO_TREE)
def test_a_file_that_cannot_be_read_is_listed_with_its_reason(name: str, tmp_path: Path) -> None:
    data, reason = NO_TREE[name]
    write(tmp_path, f"{name}.py", data)
    write(tmp_path, "good.py")
    tree = scan_tree(tmp_path)
    (unread,) = tree.unread
    assert unread.path.endswith(f"{name}.py")
    assert reason in unread.reason
    assert needs(tree) == USES


@pytest.mark.parametrize(
    ("encoding", "first"),
    [
        ("latin-1", "# -*- coding: latin-1 -*-"),
        ("utf-8", "#"),
        ("utf-8-sig", "#"),
        ("cp1251", "# vim: set fileencoding=cp1251 :"),
        ("shift_jis", "# coding: shift_jis"),
    ],
)
def test_the_declared_encoding_is_used(encoding: str, first: str, tmp_path: Path) -> None:
    letters = {"cp1251": "тест", "shift_jis": "日本"}.get(encoding, "äöü")
    text = f"{first}\nfrom keras import backend as K\nx = '{letters}'; K.mean\n"
    write(tmp_path, "a.py", text.encode(encoding))
    tree = scan_tree(tmp_path)
    place = tree.references[1].place
    assert (place.line, place.column) == (3, len(letters) + 9)
    assert tree.unread == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(newline: str, tmp_path: Path) -> None:
    write(tmp_path, "a.py", CODE.replace("\n", newline))
    assert needs(scan_tree(tmp_path)) == USES


def test_one_wrong_line_does_not_hide_the_rest(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "from keras import backend as K\nx = = 3\nK.mean\n")
    tree = scan_tree(tmp_path)
    assert needs(tree) == [(1, "keras.backend"), (3, "keras.backend.mean")]
    assert [(each.partly, each.reason) for each in tree.unread] == [
        (True, "not Python in line 2; the rest was read")
    ]


def test_folders_that_hold_no_code_of_the_project_are_passed_over(tmp_path: Path) -> None:
    for folder in (".git", "node_modules", "__pycache__", ".tox", "lib/site-packages"):
        write(tmp_path, f"{folder}/a.py")
    write(tmp_path, "env/pyvenv.cfg", "")
    write(tmp_path, "env/lib/a.py")
    write(tmp_path, "conda/conda-meta/history", "")
    write(tmp_path, "conda/a.py")
    write(tmp_path, "src/a.py")
    tree = scan_tree(tmp_path)
    assert tree.files == 1
    assert {Path(each.path).name: each.reason for each in tree.skipped} == {
        ".git": "version control",
        "node_modules": "packages of JavaScript",
        "__pycache__": "compiled",
        ".tox": "environments of tox",
        "site-packages": "installed packages",
        "env": "a virtual environment",
        "conda": "a conda environment",
    }


def test_what_is_named_itself_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "site-packages/script.txt")
    assert needs(scan_tree(path)) == USES
    write(tmp_path, "site-packages/b.py")
    assert len(scan_tree(tmp_path / "site-packages").references) == 2


def test_scripts_are_known_by_their_first_line(tmp_path: Path) -> None:
    write(tmp_path, "run", "#!/usr/bin/env python\n" + CODE)
    write(tmp_path, "other", "#!/bin/sh\nkeras\n")
    write(tmp_path, "Makefile", CODE)
    assert [path.name for path in find_files([tmp_path]).files] == ["run"]


def test_links_end_somewhere(tmp_path: Path) -> None:
    inside = write(tmp_path, "tree/a/b.py")
    write(tmp_path, "beside/c.py")
    (tmp_path / "tree" / "loop").symlink_to(tmp_path / "tree")
    (tmp_path / "tree" / "beside").symlink_to(tmp_path / "beside")
    (tmp_path / "tree" / "again").symlink_to(tmp_path / "beside")
    (tmp_path / "tree" / "same.py").symlink_to(inside)
    (tmp_path / "tree" / "gone.py").symlink_to(tmp_path / "nothing")
    found = find_files([tmp_path / "tree", tmp_path / "tree" / "a"])
    assert sorted(path.name for path in found.files) == ["b.py", "c.py"]
    reasons = {Path(each.path).name: each.reason for each in found.skipped}
    assert reasons["loop"] == "a link to a folder that is read"
    assert reasons["gone.py"] == "a link to nothing"
    assert "which is read" in reasons["same.py"]
    assert "the same folder as one that is read" in reasons.values()


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in a folder there")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    write(tmp_path, "a.py")
    (unread,) = scan_tree(tmp_path).unread
    assert unread.reason == "not a regular file"


def test_a_name_is_shown_without_controls(tmp_path: Path) -> None:
    write(tmp_path, "evil\x1b[31m\u202e\n.py")
    (first, _) = scan_tree(tmp_path).references
    assert first.place.file.endswith(r"evil\x1b[31m\u202e\n.py")


@pytest.mark.parametrize("content", [None, "README.md"])
def test_nothing_to_read_is_bad_input(content: str | None, tmp_path: Path) -> None:
    if content:
        write(tmp_path, content, "keras")
    with pytest.raises(InputError, match="no Python file and no notebook in there"):
        find_files([tmp_path])
    with pytest.raises(InputError, match="no such file or folder"):
        find_files([tmp_path / "nowhere"])


def test_files_that_do_not_speak_of_keras_are_not_parsed(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    write(tmp_path, "b.py", "import numpy\n" * 10)
    tree = scan_tree(tmp_path)
    assert (tree.files, tree.passed, tree.lines) == (2, 1, 12)


# Notebooks


def notebook(*cells: str | list[str], language: str = "python", **metadata: object) -> str:
    found = [{"cell_type": "markdown", "metadata": {}, "source": ["K.no"]}]
    found += [{"cell_type": "code", "metadata": {}, "source": cell} for cell in cells]  # type: ignore[dict-item]
    document = {
        "cells": found,
        "metadata": {"language_info": {"name": language}, **metadata},
        "nbformat": 4,
    }
    return json.dumps(document, indent=1)


IMPORT = ["from keras import backend as K\n", "x = 1"]


def test_a_notebook_is_one_program(tmp_path: Path) -> None:
    text = notebook(IMPORT, ["\n", "K.mean"], "K.argmax\nK.lesser")
    write(tmp_path, "a.ipynb", text)
    places = [each.place for each in scan_tree(tmp_path).references]
    assert [(p.cell, p.line, p.column) for p in places] == [
        (2, 1, 19),
        (3, 2, 1),
        (4, 1, 1),
        (4, 2, 1),
    ]
    lines = text.split("\n")
    assert "from keras" in lines[(places[0].file_line or 0) - 1]
    assert '"K.mean"' in lines[(places[1].file_line or 0) - 1]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (["%matplotlib inline\n", "!pip install \\\n", "  keras\n", "K.mean"], [(4, 1)]),
        (["files = !ls\n", "x = %pwd\n", "K.mean"], [(3, 1)]),
        (["%time y = K.mean(x)"], [(1, 11)]),
        (["%%time\n", "K.mean"], [(2, 1)]),
        (["if x:\n", "    %cd data\n", "    K.mean"], [(3, 5)]),
        (["K.mean?\n", "?K.mean\n", "K.mean??"], []),
        (["%%bash\n", "K.mean"], []),
        (["%%writefile a.py\n", "K.mean"], []),
        (["print('a'\n", "      % K.mean)"], [(2, 9)]),
        (["s = '''\n", "!no\n", "''' + K.mean"], [(3, 7)]),
        (["x = y[a\n", "  [0], '(', # (\n", "  1]; K.mean"], [(3, 7)]),
        (["x = a \\\n", "  % K.mean"], [(2, 5)]),
    ],
)
def test_what_is_only_of_a_notebook_is_taken_out(
    cell: list[str], found: list[tuple[int, int]], tmp_path: Path
) -> None:
    write(tmp_path, "a.ipynb", notebook(IMPORT, cell))
    tree = scan_tree(tmp_path)
    assert tree.unread == ()
    assert [(e.place.line, e.place.column) for e in tree.references[1:]] == found


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('{"keras": ', "no notebook: Expecting value"),
        ("[" * 100_000 + '"keras"', "no notebook: nested too deeply"),
        ('["keras"]', "no notebook: not a JSON object"),
        ('{"keras": 1}', "no notebook: there are no cells in it"),
        (notebook(["keras"], language="R"), "a notebook of r, not of Python"),
        (notebook(["# keras\n" + "x = 1\n" * 900_000]), "larger than 5 MB"),
    ],
)
def test_what_is_no_notebook_of_python_is_told(data: str, reason: str, tmp_path: Path) -> None:
    write(tmp_path, "a.ipynb", data)
    (unread,) = scan_tree(tmp_path).unread
    assert unread.reason.startswith(reason)


def test_a_notebook_of_format_3_is_read_too(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "input": CODE.splitlines(keepends=True), "language": "python"}]
    write(tmp_path, "a.ipynb", json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}))
    assert needs(scan_tree(tmp_path)) == USES


def test_a_wrong_line_of_a_notebook_is_told_by_its_cell(tmp_path: Path) -> None:
    write(tmp_path, "a.ipynb", notebook(IMPORT, ["K.mean\n", "x = = 3"]))
    (unread,) = scan_tree(tmp_path).unread
    assert unread.reason == "not Python in line 2 of cell 3; the rest was read"
