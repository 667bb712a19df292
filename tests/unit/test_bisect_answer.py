"""The commands that show a change, the plan's cost, and the answer as text and as data."""

import json
import shlex
from pathlib import Path

import pytest
from commandline import Run

from keras_matrix import cli
from keras_matrix.bisecting.answer import Answer, Survey, document, plan
from keras_matrix.bisecting.commands import shows, takes_nothing
from keras_matrix.bisecting.outcomes import Outcome, Source
from keras_matrix.bisecting.question import Asked, Attribute, Script, Subject, understand
from keras_matrix.bisecting.search import transitions
from keras_matrix.bisecting.steps import steps_of
from keras_matrix.cli import bisected
from keras_matrix.matrix import load_matrix
from keras_matrix.releases import load_catalogue
from keras_matrix.tables.states import State

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
MATRIX = load_matrix(ROOT / "matrix.yaml", CATALOGUE)
NAME = Attribute(path="keras.backend", name="get_session")


def survey(subject: Subject = NAME, over: str = "keras", *beside: str, **ends: str) -> Survey:
    question = understand(Asked(over=over, beside=beside, **ends), subject, CATALOGUE)  # type: ignore[arg-type]
    return Survey(question=question, steps=steps_of(question, MATRIX, CATALOGUE))


def says(state: State, detail: str | None = None, signature: str | None = "()") -> Outcome:
    return Outcome(
        state=state, detail=detail, cell="cell", source=Source.STORED, signature=signature
    )


def commands(here: Survey, *outcomes: Outcome) -> tuple[list[str], list[str]]:
    known = dict(zip(here.feasible, outcomes, strict=True))
    (change,) = transitions(here.steps, known)
    before, after = shows(change, here.question)
    return shlex.split(before), shlex.split(after)


def test_a_name_that_goes_is_shown_by_asking_for_it() -> None:
    here = survey(NAME, "keras", "tensorflow=1.15.5", lowest="2.2.5", highest="2.3.0")
    before, after = commands(here, says(State.WORKS), says(State.MISSING))
    assert after == [
        *("keras-matrix", "reproduce", "--keras", "2.3.0", "--tensorflow", "1.15.5"),
        *("--python", "3.7", "-c", "from keras import backend as K; K.get_session"),
    ]
    assert before[3] == "2.2.5"


def test_a_call_that_changes_is_shown_by_calling_where_it_takes_nothing() -> None:
    here = survey(NAME, "tensorflow", "keras=2.2.4", lowest="1.15.5", highest="2.0.0")
    before, after = commands(here, says(State.WORKS), says(State.RAISES, "AttributeError: x"))
    assert before[-1] == after[-1] == "from keras import backend as K; K.get_session()"
    both = says(State.WORKS, signature="(x)"), says(State.RAISES, "TypeError: x", "(x)")
    before, after = commands(here, *both)
    assert after[1:] == [
        *("bisect", "--attribute", "keras.backend.get_session", "--over", "tensorflow"),
        *("--with", "keras=2.2.4", "--with", "python=3.7", "--from", "2.0.0", "--to", "2.0.0"),
        "--yes",
    ]
    assert cli.parser(after[1:]).parse_args(after[1:]).lowest == "2.0.0"


def test_what_the_options_can_t_name_is_shown_by_a_bisection() -> None:
    here = survey(NAME, "keras", "jax", lowest="3.3.2", highest="3.3.3")
    _, after = commands(here, says(State.WORKS), says(State.MISSING))
    assert after[1] == "bisect"
    assert {"jax=0.4.28", "jaxlib=0.4.28", "packaging=24.0", "python=3.11"} <= set(after)


def test_a_script_is_shown_by_running_it() -> None:
    script = Script(name="my dir/train.py", code=b"pass")
    here = survey(script, "keras", "theano=1.0.4", lowest="2.2.4", highest="2.2.5")
    before, after = commands(here, says(State.WORKS), says(State.RAISES, "KeyError: 1"))
    assert (before[3], after[-1]) == ("2.2.4", "my dir/train.py")
    assert cli.parser(after[1:]).parse_args(after[1:]).script == Path("my dir/train.py")


