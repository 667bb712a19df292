"""reports/data: whole files or none, and an unreadable one is named."""

from datetime import date

import pytest
from synthetic import attribute, cell, importable

from keras_matrix.reportstore import ReportStore
from keras_matrix.results import (
    CellOutcome,
    CellReport,
    CellSummary,
    Provenance,
    report_from_json,
    report_to_json,
)


def report(cell_id: str = "keras2.3.1-theano1.0.5-py37") -> CellReport:
    return CellReport(
        cell=CellSummary(
            id=cell_id,
            python="3.7",
            backend="theano",
            pins={"keras": "2.3.1", "theano": "1.0.5"},
            as_of=date(2020, 8, 26),
            tags=("full",),
        ),
        outcome=CellOutcome.MEASURED,
        provenance=Provenance(
            engine="docker",
            image="sha256:00",
            locks={"theano1.0.5-py37": "sha256:11"},
            probes="sha256:22",
            python="3.7.16",
            platform="linux/amd64",
            measured_on=date(2026, 11, 21),
        ),
    )


def test_a_report_comes_back_as_it_was_written(tmp_path):
    store = ReportStore(tmp_path / "data")
    path = store.write(report())
    assert path.name == "keras2.3.1-theano1.0.5-py37.json"
    assert store.read("keras2.3.1-theano1.0.5-py37") == report()


def test_a_cell_without_a_report_reads_as_none(tmp_path):
    assert ReportStore(tmp_path).read("keras9-py37") is None


def test_a_write_that_fails_leaves_the_old_report_and_no_litter(tmp_path, monkeypatch):
    store = ReportStore(tmp_path)
    store.write(report())
    before = store.path(report().cell.id).read_bytes()

    def no_space(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        store.write(report())
    assert store.path(report().cell.id).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [f"{report().cell.id}.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1}'])
def test_an_unreadable_report_is_named_and_the_others_are_kept(tmp_path, text):
    store = ReportStore(tmp_path)
    store.write(report())
    store.path("broken").write_text(text)
    stored = store.all()
    assert [each.cell.id for each in stored.reports] == [report().cell.id]
    assert len(stored.problems) == 1
    assert stored.problems[0].startswith("broken.json: unreadable")
    with pytest.raises(ValueError, match=r".+"):
        store.read("broken")


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('"outcome": "works"', '"outcome": "wroks"'),
        ('"kind": "function"', '"kind": null'),
        ('"as_of": "2021-02-04"', '"as_of": "2021-02-31"'),
        ('"python": "3.7"', '"python": 3.7'),
        ('"detail": null', '"detail": nul'),
    ],
)
def test_a_value_that_no_report_can_hold_makes_it_unreadable(good: str, bad: str) -> None:
    whole = report_to_json(cell("theano", {"keras.backend": importable(mean=attribute())}))
    assert report_from_json(whole) == report_from_json(whole.encode())
    assert good in whole
    for text in (whole.replace(good, bad), whole.replace(good, bad).encode()):
        with pytest.raises(ValueError, match="not"):
            report_from_json(text)
