"""What a script says of itself is read, never run; what its process says becomes one record."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from keras_matrix.engines import Command, Environment, Exit
from keras_matrix.errors import InputError
from keras_matrix.probing.scenarios import (
    Scenario,
    command_for,
    conclude,
    list_scenarios,
    read_scenario,
    run_scenarios,
)
from keras_matrix.results import AttributeOutcome, ScenarioRecord

PROBES = Path(__file__).parents[2] / "probes"
SHIPPED = list_scenarios(PROBES / "scenarios")
FINE = Exit(code=0, killed_for=None, stderr_tail="")
ENVIRONMENT = Environment(
    reference="image", digest="sha256:0", python="3.7.16", interpreter="/usr/bin/python"
)


def said(text: str) -> bytes:
    return b"mark " + json.dumps({"type": "said", "text": text}).encode()


def ended(outcome: str, detail: str | None = None) -> bytes:
    return b"mark " + json.dumps({"type": "ended", "outcome": outcome, "detail": detail}).encode()


# --- reading ------------------------------------------------------------------------------------


def test_docstring_names_claim_sentence_and_notes() -> None:
    found = read_scenario("clear_it.py", '"""C1: It fails.\n\nSince 2.0.\n"""\n')
    assert (found.name, found.claim, found.sentence) == ("clear-it", "C1", "It fails.")
    assert found.notes == "Since 2.0."
    assert (found.variables, found.applies_to, found.holds_if) == ({}, {}, ("works",))


def test_a_users_script_needs_no_claim() -> None:
    found = read_scenario("mine.py", '"""My model: it trains."""\n')
    assert found.claim is None
    assert found.sentence == "My model: it trains."


def test_constants_are_read_without_running_the_script() -> None:
    found = read_scenario(
        "x.py",
        '"""C6: It fails."""\nVARIABLES = {"KERAS_BACKEND": "theano", "HOME": None}\n'
        'APPLIES_TO = {"tensorflow": ">=2"}\nHOLDS_IF = []\nraise SystemExit\n',
    )
    assert found.variables == {"KERAS_BACKEND": "theano", "HOME": None}
    assert found.applies_to == {"tensorflow": ">=2"}
    assert found.control


@pytest.mark.parametrize(
    ("file", "source", "problem"),
    [
        ("X-y.py", '"""C1: x."""', "file name is lower case"),
        ("x.py", "import keras", "no docstring"),
        ("x.py", '"""C1: x."""\nprint 1', "every Python from 2.7 on"),
        ("x.py", '"""C1: x."""\nVARIABLES = dict(A="1")', "line 2: VARIABLES must be written out"),
        ("x.py", '"""C1: x."""\nVARIABLES = {"A": 1}', "VARIABLES must map"),
        ("x.py", '"""C1: x."""\nAPPLIES_TO = ["keras"]', "APPLIES_TO must map"),
        ("x.py", '"""C1: x."""\nAPPLIES_TO = {"keras": "=2"}', "APPLIES_TO, keras"),
        ("x.py", '"""C1: x."""\nGIVEN = "y"', "GIVEN must be a list"),
        ("x.py", '"""C1: x."""\nHOLDS_IF = ["fails"]', "each one of works, deprecated"),
        ("x.py", '"""C1: x."""\nHOLDS_IF = "works"', "HOLDS_IF must be a list"),
    ],
)
def test_what_is_wrong_with_a_script_is_said(file: str, source: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_scenario(file, source)


def test_all_broken_scripts_are_named_together(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import keras")
    (tmp_path / "b.py").write_text("def")
    (tmp_path / "_helper.py").write_text("no docstring, and no scenario")
    with pytest.raises(InputError) as raised:
        list_scenarios(tmp_path)
    assert [problem[:5] for problem in raised.value.problems] == ["a.py:", "b.py:"]


def test_what_a_scenario_takes_for_granted_must_exist(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""A."""\nGIVEN = ["b", "no-such"]\n')
    (tmp_path / "b.py").write_text('"""B."""\n')
    with pytest.raises(InputError, match=r"a\.py: GIVEN names 'no-such'"):
        list_scenarios(tmp_path)


def test_scenarios_are_listed_by_claim_number_and_the_users_own_last(tmp_path: Path) -> None:
    for name, first in {"a": "Mine.", "b": "R1: x.", "c": "C10: x.", "d": "C9: x."}.items():
        (tmp_path / f"{name}.py").write_text(f'"""{first}"""\n')
    assert [scenario.name for scenario in list_scenarios(tmp_path)] == ["d", "c", "b", "a"]


def test_every_claim_with_a_script_has_one() -> None:
    claims = {scenario.claim for scenario in SHIPPED}
    assert claims >= {f"C{number}" for number in range(1, 10)} | {"R1", "R2", "R3", "R5"}


@pytest.mark.parametrize("scenario", SHIPPED, ids=lambda scenario: scenario.name)
def test_sentences_fit_a_row(scenario: Scenario) -> None:
    assert scenario.claim is not None
    assert len(scenario.sentence) <= 130
    assert scenario.sentence.endswith(".")


# --- what an outcome means ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "detail", "holds"),
    [
        ("raises", "AttributeError: no x", True),
        ("raises", "ImportError: no x", False),
        ("raises", None, False),
        ("crashed", "SIGSEGV", True),
        ("works", None, False),
    ],
)
def test_a_sentence_holds_by_outcome_and_the_beginning_of_the_detail(
    outcome: str, detail: str | None, holds: bool
) -> None:
    scenario = Scenario(
        name="x",
        file="x.py",
        claim="C1",
        sentence="",
        holds_if=("raises AttributeError", "crashed"),
    )
    record = ScenarioRecord(outcome=AttributeOutcome(outcome), detail=detail)
    assert scenario.holds(record) is holds


