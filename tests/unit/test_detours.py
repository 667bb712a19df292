"""Alternatives from the runner's line to the page: parsed, recorded, counted, shown."""

import json
from dataclasses import replace

import pytest

from keras_matrix.probing.protocol import ProtocolError, Request, Setting, Tried, TriedBefore, parse
from keras_matrix.probing.trials import Trials
from keras_matrix.render import Format, render
from keras_matrix.results import (
    Alternative,
    AttributeOutcome,
    AttributeRecord,
    CellReport,
    report_from_json,
    report_to_json,
)
from keras_matrix.tables import PathTable, Table, tabulate
from keras_matrix.tables.remedies import Remedy, missing_names

from .synthetic import attribute, importable, sample

OLD = "keras.backend"
USE = ("keras.backend", "lesser", "keras.backend.less")


def line(**fields: object) -> bytes:
    return f"m {json.dumps(fields)}".encode()


def tried(outcome: AttributeOutcome, detail: str | None = None, *settings: Setting) -> Tried:
    return Tried(uses=(USE,), outcome=outcome, detail=detail, settings=settings)


def missing(*alternatives: Alternative) -> AttributeRecord:
    return AttributeRecord(
        kind="missing", outcome=AttributeOutcome.MISSING, alternatives=alternatives
    )


WORKS = Alternative(use="keras.backend.less", outcome=AttributeOutcome.WORKS)
RAISES = Alternative(use="tensorflow.less", outcome=AttributeOutcome.RAISES, detail="TypeError: no")


def a_report() -> CellReport:
    """A measured cell that lacks lesser everywhere, and mean on one of two paths."""
    report = next(one for one in sample() if one.outcome.value == "measured")
    paths = {
        OLD: importable(lesser=missing(WORKS, RAISES), mean=attribute("works")),
        "keras.ops": importable(lesser=missing(RAISES), mean=missing(), less=attribute("works")),
    }
    return replace(report, paths=paths)


def a_table() -> Table:
    """Where another cell of the same backend has lesser, so that it has a row."""
    first = a_report()
    there = {OLD: importable(lesser=attribute("works"))}
    other = replace(first, cell=replace(first.cell, id="another"), paths=there)
    return tabulate([first, other], {})


def path_of(table: Table, path: str) -> PathTable:
    return next(found for found in table.paths if found.path == path)


def test_a_line_about_an_alternative_is_checked() -> None:
    fields = {"name": "lesser", "targets": [[USE[0], USE[2]]], "outcome": "works"}
    found = parse(line(type="alternative", **fields, detail=None, settings=["eager-off"]), "m")
    assert found == tried(AttributeOutcome.WORKS, None, Setting.EAGER_OFF)
    for targets in ([], ["x"], [["x"]], [["x", 1]], "x"):
        with pytest.raises(ProtocolError):
            parse(line(type="trying", name="lesser", targets=targets), "m")


def test_a_request_says_what_was_tried_before() -> None:
    request = Request(paths=(OLD,), backend="tensorflow", alternatives=TriedBefore(done=(USE,)))
    assert json.loads(request.to_json("m"))["alternatives"] == {"done": [list(USE)], "only": None}
    assert json.loads(replace(request, alternatives=None).to_json("m"))["alternatives"] is None


def test_a_setting_helps_only_what_failed_by_default() -> None:
    trials = Trials()
    trials.take(tried(AttributeOutcome.RAISES, "RuntimeError: eager", Setting.EAGER_OFF), None)
    assert trials.failing(Setting.EAGER_OFF) == (USE,)
    assert trials.failing(Setting.LEGACY_KERAS) == ()
    trials.take(tried(AttributeOutcome.RAISES, "still"), Setting.EAGER_OFF)
    assert [one.detail for one in trials.of(*USE[:2])] == ["RuntimeError: eager"]
    trials.take(tried(AttributeOutcome.WORKS), Setting.EAGER_OFF)
    (found,) = trials.of(*USE[:2])
    assert found.outcome is AttributeOutcome.NEEDS_SETTING
    assert found.detail == "works with eager execution off; by default: RuntimeError: eager"


def test_alternatives_survive_json_and_are_written_only_where_there_are_any() -> None:
    report = a_report()
    text = report_to_json(report)
    assert report_from_json(text).paths == report.paths
    names = json.loads(text)["paths"][OLD]["attributes"]
    assert [one["use"] for one in names["lesser"]["alternatives"]] == [WORKS.use, RAISES.use]
    assert "alternatives" not in names["mean"]


def test_only_what_was_verified_is_a_detour() -> None:
    table = a_table()
    (found,) = path_of(table, OLD).detours
    assert (found.name, [use.path for use in found.uses]) == ("lesser", ["keras.backend.less"])
    assert found.cells == (a_report().cell.id,)


def test_the_same_name_on_another_path_is_one_without_being_tried() -> None:
    detours = path_of(a_table(), "keras.ops").detours
    found = {detour.name: [use.path for use in detour.uses] for detour in detours}
    assert found == {"mean": ["keras.backend.mean"]}


def test_a_verified_name_is_a_remedy_of_its_own_kind() -> None:
    found = {
        (one.path, one.name, cell): one for one in missing_names(a_table()) for cell in one.cells
    }
    remedy = found[OLD, "lesser", a_report().cell.id]
    assert (remedy.remedy, remedy.uses) == (Remedy.RENAME, ("keras.backend.less",))


def test_every_rendering_says_where_to_go_and_never_what_failed() -> None:
    table = a_table()
    markdown = render(table, Format.MD)
    assert "Where to go instead, for 1 missing names" in markdown
    assert "| `lesser` | `keras.backend.less` |" in markdown
    assert "tensorflow.less" not in markdown
    csv = [row for row in render(table, Format.CSV).splitlines() if ",lesser," in row]
    assert any(row.endswith(",keras.backend.less") for row in csv)
    document = json.loads(render(table, Format.JSON))
    (path,) = (path for path in document["paths"] if path["path"] == OLD)
    assert path["instead"][0]["uses"] == [{"use": "keras.backend.less", "outcome": "works"}]
    page = render(table, Format.HTML)
    assert "keras.backend.less" in page
    assert "tensorflow.less" not in page
