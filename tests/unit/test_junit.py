"""JUnit XML by attribute: what is a failure, read back by a reader of the format."""

import pytest
from commandline import Run
from junitparser import Error, Failure, JUnitXml, Skipped, TestSuite
from synthetic import CATALOGUE, NASTY, attribute, big, cell, importable, sample

from keras_matrix.render.junit import Cases, Verdict, to_junit, verdict_of
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellReport
from keras_matrix.tables import tabulate
from keras_matrix.tables.states import State

FIRST = "keras1.2.2-theano0.9.0-py27"


def read(reports: list[CellReport], cases: Cases = Cases.ATTRIBUTE) -> dict[str, TestSuite]:
    document = JUnitXml.fromstring(to_junit(tabulate(reports, CATALOGUE), cases).encode())
    return {suite.name: suite for suite in document}


def results(suite: TestSuite) -> dict[str, tuple[type, str | None] | None]:
    """Case name -> class and message of its result, None where it passed."""
    return {
        case.name: (type(case.result[0]), case.result[0].message) if case.result else None
        for case in suite
    }


def test_a_suite_is_an_import_path_of_a_cell_and_a_case_is_a_name() -> None:
    suites = read(sample())
    found = results(suites[f"{FIRST}.keras.backend"])
    assert found == {
        "floatx": (Failure, "no end within 60 s"),
        "get_session": (Skipped, "missing"),
        "mean": (Failure, "signal 11"),
        "slice": (Skipped, "missing"),
    }
    works = suites["keras2.2.4-tensorflow1.14.0-py37.keras.backend"]
    assert results(works)["mean"] is None
    assert {case.classname for case in works} == {works.name}


def test_each_suite_counts_what_it_holds() -> None:
    for suite in read(sample()).values():
        told = (suite.tests, suite.failures, suite.errors, suite.skipped)
        kinds = [type(case.result[0]) if case.result else None for case in suite]
        counted = (kinds.count(Failure), kinds.count(Error), kinds.count(Skipped))
        assert told == (len(kinds), *counted), suite.name


def test_what_was_not_measured_is_one_case_and_no_failure() -> None:
    suites = read(sample())
    failed = "keras2.2.4-tensorflow1.12.0-py36"
    assert results(suites[failed]) == {failed: (Error, "grpcio did not compile")}
    impossible = "keras3.0.0-tensorflow2.16.1-py38"
    ((kind, message),) = results(suites[impossible]).values()
    assert (kind, message.startswith("impossible: ")) == (Skipped, True)
    absent = results(suites[f"{FIRST}.tensorflow.keras.backend"])
    assert absent == {"import": (Skipped, "path not importable: ImportError: no tensorflow")}


@pytest.mark.parametrize("state", list(State))
def test_only_a_defect_is_a_failure(state: State) -> None:
    defects = {State.DIFFERS, State.CRASHED, State.TIMED_OUT}
    fine = {State.WORKS, State.DEPRECATED, State.NEEDS_SETTING}
    expected = Verdict.FAILED if state in defects else Verdict.SKIPPED
    assert verdict_of(state) is (Verdict.PASSED if state in fine else expected)


def test_what_a_library_says_is_no_markup_and_comes_back_as_it_was() -> None:
    nasty = NASTY + "]]>'\"\x1b[31m\x00"
    made = cell(
        "theano",
        {
            "keras.backend": importable(
                mean=attribute("differs", detail=nasty),
                sum=attribute("deprecated", detail=nasty),
            )
        },
        keras="2.3.1",
        theano="1.0.5",
    )
    (suite,) = read([made]).values()
    read_back = NASTY + "]]>'\"�[31m�"
    assert results(suite)["mean"] == (Failure, read_back)
    assert [case.system_out for case in suite] == [None, f"deprecated: {read_back}"]


def test_a_setting_that_was_needed_is_told_with_what_passed() -> None:
    suite = read(sample())["keras2.3.1-tensorflow1.15.5-py37.keras.backend"]
    said = {case.name: case.system_out for case in suite}
    assert said["get_session"] == "needs a setting: needs eager execution off"
    assert said["mean"] is None


def test_both_kinds_are_read_and_every_cell_is_there() -> None:
    reports = sample()
    ids = {report.cell.id for report in reports}
    (cells,) = read(reports, Cases.CELL).values()
    assert {case.name for case in cells} == ids
    named = list(read(reports))
    assert all(any(name.startswith(each) for name in named) for each in ids)


def test_a_name_takes_few_bytes() -> None:
    table = tabulate(big(cells=20), {})
    text = to_junit(table, Cases.ATTRIBUTE)
    assert len(text) / text.count("<testcase ") < 250


def test_the_verb_writes_either_kind(run: Run, checkout, tmp_path) -> None:
    store = ReportStore(checkout / "reports" / "data")
    for report in sample():
        store.write(report)
    texts = {}
    for cases in ("cell", "attribute"):
        target = tmp_path / f"{cases}.xml"
        options = ("--format", "junit", "--junit-cases", cases, "-o", str(target))
        assert run("table", *options)[0] == 0
        texts[cases] = target.read_text(encoding="utf-8")
    assert run("table", "--format", "junit")[1] == texts["cell"]
    assert "<testsuites>" in texts["attribute"]
    assert run("table", "--format", "junit", "--junit-cases", "path")[0] == 2
