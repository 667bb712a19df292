"""A report is current while what decided it has not changed."""

from dataclasses import replace

import pytest
from test_reportstore import report

from keras_matrix.results import CellOutcome
from keras_matrix.running.currency import Basis, OwnReports, why_stale

STORED = report()
BASIS = Basis(
    cell=STORED.cell,
    engine="docker",
    locks=STORED.provenance.locks,
    probes="sha256:22",
    import_paths=tuple(STORED.paths),
)


def test_an_unchanged_basis_leaves_the_report_current():
    assert why_stale(STORED, BASIS) is None


def test_other_tags_do_not_make_a_measurement_stale():
    assert why_stale(STORED, replace(BASIS, cell=replace(STORED.cell, tags=("smoke",)))) is None


@pytest.mark.parametrize(
    ("basis", "why"),
    [
        (replace(BASIS, engine="local"), "was measured on the docker engine"),
        (replace(BASIS, probes="sha256:33"), "the probes changed"),
        (replace(BASIS, locks={}), "the locks changed"),
        (replace(BASIS, import_paths=("keras.ops",)), "the import paths changed"),
        (replace(BASIS, cell=replace(STORED.cell, python="3.6")), "the cell's declaration changed"),
    ],
)
def test_each_change_of_the_basis_is_named(basis, why):
    assert why_stale(STORED, basis) == why


def test_a_missing_or_failed_report_is_measured_again():
    assert why_stale(None, BASIS) == "no report"
    failed = replace(STORED, outcome=CellOutcome.BUILD_FAILED, reason="no network")
    assert why_stale(failed, BASIS) == "was build-failed"


def test_the_ledger_knows_only_the_very_bytes_that_were_measured_here(tmp_path):
    ledger = OwnReports(tmp_path / "measured")
    assert STORED not in ledger
    ledger.add(STORED)
    assert STORED in ledger
    assert replace(STORED, packages={"numpy": "1.18.5"}) not in ledger
