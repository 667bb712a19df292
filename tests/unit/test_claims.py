"""Verdicts come from records alone; what applies nowhere counts nowhere."""

import re
from dataclasses import replace

import pytest
from synthetic import NASTY, attribute, cell, importable, sample, unimportable

from keras_matrix.probing.scenarios import Scenario
from keras_matrix.results import AttributeOutcome, CellReport, ScenarioRecord
from keras_matrix.tables import tabulate
from keras_matrix.tables.claims import CLAIMS, Verdict, answers_of, claims_text
from keras_matrix.tables.remedies import Remedy, by_remedy, missing_names

C1 = Scenario(
    name="clear-session",
    file="clear_session.py",
    claim="C1",
    sentence="`K.clear_session()` fails.",
    applies_to={"tensorflow": ">=2"},
    holds_if=("raises AttributeError",),
)
CONTROL = Scenario(
    name="layer", file="layer.py", claim="C3", sentence="A layer works.", holds_if=()
)
MINE = Scenario(name="mine", file="mine.py", claim=None, sentence="My model trains.")


def with_record(report: CellReport, **said: str) -> CellReport:
    """The report with a scenario's outcome, "outcome" or "outcome: detail", for each keyword."""
    records = {}
    for name, text in said.items():
        outcome, _, detail = text.partition(": ")
        records[name.replace("_", "-")] = ScenarioRecord(
            outcome=AttributeOutcome(outcome), detail=detail or None
        )
    return replace(report, scenarios=records)


def tensorflow(version: str, said: str, keras: str = "2.3.1") -> CellReport:
    report = cell("tensorflow", {}, keras=keras, tensorflow=version)
    return with_record(report, clear_session=said)


def text_of(reports: list[CellReport], *scenarios: Scenario) -> str:
    return claims_text(tabulate(reports, {}), reports, scenarios)


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, re.M | re.S)
    assert found is not None, heading
    return found[1]


MISSING = "raises: AttributeError: no clear_session"
REPORTS = [
    tensorflow("2.4.1", MISSING, keras="2.4.3"),
    tensorflow("2.3.0", MISSING, keras="2.4.3"),
    tensorflow("2.2.0", MISSING, keras="2.4.3"),
    tensorflow("2.1.0", "works"),
    tensorflow("2.0.4", "raises: ImportError: half installed"),
    tensorflow("1.15.5", MISSING),
    with_record(
        cell("theano", {}, keras="2.3.1", theano="1.0.5"),
        clear_session="present: no tensorflow in this cell",
    ),
]


def test_a_claim_is_counted_where_it_applies() -> None:
    (answer,) = answers_of(tabulate(REPORTS, {}), REPORTS, [C1])
    assert {verdict: answer.count(verdict) for verdict in Verdict} == {
        Verdict.HOLDS: 3,
        Verdict.FAILS: 2,
        Verdict.CONTROL: 0,
        Verdict.OUTSIDE: 1,
        Verdict.BROKEN: 0,
        Verdict.NOT_APPLICABLE: 1,
    }
    assert answer.text == "holds in 3 of 5"


def test_outcomes_are_grouped_with_the_cells_that_share_them() -> None:
    lines = section(text_of(REPORTS, C1), "`clear-session`").splitlines()
    assert lines[3] == (
        "**Holds in 3 of 5** (not counted: not of the claim's versions 1, not applicable 1)."
    )
    rows = [line for line in lines if line.startswith("| ")][2:]
    assert rows[0].startswith("| holds | raises | AttributeError: no clear\\_session |")
    assert rows[0].endswith("| TensorFlow 2.2–2.5: all 3 |")
    assert "(1 of 3): `keras2.3.1-tensorflow2.0.4-py37`" in rows[1]
    assert rows[2].startswith("| does not hold | works |  |")
    assert rows[3].startswith("| not of the claim's versions | raises |")
    assert rows[4].endswith("| Theano (1 of 1): `keras2.3.1-theano1.0.5-py37` |")
    assert len(rows) == 5


def test_long_runs_are_spans_and_gaps_break_them() -> None:
    outcomes = ["works", MISSING, MISSING, MISSING, "works", MISSING]
    reports = [tensorflow(f"2.{n + 6}.0", said) for n, said in enumerate(outcomes)]
    found = section(text_of(reports, C1), "`clear-session`")
    first, last = "keras2.3.1-tensorflow2.7.0-py37", "keras2.3.1-tensorflow2.9.0-py37"
    alone = "keras2.3.1-tensorflow2.11.0-py37"
    assert f"(4 of 6): `{first}` … `{last}` (3), `{alone}` |" in found


def test_a_control_proves_nothing_and_says_how_often_it_works() -> None:
    reports = [
        with_record(cell("tensorflow", keras="2.3.1", tensorflow="2.1.0"), layer="works"),
        with_record(cell("tensorflow", keras="2.3.1", tensorflow="2.0.4"), layer="raises: E: x"),
    ]
    text = text_of(reports, CONTROL)
    assert "`layer`: control: works in 1 of 2" in section(text, "The claims, as measured")
    assert "holds in" not in section(text, "`layer`")


