"""Every outcome, proven on a backend that does just that, through the real runner and protocol."""

import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from keras_matrix.probing import ProbeResult
from keras_matrix.results import AttributeOutcome, AttributeRecord, PathOutcome

from .conftest import FAKES, Measure

pytest.importorskip("numpy")

BACKEND = "fakekeras.backend"
ALIAS = "fakekeras.alias"
QUICK = (
    *("double", "going", "not_going", "wrong", "failing", "prints", "is_not_there"),
    *("left_alone", "set_floatx", "floatx", "backend", "eval", "graph_only"),
)


def attribute(result: ProbeResult, name: str, path: str = BACKEND) -> AttributeRecord:
    assert result.unhealthy is None
    assert result.evidence == ()
    return result.paths[path].attributes[name]


@pytest.fixture
def quick(measure_fake: Measure) -> ProbeResult:
    return measure_fake(sys.executable, BACKEND, ALIAS, only={BACKEND: QUICK, ALIAS: ["double"]})


@pytest.mark.parametrize(
    ("name", "outcome", "detail"),
    [
        ("double", "works", None),
        ("prints", "works", None),
        ("not_going", "works", None),
        ("left_alone", "works", None),
        ("set_floatx", "works", None),
        ("floatx", "works", None),
        ("going", "deprecated", "`fakekeras.backend.going` is deprecated"),
        ("wrong", "differs", "3 of 3 values differ, first at (0,): 3 instead of 2"),
        ("failing", "raises", "ValueError: no such thing in /tmp/..., node Mean:0"),
        ("is_not_there", "missing", None),
        ("_private", "present", "private name: existence only"),
        ("GAMMA", "present", "not callable: float"),
        ("os", "present", "not callable: module"),
        ("Model", "present", "class: not called"),
        ("no_recipe", "present", "no recipe yet"),
        ("untested", "present", "nobody knows what it should do"),
        ("backend", "present", "nothing to check"),
        ("eval", "present", "not measured: the recipe made no check"),
    ],
)
def test_quick_outcomes(quick: ProbeResult, name: str, outcome: str, detail: str | None) -> None:
    record = attribute(quick, name)
    assert (record.outcome.value, record.detail) == (outcome, detail)


def test_a_recipe_without_a_check_is_complained_about(quick: ProbeResult) -> None:
    assert quick.complaints == ("eval on fakekeras.backend: the recipe made no check",)


def test_one_process_serves_all_of_it(quick: ProbeResult) -> None:
    assert (quick.processes, quick.restarts) == (1, 0)


def test_kind_signature_and_same_object(quick: ProbeResult) -> None:
    record = attribute(quick, "double")
    assert (record.kind, record.signature) == ("function", "(x, factor=2, *rest, **options)")
    assert record.same_as == (ALIAS,)
    assert attribute(quick, "double", ALIAS).same_as == (BACKEND,)
    assert attribute(quick, "Model").kind == "class"


def test_a_wrapper_and_another_implementation_are_told_apart(quick: ProbeResult) -> None:
    assert attribute(quick, "prints").same_as == ()
    assert attribute(quick, "prints").same_function == (ALIAS,)
    assert attribute(quick, "prints", ALIAS).same_function == (BACKEND,)
    assert attribute(quick, "double").same_function == ()
    own = attribute(quick, "not_going")
    assert (own.same_as, own.same_function) == ((), ())
    assert attribute(quick, "not_going", ALIAS).kind == "function"


def test_a_path_that_is_not_there_is_unimportable(measure_fake: Measure) -> None:
    result = measure_fake(sys.executable, "fakekeras.nowhere", BACKEND, only={BACKEND: ["double"]})
    record = result.paths["fakekeras.nowhere"]
    assert record.outcome is PathOutcome.UNIMPORTABLE
    assert record.detail == "ModuleNotFoundError: No module named 'fakekeras.nowhere'"
    assert attribute(result, "double").outcome is AttributeOutcome.WORKS