@pytest.mark.parametrize(
    ("signature", "nothing"),
    [
        ("()", True),
        ("(x=None, *rest, y=(1, 2), **more)", True),
        ("(*, x=1)", True),
        ("(x)", False),
        ("(*, x)", False),
        ("(x, /, y=1)", False),
        ("(x=<object object>)", False),
        (None, False),
    ],
)
def test_a_signature_says_whether_it_takes_nothing(signature: str | None, nothing: bool) -> None:
    assert takes_nothing(signature) is nothing


def test_the_plan_counts_frameworks_and_what_may_come_later() -> None:
    here = survey(NAME, "keras", "tensorflow=1.15.5", lowest="2.1", highest="2.3")
    todo = plan(here, {}, 1)
    assert todo.builds == ("2.1.0", "2.1.6", "2.2.5", "2.3.1")
    assert todo.later == 5 + 5 + 1
    assert todo.seconds == (4 * 20 + 40, 15 * 20 + 40)
    known = {"2.1.0": says(State.WORKS), "2.1.6": says(State.WORKS)}
    assert plan(here, known, 1).later == 5 + 1
    known |= {"2.2.5": says(State.MISSING), "2.3.1": says(State.MISSING)}
    later = plan(here, known, 2)
    assert (later.builds, later.later) == (("2.2.0", "2.2.1", "2.2.2", "2.2.3", "2.2.4"), 0)
    assert later.seconds == (70, 70)
    every = understand(
        Asked(over="keras", lowest="2.2", highest="2.2", every=True), NAME, CATALOGUE
    )
    all_of = Survey(question=every, steps=steps_of(every, MATRIX, CATALOGUE))
    assert len(plan(all_of, {}, 1).builds) == 6


def test_the_answer_says_what_moved_what_is_open_and_what_is_impossible() -> None:
    here = survey(NAME, "keras", lowest="2.2.3", highest="2.4.0")
    known = {
        "2.2.3": says(State.WORKS),
        "2.2.5": says(State.WORKS),
        "2.3.1": says(State.NOT_MEASURED, "resolve: no solution"),
        "2.4.0": says(State.MISSING),
    }
    text = "\n".join(bisected.answered(Answer(survey=here, known=known)))
    assert "1 change: 2.2.5 → 2.4.0" in text
    assert "TensorFlow 1.14.0 → 2.2.0; Python 3.7 → 3.8: either may be the cause" in text
    assert "--with tensorflow=1.14.0 holds it" in text
    assert "of which nothing is known: 2.3.0, 2.3.1" in text
    assert "2.2.4: not measured between, same on both sides (works)" in text
    assert "2.3.0: between 2.2.5 and 2.4.0, which differ" in text
    assert "could not be built: resolve: no solution" in text
    fixed = survey(NAME, "keras", "tensorflow=1.15.5", lowest="2.11.0", highest="3.0.1")
    told = list(bisected.answered(Answer(survey=fixed, known={})))
    assert told[1] == "nothing is known: none of these releases is measured"
    assert any(line.startswith("  3.0.0, 3.0.1: no Python has them all") for line in told)


def test_no_change_is_an_answer_and_says_how_far_it_reaches() -> None:
    here = survey(NAME, "keras", "theano=1.0.4", lowest="2.2.4", highest="2.2.5")
    half = Answer(survey=here, known={"2.2.4": says(State.MISSING)})
    assert list(bisected.answered(half))[1].startswith("no change so far: missing in the one")
    known = {release: says(State.MISSING) for release in here.feasible}
    whole = Answer(survey=here, known=known)
    assert list(bisected.answered(whole))[1] == (
        "no change: missing in all 2 releases measured, 2.2.4 to 2.2.5"
    )
    assert (half.complete, whole.complete) == (False, True)


