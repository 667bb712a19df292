"""The campaign's order, its stop and what may replace a measurement."""

import asyncio
import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from test_reportstore import report

from keras_matrix.engines import Environment, Held
from keras_matrix.errors import (
    BuildFailedError,
    EngineUnavailableError,
    EnvironmentUnusableError,
    FailureClass,
    IndexUnavailableError,
    PythonUnavailableError,
    ReleaseUnavailableError,
)
from keras_matrix.index import PackageIndex, Sources
from keras_matrix.matrix import Cell
from keras_matrix.project import Project
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome
from keras_matrix.running.campaign import (
    Options,
    OwnCrew,
    Stage,
    finished_event,
    make_room,
    run_campaign,
)
from keras_matrix.running.currency import OwnReports
from keras_matrix.running.keeping import keeps, kept
from keras_matrix.running.measuring import Bench, Measured, failed_report
from keras_matrix.running.planning import Plan, Task
from keras_matrix.running.scheduling import next_task, run_tasks
from keras_matrix.tiers import Tier, TierKind


def task(name: str, shares: str) -> Task:
    cell = Cell(
        id=name,
        python="3.7",
        backend="theano",
        pins={},
        as_of=date(2020, 1, 1),
        as_of_declared=False,
        group="g",
        tags=("full",),
    )
    tier = Tier(kind=TierKind.BACKEND, name=shares, python="3.7")
    return Task(cell=cell, tiers=(tier,), distributions={}, why="no report")


A1, A2, B1 = task("a1", "A"), task("a2", "A"), task("b1", "B")


def test_two_workers_do_not_start_on_one_unbuilt_tier():
    assert next_task([A2, B1], building=frozenset({"A"}), ready=frozenset()) is B1


def test_a_tier_that_stands_is_used_before_another_is_built():
    assert next_task([B1, A2], building=frozenset(), ready=frozenset({"A"})) is A2


def test_with_nothing_else_to_do_a_worker_waits_for_the_shared_tier():
    assert next_task([A2], building=frozenset({"A"}), ready=frozenset()) is A2


def measured(t):
    return Measured(report=report(t.cell.id), build_seconds=1.0)


def run(tasks, work, *, events=None, halt=lambda: None):
    told = [] if events is None else events
    with ThreadPoolExecutor(2) as executor:
        return run_tasks(
            tasks,
            work,
            executor=executor,
            jobs=2,
            on_done=lambda each, left: told.append((finished_event(each), len(left))),
            halt=halt,
        )


def test_every_task_is_run_once_and_ends_with_its_event():
    events = []
    done = run([A1, A2, B1], lambda t: measured(t), events=events)
    assert sorted(done) == ["a1", "a2", "b1"]
    assert sorted(event.cell for event, _ in events) == ["a1", "a2", "b1"]
    assert {event.stage for event, _ in events} == {Stage.MEASURED}
    assert [left for _, left in events] == [2, 1, 0]


def test_an_interrupt_ends_what_the_engine_does_and_starts_nothing_more():
    aborted = threading.Event()
    started = []

    def work(t):
        started.append(t.cell.id)
        if t is B1:
            raise KeyboardInterrupt
        assert aborted.wait(60), "the engine was not told to stop"
        return measured(t)

    with pytest.raises(KeyboardInterrupt):
        run([A1, B1, A2], work, halt=aborted.set)
    assert sorted(started) == ["a1", "b1"]


