"""The report's JSON Schema accepts what the package writes, and nothing less strict."""

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from synthetic import cell, sample

from keras_matrix.results import (
    AttributeOutcome,
    CellOutcome,
    CellReport,
    PathOutcome,
    ScenarioRecord,
    report_from_json,
    report_to_json,
)

SCHEMA = json.loads(
    files("keras_matrix").joinpath("schemas", "report.schema.json").read_text(encoding="utf-8")
)


def problems(document: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


@pytest.fixture
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report_to_json(sample()[3]))
    return found


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("report", sample(), ids=lambda report: report.cell.id)
def test_a_report_survives_the_round_trip_and_is_valid(report: CellReport) -> None:
    text = report_to_json(report)
    assert problems(json.loads(text)) == []
    again = report_from_json(text)
    assert again == report
    assert report_to_json(again) == text


def test_scenarios_and_provenance_survive_the_round_trip() -> None:
    report = replace(
        sample()[0],
        scenarios={"clear-session": ScenarioRecord(outcome=AttributeOutcome.RAISES, detail="no")},
        installs={"keras": {"version": "2.4.3", "origin": ["site-packages"]}},
        provenance=replace(sample()[0].provenance, conflict="a wants b<2"),
    )
    text = report_to_json(report)
    assert problems(json.loads(text)) == []
    assert report_from_json(text) == report


def test_the_closed_sets_are_those_of_the_code() -> None:
    assert SCHEMA["$defs"]["outcome"]["enum"] == [outcome.value for outcome in AttributeOutcome]
    assert SCHEMA["properties"]["outcome"]["enum"] == [outcome.value for outcome in CellOutcome]
    path = SCHEMA["$defs"]["path"]["properties"]["outcome"]["enum"]
    assert path == [outcome.value for outcome in PathOutcome]


def _no_reason(document: dict[str, Any]) -> None:
    document["paths"]["keras.backend"]["attributes"]["get_session"]["detail"] = None


def _unknown_outcome(document: dict[str, Any]) -> None:
    document["paths"]["keras.backend"]["attributes"]["mean"]["outcome"] = "fine"


def _unimportable_without_detail(document: dict[str, Any]) -> None:
    document["paths"]["keras.backend"] = {
        "outcome": "unimportable",
        "detail": None,
        "attributes": {},
    }


def _unmeasured_without_reason(document: dict[str, Any]) -> None:
    document["outcome"] = "not-run"


def _unmeasured_with_paths(document: dict[str, Any]) -> None:
    document.update(outcome="not-run", reason="no Python 3.7")


def _measured_with_reason(document: dict[str, Any]) -> None:
    document["reason"] = "a reason"


def _other_schema(document: dict[str, Any]) -> None:
    document["schema"] = 2


def _unknown_key(document: dict[str, Any]) -> None:
    document["cell"]["colour"] = "red"


def _bad_date(document: dict[str, Any]) -> None:
    document["provenance"]["measured_on"] = "21.11.2026"


@pytest.mark.parametrize(
    "damage",
    [
        _no_reason,
        _unknown_outcome,
        _unimportable_without_detail,
        _unmeasured_without_reason,
        _unmeasured_with_paths,
        _measured_with_reason,
        _other_schema,
        _unknown_key,
        _bad_date,
    ],
)
def test_a_damaged_report_is_told(document: dict[str, Any], damage: Any) -> None:
    assert problems(document) == []
    damage(document)
    assert problems(document)


def test_a_build_failure_is_valid_with_its_class() -> None:
    failed = cell(
        "theano",
        keras="1.2.2",
        theano="0.9.0",
        outcome="build-failed",
        reason="scipy did not compile",
        failure="compile",
    )
    assert problems(json.loads(report_to_json(failed))) == []