# --- the process --------------------------------------------------------------------------------


def test_facts_follow_the_reason() -> None:
    record = conclude([said("a is 1"), said("b is 2"), ended("raises", "E: no")], "mark", FINE)
    assert record == ScenarioRecord(outcome=AttributeOutcome.RAISES, detail="E: no; a is 1; b is 2")


def test_a_script_that_ended_well_has_no_detail_of_its_own() -> None:
    assert conclude([ended("works")], "mark", FINE) == ScenarioRecord(
        outcome=AttributeOutcome.WORKS
    )


def test_details_have_a_limit() -> None:
    record = conclude([said("x" * 290), ended("differs", "y" * 290)], "mark", FINE)
    assert record.detail is not None
    assert len(record.detail) == 300
    assert record.detail.endswith("...")


@pytest.mark.parametrize(
    ("code", "killed_for", "outcome", "detail"),
    [
        (None, "deadline", "timed-out", "no end within 120 s"),
        (None, "silence", "timed-out", "no end within 120 s"),
        (None, "memory", "crashed", "killed: over the limit of memory"),
        (-11, None, "crashed", "the process died of SIGSEGV"),
        (-63, None, "crashed", "the process died of signal 63"),
        (3, None, "crashed", "the process ended with status 3 in the middle"),
    ],
)
def test_a_death_is_told_with_the_facts_said_before(
    code: int | None, killed_for: str | None, outcome: str, detail: str
) -> None:
    end = Exit(code=code, killed_for=killed_for, stderr_tail="")
    record = conclude([said("began")], "mark", end)
    assert record.outcome.value == outcome
    assert record.detail == f"{detail}; began"


@pytest.mark.parametrize("line", [b"mark {", b"mark []", b"mark {}", ended("missing")])
def test_a_line_that_cannot_be_read_is_no_outcome(line: bytes) -> None:
    record = conclude([line], "mark", FINE)
    assert record.outcome is AttributeOutcome.CRASHED
    assert record.detail is not None
    assert record.detail.startswith("the runner's line can't be read")


# --- running ------------------------------------------------------------------------------------


class FakeProcess:
    def __init__(self, marker: str, broken: bool) -> None:
        self.marker, self.broken = marker, broken
        self.killed = False

    def lines(self) -> Iterator[bytes]:
        yield b"2020 I tensorflow/core: noise"
        if self.broken:
            raise KeyboardInterrupt
        yield self.marker.encode() + b' {"type": "ended", "outcome": "works", "detail": null}'

    def kill(self) -> None:
        self.killed = True

    def wait(self) -> Exit:
        return FINE


class FakeEngine:
    """Answers every scenario with "works", and remembers the commands."""

    def __init__(self, broken: bool = False) -> None:
        self.broken = broken
        self.commands: list[Command] = []
        self.processes: list[FakeProcess] = []

    def run(self, environment: Environment, command: Command) -> FakeProcess:
        assert environment is ENVIRONMENT
        self.commands.append(command)
        marker = json.loads(command.variables["KERAS_MATRIX_REQUEST"])["marker"]
        self.processes.append(FakeProcess(marker, self.broken))
        return self.processes[-1]


def run(engine: FakeEngine, told: list[str]) -> dict[str, ScenarioRecord]:
    return dict(
        run_scenarios(
            engine,  # type: ignore[arg-type]
            ENVIRONMENT,
            SHIPPED[:3],
            "tensorflow",
            PROBES,
            lambda scenario, number, of: told.append(f"{number}/{of} {scenario.name}"),
        )
    )


def test_each_scenario_gets_a_process_of_its_own() -> None:
    engine, told = FakeEngine(), list[str]()
    records = run(engine, told)
    assert list(records) == [scenario.name for scenario in SHIPPED[:3]]
    assert {record.outcome for record in records.values()} == {AttributeOutcome.WORKS}
    assert told[0] == f"1/3 {SHIPPED[0].name}"
    markers = {json.loads(c.variables["KERAS_MATRIX_REQUEST"])["marker"] for c in engine.commands}
    assert len(markers) == 3


def test_an_interrupted_run_leaves_no_process() -> None:
    engine = FakeEngine(broken=True)
    with pytest.raises(KeyboardInterrupt):
        run(engine, [])
    assert [process.killed for process in engine.processes] == [True]


def test_the_command_is_the_runner_in_the_sandbox() -> None:
    command, marker = command_for(SHIPPED[0], "tensorflow", PROBES)
    request = json.loads(command.variables["KERAS_MATRIX_REQUEST"])
    assert request == {"schema": 1, "marker": marker, "scenario": SHIPPED[0].file}
    assert list(command.arguments) == ["/probes/harness/scenario.py"]
    assert command.mounts == {PROBES: "/probes"}
    assert command.limits.seconds == 120
    assert command.variables["KERAS_BACKEND"] == "tensorflow"


def test_a_scenario_sets_and_unsets_variables() -> None:
    theano = Scenario(
        name="x", file="x.py", claim=None, sentence="", variables={"KERAS_BACKEND": "theano"}
    )
    variables = command_for(theano, "tensorflow", PROBES)[0].variables
    assert variables["KERAS_BACKEND"] == "theano"
    assert "cxx=" in variables["THEANO_FLAGS"]
    unset = Scenario(
        name="x", file="x.py", claim=None, sentence="", variables={"KERAS_BACKEND": None}
    )
    assert "KERAS_BACKEND" not in command_for(unset, "tensorflow", PROBES)[0].variables
