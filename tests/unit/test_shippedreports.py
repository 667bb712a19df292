"""The shipped table says of keras.backend what the reports say that it was made of."""

import json

from synthetic import CATALOGUE, cell, sample, unimportable

from keras_matrix.diagnosis.shippedreports import reports_of
from keras_matrix.knowledge import Knowledge
from keras_matrix.render import Format, render
from keras_matrix.results import AttributeOutcome, CellOutcome, CellReport
from keras_matrix.tables import tabulate


def there(report: CellReport) -> dict[str, str] | str | None:
    """What is there of keras.backend; why it can't be imported; None where it was not tried."""
    path = report.paths.get("keras.backend")
    names = path.attributes if path else {}
    found = {
        n: a.outcome.value for n, a in names.items() if a.outcome is not AttributeOutcome.MISSING
    }
    return found or (path.detail if path else None)


def test_each_measured_cell_comes_back_with_its_backend() -> None:
    broken = cell("jax", {"keras.backend": unimportable()}, keras="3.3.3", jax="0.4.28")
    reports = [*sample(), broken]
    measured = {each.cell.id: each for each in reports if each.outcome is CellOutcome.MEASURED}
    document = json.loads(render(tabulate(reports, CATALOGUE), Format.JSON))
    again = {each.cell.id: each for each in reports_of(Knowledge(document))}
    assert again.keys() == measured.keys()
    assert any(isinstance(there(each), dict) for each in measured.values())
    assert any(isinstance(there(each), str) for each in measured.values())
    for name, report in measured.items():
        assert there(again[name]) == there(report), name
        assert again[name].cell.pins == report.cell.pins
        assert again[name].packages == {**report.packages, **report.cell.pins}