def test_a_failure_counts_only_where_its_control_works() -> None:
    scenario = replace(MINE, holds_if=("raises",), given=("layer",))
    made = [cell("tensorflow", keras="2.3.1", tensorflow=f"2.{n}.0") for n in range(4)]
    reports = [
        with_record(made[0], mine="raises: E", layer="works"),
        with_record(made[1], mine="raises: E", layer="raises: E"),
        with_record(made[2], mine="raises: E"),
        with_record(made[3], mine="works", layer="raises: E"),
    ]
    (answer,) = answers_of(tabulate(reports, {}), reports, [scenario])
    assert [finding.verdict for finding in answer.findings] == [
        Verdict.HOLDS,
        Verdict.BROKEN,
        Verdict.BROKEN,
        Verdict.FAILS,
    ]
    found = section(text_of(reports, scenario), "`mine`")
    assert "A failure counts only where `layer` works." in found
    assert "**Holds in 1 of 2** (not counted: fails for another cause 2)." in found


def test_the_summary_has_a_row_for_each_claim() -> None:
    summary = section(text_of(REPORTS, C1), "The claims, as measured")
    for claim in CLAIMS:
        assert f"| [{claim}](#{claim.lower()}) |" in summary
    assert "| `clear-session`: holds in 3 of 5 |" in summary


@pytest.mark.parametrize("claim", [None, "Z9"])
def test_scenarios_of_no_known_claim_have_their_own_section(claim: str | None) -> None:
    reports = [with_record(REPORTS[0], mine="works: loss is 0.5")]
    text = text_of(reports, replace(MINE, claim=claim))
    assert text.index("## Other scenarios") > text.index("## R5")
    assert "My model trains." in section(text, "`mine`")
    assert "loss is 0.5" in section(text, "`mine`")


def test_an_unmeasured_scenario_says_so() -> None:
    assert "**Not measured**." in section(text_of(sample(), MINE), "`mine`")


def test_a_scenario_that_applies_nowhere_says_so() -> None:
    assert "**Applies to no measured combination**" in text_of([REPORTS[5]], C1)


def test_settings_of_a_scenario_are_named() -> None:
    scenario = replace(MINE, variables={"KERAS_BACKEND": None, "A": "b"})
    assert "Run with `A=b`, `KERAS_BACKEND` unset." in text_of(REPORTS, scenario)


def test_foreign_text_is_no_markup() -> None:
    report = with_record(REPORTS[0], clear_session=f"raises: {NASTY}")
    found = section(text_of([report], C1), "`clear-session`")
    assert "<b>" not in found
    assert all(line.endswith(" |") for line in found.splitlines() if line.startswith("| "))


def test_the_order_of_the_reports_does_not_matter() -> None:
    assert text_of(REPORTS, C1, MINE) == text_of(REPORTS[::-1], C1, MINE)


# --- C10: what would have helped ------------------------------------------------------------------


def remedies(reports: list[CellReport]) -> dict[tuple[str, str, str], Remedy]:
    return {
        (found.path, found.name, cell.split("-")[1]): found.remedy
        for found in missing_names(tabulate(reports, {}))
        for cell in found.cells
    }


def test_the_nearest_remedy_counts() -> None:
    new = cell(
        "tensorflow",
        {
            "keras.backend": importable(mean=attribute(), late=attribute()),
            "tensorflow.keras.backend": importable(slice=attribute("deprecated", detail="soon")),
        },
        keras="2.4.3",
        tensorflow="2.3.0",
    )
    old = cell(
        "tensorflow",
        {"keras.backend": importable(slice=attribute("raises", detail="E"))},
        keras="2.3.1",
        tensorflow="1.15.5",
    )
    theano = cell(
        "theano",
        {
            "keras.backend": importable(pattern=attribute(), mean=attribute()),
            "tensorflow.keras.backend": unimportable(),
        },
        keras="2.3.1",
        theano="1.0.5",
    )
    found = remedies([new, old, theano])
    assert found["keras.backend", "slice", "tensorflow2.3.0"] is Remedy.IMPORT
    assert found["keras.backend", "late", "tensorflow1.15.5"] is Remedy.VERSION
    assert found["keras.backend", "pattern", "tensorflow2.3.0"] is Remedy.BACKEND
    # Elsewhere `slice` of keras.backend is there, but was never seen to work.
    assert found["keras.backend", "slice", "theano1.0.5"] is Remedy.NONE
    assert found["keras.backend", "mean", "tensorflow1.15.5"] is Remedy.VERSION
    # A path that can't be imported lacks no names.
    assert not [key for key in found if key[0] != "keras.backend" and key[2] == "theano1.0.5"]


def test_missing_names_are_counted_and_listed() -> None:
    text = text_of(sample())
    missing = list(missing_names(tabulate(sample(), {})))
    counts = by_remedy(missing)
    assert sum(counts.values()) == sum(len(one.cells) for one in missing) > 0
    for remedy, number in counts.items():
        assert f"{remedy}: {number}" in section(text, "C10")
    names = section(text, "Missing from `keras.backend`, name by name")
    assert re.search(r"^\| `slice` \| \d+ \|", names, re.M)


def test_nothing_missing_is_said() -> None:
    assert "No name is missing anywhere." in text_of(REPORTS, C1)
