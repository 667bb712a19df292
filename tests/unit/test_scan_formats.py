"""The answer as text, data, SARIF and annotations."""

import json
from pathlib import Path

import jsonschema
import pytest
from scantable import JAX, MIDDLE, NEW, OLD, THEANO, scan, table

from keras_matrix.scanning.answers import Answer
from keras_matrix.scanning.files import Unread
from keras_matrix.scanning.formats.annotations import to_annotations
from keras_matrix.scanning.formats.document import to_document
from keras_matrix.scanning.formats.issues import Issue, Level, issues
from keras_matrix.scanning.formats.sarif import to_sarif
from keras_matrix.scanning.formats.text import to_text
from keras_matrix.scanning.sources import Place
from keras_matrix.scanning.targets import Target, Wish, nearest

CODE = """\
from keras import backend as K
x = K.mean(1), K.lesser(1, 2)
print(f"{K.floatx()}", K.get_session)
from keras.backend import *
"""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    monkeypatch.chdir(tmp_path)
    return scan(Path(), CODE, "pkg/a b.py")


def target(**releases: str) -> Target:
    return nearest(table(), Wish(releases=releases))


def test_text_for_all(found: Answer) -> None:
    text = to_text(found, table(), None)
    lines = text.splitlines()
    assert lines[0] == "1 file, 4 lines: 6 uses of a backend namespace in 1 file"
    assert lines[2] == "1 of 5 measured combinations can run it:"
    assert "  TensorFlow  1 of 3: Keras 2.2.4" in lines
    assert f"              newest {OLD}" in lines
    assert "  Theano      none of 1" in lines
    assert "    keras.backend.lesser  pkg/a b.py:2" in lines
    assert "        instead: keras.backend.less in 1 of the 3" in lines
    assert "  f-string: Python 3.6 and newer  pkg/a b.py:3:7" in lines
    assert any("pkg/a b.py:4:1  keras.backend: import *" in line for line in lines)


def test_text_for_one(found: Answer) -> None:
    text = to_text(found, table(), target(keras="2.3.0", tensorflow="2.0.4"))
    assert f"For Keras 2.3.0, TensorFlow 2.0.4: {MIDDLE}, the nearest that was measured " in text
    assert "  keras.backend.get_session raises: RuntimeError: not in 2.0." in text
    assert "        instead: keras.backend.less\n" in text
    assert "keras.backend.mean" not in text.partition("For Keras")[2]
    fine = to_text(found, table(), target(keras="2.2.4", tensorflow="1.12.0"))
    assert "nothing stands in the way there" in fine


def test_nothing_found_says_so(tmp_path: Path) -> None:
    text = to_text(scan(tmp_path, "import numpy\n"), table(), None)
    assert "No backend namespace is used: nothing here depends on the combination." in text


def test_data_holds_all_of_it(found: Answer) -> None:
    document = json.loads(json.dumps(to_document(found, table(), None, can_run=True)))
    assert set(document) == {
        *("schema", "can_run", "target", "files", "combinations", "summary", "findings"),
        *("syntax", "references", "unknowable", "set_by_the_code", "unread", "skipped"),
    }
    by_need = {each["needs"]: each for each in document["findings"]}
    lesser = by_need["keras.backend.lesser"]
    assert lesser["outcomes"] == [
        {
            "verdict": "obstacle",
            "outcome": "missing",
            "detail": None,
            "where": "TensorFlow: Keras 2.3.1 – 3.1.1 (2 of 3); JAX: the one",
            "cells": [MIDDLE, NEW, JAX],
        }
    ]
    assert lesser["instead"][0]["works_in"] == [MIDDLE]
    (reference,) = [e for e in document["references"] if e["needs"] == ["keras.backend.lesser"]]
    assert reference["findings"] == [lesser["id"]]
    assert (reference["line"], reference["column"], reference["written"]) == (2, 16, "K.lesser")
    combination = {each["cell"]: each for each in document["combinations"]}
    assert combination[OLD]["can_run"] == "yes"
    assert lesser["id"] in combination[MIDDLE]["obstacles"]
    assert document["summary"]["tensorflow"] == {
        "measured": 3,
        "can_run": 1,
        "oldest": OLD,
        "newest": OLD,
    }
    assert [each["what"] for each in document["unknowable"]] == ["star-import"]


