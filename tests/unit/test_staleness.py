"""Columns that newer probes or locks have left behind say so, and no clock is asked."""

from dataclasses import replace
from datetime import date

from synthetic import CATALOGUE, attribute, cell, importable, sample

from keras_matrix.render import Format, render
from keras_matrix.results import CellReport
from keras_matrix.tables import tabulate
from keras_matrix.tables.staleness import staleness


def measured(
    keras: str, day: int, *, probes: str = "sha256:2", lock: str = "sha256:b"
) -> CellReport:
    report = cell("jax", {"keras.ops": importable(mean=attribute())}, keras=keras, jax="0.4.30")
    provenance = replace(
        report.provenance, measured_on=date(2026, 11, day), probes=probes, locks={"jax": lock}
    )
    return replace(report, provenance=provenance)


NEW = measured("3.8.0", 21)
OLD = measured("3.7.0", 1, probes="sha256:1")


def test_a_column_of_older_probes_carries_its_age() -> None:
    assert staleness([OLD, NEW]) == {
        OLD.cell.id: "measured on 2026-11-01, 20 days before the newest column; "
        "since then changed: the probes"
    }


def test_a_column_of_an_older_lock_of_the_same_tier_carries_its_age() -> None:
    old = measured("3.7.0", 20, lock="sha256:a")
    assert staleness([old, NEW]) == {
        old.cell.id: "measured on 2026-11-20, 1 day before the newest column; "
        "since then changed: the lock of jax"
    }


def test_age_alone_makes_nothing_stale_and_neither_do_two_digests_of_one_day() -> None:
    assert staleness([measured("3.7.0", 1), NEW]) == {}
    assert staleness([measured("3.7.0", 21, probes="sha256:1"), NEW]) == {}
    assert staleness(sample()) == {}


def test_every_rendering_shows_the_age_of_a_stale_column_and_of_no_other() -> None:
    age = "measured on 2026-11-01"
    table = tabulate([OLD, NEW], CATALOGUE)
    assert [column.stale is not None for column in table.columns] == [True, False]
    assert table.columns[0].heading[-1] == f"stale: {age}"
    fresh = tabulate([measured("3.7.0", 1), NEW], CATALOGUE)
    for form in (Format.MD, Format.HTML, Format.JSON):
        assert age in render(table, form)
        assert age not in render(fresh, form)
    markdown = render(table, Format.MD)
    assert "Stale columns, 1 of 2:" in markdown
    assert f"- `{OLD.cell.id}`: {age}, 20 days before the newest column" in markdown
