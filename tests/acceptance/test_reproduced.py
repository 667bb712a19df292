"""Which code answers for a report, what its result is kept under, and how it is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import accepttable
import attempts
import explained
import pytest
import reproduced
from accepttable import Outcome
from kept import Kept
from reports import REPORTS, Report, load

from keras_matrix.errors import InputError
from keras_matrix.evidence import Frame
from keras_matrix.releases import load_catalogue
from keras_matrix.reproducing import End, Ending, Origin, Seen, Snippet
from keras_matrix.shipped import shipped

CATALOGUE = load_catalogue(shipped("docker/locks/releases.json"))
CODE = Snippet(code=b"import x\n", origin=Origin.REPORT)
FIELDS: dict[str, Any] = {
    "url": "https://example.org/1",
    "title": "no get_session",
    "error": "AttributeError: module 'keras.backend' has no attribute 'get_session'",
    "snippet": "from keras import backend as K\nK.get_session()",
    "keras": "2.4.3",
    "tensorflow": "2.3.1",
    "exact_combo": True,
    "version_claim": "plausible",
} | dict.fromkeys(
    ("theano", "jax", "torch", "cntk", "python", "backend", "date", "notes", "accepted_fix")
)
KEY = "github:a/b#1 @ keras2.4.3-tensorflow2.3.1-py38"


def report(**fields: Any) -> Report:
    return Report(source="github:a/b#1", fields=FIELDS | fields)


def ending(exception: str, message: str, file: str = "snippet.py") -> Ending:
    frame = Frame(file=file, line=1, function="<module>", code=None)
    seen = Seen(exception=exception, message=message, kinds=(exception,), frames=(frame,))
    return Ending(end=End.RAISED, code=1, reason="an exception ended it", errors=(seen,))


def attempt(verdict: str, message: str, origin: str = "report") -> dict[str, Any]:
    return {
        "verdict": verdict,
        "note": "",
        "snippet": {"origin": origin, "code": "from keras import backend as K\nK.get_session\n"},
        "cell": {"pins": {"keras": "2.4.3", "tensorflow": "2.3.1"}, "python": "3.8.18"},
        "ending": {
            "reason": "it came to its end",
            "errors": [{"exception": "AttributeError", "message": message}] if message else [],
        },
    }


def result(*made: dict[str, Any], lacking: str | None = None) -> dict[str, Any]:
    return {"failure": None, "lacking": lacking, "attempts": list(made)}


@pytest.mark.parametrize(
    ("exception", "message", "reason"),
    [
        ("NameError", "name 'x' is not defined", "a name from elsewhere"),
        ("FileNotFoundError", "no file 'a.h5'", "needs a file"),
        ("SyntaxError", "invalid syntax", "no whole program"),
        ("ModuleNotFoundError", "No module named 'keras_contrib'", "the package keras_contrib"),
        ("ImportError", "No module named keras_contrib.layers", "the package keras_contrib"),
    ],
)
def test_code_that_lacks_what_its_report_had_gives_way_to_the_smallest(
    exception: str, message: str, reason: str
) -> None:
    assert reason in (attempts.lacking([(ending(exception, message), CODE)]) or "")


@pytest.mark.parametrize(
    ("exception", "message", "file"),
    [
        ("AttributeError", "module 'keras' has no attribute 'x'", "snippet.py"),
        ("ModuleNotFoundError", "No module named 'keras'", "snippet.py"),
        ("NameError", "name 'unicode' is not defined", "/lib/site-packages/keras/models.py"),
    ],
)
def test_an_error_of_the_frameworks_is_the_answer(exception: str, message: str, file: str) -> None:
    assert attempts.lacking([(ending(exception, message, file), CODE)]) is None


def test_code_that_ran_to_its_end_is_the_answer() -> None:
    clean = Ending(end=End.FINISHED, code=0, reason="it came to its end")
    assert attempts.lacking([(clean, CODE)]) is None


def test_one_block_that_can_run_alone_is_enough() -> None:
    lacks, speaks = ending("NameError", "name 'x' is not defined"), ending("ValueError", "no")
    assert attempts.lacking([(lacks, CODE), (speaks, CODE)]) is None


def test_a_report_without_code_is_answered_by_the_smallest() -> None:
    (task,) = attempts.tasks(report(snippet=None), CATALOGUE, {})
    assert list(attempts.own_requests(task.asked)) == []
    assert attempts.lacking([]) == attempts.NO_CODE
    made = attempts.made_request(task.asked)
    assert made is not None
    assert made.snippet.text.endswith("K.get_session\n")


def test_a_result_is_kept_under_report_and_versions() -> None:
    (task,) = attempts.tasks(report(), CATALOGUE, {})
    (older,) = attempts.tasks(report(python="3.7"), CATALOGUE, {})
    assert task.key == KEY
    assert older.key == KEY.replace("py38", "py37")


def test_a_release_that_never_existed_is_impossible_and_another_stands_beside_it() -> None:
    reviews = {"github:a/b#1": {"instead": {"tensorflow": "2.3.1", "python": "3.7"}}}
    claimed, other = attempts.tasks(report(tensorflow="2.3.9"), CATALOGUE, reviews)
    assert claimed.key is None
    assert "2.3.9 never existed" in claimed.impossible
    assert other.key == KEY.replace("py38", "py37")
    assert accepttable.came_of(claimed, {}).outcome is Outcome.IMPOSSIBLE


def test_results_kept_at_the_same_time_are_all_there(tmp_path: Path) -> None:
    kept = Kept(path=tmp_path / "new" / "kept.json")
    assert kept.read() == {}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: kept.add(str(number), {"n": number}), range(12)))
    kept.add("3", {"n": "again"})
    assert kept.read() == {str(n): {"n": n} for n in range(12)} | {"3": {"n": "again"}}


@pytest.mark.parametrize(
    ("kept", "outcome", "seen"),
    [
        (result(attempt("reproduced", "no x")), Outcome.REPRODUCED, "`AttributeError: no x` on"),
        (result(attempt("different", "no y")), Outcome.DIFFERENT, "`AttributeError: no y` on"),
        (result(attempt("no-error", "")), Outcome.NO_ERROR, "`it came to its end` on"),
        ({"failure": "resolve: no", "lacking": None, "attempts": []}, Outcome.NOT_BUILT, ""),
        (None, Outcome.OPEN, ""),
    ],
)
def test_what_is_kept_is_told(kept: dict[str, Any] | None, outcome: Outcome, seen: str) -> None:
    (task,) = attempts.tasks(report(), CATALOGUE, {})
    came = accepttable.came_of(task, {KEY: kept} if kept else {})
    assert came.outcome is outcome
    assert came.seen.startswith(seen)
    assert bool(came.seen) is bool(seen)


def test_the_smallest_code_is_said_to_be_it() -> None:
    (task,) = attempts.tasks(report(), CATALOGUE, {})
    kept = result(
        attempt("different", "name"), attempt("reproduced", "no x", "made"), lacking="needs x"
    )
    came = accepttable.came_of(task, {KEY: kept})
    assert came.outcome is Outcome.REPRODUCED
    assert "needs x: run was `from keras import backend as K; K.get_session`" in came.remarks


def test_the_table_has_a_row_for_each_report_and_exact_claims_first() -> None:
    vague = Report(source="github:a/b#2", fields=FIELDS | {"exact_combo": False})
    odd = report(tensorflow="2.3.9", accepted_fix="a | b")
    reviews = {
        odd.source: {"instead": {"tensorflow": "2.3.1"}, "reason": "a slip of the pen"},
    }
    kept = {KEY: result(attempt("reproduced", "no `x` |\nof it"))}
    judged = explained.judge_all([vague, odd])
    exact = {odd.source: attempts.tasks(odd, CATALOGUE, reviews)}
    lines = list(accepttable.to_markdown(judged, exact, kept, reviews))
    rows = [line for line in lines if line.startswith("| [")]
    assert [row.split("]")[0] for row in rows] == ["| [a/b#1", "| [a/b#2"]
    assert "**impossible** | a slip of the pen<br>" in rows[0]
    assert "**reproduced**, `AttributeError: no 'x' \\|; of it` on keras 2.4.3" in rows[0]
    assert " no exact claim | the claim is no exact combination |" in rows[1]
    assert {row.replace("\\|", "").count("|") for row in rows} == {9}
    assert "of their errors: impossible 1." in " ".join(lines)


def test_what_an_interruption_killed_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, aborted = Event(), Event()

    def killed(*_: object) -> dict[str, Any]:
        begun.set()
        assert aborted.wait(60)
        return result(attempt("different", "died of SIGKILL"))

    def interrupted(_: object) -> None:
        assert begun.wait(60)
        raise KeyboardInterrupt

    monkeypatch.setattr(reproduced, "try_task", killed)
    monkeypatch.setattr(reproduced, "as_completed", interrupted)
    place: Any = SimpleNamespace(engine=SimpleNamespace(abort=aborted.set))
    kept = Kept(path=tmp_path / "kept.json")
    with pytest.raises(KeyboardInterrupt):
        reproduced.run_all(attempts.tasks(report(), CATALOGUE, {}), place, kept, 1)
    assert kept.read() == {}


@pytest.mark.parametrize("name", ["a/b#1", "github:a/b#1"])
def test_reports_are_chosen_by_their_source(name: str) -> None:
    vague = Report(source="github:a/b#2", fields=FIELDS | {"exact_combo": False})
    every = [report(), vague]
    assert reproduced.select(every, []) == (report(),)
    assert reproduced.select(every, [name]) == (report(),)
    with pytest.raises(InputError, match="a/b#2"):
        reproduced.select(every, ["a/b#2"])


@pytest.mark.skipif(not REPORTS.is_file(), reason=f"{REPORTS} is not there")
def test_every_exact_report_is_a_combination_to_build_or_impossible_for_a_reason() -> None:
    reviews = attempts.read_reviews()
    exact = [each for each in load() if attempts.is_exact(each)]
    every = [task for each in exact for task in attempts.tasks(each, CATALOGUE, reviews)]
    assert len(exact) >= 14
    assert {each.source for each in exact} >= set(reviews)
    for task in every:
        assert task.key or task.impossible, task.report.source
        assert task.asked.snippets, task.report.source
        assert task.asked.expected is not None, task.report.source
    keys = [task.key for task in every if task.key]
    assert len(set(keys)) == len(keys)