def levels(found: Answer, wanted: Target | None) -> dict[tuple[int, str], str]:
    return {(i.place.line, i.rule): i.level.value for i in issues(found, table(), wanted)}


def test_how_much_an_issue_matters(found: Answer, tmp_path: Path) -> None:
    assert levels(found, None)[2, "missing"] == "note"
    assert levels(found, None)[3, "python-syntax"] == "note"
    assert levels(found, target(keras="2.3.1", tensorflow="2.0.4")) == {
        (2, "missing"): "error",
        (3, "raises"): "error",
    }
    nowhere = scan(tmp_path, CODE + "K.no_such", "pkg/a b.py")
    got = levels(nowhere, None)
    assert (got[5, "missing"], got[2, "missing"]) == ("error", "warning")


def test_an_import_path_is_told_once_a_file(tmp_path: Path) -> None:
    found = scan(tmp_path, "import keras.backend.tensorflow_backend as T\nT.set_session\nT.x")
    told = [i.place.line for i in issues(found, table(), None) if i.rule == "unimportable"]
    assert told == [1]
    found = scan(tmp_path, "import tensorflow as tf\ntf.keras.backend.mean\ntf.keras.backend.mean")
    told = [i.place.line for i in issues(found, table(), None) if i.rule == "unimportable"]
    assert told == [2]


TEXT = {"type": "string", "minLength": 1}
WHERE = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": "^[^ /][^ ]*$"}},
                },
                "region": {
                    "required": ["startLine"],
                    "additionalProperties": {"type": "integer", "minimum": 1},
                },
            },
        }
    },
}
# What the schema of SARIF 2.1.0 asks of the parts that are used here.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string", "pattern": "sarif-schema-2.1.0.json$"},
        "runs": {
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "properties": {
                                                "id": TEXT,
                                                "shortDescription": {"required": ["text"]},
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "invocations": {
                        "items": {
                            "required": ["executionSuccessful"],
                            "properties": {"executionSuccessful": {"type": "boolean"}},
                        }
                    },
                    "results": {
                        "items": {
                            "required": ["message", "ruleId"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"], "properties": {"text": TEXT}},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "locations": {"items": WHERE},
                            },
                        }
                    },
                },
            }
        },
    },
}
UNREAD = [Unread(path="b.py", reason="binary: there are zero bytes in it")]


def test_sarif(found: Answer) -> None:
    document = json.loads(json.dumps(to_sarif(issues(found, table(), None), UNREAD)))
    jsonschema.validate(document, SARIF)
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[e["ruleIndex"]] for e in run["results"]] == [e["ruleId"] for e in run["results"]]
    regions = [e["locations"][0]["physicalLocation"] for e in run["results"]]
    assert regions[0] == {
        "artifactLocation": {"uri": "pkg/a%20b.py"},
        "region": {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 11},
    }
    assert rules == ["missing", "python-syntax"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "not read: binary: there are zero bytes in it"


def test_annotations_are_escaped() -> None:
    place = Place(file="a:b,c%.py", line=3, column=5, end_line=3, end_column=9)
    issue = Issue(place=place, rule="missing", level=Level.ERROR, text="50% of\r\na: b, c")
    cell = Place(file="n.ipynb", line=2, column=1, end_line=2, end_column=3, cell=4, file_line=40)
    noted = Issue(place=cell, rule="missing", level=Level.NOTE, text="x")
    assert to_annotations([issue, noted], UNREAD).splitlines() == [
        "::error file=a%3Ab%2Cc%25.py,line=3,endLine=3,col=5,endColumn=9::50%25 of%0D%0Aa: b, c",
        "::notice file=n.ipynb,line=40::x (cell 4, line 2)",
        "::warning file=b.py::not read: binary: there are zero bytes in it",
    ]


def test_every_format_is_the_same_twice(found: Answer, tmp_path: Path) -> None:
    again = scan(Path(), CODE, "pkg/a b.py")
    for one, other in ((found, again),):
        assert to_text(one, table(), None) == to_text(other, table(), None)
        assert to_document(one, table(), None, can_run=True) == to_document(
            other, table(), None, can_run=True
        )
        assert issues(one, table(), None) == issues(other, table(), None)
    assert found.abilities[THEANO] == "no"  # an f-string is no Python 2
