"""Measuring what is lacking, with real processes on this interpreter and nothing built.

The made-up Keras of these tests behaves by the release that the engine says it built.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from bare_engine import BareEngine, BareProcess

from keras_matrix.bisecting.building import Bench, record_of
from keras_matrix.bisecting.memory import Memory, place_of
from keras_matrix.bisecting.outcomes import Outcome, Source
from keras_matrix.bisecting.question import Asked, Attribute, Question, Script, Subject, understand
from keras_matrix.bisecting.search import search, transitions
from keras_matrix.bisecting.steps import Step, steps_of
from keras_matrix.engines import BuildRequest, Command, Environment
from keras_matrix.errors import BuildFailedError, FailureClass
from keras_matrix.knowledge import Knowledge
from keras_matrix.locks import Lock, LockedPackage
from keras_matrix.matrix import Matrix
from keras_matrix.matrix.cells import cell_id
from keras_matrix.releases import load_catalogue
from keras_matrix.reportstore import ReportStore
from keras_matrix.reproducing import End, Ending, Workplace
from keras_matrix.results import (
    AttributeOutcome,
    CellOutcome,
    CellReport,
    CellSummary,
    PathOutcome,
    PathRecord,
    Provenance,
)
from keras_matrix.running.campaign import Event, Stage
from keras_matrix.tables.states import State
from keras_matrix.tiers import Tier

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "docker" / "locks"
CATALOGUE = load_catalogue(LOCKS / "releases.json")
BARE = Matrix(cells=(), import_paths=())
NAME = Attribute(path="keras.backend", name="floatx")
BACKEND = """\
import os
RELEASE = os.environ["RELEASE"].split("-")[0]
if RELEASE == "keras2.2.1":
    raise ImportError("an era of its own")
def backend():
    return "theano"
if RELEASE not in ("keras2.2.3", "keras2.2.5"):
    def floatx():
        return "float32"
