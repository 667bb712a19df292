"""What tells most is measured first."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from synthetic import CATALOGUE, attribute, cell, importable, sample, unimportable

from keras_matrix.errors import FailureClass
from keras_matrix.results import CellOutcome, CellReport
from keras_matrix.running.ordering import Rank, Urgency, urgency
from keras_matrix.tables import tabulate
from keras_matrix.tables.boundaries import boundary_counts
from keras_matrix.tables.states import State

OLD, NEW = date(2019, 1, 1), date(2026, 11, 1)


def measured() -> CellReport:
    return cell("theano", keras="2.3.1", theano="1.0.5")


def unmeasured(outcome: str, failure: str) -> CellReport:
    return cell(
        "theano", keras="2.3.1", theano="1.0.5", outcome=outcome, reason="x", failure=failure
    )


def of(
    stored: CellReport | None,
    *,
    stale: bool = False,
    failed: bool = False,
    newest: date = OLD,
    boundaries: int = 0,
) -> Urgency:
    return urgency(stored, stale=stale, failed=failed, newest=newest, boundaries=boundaries)


def test_the_order_is_new_then_failed_then_stale_then_boundaries_then_the_rest() -> None:
    expected = [
        of(None, newest=NEW),
        of(None, newest=OLD),
        of(measured(), failed=True),
        of(measured(), stale=True, boundaries=3),
        of(measured(), stale=True),
        of(measured(), boundaries=9),
        of(measured(), boundaries=1),
        of(measured()),
    ]
    assert sorted(reversed(expected)) == expected
    assert len(set(expected)) == len(expected)


@pytest.mark.parametrize("failure", list(FailureClass))
def test_only_what_the_machine_failed_at_counts_as_failed(failure: FailureClass) -> None:
    own = failure in (FailureClass.RESOLVE, FailureClass.COMPILE)
    rank = of(unmeasured("build-failed", failure), stale=True).rank
    assert rank is (Rank.REST if own else Rank.FAILED)


def test_a_python_that_was_absent_may_be_there_now() -> None:
    assert of(unmeasured("not-run", "python"), stale=True).rank is Rank.FAILED


def test_a_cell_next_to_a_change_is_a_boundary_and_one_in_the_middle_is_not() -> None:
    def on(keras: str, outcome: str) -> CellReport:
        path = {"keras.backend": importable(mean=attribute(outcome), abs=attribute())}
        return cell("theano", path, keras=keras, theano="1.0.5")

    reports = [on(k, "works") for k in ("2.0.4", "2.1.0", "2.2.4")]
    reports += [on(k, "missing") for k in ("2.3.1", "2.4.3")]
    assert boundary_counts(reports) == {
        "keras2.2.4-theano1.0.5-py37": 1,
        "keras2.3.1-theano1.0.5-py37": 1,
    }
    assert boundary_counts(reports[:3]) == {}


def test_a_range_goes_on_where_any_cell_of_the_next_release_has_the_outcome() -> None:
    def on(keras: str, theano: str, outcome: str) -> CellReport:
        path = {"keras.backend": importable(mean=attribute(outcome))}
        return cell("theano", path, keras=keras, theano=theano)

    reports = [
        on("2.2.4", "1.0.4", "works"),
        on("2.3.1", "1.0.4", "missing"),
        on("2.3.1", "1.0.5", "works"),
        on("2.4.3", "1.0.5", "works"),
    ]
    assert boundary_counts(reports) == {"keras2.3.1-theano1.0.4-py37": 2}


def test_a_path_that_cannot_be_imported_ends_every_range() -> None:
    here = {"keras.backend": importable(mean=attribute(), abs=attribute())}
    gone = {"keras.backend": unimportable()}
    reports = [
        cell("theano", here, keras="2.2.4", theano="1.0.5"),
        cell("theano", gone, keras="2.3.1", theano="1.0.5"),
        cell("tensorflow", here, keras="2.4.3", tensorflow="2.3.0"),
    ]
    assert boundary_counts(reports) == {
        "keras2.2.4-theano1.0.5-py37": 2,
        "keras2.3.1-theano1.0.5-py37": 2,
    }


def test_boundaries_are_where_the_ranges_of_the_table_begin_and_end() -> None:
    table = tabulate(sample(), CATALOGUE)
    expected: Counter[str] = Counter()
    for path in table.paths:
        for row in path.rows:
            for found in row.ranges:
                line = path.measured(found.family)
                ends = {found.first} - {line[0]}, {found.last} - {line[-1]}
                for column in table.columns:
                    entry = row.entries.get(column.cell.id)
                    if entry and (column.cell.backend, entry.state) == (found.family, found.state):
                        here = column.releases[path.axis]
                        expected[column.cell.id] += sum(here in end for end in ends)
        # The ranges of names leave out cells where the path itself can't be imported.
        for name, state in path.states.items():
            if state.state is State.UNIMPORTABLE:
                expected.pop(name, None)
    counts = boundary_counts(sample())
    importable_only = {
        name: count
        for name, count in counts.items()
        if not any(path.states[name].state is State.UNIMPORTABLE for path in table.paths)
    }
    assert importable_only == {name: count for name, count in expected.items() if count}
    assert importable_only


def test_what_was_not_measured_is_no_boundary() -> None:
    broken = replace(measured(), outcome=CellOutcome.NOT_RUN, reason="x", failure="python")
    assert boundary_counts([broken]) == {}
