"""The guard: each rule refuses with its numbers and leaves the tables alone, or lets them pass."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from commandline import Run
from commandline import checkout as checkout
from commandline import run as run
from synthetic import attribute, cell, importable, unimportable

from keras_matrix.comparing.places import given, opened
from keras_matrix.expecting.model import Canary, Expectations, Limits
from keras_matrix.expecting.reading import load_expectations
from keras_matrix.guarding import Verdict, guard
from keras_matrix.guarding.rules import Rule
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellReport, PathRecord

ROOT = Path(__file__).parents[2]
CANARIES = (
    Canary(
        line=4,
        cell="keras2.3.1-theano1.0.5-py37",
        path="keras.backend",
        outcome="importable",
        names={"n0": "works", "slice": "missing"},
    ),
)
EXPECTATIONS = Expectations(canaries=CANARIES)


def state(
    keras: str = "2.3.1", *, names: int = 40, broken: int = 0, **paths: PathRecord
) -> CellReport:
    """A Theano cell: so many names, the last of them broken; other paths as given."""
    attributes = {
        f"n{n}": attribute("raises", detail="x") if n >= names - broken else attribute()
        for n in range(names)
    }
    records = {"keras.backend": importable(**attributes)} | {
        name.replace("_", "."): record for name, record in paths.items()
    }
    return cell("theano", records, keras=keras, theano="1.0.5")


def unmeasured(failure: str, outcome: str = "build-failed", keras: str = "2.3.1") -> CellReport:
    return cell(
        "theano", keras=keras, theano="1.0.5", outcome=outcome, reason="why", failure=failure
    )


def upgraded(report: CellReport) -> CellReport:
    return replace(report, packages={"numpy": "1.19"})


def judge(
    old: Sequence[CellReport],
    new: Sequence[CellReport],
    expectations: Expectations = EXPECTATIONS,
) -> Verdict:
    return guard(given("old", old), given("new", new), expectations)


def said(verdict: Verdict) -> list[tuple[Rule, str]]:
    return [(refusal.rule, refusal.text) for refusal in verdict.refusals]


NAME = state().cell.id
AMID = "keras2.2.4-theano1.0.5-py37"
OTHER = state("2.2.4")
TWO_PATHS = {"a_b": importable(x=attribute()), "a_c": importable(x=attribute())}

Case = tuple[Sequence[CellReport], Sequence[CellReport], list[tuple[Rule, str]]]
REFUSED: Mapping[str, Case] = {
    "a canary's name answers otherwise": (
        [state()],
        [replace(state(), paths={"keras.backend": importable(**{
            **state().paths["keras.backend"].attributes, "slice": attribute()})})],
        [(Rule.CANARY, f"canary {NAME}: keras.backend.slice is known as missing, and is works "
          "(expectations.yaml:4)")],
    ),
    "a canary was not measured": (
        [OTHER],
        [OTHER],
        [(Rule.CANARY, f"canary {NAME}: keras.backend was not measured (expectations.yaml:4)")],
    ),
    "a column lost its names": (
        [state()],
        [state(names=30)],
        [
            (Rule.COLLAPSE, f"{NAME} has 30 of its 40 public names left "
             "(at most 10 % may go: limits.column_names)"),
            (Rule.INVENTORY, "10 of 40 names are in no cell any more (at most 1 % may go: "
             "limits.names): keras.backend.n30, keras.backend.n31, keras.backend.n32, "
             "keras.backend.n33, keras.backend.n34 and 5 more"),
        ],
    ),
    "a column does not work any more": (
        [state()],
        [state(broken=12)],
        [(Rule.COLLAPSE, f"{NAME} has 28 of its 40 working names left "
          "(at most 25 % may go: limits.column_works)")],
    ),
    "a column lost its paths, packages having changed": (
        [state(**TWO_PATHS), OTHER, state("2.2.5", **TWO_PATHS)],
        [upgraded(state(a_b=unimportable(), a_c=unimportable())), OTHER,
         state("2.2.5", **TWO_PATHS)],
        [(Rule.COLLAPSE, f"{NAME} has 1 of its 3 importable paths left "
          "(at most 50 % may go: limits.column_paths)")],
    ),
    "cells are not measured any more": (
        [state(), OTHER],
        [state()],
        [(Rule.INVENTORY, "1 cells that were measured are not any more (at most 0 may go: "
          f"limits.cells): {AMID}")],
    ),
    "the network failed": (
        [state(), unmeasured("compile", keras="2.2.4")],
        [state(), unmeasured("network", keras="2.2.4")],
        [(Rule.ENVIRONMENT, f"{AMID} is build-failed for a reason of the machine (network): why")],
    ),
    "nothing can be imported": (
        [state(), state("2.2.5", **TWO_PATHS), OTHER],
        [state(), state("2.2.5", **TWO_PATHS), upgraded(replace(OTHER, paths={
            "keras.backend": unimportable("OSError: libgomp.so.1")}))],
        [(Rule.ENVIRONMENT, f"{AMID}: none of the 1 import paths that could be imported can be "
          "now: OSError: libgomp.so.1")],
    ),
    "an import failed though nothing was upgraded": (
        [state(**TWO_PATHS), state("2.2.5", **TWO_PATHS)],
        [state(a_b=unimportable("ImportError: cycle"), a_c=importable(x=attribute())),
         state("2.2.5", **TWO_PATHS)],
        [(Rule.ENVIRONMENT, f"{NAME}: a.b can't be imported any more, though every package is the "
          "same: ImportError: cycle")],
    ),
}  # fmt: skip
PASSED: Mapping[str, tuple[Sequence[CellReport], Sequence[CellReport]]] = {
    "nothing changed": ([state(), OTHER], [state(), OTHER]),
    "names came": ([state(names=39)], [state()]),
    "a few names went": ([state(), state("2.2.5", names=40)], [state(names=37), state("2.2.5")]),
    "a few names broke": ([state()], [state(broken=10)]),
    "a path went with an upgrade": (
        [state(**TWO_PATHS), state("2.2.5", **TWO_PATHS)],
        [
            upgraded(state(a_b=unimportable(), a_c=importable(x=attribute()))),
            state("2.2.5", **TWO_PATHS),
        ],
    ),
    "a build failed by itself, as before": (
        [state(), unmeasured("compile", keras="2.2.4")],
        [state(), unmeasured("resolve", keras="2.2.4")],
    ),
    "the network fails still": (
        [state(), unmeasured("network", keras="2.2.4")],
        [state(), replace(unmeasured("network", keras="2.2.4"), reason="another host")],
    ),
    "a new cell never had a path": (
        [state()],
        [state(), replace(OTHER, paths={"keras.backend": unimportable()})],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_with_a_sentence_and_its_numbers(case: str) -> None:
    old, new, refusals = REFUSED[case]
    assert said(judge(old, new)) == refusals


@pytest.mark.parametrize("case", PASSED)
def test_lets_pass(case: str) -> None:
    assert said(judge(*PASSED[case])) == []


def test_declared_limits_let_pass_what_the_usual_ones_refuse() -> None:
    wide = Limits(column_paths=67, column_names=25, column_works=30, names=25, cells=1)
    for case in (
        "a column lost its names",
        "a column does not work any more",
        "a column lost its paths, packages having changed",
        "cells are not measured any more",
    ):
        old, new, _ = REFUSED[case]
        assert said(judge(old, new, replace(EXPECTATIONS, limits=wide))) == []


def test_a_path_without_names_is_no_canary_of_missing_names() -> None:
    empty = replace(state(), paths={"keras.backend": importable()})
    found = [text for rule, text in said(judge([empty], [empty])) if rule is Rule.CANARY]
    assert found == [
        f"canary {NAME}: keras.backend.{name} is known as {outcome}, and is importable, without "
        "names (expectations.yaml:4)"
        for name, outcome in (("n0", "works"), ("slice", "missing"))
    ]


def test_the_committed_canaries_hold_in_the_committed_reports() -> None:
    expectations = load_expectations(ROOT / "expectations.yaml")
    wanted = {canary.cell for canary in expectations.canaries}
    with opened(str(ROOT), Path.cwd) as reports:
        readers = {name: read for name, read in reports.readers.items() if name in wanted}
        some = replace(reports, readers=readers)
        assert said(guard(some, some, expectations)) == []


# --- the verbs --------------------------------------------------------------------------------

EXPECTED = """\
canaries:
  - cell: keras2.3.1-theano1.0.5-py37
    path: keras.backend
    names: {n0: works, slice: missing}