def test_the_answer_as_data_has_every_release() -> None:
    here = survey(NAME, "keras", "tensorflow=1.15.5", lowest="2.2.4", highest="3.0.0")
    known = {"2.2.4": says(State.WORKS), "2.2.5": says(State.RAISES, "TypeError: x")}
    told = json.loads(json.dumps(document(Answer(survey=here, known=known), plan(here, known, 2))))
    assert [each["release"] for each in told["releases"]] == list(here.question.releases)
    (change,) = told["transitions"]
    assert (change["before"], change["after"], change["moved"]) == ("2.2.4", "2.2.5", {})
    assert change["now"] == {"outcome": "raises", "detail": "TypeError: x", "source": "stored"}
    assert told["releases"][-1]["impossible"].startswith("no Python has them all")
    assert told["complete"] is False
    assert told["not_measured"][0]["older"] == "2.2.5"


NAMED = ("bisect", "--attribute", "keras.backend.get_session", "--over", "keras")


def test_nothing_is_built_where_nobody_can_be_asked(run: Run, checkout: Path) -> None:
    code, out, err = run(*NAMED, "--with", "theano=1.0.5", "--from", "2.2", "--to", "2.3")
    assert code == 0
    assert "to measure: 2.2.0, 2.2.5" in err
    assert "the same with --yes measures" in out
    assert "2.3.1  missing" in out  # the measured table has that one
    assert not (checkout / "cache").exists()


def test_the_answer_as_data_is_all_that_is_printed(run: Run) -> None:
    code, out, _ = run(*NAMED, "--with", "theano=1.0.5", "--from", "2.3", "--json")
    assert code == 0
    assert json.loads(out)["question"]["with"] == {"theano": "1.0.5"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--attribute", "keras.backnd.x", "--over", "keras"), "did you mean 'keras.backend'?"),
        (
            ("--attribute", "keras.backend.get_sesion", "--over", "keras"),
            "did you mean 'get_session'?",
        ),
        ((*NAMED[1:], "--with", "theano=1.0.55"), "the nearest release is 1.0.5"),
        ((*NAMED[1:], "--from", "2.2.9"), "--from: keras 2.2.9 never existed"),
        (("--script", "nowhere.py", "--over", "keras"), "nowhere.py can't be read"),
        (NAMED[1:3], "--over"),
        ((*NAMED[1:3], "--over", "cntk"), "invalid choice"),
        ((*NAMED[1:], "--script", "x.py"), "not allowed with"),
    ],
)
def test_bad_input_is_named(run: Run, arguments: tuple[str, ...], text: str) -> None:
    code, out, err = run("bisect", *arguments)
    assert (code, out) == (2, "")
    assert text in err


@pytest.mark.parametrize(("content", "text"), [(b"", "empty"), (b"\0\1", "binary")])
def test_what_is_no_script_is_named(run: Run, tmp_path: Path, content: bytes, text: str) -> None:
    script = tmp_path / "x.py"
    script.write_bytes(content)
    code, _, err = run("bisect", "--script", str(script), "--over", "keras")
    assert (code, f"is no script: it is {text}" in err) == (2, True)


def test_a_huge_script_is_refused(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "x.py"
    script.write_bytes(b"#" * (2**20 + 1))
    code, _, err = run("bisect", "--script", str(script), "--over", "keras")
    assert (code, "longer than 1 MiB" in err) == (2, True)


def test_no_engine_is_the_environment_s_fault(run: Run) -> None:
    code, _, err = run(
        *NAMED, "--with", "theano=1.0.5", "--to", "2.2", "--yes", "--engine", "docker"
    )
    assert (code, "no such socket" in err) == (3, True)


def test_a_script_runs_on_this_machine_only_where_it_is_trusted(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "x.py"
    script.write_text("print(1)\n")
    arguments = ("--over", "keras", "--with", "theano=1.0.5", "--from", "2.3", "--to", "2.3")
    local = ("--yes", "--engine", "local")
    code, _, err = run("bisect", "--script", str(script), *arguments, *local)
    assert (code, "--trust-code allows it" in err) == (2, True)
