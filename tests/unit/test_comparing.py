"""Two sets of reports compared: kinds of change, causes, groups, new releases, expectations."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pytest
from synthetic import attribute, cell, importable, unimportable

from keras_matrix.comparing.comparison import Comparison, compare
from keras_matrix.comparing.pairs import pairs
from keras_matrix.comparing.places import Reports, given
from keras_matrix.comparing.wording import listing, statement
from keras_matrix.errors import InputError
from keras_matrix.expecting.model import Allowance, Expectations
from keras_matrix.results import AttributeOutcome, CellReport, PathRecord, ScenarioRecord
from keras_matrix.tables.changes import Change, Kind

TODAY = date(2026, 11, 21)
GONE = tuple(f"name_{letter}" for letter in "abcdefghijkl")


def run(
    old: Sequence[CellReport],
    new: Sequence[CellReport],
    expectations: Expectations | None = None,
) -> Comparison:
    return compare(given("old", old), given("new", new), expectations or Expectations(), TODAY)


def sentences(comparison: Comparison, kind: Kind) -> list[str]:
    return [statement(group, comparison, str, 3) for group in comparison.of(kind)]


def keras(version: str, backend: str, names: Sequence[str], **more: str) -> CellReport:
    """Keras 3 on one of its backends, with these names in keras.backend."""
    attributes = {name: attribute() for name in names}
    pins = {backend: {"tensorflow": "2.21.0", "jax": "0.10.2", "torch": "2.9.0"}[backend], **more}
    paths = {"keras.backend": importable(**attributes)}
    return cell(backend, paths, python="3.13", keras=version, **pins)


def other(report: CellReport, *, probes: str | None = None, numpy: str | None = None) -> CellReport:
    provenance = replace(report.provenance, probes=probes or report.provenance.probes)
    packages = {**report.packages, "numpy": numpy or report.packages["numpy"]}
    return replace(report, provenance=provenance, packages=packages)


# --- kinds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("works", "raises", Kind.REGRESSION),
        ("works", "missing", Kind.REGRESSION),
        ("works", "deprecated", Kind.REGRESSION),
        ("raises", "works", Kind.FIX),
        ("missing", "raises", Kind.FIX),
        ("present", "missing", Kind.REGRESSION),
        ("missing", "present", Kind.FIX),
        # What wasn't called says nothing of how a call ends.
        ("works", "present", Kind.UNMEASURED),
        ("present", "raises", Kind.NEW),
        ("importable", "unimportable", Kind.REGRESSION),
        (None, "importable", Kind.NEW),
        ("importable", None, Kind.UNMEASURED),
    ],
)
def test_what_an_outcome_turning_into_another_means(
    before: str | None, after: str | None, kind: Kind
) -> None:
    change = Change(cell="c", path="p", attribute="a", before=before, after=after)
    assert change.kind is kind
    assert replace(change, flaky=True).kind is Kind.FLAKY


def test_an_outcome_marked_flaky_on_either_side_is_neither_a_regression_nor_a_fix() -> None:
    works = keras("3.15.1", "jax", ["floatx"])
    unsure = attribute("raises", detail="flaky: works once, raises now")
    flaky = replace(works, paths={"keras.backend": importable(floatx=unsure)})
    for old, new in ((works, flaky), (flaky, works)):
        comparison = run([old], [new])
        assert [found.change.kind for found in comparison.found] == [Kind.FLAKY]
        assert not comparison.worse


def test_what_is_newly_flaky_is_told_though_its_outcome_is_the_old_one() -> None:
    works = keras("3.15.1", "jax", ["floatx"])
    unsure = attribute("works", detail="flaky: raises at first, works when measured again")
    flaky = replace(works, paths={"keras.backend": importable(floatx=unsure)})
    assert sentences(run([works], [flaky]), Kind.FLAKY) == [
        "floatx of keras.backend: works, though not each time in keras3.15.1-jax0.10.2-py313"
    ]
    assert run([flaky], [flaky]).found == run([flaky], [works]).found == ()


def test_a_path_that_is_importable_at_times_is_flaky() -> None:
    there = keras("3.15.1", "jax", ["floatx"])
    broken = unimportable("flaky: importable at first, unimportable when measured again")
    comparison = run([there], [replace(there, paths={"keras.backend": broken})])
    assert [found.change.kind for found in comparison.found] == [Kind.FLAKY]


def test_a_path_that_recorded_no_names_has_not_lost_them() -> None:
    old = keras("3.15.1", "jax", ["floatx", "epsilon"])
    comparison = run([old], [replace(old, paths={"keras.backend": importable()})])
    assert sentences(comparison, Kind.UNMEASURED) == [
        "keras.backend not recorded any more, before: importable, in keras3.15.1-jax0.10.2-py313"
    ]
    assert not comparison.worse


def test_scenarios_are_compared_too() -> None:
    def scenario(outcome: str) -> CellReport:
        record = ScenarioRecord(outcome=AttributeOutcome(outcome), detail="because")
        return replace(keras("3.15.1", "jax", ["floatx"]), scenarios={"clear-session": record})

    comparison = run([scenario("works")], [scenario("raises")])
    assert sentences(comparison, Kind.REGRESSION) == [
        "scenario clear-session: works → raises in keras3.15.1-jax0.10.2-py313"
    ]


# --- a new release ----------------------------------------------------------------------------


def arrival() -> tuple[list[CellReport], list[CellReport]]:
    """Keras 3.16.0 comes, on three backends, without twelve names and with one of its own."""
    old = [keras("3.15.1", on, ["floatx", *GONE]) for on in ("jax", "tensorflow", "torch")]
    new = [keras("3.16.0", on, ["floatx", "fresh"]) for on in ("jax", "tensorflow", "torch")]
    return old, [*old, *new]


def test_what_a_new_release_changed_is_one_statement_against_the_release_before() -> None:
    comparison = run(*arrival())
    assert sentences(comparison, Kind.REGRESSION) == [
        "12 names gone from keras.backend on every backend (3 cells): "
        "name_a, name_b, name_c and 9 more"
    ]
    assert sentences(comparison, Kind.NEW) == [
        "3 cells measured for the first time: keras3.16.0-jax0.10.2-py313, "
        "keras3.16.0-tensorflow2.21.0-py313, keras3.16.0-torch2.9.0-py313",
        "fresh new in keras.backend (works) on every backend (3 cells)",
    ]
    (group,) = comparison.of(Kind.REGRESSION)
    assert {difference.text for difference in group.cause} == {"keras 3.16.0"}
    assert group.size == 36
    assert comparison.arrivals["keras3.16.0-jax0.10.2-py313"] == "keras3.15.1-jax0.10.2-py313"


def test_what_is_not_so_on_every_backend_does_not_say_so() -> None:
    old, new = arrival()
    whole = keras("3.16.0", "jax", ["floatx", "fresh", *GONE])
    new = [whole if report.cell.id == whole.cell.id else report for report in new]
    (said,) = sentences(run(old, new), Kind.REGRESSION)
    assert "gone from keras.backend in 2 cells (keras3.16.0-tensorflow2.21.0-py313, " in said


def test_an_old_combination_added_to_the_matrix_is_no_news_of_its_release() -> None:
    old = [keras("3.15.1", "jax", ["floatx", "extra"]), keras("3.13.0", "jax", ["floatx"])]
    comparison = run(old, [*old, keras("3.14.1", "jax", ["floatx"])])
    assert not comparison.worse
    assert not comparison.arrivals
    assert [group.cells for group in comparison.of(Kind.NEW)] == [("keras3.14.1-jax0.10.2-py313",)]


def test_a_new_release_is_compared_in_the_column_that_differs_least() -> None:
    names = ["floatx", "extra"]
    old = [
        keras("3.15.1", "jax", names),
        keras("3.15.1", "tensorflow", names),
        keras("3.15.1", "tensorflow", names, tensorflow="2.19.0"),
        keras("3.14.1", "tensorflow", names, tensorflow="2.20.0"),
        keras("3.13.0", "tensorflow", names, tensorflow="2.20.0"),
    ]
    comparison = run(old, [*old, keras("3.16.0", "tensorflow", names, tensorflow="2.20.0")])
    assert comparison.arrivals == {
        "keras3.16.0-tensorflow2.20.0-py313": "keras3.14.1-tensorflow2.20.0-py313"
    }


def test_a_first_cell_of_its_kind_has_nothing_to_be_compared_with() -> None:
    old = [keras("3.15.1", "jax", ["floatx"])]
    comparison = run(old, [*old, keras("3.16.0", "torch", [])])
    assert not comparison.arrivals
    assert not comparison.worse


# --- causes and groups ------------------------------------------------------------------------


def test_the_cause_is_what_differs_in_every_cell_with_the_change() -> None:
    old = [keras(version, "jax", ["floatx", "epsilon"]) for version in ("3.14.1", "3.15.1")]
    less = [keras(version, "jax", ["floatx"]) for version in ("3.14.1", "3.15.1")]
    new = [
        other(less[0], probes="sha256:new", numpy="2.0"),
        other(less[1], probes="sha256:new"),
    ]
    (group,) = run(old, new).of(Kind.REGRESSION)
    assert [difference.text for difference in group.cause] == ["the probes changed"]
    assert group.everywhere


def test_the_same_change_of_different_causes_is_told_apart() -> None:
    old = [keras(version, "jax", ["floatx", "epsilon"]) for version in ("3.14.1", "3.15.1")]
    less = [keras(version, "jax", ["floatx"]) for version in ("3.14.1", "3.15.1")]
    new = [other(less[0], probes="sha256:new"), other(less[1], numpy="2.0")]
    causes = {
        group.cells: [difference.text for difference in group.cause]
        for group in run(old, new).of(Kind.REGRESSION)
    }
    assert causes == {
        ("keras3.14.1-jax0.10.2-py313",): ["the probes changed"],
        ("keras3.15.1-jax0.10.2-py313",): ["numpy 1.18.5 → 2.0"],
    }


def test_a_lock_is_named_where_no_package_tells() -> None:
    old, new = keras("3.15.1", "jax", ["floatx", "a"]), keras("3.15.1", "jax", ["floatx"])
    locks = replace(new.provenance, locks={"python": "sha256:other"})
    for numpy, cause in (("1.18.5", "the lock of python changed"), ("2.0", "numpy 1.18.5 → 2.0")):
        relocked = replace(other(new, numpy=numpy), provenance=locks)
        (group,) = run([old], [relocked]).groups
        assert [difference.text for difference in group.cause] == [cause]


def test_reports_of_the_same_bytes_are_read_once() -> None:
    reports = [keras("3.15.1", on, ["floatx"]) for on in ("jax", "torch")]
    new = [reports[0], other(reports[1], numpy="2.0")]
    walked = list(pairs(given("old", reports), given("new", new)))
    assert [pair.old is pair.new for pair in walked] == [True, False]


def test_every_report_is_read_once_and_those_of_a_new_release_once_more() -> None:
    old, new = arrival()
    read: Counter[str] = Counter()

    def counting(reports: Sequence[CellReport]) -> Reports:
        found = given("some", reports)

        def reader(cell: str) -> Callable[[], bytes]:
            return lambda: (read.update([cell]), found.readers[cell]())[1]

        return replace(found, readers={cell: reader(cell) for cell in found.readers})

    compare(counting(old), counting(new), Expectations(), TODAY)
    assert {cell: read[cell] for cell in read if "3.16.0" in cell} == {
        f"keras3.16.0-{on}-py313": 2 for on in ("jax0.10.2", "tensorflow2.21.0", "torch2.9.0")
    }
    assert set(read.values()) == {2, 3}  # of both sides, and to compare the release with
    read.clear()
    compare(counting(old), counting(old), Expectations(), TODAY)
    assert set(read.values()) == {2}


def test_a_listing_leaves_out_two_or_more_never_one() -> None:
    assert listing(["a", "b", "c", "d"], 3, str) == "a, b, c, d"
    assert listing(["a", "b", "c", "d", "e"], 3, str) == "a, b, c and 2 more"


def test_a_change_without_a_recorded_difference_has_no_cause() -> None:
    old, new = keras("3.15.1", "jax", ["floatx", "a"]), keras("3.15.1", "jax", ["floatx"])
    (group,) = run([old], [new]).groups
    assert group.cause == frozenset()
    assert not group.everywhere


def test_the_same_names_on_several_paths_are_one_group() -> None:
    def both(**names: str) -> CellReport:
        record = importable(**{name: attribute(outcome) for name, outcome in names.items()})
        return cell("jax", {"a.b": record, "a.c": record}, keras="3.15.1", jax="0.10.2")

    comparison = run([both(x="works", y="works")], [both(x="raises", y="raises")])
    assert sentences(comparison, Kind.REGRESSION) == [
        "2 names of a.b, a.c: works → raises in keras3.15.1-jax0.10.2-py37: x, y"
    ]


def test_paths_and_cells_that_come_and_go_are_told_in_their_own_words() -> None:
    def state(paths: Mapping[str, PathRecord], **more: str) -> CellReport:
        return cell("jax", paths, keras="3.15.1", jax="0.10.2", **more)

    there, not_there = {"a.b": importable(x=attribute())}, {"a.b": unimportable("ImportError: no")}
    failed = {"outcome": "build-failed", "reason": "no route", "failure": "network"}
    name = "keras3.15.1-jax0.10.2-py37"
    said = {
        Kind.REGRESSION: (state(there), [state(not_there)], "a.b can't be imported any more in"),
        Kind.FIX: (state(not_there), [state(there)], "a.b can be imported now in"),
        Kind.UNMEASURED: (state(there), [state({}, **failed)], "1 cell build-failed, before:"),
        Kind.NEW: (state({}, **failed), [state(there)], "1 cell measured, before: build-failed"),
    }
    for kind, (old, new, beginning) in said.items():
        comparison = run([old], new)
        (sentence,) = sentences(comparison, kind)
        assert sentence.startswith(beginning)
        assert name in sentence
        assert len(comparison.groups) == 1
    beside = keras("3.15.1", "torch", ["floatx"])
    (sentence,) = sentences(run([state(there), beside], [beside]), Kind.UNMEASURED)
    assert sentence == f"1 cell without a report now (was measured): {name}"


def test_no_change_is_lost_or_told_twice_by_the_groups() -> None:
    chance = random.Random(5)
    outcomes = ("works", "raises", "missing", "differs")

    def state(version: int) -> CellReport:
        made = keras(f"3.{version}.0", "jax", [])
        paths = {
            path: importable(**{f"n{n}": attribute(chance.choice(outcomes)) for n in range(20)})
            for path in ("a.b", "a.c")
        }
        probes, numpy = chance.choice(("sha256:1", "sha256:2")), chance.choice(("1.0", "2.0"))
        return other(replace(made, paths=paths), probes=probes, numpy=numpy)

    comparison = run([state(n) for n in range(20)], [state(n) for n in range(20)])
    spots = [
        (cell, path, name, group.kind)
        for group in comparison.groups
        for cell in group.cells
        for path in group.paths or (None,)
        for name in group.names or (None,)
    ]
    changes = [found.change for found in comparison.found]
    assert len(changes) > 200
    assert sorted(spots, key=str) == sorted(
        [(c.cell, c.path, c.attribute, c.kind) for c in changes], key=str
    )


def test_unreadable_reports_are_all_named() -> None:
    good = given("new", [keras("3.15.1", "jax", ["floatx"])])
    readers = {"broken": lambda: b"{", "wrong": good.readers["keras3.15.1-jax0.10.2-py313"]}
    with pytest.raises(InputError) as caught:
        compare(good, replace(good, readers=readers), Expectations(), TODAY)
    assert [problem.split(" (")[0] for problem in caught.value.problems] == [
        "new: broken.json: unreadable",
        "new: wrong.json holds the report of keras3.15.1-jax0.10.2-py313",
    ]


# --- what is expected -------------------------------------------------------------------------


def allowance(**changed: object) -> Allowance:
    entry = Allowance(
        line=7,
        cells=("keras3.16.0-*",),
        paths=("keras.backend",),
        names=("name_*",),
        owner="ana",
        reason="announced",
        expires=TODAY,
    )
    return replace(entry, **changed)  # type: ignore[arg-type]


def expecting(entry: Allowance) -> Comparison:
    return run(*arrival(), Expectations(allowed=(entry,)))


def test_an_allowed_regression_is_kept_apart_and_makes_nothing_worse() -> None:
    comparison = expecting(allowance())
    assert not comparison.worse
    assert [group.size for group in comparison.of(Kind.REGRESSION, allowed=True)] == [36]
    assert comparison.problems == ()


@pytest.mark.parametrize(
    "changed", [{"cells": ("*-torch*",)}, {"names": ("name_a", "name_b")}, {"names": None}]
)
def test_only_what_fits_every_pattern_is_allowed(changed: Mapping[str, object]) -> None:
    comparison = expecting(allowance(**changed))
    allowed = sum(group.size for group in comparison.of(Kind.REGRESSION, allowed=True))
    assert (
        allowed
        == {"cells": 12, "names": 36 if changed.get("names", 1) is None else 6}[next(iter(changed))]
    )
    assert comparison.worse == (allowed < 36)


def test_an_entry_that_is_over_allows_nothing_and_is_named() -> None:
    comparison = expecting(allowance(expires=date(2026, 11, 20)))
    assert comparison.worse
    (problem,) = comparison.problems
    assert problem.startswith("expectations.yaml:7: expired on 2026-11-20 and allows nothing")


@pytest.mark.parametrize(
    "changed", [{"cells": ("keras4*",)}, {"paths": ("keras.backnd",)}, {"names": ("nmae_*",)}]
)
def test_an_entry_that_is_of_nothing_measured_is_named(changed: Mapping[str, object]) -> None:
    (problem,) = expecting(allowance(**changed)).problems
    assert problem.startswith("expectations.yaml:7: matches no ")


def test_an_entry_stays_fine_on_the_days_after_its_regression() -> None:
    _, new = arrival()
    gone = attribute("missing")
    new[-1] = replace(new[-1], paths={"keras.backend": importable(name_a=gone, floatx=attribute())})
    comparison = run(new, new, Expectations(allowed=(allowance(names=("name_*",)),)))
    assert comparison.problems == ()