"""
Place = Callable[[Sequence[CellReport], Sequence[CellReport]], str]


@pytest.fixture
def place(checkout: Path) -> Place:
    """Puts old reports into a folder, which it returns, and new ones into the checkout."""

    def put(old: Sequence[CellReport], new: Sequence[CellReport]) -> str:
        (checkout / "expectations.yaml").write_text(EXPECTED)
        for folder, reports in ((checkout / "old", old), (checkout / "reports" / "data", new)):
            for report in reports:
                ReportStore(folder).write(report)
        return str(checkout / "old")

    return put


def files(checkout: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in (checkout / "reports").iterdir() if path.is_file()
    }


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_leaves_the_old_tables_byte_for_byte(
    case: str, checkout: Path, run: Run, place: Place
) -> None:
    old, new, refusals = REFUSED[case]
    where = place(old, old)
    assert run("table")[0] == 0
    (checkout / "README.md").write_text("<!-- table:begin -->\n<!-- table:end -->\n")
    before = files(checkout)
    for path in (checkout / "reports" / "data").iterdir():
        path.unlink()
    place([], new)
    code, out, err = run("table", "--guard", where)
    assert (code, files(checkout), out) == (3, before, "")
    assert "the guard refuses: no table was written" in err
    for _, text in refusals:
        assert text.partition(" (expectations.yaml")[0] in err
    assert (checkout / "README.md").read_text().count("\n") == 2
    assert run("table", "--guard", where, "--format", "md")[:2] == (3, "")
    assert run("guard", where, str(checkout))[0] == 3


@pytest.mark.parametrize("case", PASSED)
def test_what_passes_renews_the_tables(case: str, checkout: Path, run: Run, place: Place) -> None:
    where = place(*PASSED[case])
    code, out, _ = run("table", "--guard", where)
    assert code == 0
    assert "compatibility.md" in files(checkout)
    code, out, _ = run("guard", where, str(checkout))
    assert (code, out.partition(":")[0]) == (0, "nothing wrong")


def test_guard_as_data(checkout: Path, run: Run, place: Place) -> None:
    where = place([state()], [state(broken=12)])
    code, out, _ = run("guard", where, str(checkout), "--json")
    document = json.loads(out)
    assert (code, document["refused"], document["cells"], document["canaries"]) == (3, True, 1, 1)
    assert document["refusals"] == [
        {
            "rule": "collapse",
            "cell": NAME,
            "text": f"{NAME} has 28 of its 40 working names left (at most 25 % may go: "
            "limits.column_works)",
            "numbers": {"before": 40, "after": 28, "limit": 25},
        }
    ]


def test_an_unreadable_report_is_bad_input_and_no_table_is_written(
    checkout: Path, run: Run, place: Place
) -> None:
    where = place([state()], [state()])
    (checkout / "reports" / "data" / "broken.json").write_text("{")
    code, _, err = run("table", "--guard", where)
    assert (code, files(checkout)) == (2, {})
    assert "broken.json: unreadable" in err
