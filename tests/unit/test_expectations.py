"""expectations.yaml: its mistakes with their lines, its schema, and the committed file itself."""

import json
from dataclasses import fields
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from keras_matrix.errors import InputError
from keras_matrix.expecting import reading
from keras_matrix.expecting.model import Canary, Expectations, Limits
from keras_matrix.expecting.reading import load_expectations

ROOT = Path(__file__).parents[2]
WHOLE = """\
version: 1
limits:
  cells: 3
canaries:
  - cell: a
    path: keras.backend
    names: {mean: works, slice: missing}
  - {cell: b, path: tensorflow.keras.backend, outcome: unimportable}
allowed:
  - cells: ["keras3.{15,16}.*", "b*"]
    names: get_*
    owner: ana
    reason: announced
    expires: 2027-01-31
"""


@pytest.fixture(scope="module")
def schema() -> Any:
    text = files("keras_matrix").joinpath("schemas/expectations.schema.json").read_text("utf-8")
    return json.loads(text)


def load(tmp_path: Path, text: str) -> Expectations:
    path = tmp_path / "expectations.yaml"
    path.write_text(text)
    return load_expectations(path)


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    return list(caught.value.problems)


def test_everything_that_a_file_may_say(tmp_path: Path) -> None:
    found = load(tmp_path, WHOLE)
    assert found.limits == Limits(cells=3)
    assert found.canaries == (
        Canary(line=5, cell="a", path="keras.backend", names={"mean": "works", "slice": "missing"}),
        Canary(line=8, cell="b", path="tensorflow.keras.backend", outcome="unimportable"),
    )
    (entry,) = found.allowed
    assert entry.line == 10
    assert entry.cells == ("keras3.15.*", "keras3.16.*", "b*")
    assert (entry.paths, entry.names) == (("*",), ("get_*",))
    assert (entry.owner, entry.reason, entry.expires) == ("ana", "announced", date(2027, 1, 31))


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    text = (
        "limits: {cell: 1, names: -1}\n"
        "canaries:\n"
        "  - {cell: a, path: b}\n"
        "  - {cell: a, path: b, names: {mean: wroks}}\n"
        "  - {path: b, outcome: works}\n"
        "allowed:\n"
        "  - {cells: a, owner: x, reason: y, expires: soon}\n"
        "  - {cells: a, names: 2.10, owner: x, reason: ' ', expires: 2027-01-31}\n"
        "  - just words\n"
    )
    assert mistakes(tmp_path, text) == [
        "expectations.yaml:1: unknown key 'cell' in limits; did you mean 'cells'?",
        "expectations.yaml:1: limits.names must be a whole number, not a number (-1)",
        "expectations.yaml:3: canaries: an entry without an 'outcome' or 'names' says nothing",
        "expectations.yaml:4: canaries.names.mean: 'wroks' is none of works, deprecated, differs, "
        "needs-setting, raises, crashed, timed-out, present, missing; did you mean 'works'?",
        "expectations.yaml:5: canaries: an entry without 'cell'",
        "expectations.yaml:7: allowed.expires: 'soon' is no date (write 2021-02-04)",
        'expectations.yaml:8: allowed.names: 2.10 is a number to YAML; quote it: "2.10"',
        "expectations.yaml:8: allowed.reason must be a word, not a word ( )",
        "expectations.yaml:9: allowed must be a mapping, not a word (just words)",
    ]


@pytest.mark.parametrize("key", ["owner", "reason", "expires", "cells"])
def test_an_entry_that_nobody_answers_for_is_refused(tmp_path: Path, key: str) -> None:
    lines = {"cells": "a", "owner": "ana", "reason": "why", "expires": "2027-01-31"}
    body = "".join(f"    {name}: {text}\n" for name, text in lines.items() if name != key)
    text = f"allowed:\n  -\n{body}"
    assert mistakes(tmp_path, text) == [f"expectations.yaml:3: allowed: an entry without '{key}'"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expectations.yaml:1: the file is empty"),
        ("version: 2\n", "expectations.yaml:1: version: only format 1 is known"),
        ("allowed: {}\n", "expectations.yaml:1: allowed must be a list of mappings"),
        ("allow: []\n", "unknown key 'allow' in the file; did you mean 'allowed'?"),
        ("a: b: c\n", "expectations.yaml:1: not YAML"),
    ],
)
def test_a_file_of_another_shape_is_bad_input(tmp_path: Path, text: str, said: str) -> None:
    (problem,) = mistakes(tmp_path, text)
    assert said in problem


def test_the_schema_knows_the_keys_that_the_loader_knows(schema: Any) -> None:
    defs = schema["$defs"]
    Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == set(reading.TOP_KEYS)
    assert set(defs["allowance"]["properties"]) == set(reading.ALLOWED_KEYS)
    assert set(defs["canary"]["properties"]) == set(reading.CANARY_KEYS)
    assert set(schema["properties"]["limits"]["properties"]) == {f.name for f in fields(Limits)}
    assert defs["canary"]["properties"]["outcome"]["enum"] == list(reading.PATH_OUTCOMES)
    names = defs["canary"]["properties"]["names"]["additionalProperties"]["enum"]
    assert names == list(reading.NAME_OUTCOMES)


def test_the_schema_accepts_what_the_loader_accepts(schema: Any) -> None:
    # Dates as text, as an editor reads them.
    validator = Draft202012Validator(schema)
    for text in (WHOLE, (ROOT / "expectations.yaml").read_text(encoding="utf-8")):
        assert (
            list(
                validator.iter_errors(
                    yaml.load(text, Loader=yaml.BaseLoader) | {"version": 1, "limits": {}}
                )
            )
            == []
        )
    assert not validator.is_valid({"allowed": [{"cells": "a"}]})
    assert not validator.is_valid({"canaries": [{"cell": "a", "path": "b"}]})


def test_the_committed_file_names_its_schema_and_has_a_canary_in_every_era() -> None:
    path = ROOT / "expectations.yaml"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert (ROOT / first.rpartition("$schema=")[2]).is_file()
    canaries = load_expectations(path).canaries
    assert len({canary.cell for canary in canaries}) == 7
    assert sum(len(canary.names) for canary in canaries) >= 10
