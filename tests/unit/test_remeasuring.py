"""A changed outcome is measured twice: stable or flaky; what did not change is measured once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from synthetic import attribute, cell, importable, unimportable

from keras_matrix.engines import Environment
from keras_matrix.errors import EngineUnavailableError
from keras_matrix.matrix import Cell
from keras_matrix.probing import ProbeResult, probes_digest
from keras_matrix.project import Project
from keras_matrix.results import (
    AttributeOutcome,
    AttributeRecord,
    CellOutcome,
    CellReport,
    PathRecord,
    ScenarioRecord,
    report_from_json,
    report_to_json,
)
from keras_matrix.running import measuring
from keras_matrix.running.measuring import Bench, Measured, measure_cell
from keras_matrix.running.remeasuring import changed, flaky, settled
from keras_matrix.tables.changes import Kind, diff
from keras_matrix.tiers import Tier, TierKind

BACKEND = "keras.backend"
SCHEMA = json.loads(
    files("keras_matrix").joinpath("schemas", "report.schema.json").read_text(encoding="utf-8")
)
RAISES = attribute("raises", detail="ValueError: no")
WORKS = attribute()


def report(
    path: PathRecord | None = None, *, scenario: str = "works", **names: AttributeRecord
) -> CellReport:
    paths = {BACKEND: path or importable(**(names or {"mean": WORKS}))}
    detail = None if scenario == "works" else "no"
    return replace(
        cell("theano", paths, keras="2.3.1", theano="1.0.5"),
        scenarios={"fit": ScenarioRecord(outcome=AttributeOutcome(scenario), detail=detail)},
    )


def valid(found: CellReport) -> bool:
    text = report_to_json(found)
    Draft202012Validator(SCHEMA).validate(json.loads(text))
    return report_from_json(text) == found


@pytest.mark.parametrize(
    ("after", "what"),
    [
        (report(mean=RAISES), ("mean", "works", "raises")),
        (report(abs=WORKS), ("abs", "missing", "works")),
        (report(unimportable()), (None, "importable", "unimportable")),
        (report(scenario="raises"), ("fit", "works", "raises")),
    ],
)
def test_another_outcome_is_a_change(after: CellReport, what: tuple[str | None, str, str]) -> None:
    found = [(each.attribute, each.before, each.after) for each in changed(report(), after)]
    assert what in found


def test_what_cannot_be_compared_is_no_change() -> None:
    after = report(mean=RAISES)
    assert changed(None, after) == ()
    assert changed(report(), report()) == ()
    assert changed(report(), report(mean=attribute(signature="(y)", detail="slow"))) == ()
    pins = replace(after.cell, pins={"keras": "2.3.1", "theano": "1.0.4"})
    assert changed(report(), replace(after, cell=pins)) == ()
    failed = replace(
        report(), outcome=CellOutcome.BUILD_FAILED, reason="x", failure="disk", paths={}
    )
    assert changed(failed, after) == ()
    assert changed(report(), failed) == ()
    more = {**report().paths, "keras.ops": importable(mean=WORKS)}
    assert changed(report(), replace(report(), paths=more)) == ()


def test_two_runs_that_agree_are_stored_as_the_first() -> None:
    first = report(mean=RAISES)
    assert settled(first, report(mean=attribute("raises", detail="at 0x7f"))) == first
    assert flaky(first) == ()


def test_two_runs_that_disagree_are_marked_with_both_outcomes() -> None:
    found = settled(report(mean=RAISES, abs=WORKS), report(mean=WORKS, abs=WORKS))
    record = found.paths[BACKEND].attributes["mean"]
    assert record.outcome is AttributeOutcome.WORKS
    assert record.detail == "flaky: raises at first (ValueError: no), works when measured again"
    assert flaky(found) == ("keras.backend.mean",)
    again = settled(report(mean=WORKS), report(mean=RAISES)).paths[BACKEND].attributes["mean"]
    assert again.detail == "flaky: works at first, raises when measured again: ValueError: no"
    assert valid(found)
    (change,) = diff([report(mean=RAISES, abs=WORKS)], [found])
    assert change.kind is Kind.FLAKY


def test_names_paths_and_scenarios_can_be_flaky_too() -> None:
    found = settled(report(mean=WORKS, gone=WORKS), report(mean=WORKS, come=RAISES))
    names = found.paths[BACKEND].attributes
    assert names["gone"].outcome is AttributeOutcome.MISSING
    assert names["gone"].detail == "flaky: works at first, missing when measured again"
    assert names["come"].outcome is AttributeOutcome.RAISES
    assert names["mean"] == WORKS
    assert valid(found)
    found = settled(report(), report(unimportable("ImportError: x")))
    detail = "flaky: importable at first, unimportable when measured again: ImportError: x"
    assert found.paths[BACKEND] == unimportable(detail)
    assert valid(found)
    found = settled(report(unimportable("ImportError: x")), report())
    assert found.paths[BACKEND].attributes == {"mean": WORKS}
    assert flaky(found) == ("keras.backend",)
    found = settled(report(), report(scenario="raises"))
    assert found.scenarios["fit"].detail == "flaky: works at first, raises when measured again: no"
    assert flaky(found) == ("scenarios.fit",)
    assert valid(found)


def test_a_mark_of_either_run_stays() -> None:
    marked = attribute(detail="flaky: crashed among the others (SIGABRT), works alone")
    assert settled(report(mean=WORKS), report(mean=marked)).paths[BACKEND].attributes == {
        "mean": marked
    }
    assert flaky(settled(report(mean=marked), report(mean=WORKS))) == ("keras.backend.mean",)


def test_a_second_run_that_came_to_nothing_leaves_nothing_measured() -> None:
    broken = replace(
        report(), outcome=CellOutcome.BUILD_FAILED, reason="no numpy", failure="unhealthy", paths={}
    )
    assert settled(report(mean=RAISES), broken) == broken


Measure = Callable[..., tuple[Measured, list[str]]]


@pytest.fixture
def measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measure:
    """Measures a cell whose probe finds, run by run, what it is given."""
    environment = Environment(
        reference="r", digest="sha256:00", python="3.7.9", interpreter="python"
    )
    bench = Bench(
        project=Project(root=tmp_path, cache=tmp_path),
        engine=SimpleNamespace(name="docker"),  # type: ignore[arg-type]
        index=SimpleNamespace(served=lambda _: 5),  # type: ignore[arg-type]
        import_paths=(BACKEND,),
        scenarios=(),
        probes=probes_digest(tmp_path / "probes"),
    )
    asked = Cell(
        id=report().cell.id,
        python="3.7",
        backend="theano",
        pins=report().cell.pins,
        as_of=date(2021, 2, 4),
        as_of_declared=False,
        group="g",
        tags=("smoke",),
    )
    tier = Tier(kind=TierKind.BACKEND, name="theano1.0.5-py37", python="3.7")

    def run(
        before: CellReport | None, *found: Mapping[str, PathRecord] | Exception
    ) -> tuple[Measured, list[str]]:
        runs, builds, stages = list(found), [], []

        def ensure(*_: Any, **__: Any) -> Environment:
            builds.append(1)
            return environment

        def probe(_engine: Any, _environment: Any, _plan: Any, on_progress: Any) -> ProbeResult:
            on_progress(SimpleNamespace(done=0, total=1, attribute=None, phase="everything"))
            paths = runs.pop(0)
            if isinstance(paths, Exception):
                raise paths
            return ProbeResult(
                paths=paths,
                packages={},
                installs={},
                python="3.7.9",
                platform=None,
                unhealthy=None if paths else "no numpy",
                restarts=0,
                processes=1,
                seconds=1.0,
            )

        monkeypatch.setattr(measuring.environments, "ensure", ensure)
        monkeypatch.setattr(measuring.probing, "measure", probe)
        measured = measure_cell(
            asked, (tier,), {}, bench, lambda stage, _: stages.append(stage), before
        )
        assert runs == []
        assert builds == [1]
        return measured, stages

    return run


def paths(**names: AttributeRecord) -> dict[str, PathRecord]:
    return {BACKEND: importable(**names)}


def test_an_unchanged_cell_is_probed_once(measure: Measure) -> None:
    before = replace(report(), scenarios={})
    for stored in (before, None):
        found, stages = measure(stored, paths(mean=WORKS))
        assert (found.remeasured, stages) == (0, ["probe"])
        assert found.timing is not None
        assert set(found.timing.stages) == {"probe"}
        assert found.timing.received_bytes == 5


def test_a_changed_cell_is_probed_again_but_not_built_again(measure: Measure) -> None:
    before = replace(report(), scenarios={})
    found, stages = measure(before, paths(mean=RAISES), paths(mean=RAISES))
    assert (found.remeasured, stages) == (1, ["probe", "remeasure"])
    assert found.report.paths == paths(mean=RAISES)
    assert found.timing is not None
    assert set(found.timing.stages) == {"probe", "remeasure"}
    found, _ = measure(before, paths(mean=RAISES), paths(mean=WORKS))
    assert flaky(found.report) == ("keras.backend.mean",)


def test_a_second_probe_that_fails_confirms_nothing(measure: Measure) -> None:
    before = replace(report(), scenarios={})
    found, _ = measure(before, paths(mean=RAISES), {})
    assert (found.report.outcome, found.report.failure) == (CellOutcome.BUILD_FAILED, "unhealthy")
    found, _ = measure(before, paths(mean=RAISES), EngineUnavailableError("gone"))
    assert (found.report.outcome, found.report.failure) == (CellOutcome.BUILD_FAILED, "engine")
