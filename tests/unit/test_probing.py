"""The protocol's validation, and what is asked next after each kind of end."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from keras_matrix.engines import Exit
from keras_matrix.probing import ProbePlan, command_for, probes_digest, variables_for
from keras_matrix.probing.findings import Findings
from keras_matrix.probing.ledger import Ledger, Phase
from keras_matrix.probing.protocol import (
    AttributeLine,
    Begin,
    Canary,
    CanaryState,
    End,
    Importing,
    Installs,
    Message,
    PathLine,
    ProtocolError,
    Request,
    Result,
    Setting,
    parse,
)
from keras_matrix.results import AttributeOutcome, AttributeRecord, PathOutcome

K, ALIAS = "keras.backend", "tensorflow.keras.backend"
CLEAN = Exit(code=0, killed_for=None, stderr_tail="")
SEGFAULT = Exit(code=-11, killed_for=None, stderr_tail="boom\n")
SILENT = Exit(code=None, killed_for="silence", stderr_tail="")
OK = Canary(state=CanaryState.OK, detail=None)


def name(
    text: str,
    *,
    path: str = K,
    outcome: AttributeOutcome | None = None,
    settings: Sequence[Setting] = (),
    same_as: Sequence[str] = (),
    alone: bool = False,
) -> AttributeLine:
    return AttributeLine(
        path=path,
        name=text,
        kind="function",
        signature="(x)",
        same_as=tuple(same_as),
        same_function=(),
        outcome=outcome,
        detail=None,
        settings=tuple(settings),
        alone=alone,
    )


def called(
    text: str, outcome: AttributeOutcome = AttributeOutcome.WORKS, detail: str | None = None
) -> list[Message]:
    return [
        Begin(path=K, name=text, paths=(K,)),
        Result(path=K, name=text, outcome=outcome, detail=detail),
    ]


def start(*names: AttributeLine) -> list[Message]:
    return [
        OK,
        Importing(path=K),
        PathLine(path=K, outcome=PathOutcome.IMPORTABLE, detail=None),
        *names,
        Installs(installs={}),
    ]


END = End(calls=1, timings={})


class Script:
    """A ledger, fed process by process."""

    def __init__(self, paths: tuple[str, ...] = (K,), max_restarts: int = 40) -> None:
        request = Request(paths=paths, backend="tensorflow")
        self.ledger = Ledger(request, silence_seconds=60, max_restarts=max_restarts)

    def process(self, messages: Sequence[Message], end: Exit = CLEAN) -> Request:
        request = self.ledger.next_request()
        assert request is not None
        for message in messages:
            self.ledger.receive(message)
        self.ledger.process_ended(end)
        return request

    def finished(self) -> bool:
        return self.ledger.next_request() is None

    def record(self, text: str, path: str = K) -> AttributeRecord:
        return self.ledger.findings.records()[path].attributes[text]


def line(**fields: object) -> bytes:
    return f"mark {json.dumps(fields)}".encode()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"Using TensorFlow backend.", "not a line of this run"),
        (b'other {"type":"importing","path":"a"}', "not a line of this run"),
        (b"mark {", "no JSON"),
        (b"mark [1]", "unknown type"),
        (line(type="gossip"), "unknown type"),
        (line(type="importing"), "path"),
        (line(type="importing", path=3), "path is no text"),
        (line(type="begin", path="a", name="b", paths=["c"]), "leaves out"),
        (line(type="begin", path="a", name="b", paths="a"), "no list of texts"),
        (line(type="result", path="a", name="b", outcome="fine", detail=None), "fine"),
        (line(type="hello", schema=2, python="3", platform="x"), "schema 2"),
        (line(type="end", calls=True, timings={}), "no whole number"),
        (line(type="packages", packages={"numpy": 1}), "version is no text"),
    ],
)
def test_what_does_not_fit_the_protocol_is_refused(text: bytes, problem: str) -> None:
    with pytest.raises(ProtocolError, match=problem):
        parse(text, "mark")


def test_a_line_becomes_its_message() -> None:
    text = line(type="result", path=K, name="mean", outcome="raises", detail="ValueError: no")
    assert parse(text, "mark") == Result(
        path=K, name="mean", outcome=AttributeOutcome.RAISES, detail="ValueError: no"
    )


def test_one_process_is_enough_when_all_goes_well() -> None:
    script = Script()
    request = script.process([*start(name("mean")), *called("mean"), END])
    assert request.inventory
    assert script.finished()
    assert script.record("mean").outcome is AttributeOutcome.WORKS


def test_a_crash_on_the_way_out_does_not_matter() -> None:
    script = Script()
    script.process([*start(name("mean")), *called("mean"), END], SEGFAULT)
    assert script.finished()
    assert script.ledger.restarts == 0


@pytest.mark.parametrize(
    ("end", "outcome", "detail"),
    [
        (SEGFAULT, AttributeOutcome.CRASHED, "SIGSEGV"),
        (Exit(code=139, killed_for=None, stderr_tail=""), AttributeOutcome.CRASHED, "SIGSEGV"),
        (Exit(code=3, killed_for=None, stderr_tail=""), AttributeOutcome.CRASHED, "exit code 3"),
        (
            Exit(code=None, killed_for="memory", stderr_tail=""),
            AttributeOutcome.CRASHED,
            "killed: over the limit of memory",
        ),
        (SILENT, AttributeOutcome.TIMED_OUT, "no answer within 60 s"),
    ],
)
def test_a_death_costs_one_attribute_and_is_tried_once_more(
    end: Exit, outcome: AttributeOutcome, detail: str
) -> None:
    script = Script()
    begun = Begin(path=K, name="bad", paths=(K,))
    script.process([*start(name("bad"), name("good")), begun], end)
    second = script.process([OK, *called("good"), END])
    assert (second.done, second.inventory) == ({K: ("bad",)}, False)
    third = script.process([OK, begun], end)
    assert (third.only, third.alone) == ({K: ("bad",)}, True)
    script.process([OK, END])
    assert script.finished()
    assert (script.record("bad").outcome, script.record("bad").detail) == (outcome, detail)
    assert script.record("good").outcome is AttributeOutcome.WORKS


def test_what_works_at_the_second_try_is_marked_as_flaky() -> None:
    script = Script()
    script.process([*start(name("odd")), Begin(path=K, name="odd", paths=(K,))], SILENT)
    script.process([OK, END])
    script.process([OK, *called("odd"), END])
    assert script.finished()
    assert script.record("odd").outcome is AttributeOutcome.WORKS
    assert script.record("odd").detail == (
        "flaky: timed-out among the others (no answer within 60 s), works alone"
    )


def test_what_could_not_be_settled_in_a_copy_gets_a_process_of_its_own() -> None:
    script = Script()
    script.process([*start(name("clear", alone=True), name("mean")), *called("mean"), END])
    request = script.process([OK, *called("clear"), END])
    assert (request.alone, request.only) == (True, {K: ("clear",)})
    assert script.finished()


def test_what_raises_or_is_missing_is_tried_under_its_settings() -> None:
    script = Script()
    lines = [
        name("gradients", settings=[Setting.EAGER_OFF]),
        name("get_session", outcome=AttributeOutcome.MISSING, settings=[Setting.LEGACY_KERAS]),
        name("mean", settings=[Setting.EAGER_OFF, Setting.LEGACY_KERAS]),
    ]
    raised = called("gradients", AttributeOutcome.RAISES, "RuntimeError: eager")
    script.process([*start(*lines), *raised, *called("mean"), END])
    eager_off = script.process([OK, *called("gradients"), END])
    assert (eager_off.setting, eager_off.only) == (Setting.EAGER_OFF, {K: ("gradients",)})
    legacy = script.process([OK, name("get_session"), *called("get_session"), END])
    assert (legacy.setting, legacy.only) == (Setting.LEGACY_KERAS, {K: ("get_session",)})
    assert script.finished()
    assert script.record("gradients").outcome is AttributeOutcome.NEEDS_SETTING
    assert script.record("gradients").detail == (
        "works with eager execution off; by default: RuntimeError: eager"
    )
    assert script.record("get_session").detail == (
        "works with TF_USE_LEGACY_KERAS=1; by default: missing"
    )
    assert script.record("mean").outcome is AttributeOutcome.WORKS


def test_what_fails_under_the_setting_too_keeps_its_default_outcome() -> None:
    script = Script()
    raised = called("gradients", AttributeOutcome.RAISES, "RuntimeError: eager")
    script.process([*start(name("gradients", settings=[Setting.EAGER_OFF])), *raised, END])
    script.process([OK, *called("gradients", AttributeOutcome.DIFFERS, "shape"), END])
    assert script.finished()
    assert script.record("gradients").outcome is AttributeOutcome.RAISES


def test_a_setting_that_kills_the_interpreter_helps_nobody() -> None:
    script = Script()
    raised = called("gradients", AttributeOutcome.RAISES, "RuntimeError: eager")
    script.process([*start(name("gradients", settings=[Setting.EAGER_OFF])), *raised, END])
    script.process([], SEGFAULT)
    script.process([], SEGFAULT)
    assert script.finished()
    assert script.ledger.unhealthy is None
    assert script.record("gradients").outcome is AttributeOutcome.RAISES


def test_an_import_that_kills_the_interpreter_makes_the_path_unimportable() -> None:
    script = Script(paths=(K, ALIAS))
    script.process([OK, Importing(path=K)], SEGFAULT)
    request = script.process([OK, Installs(installs={}), END])
    assert (request.broken, request.inventory) == ((K,), True)
    record = script.ledger.findings.records()[K]
    assert record.outcome is PathOutcome.UNIMPORTABLE
    assert record.detail == "crashed while it was imported: SIGSEGV"


def test_a_failed_canary_ends_the_measurement() -> None:
    script = Script()
    script.process([Canary(state=CanaryState.FAILED, detail="multiplies wrongly"), END])
    assert script.finished()
    assert script.ledger.unhealthy == "multiplies wrongly"


def test_a_runner_that_dies_twice_without_a_word_is_an_unhealthy_cell() -> None:
    script = Script()
    script.process([], SEGFAULT)
    script.process([], SEGFAULT)
    assert script.finished()
    assert script.ledger.unhealthy == ("the runner died before the canary answered: SIGSEGV: boom")


def test_restarts_are_limited() -> None:
    script = Script(max_restarts=1)
    names = [name("a"), name("b"), name("c")]
    script.process([*start(*names), Begin(path=K, name="a", paths=(K,))], SEGFAULT)
    script.process([OK, Begin(path=K, name="b", paths=(K,))], SEGFAULT)
    assert script.finished()
    assert script.ledger.unhealthy == "gave up after 1 restarts"


def test_the_deadline_of_the_whole_process_is_not_the_fault_of_the_last_call() -> None:
    script = Script()
    late = Exit(code=None, killed_for="deadline", stderr_tail="")
    last = Begin(path=K, name="b", paths=(K,))
    script.process([*start(name("a"), name("b")), *called("a"), last], late)
    request = script.process([OK, *called("b"), END])
    assert request.done == {K: ("a",)}
    assert script.finished()
    assert script.record("b").detail is None


def test_a_name_that_was_never_called_is_no_measurement() -> None:
    script = Script()
    script.process([*start(name("mean")), END])
    assert script.finished()
    assert script.ledger.unhealthy == (
        "1 attributes were never called, keras.backend.mean among them"
    )


def test_a_message_out_of_place_is_refused() -> None:
    script = Script()
    assert script.ledger.next_request() is not None
    with pytest.raises(ProtocolError, match="not begun"):
        script.ledger.receive(called("mean")[1])
    with pytest.raises(ProtocolError, match="nobody asked for"):
        script.ledger.receive(Importing(path="os.path"))


FORGED = {
    "in a call": [
        PathLine(path=K, outcome=PathOutcome.UNIMPORTABLE, detail="forged"),
        name("get_session", outcome=AttributeOutcome.MISSING),
        *called("get_session"),
        END,
    ],
    "after it": [
        PathLine(path=K, outcome=PathOutcome.UNIMPORTABLE, detail="forged"),
        name("get_session", outcome=AttributeOutcome.MISSING),
        called("get_session")[1],
        *called("mean"),
    ],
}


@pytest.mark.parametrize(
    ("when", "forged"), [(when, each) for when, lines in FORGED.items() for each in lines]
)
def test_lines_that_what_is_called_forges_make_the_cell_unhealthy(
    when: str, forged: Message
) -> None:
    script = Script()
    assert script.ledger.next_request() is not None
    begin, result = called("mean")
    answered = [result] if when == "after it" else []
    for message in [*start(name("mean"), name("get_session")), begin, *answered]:
        script.ledger.receive(message)
    with pytest.raises(ProtocolError):
        script.ledger.receive(forged)
    assert "something else than the runner" in (script.ledger.unhealthy or "")
    assert script.finished()


def test_a_shared_object_is_one_answer_for_all_its_paths() -> None:
    script = Script(paths=(K, ALIAS))
    both = [name("mean", same_as=[ALIAS]), name("mean", path=ALIAS, same_as=[K])]
    messages = [
        *start(*both),
        Importing(path=ALIAS),
        PathLine(path=ALIAS, outcome=PathOutcome.IMPORTABLE, detail=None),
        Begin(path=K, name="mean", paths=(K, ALIAS)),
        Result(path=K, name="mean", outcome=AttributeOutcome.DIFFERS, detail="shape"),
        END,
    ]
    script.process(messages)
    assert script.finished()
    assert script.record("mean", ALIAS).detail == "shape"
    assert script.record("mean", ALIAS).same_as == (K,)


def test_progress_counts_names_that_are_called() -> None:
    script = Script()
    assert script.ledger.phase is Phase.EVERYTHING
    script.process([*start(name("a"), name("b"), name("c", outcome=AttributeOutcome.MISSING))])
    assert script.ledger.findings.counts() == (0, 2)


def test_findings_of_nothing_are_empty() -> None:
    assert Findings(None).records() == {}


def test_the_command_carries_request_and_limits() -> None:
    plan = ProbePlan(paths=(K,), backend="theano", probes=Path("/p"), silence_seconds=7)
    request = Request(paths=(K,), backend="theano", setting=Setting.LEGACY_KERAS)
    command, marker = command_for(plan, request)
    sent = json.loads(command.variables["KERAS_MATRIX_REQUEST"])
    assert (sent["marker"], sent["setting"]) == (marker, "legacy-keras")
    assert command.variables["TF_USE_LEGACY_KERAS"] == "1"
    assert command.arguments == ("/probes/run.py",)
    assert command.mounts == {Path("/p"): "/probes"}
    assert command.limits.silence_seconds == 7
    assert command_for(plan, request)[1] != marker


def test_variables_choose_the_backend() -> None:
    assert variables_for("jax")["JAX_PLATFORMS"] == "cpu"
    assert variables_for("theano")["KERAS_BACKEND"] == "theano"
    assert "cxx=," in variables_for("theano")["THEANO_FLAGS"]


def test_theano_never_looks_for_a_compiler_not_even_beside_another_backend() -> None:
    assert variables_for("tensorflow")["THEANO_FLAGS"] == variables_for("theano")["THEANO_FLAGS"]


def test_the_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    first = probes_digest(tmp_path)
    (tmp_path / "notes.md").write_text("no code")
    assert probes_digest(tmp_path) == first
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert probes_digest(tmp_path) != first
    assert first.startswith("sha256:")
