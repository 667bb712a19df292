"""Which cells need work, and which files a run writes before anything is built."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from test_reportstore import report

from keras_matrix.matrix import Cell
from keras_matrix.project import Project
from keras_matrix.releases import Catalogue, Release
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome, CellReport
from keras_matrix.running.currency import OwnReports
from keras_matrix.running.ordering import Rank
from keras_matrix.running.planning import Criteria, Ground, Plan, plan_campaign

STORED = report()
CELL = Cell(
    id=STORED.cell.id,
    python="3.7",
    backend="theano",
    pins=STORED.cell.pins,
    as_of=STORED.cell.as_of,
    as_of_declared=False,
    group="g",
    tags=("full",),
)
TOO_NEW = replace(CELL, id="keras2.3.1-theano1.0.5-py38", python="3.8")


def release(project: str, version: str) -> Release:
    return Release(
        project=project,
        version=version,
        uploaded=date(2020, 7, 27),
        requires_python="<3.8",
        files=("py3-none-any",),
    )


CATALOGUE = Catalogue(
    projects={
        "keras": {each: release("keras", each) for each in ("2.2.4", "2.3.1")},
        "theano": {"1.0.5": release("theano", "1.0.5")},
    }
)


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(tmp_path / "data")


def plan(tmp_path: Path, store: ReportStore, cells: list[Cell], **options: object) -> Plan:
    ground = Ground(
        engine="docker",
        locks=Project(root=tmp_path, cache=tmp_path).locks,
        probes="sha256:22",
        import_paths=(),
    )
    criteria = Criteria(**options)  # type: ignore[arg-type]
    return plan_campaign(cells, CATALOGUE, ground, store, criteria)


def current() -> CellReport:
    """A report that rests on what the bench has now: no locks on disk."""
    return replace(STORED, provenance=replace(STORED.provenance, locks={}))


def test_a_cell_without_a_report_is_a_task_and_says_so(tmp_path, store):
    found = plan(tmp_path, store, [CELL])
    assert [(task.cell.id, task.why) for task in found.tasks] == [(CELL.id, "no report")]
    assert found.tasks[0].shares == "theano1.0.5-py37"


def test_a_current_report_is_left_alone_and_not_written_again(tmp_path, store):
    store.write(current())
    found = plan(tmp_path, store, [CELL])
    assert found.current == (current(),)
    assert found.unwritten == found.tasks == ()
    assert plan(tmp_path, store, [CELL], force=True).tasks[0].why == "asked for"


def test_new_tags_are_written_without_measuring_and_stay_this_machines_own(tmp_path, store):
    own = OwnReports(tmp_path / "measured")
    store.write(current())
    own.add(current())
    found = plan(tmp_path, store, [replace(CELL, tags=("smoke", "full"))], own=own)
    assert found.tasks == ()
    assert [each.cell.tags for each in found.unwritten] == [("smoke", "full")]
    assert found.unwritten[0] in own


def test_a_report_that_came_with_the_checkout_is_measured_again_if_asked(tmp_path, store):
    store.write(current())
    found = plan(tmp_path, store, [CELL], own=OwnReports(tmp_path / "measured"))
    assert [task.why for task in found.tasks] == ["measured elsewhere"]


def test_an_impossible_cell_is_written_once_and_keeps_its_day(tmp_path, store):
    first = plan(tmp_path, store, [TOO_NEW])
    (impossible,) = first.unwritten
    assert impossible.outcome is CellOutcome.IMPOSSIBLE
    assert "requires Python <3.8" in (impossible.reason or "")
    older = replace(
        impossible, provenance=replace(impossible.provenance, measured_on=date(2026, 1, 1))
    )
    store.write(older)
    second = plan(tmp_path, store, [TOO_NEW])
    assert second.impossible == (older,)
    assert second.unwritten == second.tasks == ()


def test_an_unreadable_report_is_named_and_measured_again(tmp_path, store):
    store.write(current())
    store.path(CELL.id).write_text("{")
    found = plan(tmp_path, store, [CELL])
    assert str(store.path(CELL.id)) in found.problems[0]
    assert [task.cell.id for task in found.tasks] == [CELL.id]


def on(store: ReportStore, cell: Cell, **changes: object) -> CellReport:
    """A stored report of the cell; by default a current one."""
    pins = replace(current().cell, id=cell.id, pins=cell.pins, python=cell.python)
    stored = replace(current(), cell=pins, **changes)  # type: ignore[arg-type]
    store.write(stored)
    return stored


OTHER = replace(CELL, id="keras2.2.4-theano1.0.5-py37", pins={"keras": "2.2.4", "theano": "1.0.5"})


def test_a_report_from_before_a_day_is_measured_again_on_request(tmp_path, store):
    on(store, CELL)
    day = STORED.provenance.measured_on
    assert plan(tmp_path, store, [CELL], since=day).tasks == ()
    (task,) = plan(tmp_path, store, [CELL], since=day + timedelta(days=1)).tasks
    assert task.why == "was measured before 2026-11-22"


def test_only_failed_looks_at_what_failed_and_at_nothing_else(tmp_path, store):
    on(store, CELL)
    broken = {"outcome": CellOutcome.BUILD_FAILED, "reason": "gcc", "failure": "compile"}
    on(store, OTHER, **broken)
    found = plan(tmp_path, store, [CELL, OTHER, TOO_NEW], only_failed=True)
    assert [(task.cell.id, task.why) for task in found.tasks] == [(OTHER.id, "was build-failed")]
    assert found.current == found.impossible == ()
    found = plan(tmp_path, store, [CELL, OTHER], only_failed=True, failures={CELL.id: "network"})
    assert {task.cell.id: task.why for task in found.tasks} == {
        CELL.id: "failed the last time: network",
        OTHER.id: "was build-failed",
    }
    on(store, OTHER)
    assert plan(tmp_path, store, [CELL, OTHER], only_failed=True).tasks == ()


def test_a_cell_whose_last_attempt_failed_is_still_current(tmp_path, store):
    on(store, CELL)
    assert plan(tmp_path, store, [CELL], failures={CELL.id: "network"}).tasks == ()


def test_tasks_come_in_the_order_of_what_they_tell_and_carry_their_report(tmp_path, store):
    new = replace(CELL, id="new")
    stale = on(store, OTHER, provenance=replace(current().provenance, probes="sha256:00"))
    on(store, CELL)
    found = plan(tmp_path, store, [CELL, OTHER, new], force=True)
    assert [task.cell.id for task in found.tasks] == ["new", OTHER.id, CELL.id]
    ranks = [task.urgency.rank for task in found.tasks]
    assert ranks == [Rank.NEW, Rank.STALE, Rank.REST]
    assert [task.stored for task in found.tasks][:2] == [None, stale]
    found = plan(tmp_path, store, [OTHER, CELL], force=True, failures={CELL.id: "engine"})
    assert [task.cell.id for task in found.tasks] == [CELL.id, OTHER.id]
