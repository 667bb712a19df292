"""Every real report gets an explanation; of the accepted fixes nearly all are proposed."""

import json
import shlex
import time

import explained
import pytest
from reports import REPORTS, load

from keras_matrix import cli
from keras_matrix.explaining.data import to_data
from keras_matrix.explaining.text import to_text
from keras_matrix.knowledge import load_knowledge

WHOLE = 100
"""So many cells have been measured where a campaign is complete."""
pytestmark = pytest.mark.skipif(not REPORTS.is_file(), reason=f"{REPORTS} is not there")
of_the_whole_table = pytest.mark.skipif(
    len(load_knowledge().measured) < WHOLE, reason="the shipped table is only a part"
)


@pytest.fixture(scope="module")
def judged() -> tuple[explained.Judged, ...]:
    return explained.judge_all(load())


def test_every_report_can_be_told_as_text_and_as_data(
    judged: tuple[explained.Judged, ...],
) -> None:
    for each in judged:
        text = to_text(each.told)
        assert text.startswith("Understood\n"), each.report.source
        assert max(map(len, text.split("\nFixes\n")[0].splitlines())) < 200, each.report.source
        json.dumps(to_data(each.told), default=str)


def test_every_command_at_the_end_can_be_given(judged: tuple[explained.Judged, ...]) -> None:
    given = [each.told.reproduce for each in judged if each.told.reproduce]
    assert len(given) > len(judged) / 2
    for command in given:
        program, *words = shlex.split(command)
        assert program == "keras-matrix"
        assert cli.parser(words).parse_args(words).verb == "reproduce"


def test_what_is_proposed_was_measured(judged: tuple[explained.Judged, ...]) -> None:
    for each in judged:
        for fix in each.told.fixes:
            assert fix.cells, (each.report.source, fix.title)


def test_an_answer_takes_a_blink(judged: tuple[explained.Judged, ...]) -> None:
    started = time.monotonic()
    explained.judge_all([each.report for each in judged])
    assert (time.monotonic() - started) / len(judged) < 5


@of_the_whole_table
def test_the_accepted_fix_or_a_better_one_is_proposed(
    judged: tuple[explained.Judged, ...],
) -> None:
    good, asked = explained.share(judged)
    missed = {
        each.report.source: each.by for each in judged if each.verdict is explained.Verdict.MISSED
    }
    assert good >= 0.84 * asked, json.dumps(missed, indent=1)


@of_the_whole_table
def test_what_was_reviewed_is_still_what_is_proposed(
    judged: tuple[explained.Judged, ...],
) -> None:
    gone = [each.report.source for each in judged if each.by.startswith("no longer proposed")]
    assert gone == []
