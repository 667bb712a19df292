"""What was measured to exist agrees with what the published packages bind, read statically."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from oracle import Disagreement, compare, explained, public_functions

ROOT = Path(__file__).parents[2]
ORACLE = ROOT.parent / "shared" / "data" / "oracle-dev.json"
EXPLAINED = ROOT / "tests" / "data" / "oracle-disagreements.yaml"

SMALL_ORACLE: dict[str, Any] = {
    "keras": {
        "2.0.4": {
            "backends": {
                "theano": {
                    "functions": {"mean": ["x"], "abs": ["x"], "_hidden": []},
                    "other": ["np", "f"],
                    "conditional": ["f"],
                }
            }
        }
    },
    "tf.keras": {"1.0.1": {"functions": []}},
    "tf_keras": {},
}


@cache
def oracle() -> dict[str, Any]:
    if not ORACLE.exists():
        pytest.skip(f"no oracle at {ORACLE.relative_to(ROOT.parent)} beside the checkout")
    found: dict[str, Any] = json.loads(ORACLE.read_text())
    return found


@cache
def measured_reports() -> tuple[dict[str, Any], ...]:
    files = sorted((ROOT / "reports" / "data").glob("*.json"))
    reports = [json.loads(file.read_text()) for file in files]
    measured = tuple(report for report in reports if report["outcome"] == "measured")
    if not measured:
        pytest.skip("no measured report in reports/data")
    return measured


@cache
def names_with_a_plan() -> frozenset[str]:
    """Every name with a recipe or a reason, as the probes themselves list them."""
    code = "import json, recipes; assert not recipes.load(); print(json.dumps(recipes.names()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "probes",
        capture_output=True,
        text=True,
        check=True,
    )
    return frozenset(json.loads(done.stdout))


def report(names: dict[str, str], path: str = "keras.backend") -> dict[str, Any]:
    attributes = {name: {"kind": "function", "outcome": names[name]} for name in names}
    return {
        "cell": {"id": "keras2.0.4-theano0.9.0-py36", "backend": "theano"},
        "packages": {"keras": "2.0.4"},
        "paths": {path: {"outcome": "importable", "attributes": attributes}},
    }


def disagreement(name: str, measured: str, path: str = "keras.backend") -> Disagreement:
    return Disagreement(release="keras 2.0.4", path=path, name=name, measured=measured)


def test_a_report_that_agrees_has_no_disagreement() -> None:
    found = compare(report({"mean": "works", "abs": "raises", "np": "present"}), SMALL_ORACLE)
    assert found.disagreements == frozenset()
    assert found.compared == {"keras.backend": 3}


def test_a_doctored_report_disagrees_in_both_directions() -> None:
    doctored = report({"mean": "missing", "abs": "works", "np": "present", "invented": "works"})
    found = compare(doctored, SMALL_ORACLE)
    expected = {disagreement("mean", "missing"), disagreement("invented", "present")}
    assert found.disagreements == expected


def test_conditional_and_private_names_may_be_there_or_not() -> None:
    names = {"mean": "works", "abs": "works", "np": "present", "f": "present", "_x": "present"}
    assert compare(report(names), SMALL_ORACLE).disagreements == frozenset()


def test_a_star_imported_module_binds_nothing_that_keras_backend_lacks() -> None:
    path = "keras.backend.theano_backend"
    found = compare(report({"mean": "works", "invented": "works"}, path), SMALL_ORACLE)
    assert found.disagreements == {disagreement("invented", "present", path)}


def test_an_unknown_release_is_not_compared() -> None:
    unknown = report({"invented": "works"})
    unknown["packages"]["keras"] = "2.0.99"
    assert compare(unknown, SMALL_ORACLE).compared == {}


def test_every_measured_name_agrees_or_its_cause_is_known(
    record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    comparisons = [compare(report, oracle()) for report in measured_reports()]
    covered = [comparison for comparison in comparisons if comparison.compared]
    found = frozenset().union(*(comparison.disagreements for comparison in comparisons))
    known = explained(EXPLAINED.read_text())
    compared = sum(sum(comparison.compared.values()) for comparison in covered)
    counts = (
        f"{compared} names compared on {sum(len(c.compared) for c in covered)} paths of "
        f"{len(covered)} cells (of {len(comparisons)} measured): {len(found)} disagreements, "
        f"{len(found & known.keys())} with a known cause"
    )
    record_property("oracle", counts)
    print(counts)
    assert compared, counts
    assert not (new := sorted(found - known.keys())), f"{counts}; without a cause: {new}"
    assert not (stale := sorted(known.keys() - found)), f"{counts}; no longer seen: {stale}"


def test_every_explained_disagreement_names_its_cause() -> None:
    assert all(len(cause) > 10 for cause in explained(EXPLAINED.read_text()).values())


def test_every_public_function_of_the_oracle_has_a_recipe_or_a_reason() -> None:
    unplanned = sorted(public_functions(oracle()) - names_with_a_plan())
    assert not unplanned, f"neither recipe nor reason: {unplanned}"


def test_every_measured_public_function_has_a_recipe_or_a_reason() -> None:
    measured = {
        name
        for report in measured_reports()
        for path, entry in report["paths"].items()
        for name, attribute in entry.get("attributes", {}).items()
        if attribute["kind"] == "function" and not name.startswith("_") and path != "keras.utils"
    }
    unplanned = sorted(measured - names_with_a_plan())
    assert not unplanned, f"neither recipe nor reason: {unplanned}"


def test_names_of_keras_operations_are_asked_of_no_other_path() -> None:
    code = (
        "import json, recipes; from harness import homes; recipes.load();"
        "names = recipes.names() + ['generic_utils'];"
        "asked = lambda path: sorted(homes.asked_of(path, names));"
        "print(json.dumps([asked('keras.ops'), asked('keras.backend'), sorted(homes.OPS_ONLY), "
        "asked('keras.utils')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "probes",
        capture_output=True,
        text=True,
        check=True,
    )
    *names, helpers = json.loads(done.stdout)
    ops, backend, only = (frozenset(each) for each in names)
    assert {"mean", "get_session", "rfft"} <= ops
    assert {"mean", "get_session"} <= backend
    assert ops - backend == only & ops
    assert "generic_utils" not in ops | backend
    assert helpers == ["generic_utils"]
    assert not only - ops, f"in OPS_ONLY, but without recipe or reason: {sorted(only - ops)}"
