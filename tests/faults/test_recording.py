"""What the suite keeps of its tests, and the table that it makes of that."""

from dataclasses import replace
from pathlib import Path

import pytest
from faulttable import Occasion, to_markdown
from recording import Injection, Recorder

OCCASION = Occasion(day="2026-11-21", engine="Docker Engine 1", seed=7, command="nox -s faults")
HELD = Injection(
    test="t::a",
    fault="SIGKILL",
    moment="probe (3.1 s)",
    holds=("kept", "once"),
    result="held",
    reason="",
    seconds=60.0,
)
TESTS = """
import pytest

@pytest.mark.fault("one", "x", "y")
def test_held(record_property):
    record_property("moment", "early")

@pytest.mark.fault("one", "x", "y")
def test_broken():
    assert False

@pytest.mark.fault("two", "x")
def test_skipped():
    pytest.skip("no root")

@pytest.fixture
def sick():
    raise OSError

@pytest.mark.fault("three", "x")
def test_that_never_began(sick):
    pass

def test_of_something_else():
    assert False
"""


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "new" / "kept.jsonl", "version 1")


def run(recorder: Recorder, folder: Path) -> None:
    (folder / "test_them.py").write_text(TESTS)
    options = ["--import-mode=importlib", "-p", "no:cacheprovider", "-o", "markers=fault"]
    pytest.main([*options, "-c", "/dev/null", "--rootdir", str(folder), str(folder)], [recorder])


def test_each_fault_is_kept_with_what_came_of_it(recorder: Recorder, tmp_path: Path) -> None:
    run(recorder, tmp_path)
    found = {test.split("::")[1]: each for test, each in recorder.read().items()}
    assert {test: (each.fault, each.result) for test, each in found.items()} == {
        "test_held": ("one", "held"),
        "test_broken": ("one", "broken"),
        "test_skipped": ("two", "skipped"),
        "test_that_never_began": ("three", "broken"),
    }
    assert (found["test_held"].moment, found["test_held"].holds) == ("early", ("x", "y"))
    assert found["test_skipped"].reason == "no root"


def test_what_held_is_not_run_again_until_something_changes(
    recorder: Recorder, tmp_path: Path
) -> None:
    run(recorder, tmp_path)
    lines = (tmp_path / "new" / "kept.jsonl").read_text().count("test_held")
    run(recorder, tmp_path)
    kept = (tmp_path / "new" / "kept.jsonl").read_text()
    assert kept.count("test_held") == lines == 1
    assert kept.count("test_broken") == 2
    assert Recorder(tmp_path / "new" / "kept.jsonl", "version 2").read() == {}


def test_the_table_counts_faults_moments_and_checks() -> None:
    broken = replace(HELD, test="t::b", result="broken", moment="build build (9.0 s)")
    again = replace(HELD, test="t::c", moment="probe (4.0 s)")
    skipped = replace(HELD, test="t::d", fault="a|b", result="skipped", reason="no root", moment="")
    text = to_markdown([HELD, broken, again, skipped], OCCASION)
    assert "| SIGKILL | 3 | probe × 2<br>build build | kept<br>once | 4 | **✗ 1 broken** |" in text
    assert "| a\\|b | 0 | – | kept<br>once | 0 | 1 skipped: no root |" in text
    flat = " ".join(text.split())
    assert "3 faults of 1 kinds were injected" in flat
    assert "and 4 statements" in flat
    assert "**1 broke one**, 1 were not injected. On 2026-11-21, Docker Engine 1" in flat


def test_a_table_of_what_held_says_so() -> None:
    text = to_markdown([HELD], OCCASION)
    assert "all held. On" in " ".join(text.split())
    assert text.endswith("| ✓ all held |\n")