"""
SCRIPT = b"""\
from keras import backend as K
print(K.floatx())
"""
PROGRAM = Script(name="my.py", code=SCRIPT)
Interrupt = Callable[[], None]


class Engine(BareEngine):
    """Has everything built already, but for what fails."""

    def __init__(self, packages: Path) -> None:
        super().__init__(packages)
        self.failing: dict[str, FailureClass] = {}
        self.ran: list[str] = []
        self.before_run: Interrupt = lambda: None
        self.aborted = False

    def index_host(self) -> str:
        return "127.0.0.1"

    def storage(self) -> None:
        return None

    def base(self, python: str, log: Path) -> Environment:
        assert log.parent.is_dir()
        return Environment(
            reference="bare", digest="python", python=python, interpreter=sys.executable
        )

    def find(self, tier: Tier, lock: Lock, parent: Environment) -> Environment:
        assert lock.tier == tier.name
        return replace(parent, digest=tier.name)

    def resolve(self, request: BuildRequest) -> tuple[str, ...]:
        if request.tier.name in self.failing:
            raise BuildFailedError(self.failing[request.tier.name], "no solution")
        return request.tier.requirements

    def run(self, environment: Environment, command: Command) -> BareProcess:
        self.ran.append(environment.digest)
        self.before_run()
        variables = {**command.variables, "RELEASE": environment.digest}
        return super().run(environment, replace(command, variables=variables))

    def by_hand(
        self, environment: Environment, command: Command, *, interactive: bool = False
    ) -> tuple[str, ...]:
        assert not interactive
        return (environment.interpreter, *command.arguments)

    def abort(self) -> None:
        self.aborted = True


@dataclass
class Index:
    """Has every release in one file."""

    asked: list[str] = field(default_factory=list)

    def listen(self, host: str) -> None:
        assert host

    def url(self, host: str, as_of: date, label: str) -> str:
        return f"http://{host}/{label}/{as_of}/"

    def locked(self, project: str, version: str, python: str, as_of: date) -> LockedPackage:
        assert python == "3.7"
        assert as_of.year >= 2019
        name = f"{project}-{version}.whl"
        return LockedPackage(name=project, version=version, filename=name, sha256="0" * 64)

    def troubles(self, label: str) -> tuple[str, ...]:
        assert label
        return ()


@dataclass
class World:
    """A question with all that answers it."""

    question: Question
    engine: Engine
    memory: Memory
    bench: Bench
    steps: tuple[Step, ...]
    events: list[Event]

    def known(self) -> Mapping[str, Outcome]:
        return self.memory.recall(self.steps)

    def search(self) -> Mapping[str, Outcome]:
        def measure(releases: Sequence[str]) -> Mapping[str, Outcome]:
            return self.bench.measure([step for step in self.steps if step.release in releases])

        releases = [step.release for step in self.steps]
        return search(releases, releases, self.known(), measure)


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "packages"
    (folder / "keras").mkdir(parents=True)
    (folder / "keras" / "__init__.py").write_text("")
    (folder / "keras" / "backend.py").write_text(BACKEND)
    return folder


@pytest.fixture
def world(tmp_path: Path, packages: Path) -> Callable[..., World]:
    def make(subject: Subject = NAME, probes: str = "sha256:1", jobs: int = 2) -> World:
        asked = Asked(over="keras", beside=["theano=1.0.4"], lowest="2.2.0", highest="2.2.5")
        question = understand(asked, subject, CATALOGUE)
        memory = Memory(
            question=question,
            knowledge=Knowledge({"paths": [], "releases": {}, "cells": []}),
            checkout=ReportStore(tmp_path / "data"),
            kept=ReportStore(place_of(tmp_path / "cache", subject, probes)),
        )
        engine = Engine(packages)
        events: list[Event] = []
        bench = Bench(
            place=Workplace(
                engine=engine,
                index=Index(),
                catalogue=CATALOGUE,
                cache=tmp_path / "cache",
                shipped_locks=tmp_path / "none",
            ),
            memory=memory,
            probes=ROOT / "probes",
            measured_with=probes,
            jobs=jobs,
            on_event=events.append,
        )
        steps = steps_of(question, BARE, CATALOGUE)
        return World(question, engine, memory, bench, steps, events)

    return make


def words(known: Mapping[str, Outcome]) -> list[str]:
    return [f"{release} {known[release].state}" for release in sorted(known)]


def test_each_release_is_probed_for_that_name_alone(world: Callable[..., World]) -> None:
    here = world()
    known = here.search()
    assert words(known) == [
        *("2.2.0 works", "2.2.1 unimportable", "2.2.2 works"),
        *("2.2.3 missing", "2.2.4 works", "2.2.5 missing"),
    ]
    assert known["2.2.1"].detail == "ImportError: an era of its own"
    assert len(transitions(here.steps, known)) == 5
    report = here.memory.kept.read(here.steps[0].cell.id if here.steps[0].cell else "")
    assert report is not None
    assert report.outcome is CellOutcome.MEASURED
    assert list(report.paths["keras.backend"].attributes) == ["floatx"]
    assert report.provenance.probes == "sha256:1"
    assert {event.stage for event in here.events} == {Stage.BUILD, Stage.PROBE, Stage.MEASURED}


def test_a_second_run_starts_nothing(world: Callable[..., World]) -> None:
    first = world(PROGRAM).search()
    again = world(PROGRAM)
    assert words(again.search()) == words(first)
    assert again.engine.ran == []
    assert {outcome.source for outcome in again.known().values()} == {Source.KEPT}


def test_other_probes_and_another_question_start_anew(world: Callable[..., World]) -> None:
    here = world()
    here.bench.measure(here.steps[:1])
    assert words(world().known()) == ["2.2.0 works"]
    assert world(probes="sha256:2").known() == {}
    assert world(replace(NAME, name="epsilon")).known() == {}


def test_a_script_is_told_by_how_it_ends(world: Callable[..., World]) -> None:
    here = world(PROGRAM)
    known = here.search()
    assert words(known)[1:4] == ["2.2.1 raises", "2.2.2 works", "2.2.3 raises"]
    assert known["2.2.1"].detail == "ImportError: an era of its own"
    assert known["2.2.1"].key != known["2.2.3"].key
    assert str(known["2.2.3"].detail).startswith("AttributeError: module 'keras.backend'")
    assert world(replace(PROGRAM, name="elsewhere/my.py")).known() != {}
    assert world(replace(PROGRAM, code=SCRIPT + b"#\n")).known() == {}


def test_what_can_t_be_built_is_known_as_such_and_not_tried_again(
    world: Callable[..., World],
) -> None:
    here = world(PROGRAM)
    here.engine.failing = {"keras2.2.2-theano1.0.4-py37": FailureClass.RESOLVE}
    outcome = here.search()["2.2.2"]
    assert (outcome.measured, outcome.detail) == (False, "resolve: no solution")
    again = world(PROGRAM)
    assert again.search()["2.2.2"].detail == "resolve: no solution"
    assert again.engine.ran == []
    (failed,) = [event for event in here.events if event.stage is Stage.FAILED]
    assert failed.detail == "resolve: no solution"


def test_the_machine_s_own_trouble_is_not_kept(world: Callable[..., World]) -> None:
    here = world(PROGRAM)
    here.engine.failing = {"keras2.2.2-theano1.0.4-py37": FailureClass.NETWORK}
    assert here.search()["2.2.2"].failure == "network"
    again = world(PROGRAM)
    assert again.search()["2.2.2"].state is State.WORKS
    assert again.engine.ran == ["keras2.2.2-theano1.0.4-py37"]


def test_an_interruption_keeps_what_was_finished(world: Callable[..., World]) -> None:
    here = world(PROGRAM, jobs=1)

    def interrupt() -> None:
        if len(here.engine.ran) == 3:
            raise KeyboardInterrupt

    here.engine.before_run = interrupt
    with pytest.raises(KeyboardInterrupt):
        here.search()
    assert here.engine.aborted
    again = world(PROGRAM)
    assert words(again.known()) == ["2.2.0 works", "2.2.1 raises"]
    again.search()
    assert len(again.engine.ran) == 4


def stored(step: Step, state: AttributeOutcome | None) -> CellReport:
    assert step.cell is not None
    cell = step.cell
    outcome = CellOutcome.MEASURED if state else CellOutcome.NOT_RUN
    return CellReport(
        cell=CellSummary(
            id=cell.id,
            python=cell.python,
            backend=cell.backend,
            pins=cell.pins,
            as_of=cell.as_of,
            tags=(),
        ),
        outcome=outcome,
        reason=None if state else "Python 3.7 was not found",
        failure=None if state else "python",
        provenance=Provenance(
            engine="docker",
            image=None,
            locks={},
            probes=None,
            python=None,
            platform="linux/amd64",
            measured_on=date(2026, 1, 1),
        ),
        paths={"keras.backend": PathRecord(outcome=PathOutcome.IMPORTABLE)} if state else {},
    )


def test_the_checkout_s_reports_come_first(world: Callable[..., World]) -> None:
    here = world()
    here.memory.checkout.write(stored(here.steps[0], AttributeOutcome.WORKS))
    here.memory.checkout.write(stored(here.steps[1], None))
    (here.memory.checkout.directory / f"{cell_id({}, '3.7')}.json").write_text("{")
    known = here.known()
    assert words(known) == ["2.2.0 missing"]
    assert known["2.2.0"].source is Source.STORED


def test_a_report_of_another_day_s_packages_says_nothing(world: Callable[..., World]) -> None:
    here = world()
    report = stored(here.steps[0], AttributeOutcome.WORKS)
    here.memory.checkout.write(replace(report, cell=replace(report.cell, as_of=date(2026, 1, 1))))
    assert here.known() == {}


def table(*cells: tuple[str, str, str]) -> Iterator[dict[str, object]]:
    """(keras, python, outcome) as compatibility.json has them."""
    for keras, python, outcome in cells:
        pins = {"keras": keras, "theano": "1.0.4"}
        yield {
            "id": cell_id(pins, python),
            "python": python,
            "backend": "theano",
            "pins": pins,
            "installed": {},
            "as_of": "2019-09-21",
            "outcome": outcome,
            "reason": None,
        }


def test_a_measured_cell_of_another_python_answers_where_none_was_asked_for(
    world: Callable[..., World],
) -> None:
    here = world()
    cells = list(table(("2.2.4", "3.6", "measured"), ("2.2.5", "3.6", "build-failed")))
    ids = [str(cells[0]["id"])]
    paths = [
        {
            "path": "keras.backend",
            "states": [{"outcome": "importable", "cells": ids}],
            "attributes": {"floatx": {"records": [{"outcome": "works", "cells": ids}]}},
        }
    ]
    knowledge = Knowledge({"paths": paths, "releases": {}, "cells": cells})
    memory = replace(here.memory, knowledge=knowledge)
    steps = memory.settle(here.steps)
    assert words(memory.recall(steps)) == ["2.2.4 works"]
    assert {step.release: step.beside["python"] for step in steps}["2.2.4"] == "3.6"
    asked = replace(memory, question=replace(here.question, python="3.7"))
    assert asked.recall(asked.settle(here.steps)) == {}


@pytest.mark.parametrize(
    ("end", "outcome", "detail"),
    [
        (End.FINISHED, AttributeOutcome.WORKS, None),
        (End.EXITED, AttributeOutcome.RAISES, "it ended with exit status 3"),
        (End.DIED, AttributeOutcome.CRASHED, "the process died of SIGSEGV"),
        (End.TIMED_OUT, AttributeOutcome.TIMED_OUT, "no end within 120 s: killed"),
    ],
)
def test_a_script_s_end_is_an_outcome(
    end: End, outcome: AttributeOutcome, detail: str | None
) -> None:
    record = record_of(Ending(end=end, code=3, reason=detail or "it came to its end"))
    assert (record.outcome, record.detail) == (outcome, detail)


def test_a_long_message_is_cut() -> None:
    record = record_of(Ending(end=End.EXITED, code=3, reason="x" * 10_000))
    assert len(str(record.detail)) == 300
