"""A whole campaign with a crew that only pretends: budget, second attempts, timings."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from tenacity import wait_none
from test_campaign import A1, A2, B1
from test_reportstore import report

from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome
from keras_matrix.running import campaign as campaigns
from keras_matrix.running import retrying
from keras_matrix.running.budgeting import Budget
from keras_matrix.running.campaign import Event, Options, OwnCrew, Stage, run_campaign
from keras_matrix.running.currency import OwnReports
from keras_matrix.running.measuring import Measured
from keras_matrix.running.ordering import Rank, Urgency
from keras_matrix.running.planning import Plan, Task
from keras_matrix.running.scheduling import next_task
from keras_matrix.running.timings import CellTiming, Timings


@dataclass
class Crew:
    """Measures by ``find``; what it was asked is written down."""

    find: Callable[[Task], Measured]
    jobs: int = 1
    started: list[str] = field(default_factory=list)
    room: list[tuple[frozenset[str], int]] = field(default_factory=list)

    def executor(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.jobs)

    def measure(self, task: Task, on_step: Callable[[str, str], None]) -> Measured:
        self.started.append(task.cell.id)
        on_step("build", "build x")
        return self.find(task)

    def halt(self) -> None:
        """Nothing to end."""

    def make_room(self, needed: Collection[str], newest: int) -> None:
        self.room.append((frozenset(needed), newest))


@dataclass
class Ran:
    """What a campaign left behind."""

    measured: dict[str, Measured]
    events: list[Event]
    stored: dict[str, CellOutcome]
    recorded: dict[str, CellTiming]


Campaign = Callable[..., Ran]


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    monkeypatch.setattr(retrying, "WAIT", wait_none())

    def run(crew: Crew, *tasks: Task, **options: object) -> Ran:
        events: list[Event] = []
        recorded: dict[str, CellTiming] = {}
        store = ReportStore(tmp_path / "data")
        plan = Plan(impossible=(), current=(), tasks=tasks, unwritten=(), problems=())
        measured = run_campaign(
            plan,
            crew,
            store,
            OwnReports(tmp_path / "own"),
            options=Options(record=recorded.__setitem__, **options),  # type: ignore[arg-type]
            on_event=events.append,
        )
        stored = {each.cell.id: each.outcome for each in store.all().reports}
        return Ran(measured=dict(measured), events=events, stored=stored, recorded=recorded)

    return run


def good(task: Task) -> Measured:
    timing = CellTiming(tier=task.shares, stages={"probe": 9.0}, build={task.shares: 1.0})
    return Measured(report=report(task.cell.id), build_seconds=1, timing=timing)


def failed(task: Task, failure: str) -> Measured:
    broken = replace(
        report(task.cell.id), outcome=CellOutcome.BUILD_FAILED, reason="x", failure=failure
    )
    return replace(good(task), report=broken)


def test_what_the_budget_does_not_admit_is_neither_started_nor_stored(campaign: Campaign) -> None:
    long = CellTiming(tier="A", stages={"probe": 3601.0})
    short = CellTiming(tier="B", stages={"probe": 1.0})
    budget = Budget(3600, Timings(cells={"a1": long, "b1": short}), clock=lambda: 0.0)
    crew = Crew(good)
    ran = campaign(crew, A1, B1, budget=budget)
    assert crew.started == ["b1"]
    assert list(ran.measured) == list(ran.stored) == list(ran.recorded) == ["b1"]
    assert [(each.cell, each.why) for each in budget.left_out] == [("a1", "no report")]
    assert {event.cell for event in ran.events} == {"b1"}


def test_a_tier_that_the_run_built_is_not_paid_for_twice(campaign: Campaign) -> None:
    cells = {
        name: CellTiming(tier="A", stages={"probe": 1.0}, build={"A": 50.0})
        for name in ("a1", "a2")
    }
    now = iter([0.0, 1.0, 100.0])
    budget = Budget(110, Timings(cells=cells), clock=lambda: next(now))
    assert list(campaign(Crew(good), A1, A2, budget=budget).measured) == ["a1", "a2"]


def test_a_wait_for_another_run_counts_against_the_budget(campaign: Campaign) -> None:
    now = [0.0]

    @contextmanager
    def on(task: Task, _on_wait: object) -> Iterator[None]:
        now[0] += 60
        yield

    timings = Timings(cells={"a1": CellTiming(tier="A", stages={"probe": 50.0})})
    crew = Crew(good)
    for finished, seconds, measured in (
        (None, 100, []),
        (None, 200, ["a1"]),
        (report("a1"), 100, []),
    ):
        claims = SimpleNamespace(on=on, finished_meanwhile=lambda *_, found=finished: found)
        budget = Budget(seconds, timings, clock=lambda: now[0])
        campaign(crew, A1, budget=budget, claims=claims)
        assert crew.started == measured
        assert [each.cell for each in budget.left_out] == ([] if finished or measured else ["a1"])
        crew.started.clear()


def test_trouble_that_passes_costs_an_attempt_and_is_told(campaign: Campaign) -> None:
    results = iter([failed(A1, "network"), good(A1)])
    crew = Crew(lambda _: next(results))
    ran = campaign(crew, A1)
    assert crew.started == ["a1", "a1"]
    assert ran.stored == {"a1": CellOutcome.MEASURED}
    assert ran.measured["a1"].earlier == ("network: x",)
    assert [event.stage for event in ran.events] == [
        Stage.BUILD,
        Stage.RETRY,
        Stage.BUILD,
        Stage.MEASURED,
    ]
    assert crew.room == []


def test_a_full_disk_makes_room_only_for_those_who_allowed_it(campaign: Campaign) -> None:
    crew = Crew(lambda task: failed(task, "disk"))
    campaign(crew, A1, B1, keep_images=3)
    retried = [(frozenset({"A", "B"}), 0)] * (retrying.ATTEMPTS - 1)
    assert crew.room == [*retried, (frozenset({"B"}), 3), (frozenset(), 3)]
    crew = Crew(lambda task: failed(task, "disk"))
    campaign(crew, A1)
    assert crew.room == []
    crew = Crew(lambda task: failed(task, "network"))
    campaign(crew, A1, keep_images=3)
    assert crew.room == [(frozenset(), 3)]


def test_timings_are_kept_of_what_ran_and_failures_are_remembered(campaign: Campaign) -> None:
    outcomes = {"a1": None, "a2": "compile", "b1": "engine"}

    def find(task: Task) -> Measured:
        failure = outcomes[task.cell.id]
        return failed(task, failure) if failure else good(task)

    recorded = campaign(Crew(find), A1, A2, B1).recorded
    assert recorded["a1"] == CellTiming(tier="A", stages={"probe": 9.0}, build={"A": 1.0})
    assert recorded["a2"] == replace(recorded["a1"], failed="compile")
    assert recorded["b1"] == CellTiming(tier="B", failed="engine")


def test_a_file_of_timings_that_cannot_be_written_ends_no_run(tmp_path: Path) -> None:
    def full(_cell: str, _timing: CellTiming) -> None:
        raise OSError(28, "No space left on device")

    store = ReportStore(tmp_path / "data")
    plan = Plan(impossible=(), current=(), tasks=(A1,), unwritten=(), problems=())
    own = OwnReports(tmp_path / "own")
    options = Options(record=full)
    done = run_campaign(plan, Crew(good), store, own, options=options, on_event=lambda _: None)
    assert list(done) == ["a1"]


def test_a_cell_is_measured_against_the_report_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(campaigns, "measure_cell", lambda *arguments: asked.append(arguments))
    OwnCrew(SimpleNamespace(), 1).measure(replace(A1, stored=report()), print)  # type: ignore[arg-type]
    assert asked[0][0] is A1.cell
    assert asked[0][-1] == report()


def ranked(task: Task, rank: Rank) -> Task:
    return replace(task, urgency=Urgency(rank=rank))


def test_a_standing_tier_never_goes_before_a_cell_that_tells_more() -> None:
    new, rest = ranked(B1, Rank.NEW), ranked(A2, Rank.REST)
    assert next_task([new, rest], building=frozenset(), ready=frozenset({"A"})) is new
    stale = ranked(A2, Rank.STALE)
    other = ranked(B1, Rank.STALE)
    assert next_task([other, stale], building=frozenset(), ready=frozenset({"A"})) is stale


def test_a_worker_takes_a_lesser_cell_rather_than_wait_for_a_tier() -> None:
    new, rest = ranked(A1, Rank.NEW), ranked(B1, Rank.REST)
    assert next_task([new, rest], building=frozenset({"A"}), ready=frozenset()) is rest
