"""``keras-matrix run`` by its options: bad ones are refused, and what is left out is told."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commandline import Run

CELLS = ["keras2.2.4-theano1.0.5-py37", "keras2.3.1-theano1.0.5-py37"]
TOMORROW = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--budget", "30", "as in 1h30m or 90s"),
        ("--budget", "0s", "as in 1h30m or 90s"),
        ("--since", "yesterday", "give it as YYYY-MM-DD"),
        ("--since", "2026-02-30", "give it as YYYY-MM-DD"),
        ("--since", TOMORROW, "in the future"),
    ],
)
def test_a_bad_option_is_named_before_anything_starts(
    run: Run, option: str, text: str, told: str
) -> None:
    code, out, err = run("run", option, text)
    assert (code, out, told in err) == (2, "", True), err


@pytest.mark.enable_socket  # the executor has the index listen
def test_a_spent_budget_is_no_failure_and_names_what_it_left_out(run: Run, checkout: Path) -> None:
    code, out, err = run("run", "--engine", "local", "--budget", "1s", "--json")
    document = json.loads(out)
    assert (code, document["cells"]) == (0, [])
    assert sorted(each["id"] for each in document["left_out"]) == CELLS
    for each in document["left_out"]:
        assert each["why"] == "no report"
        assert each["estimated_seconds"] == 120
        assert "120 s" in each["reason"] or "spent" in each["reason"]
    assert "left out for want of time: 2" in err
    assert "2 left out" in err
    assert not (checkout / "reports").exists()


@pytest.mark.enable_socket
def test_corrupt_timings_are_named_and_only_failures_may_be_none(run: Run, checkout: Path) -> None:
    timings = checkout / "reports" / "timings.json"
    timings.parent.mkdir()
    timings.write_text("{")
    code, out, err = run("run", "--engine", "local", "--only-failed", "--json")
    assert code == 0
    assert json.loads(out)["cells"] == []
    assert f"{timings}: no timings" in err
    assert "nothing to do" in err
    assert timings.read_text() == "{"


def test_the_help_shows_the_order_and_an_example_of_each_option(run: Run) -> None:
    _, out, _ = run("run", "--help")
    for words in (
        "--budget 1h30m",
        "--only-failed  ",
        "--since 2026-11-01",
        "order: cells without",
    ):
        assert words in out