def test_an_import_that_crashes_costs_its_path_only(measure_fake: Measure) -> None:
    paths = (BACKEND, "fakekeras.exploding", ALIAS)
    result = measure_fake(sys.executable, *paths, only={BACKEND: ["double"]})
    record = result.paths["fakekeras.exploding"]
    assert record.outcome is PathOutcome.UNIMPORTABLE
    assert record.detail == "crashed while it was imported: SIGSEGV"
    assert attribute(result, "double").outcome is AttributeOutcome.WORKS
    assert result.paths[ALIAS].outcome is PathOutcome.IMPORTABLE


def test_crashes_hangs_and_exits_cost_one_attribute_each(measure_fake: Measure) -> None:
    names = ["double", "segfaults", "hangs", "exits", "crashes_once", "wrong"]
    result = measure_fake(
        sys.executable, BACKEND, ALIAS, only={BACKEND: names, ALIAS: names}, silence_seconds=3
    )
    found = {name: attribute(result, name) for name in names}
    assert {name: (r.outcome.value, r.detail) for name, r in found.items()} == {
        "double": ("works", None),
        "segfaults": ("crashed", "SIGSEGV"),
        "hangs": ("timed-out", "no answer within 3 s"),
        "exits": ("crashed", "exit code 3"),
        "crashes_once": ("works", "flaky: crashed among the others (SIGABRT), works alone"),
        "wrong": ("differs", "3 of 3 values differ, first at (0,): 3 instead of 2"),
    }
    assert attribute(result, "segfaults", ALIAS).outcome is AttributeOutcome.CRASHED


def test_what_works_under_a_setting_needs_it(measure_fake: Measure, fakes: Path) -> None:
    shutil.copytree(FAKES / "tensorflow", fakes / "tensorflow")
    names = ["graph_only", "failing", "double"]
    result = measure_fake(sys.executable, BACKEND, backend="tensorflow", only={BACKEND: names})
    record = attribute(result, "graph_only")
    assert record.outcome is AttributeOutcome.NEEDS_SETTING
    assert record.detail == (
        "works with eager execution off; by default: RuntimeError: graph_only needs a graph"
    )
    assert attribute(result, "failing").outcome is AttributeOutcome.RAISES
    assert attribute(result, "double").outcome is AttributeOutcome.WORKS


def test_a_framework_that_computes_wrongly_makes_the_cell_unhealthy(
    measure_fake: Measure, fakes: Path
) -> None:
    shutil.copytree(FAKES / "tensorflow", fakes / "tensorflow")
    module = fakes / "tensorflow" / "__init__.py"
    module.write_text(module.read_text() + "\n\ndef matmul(a, b):\n    return Tensor([[12.0]])\n")
    result = measure_fake(sys.executable, BACKEND, backend="tensorflow")
    assert result.unhealthy is not None
    assert "multiplies wrongly" in result.unhealthy
    assert result.paths == {}


def test_a_framework_that_is_not_there_is_no_broken_cell(measure_fake: Measure) -> None:
    result = measure_fake(sys.executable, "fakekeras.nowhere", backend="cntk")
    assert result.unhealthy is None
    assert result.paths["fakekeras.nowhere"].outcome is PathOutcome.UNIMPORTABLE


def test_a_topic_that_does_not_import_is_no_measurement(
    measure_fake: Measure, probes: Path
) -> None:
    (probes / "recipes" / "broken.py").write_text("import nothing_of_that_name\n")
    result = measure_fake(sys.executable, BACKEND)
    assert result.unhealthy is not None
    assert result.unhealthy.startswith("harness: recipes/broken.py does not import")


def test_another_order_gives_the_same_result(measure_fake: Measure, quick: ProbeResult) -> None:
    only = {BACKEND: QUICK, ALIAS: ["double"]}
    shuffled = measure_fake(sys.executable, BACKEND, ALIAS, only=only, order=7)
    assert {p: asdict(r) for p, r in shuffled.paths.items()} == {
        p: asdict(r) for p, r in quick.paths.items()
    }
    assert shuffled.installs == quick.installs