@pytest.mark.enable_socket  # the index's own loop
def test_an_interrupt_does_not_wait_for_a_network_that_stalls(tmp_path):
    stalled = threading.Event()

    async def never_answers(request):
        stalled.set()
        await asyncio.Event().wait()

    transport = httpx.MockTransport(never_answers)
    sources = Sources(index_url="https://index.example/simple/")
    with PackageIndex(sources, tmp_path / "index", transport=transport) as index:
        asked = []

        def base(python, log):
            asked.append(log)
            if len(asked) == 1:
                index.releases("theano")
            assert stalled.wait(60)
            raise KeyboardInterrupt

        bench = Bench(
            project=Project(root=tmp_path, cache=tmp_path),
            engine=SimpleNamespace(
                name="fake", index_host=lambda: "127.0.0.1", base=base, abort=lambda: None
            ),
            index=index,
            import_paths=(),
            scenarios=(),
            probes="sha256:22",
        )
        tasks = (A1, replace(B1, tiers=(replace(B1.tiers[0], python="3.6"),)))
        plan = Plan(impossible=(), current=(), tasks=tasks, unwritten=(), problems=())
        with pytest.raises(KeyboardInterrupt):
            run_campaign(
                plan,
                OwnCrew(bench, 2),
                ReportStore(tmp_path / "data"),
                OwnReports(tmp_path / "own"),
                options=Options(),
                on_event=lambda _: None,
            )
    assert not (tmp_path / "data").exists()


def test_trouble_of_the_machine_never_replaces_a_measurement(tmp_path):
    store = ReportStore(tmp_path)
    good = report()
    trouble = replace(
        good, outcome=CellOutcome.BUILD_FAILED, reason="connection refused", failure="network"
    )
    compile_error = replace(trouble, failure="compile")
    assert keeps(trouble, store)
    store.write(good)
    assert not keeps(trouble, store)
    assert keeps(compile_error, store)
    absent = replace(trouble, outcome=CellOutcome.NOT_RUN, failure="python")
    assert not keeps(absent, store)
    store.path(good.cell.id).write_text("{")
    assert keeps(trouble, store)


def test_a_failed_cell_ends_with_its_reason():
    failed = replace(
        report(), outcome=CellOutcome.BUILD_FAILED, reason="no space left", failure="disk"
    )
    assert finished_event(Measured(report=failed, build_seconds=1)).stage is Stage.FAILED
    event = finished_event(Measured(report=failed, build_seconds=1, log=Path("a.log")))
    assert event.detail == "disk: no space left (log: a.log)"


class Shelf:
    """An engine that only holds and removes."""

    def __init__(self, *tiers):
        self.tiers = list(tiers)

    def held(self):
        def environment(name):
            return Environment(reference=name, digest=name, python="3", interpreter="python")

        return tuple(
            Held(environment=environment(name), tier=name, parent="", made=age)
            for age, name in enumerate(self.tiers)
        )

    def remove(self, environment):
        self.tiers.remove(environment.digest)
        return True


def test_only_what_is_needed_and_the_newest_stay_on_the_shelf():
    shelf = Shelf("old", "needed", "newer", "newest")
    make_room(shelf, {"needed"}, 1)
    assert shelf.tiers == ["needed", "newest"]


def test_a_report_that_cannot_be_written_fails_its_cell_alone(tmp_path, monkeypatch):
    (tmp_path / "data").write_text("no folder")
    store, own = ReportStore(tmp_path / "data"), OwnReports(tmp_path / "own")
    full = OSError(errno.ENOSPC, "No space left on device")

    def write(self, report):
        raise full

    monkeypatch.setattr(ReportStore, "write", write)
    done = kept(measured(A1), A1, store, own)
    assert (done.report.outcome, done.report.failure) == (CellOutcome.BUILD_FAILED, "disk")
    assert "No space left" in done.report.reason
    monkeypatch.undo()
    assert kept(measured(A1), A1, store, own).report.failure == "engine"


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (IndexUnavailableError("can't be reached"), "network"),
        (EngineUnavailableError("went away"), "engine"),
        (EnvironmentUnusableError("x.whl can't be stored: No space left on device"), "disk"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk"),
        (PermissionError("not yours"), "engine"),
        (BuildFailedError(FailureClass.COMPILE, "gcc failed"), "compile"),
        (PythonUnavailableError("no 2.7"), "python"),
        (ReleaseUnavailableError("torch 2.13.0+cpu is a local build"), "source"),
    ],
)
def test_whatever_fails_a_cell_has_a_class(error, failure):
    report_ = failed_report(A1.cell, error, report().provenance)
    assert report_.failure == failure
    assert report_.reason
