"""What explain, scan and bisect ask of the measured table."""

from pathlib import Path

import pytest

from keras_matrix.errors import EnvironmentUnusableError
from keras_matrix.knowledge import Knowledge, load_knowledge
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import AttributeOutcome
from keras_matrix.tables.states import State

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def test_it_says_of_every_name_what_the_reports_say(knowledge: Knowledge) -> None:
    compared = 0
    for report in ReportStore(ROOT / "reports" / "data").all().reports:
        for path, record in report.paths.items():
            for name, attribute in record.attributes.items():
                fact = knowledge.fact(report.cell.id, path, name)
                if name.startswith("_"):
                    there = attribute.outcome is not AttributeOutcome.MISSING
                    assert (fact.state is State.PRESENT) == there, fact
                elif name in set(knowledge.names(path)):
                    assert fact.state.value == attribute.outcome.value, fact
                else:
                    assert attribute.outcome is AttributeOutcome.MISSING, fact
                compared += 1
    assert compared > 10_000


def test_what_was_not_measured_is_not_missing(knowledge: Knowledge) -> None:
    assert knowledge.fact("no-such-cell", "keras.backend", "mean").state is State.NOT_MEASURED
    for cell in knowledge.cells.values():
        if not cell.measured:
            fact = knowledge.fact(cell.id, "keras.backend", "mean")
            assert fact.state is State.NOT_MEASURED


def test_a_missing_name_comes_with_what_works_in_that_cell(knowledge: Knowledge) -> None:
    fact = knowledge.fact("keras3.15.1-jax0.10.2-py313", "keras.backend", "mean")
    assert fact.state is State.MISSING
    assert [use.path for use in fact.instead] == ["keras.ops.mean"]
    uses = knowledge.working_elsewhere("keras2.15.0-tensorflow2.15.0-py311", "mean")
    assert "tensorflow.keras.backend.mean" in {use.path for use in uses}


def test_a_name_that_nobody_has_is_missing_wherever_the_path_is(knowledge: Knowledge) -> None:
    facts = knowledge.facts("keras.backend", "no_such_name")
    assert {fact.state for fact in facts} <= {State.MISSING, State.UNIMPORTABLE}
    assert len(facts) == len(knowledge.measured)


def test_no_table_or_another_file_is_named(tmp_path: Path) -> None:
    for content in (None, "", "{}", "[]"):
        where = tmp_path / "table.json"
        if content is not None:
            where.write_text(content)
        with pytest.raises(EnvironmentUnusableError, match=r"table\.json holds no measured table"):
            load_knowledge(where)


def test_what_needs_a_setting_says_which(knowledge: Knowledge) -> None:
    fact = knowledge.fact("keras2.15.0-tensorflow2.15.0-py311", "keras.backend", "get_session")
    (use,) = (u for u in fact.instead if u.path.startswith("tensorflow.compat.v1."))
    assert use.detail is not None
    assert use.detail.startswith("works with eager execution off")


def test_every_failure_can_be_found_by_its_words(knowledge: Knowledge) -> None:
    found = {
        (one.path, one.name): one
        for one in knowledge.complaints()
        if "keras2.3.1-tensorflow2.0.4-py37" in one.cells
    }
    assert found["tf_keras.backend", None].state is State.UNIMPORTABLE
    raised = found["keras.backend", "get_session"]
    assert (raised.state, "not available" in raised.detail) == (State.RAISES, True)
