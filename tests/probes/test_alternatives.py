"""What may stand in for a missing name: verified, refused and survived, through the real runner."""

import shutil
import sys
from pathlib import Path

import pytest

from keras_matrix.probing import ProbeResult
from keras_matrix.results import Alternative

from .conftest import FAKES, Measure

pytest.importorskip("numpy")

BACKEND = "fakekeras.backend"
ALIAS = "fakekeras.alias"


def tried(result: ProbeResult, name: str, path: str = BACKEND) -> dict[str, Alternative]:
    assert result.unhealthy is None
    assert result.evidence == ()
    found = {one.use: one for one in result.paths[path].attributes[name].alternatives}
    assert len(found) == len(result.paths[path].attributes[name].alternatives)
    return found


@pytest.fixture
def candidates(probes: Path) -> Path:
    """The probes folder with candidates, an adapter and a recipe of the test's own."""
    shutil.copy(FAKES / "alternatives.json", probes)
    adapters = probes / "harness" / "adapters.py"
    adapters.write_text(
        adapters.read_text()
        + '\n\nADAPTERS["by_name"] = lambda f: lambda width: f("float%d" % width)\n'
    )
    topic = probes / "recipes" / "fake_topic.py"
    topic.write_text(
        topic.read_text()
        + '\n\n@recipe("set_width")\ndef set_width(c):\n    c.f(64)\n'
        + '    c.true(c.K.floatx() == "float64", "not set")\n'
    )
    return probes


@pytest.mark.usefixtures("candidates")
def test_only_what_agrees_with_the_reference_is_verified(measure_fake: Measure) -> None:
    result = measure_fake(sys.executable, BACKEND, only={BACKEND: ["is_not_there"]})
    found = tried(result, "is_not_there")
    assert {use.rpartition(".")[2]: (o.outcome.value, o.verified) for use, o in found.items()} == {
        "double": ("works", True),
        "not_going": ("works", True),
        "going": ("deprecated", True),
        "graph_only": ("works", True),
        "wrong": ("differs", False),
        "failing": ("raises", False),
    }
    assert (
        found[f"{BACKEND}.failing"].detail == "ValueError: no such thing in /tmp/..., node Mean:0"
    )


@pytest.mark.usefixtures("candidates")
def test_what_helps_comes_first_whatever_the_order_of_calls(measure_fake: Measure) -> None:
    only = {BACKEND: ["is_not_there"]}
    orders = [
        measure_fake(sys.executable, BACKEND, only=only, order=order)
        .paths[BACKEND]
        .attributes["is_not_there"]
        .alternatives
        for order in (None, 7)
    ]
    assert orders[0] == orders[1]
    assert [one.verified for one in orders[0]] == [True] * 4 + [False] * 2


@pytest.mark.usefixtures("candidates")
def test_a_path_that_lacks_a_name_is_offered_the_one_of_another_path(measure_fake: Measure) -> None:
    result = measure_fake(sys.executable, BACKEND, ALIAS, only={ALIAS: ["is_not_there"]})
    found = tried(result, "is_not_there", ALIAS)
    assert found[f"{BACKEND}.double"].outcome.value == "works"
    assert f"{ALIAS}.going" not in found
    assert result.paths[BACKEND].attributes["is_not_there"].alternatives == ()


@pytest.mark.usefixtures("candidates")
def test_an_adapter_drives_the_alternative(measure_fake: Measure) -> None:
    result = measure_fake(sys.executable, BACKEND, only={BACKEND: ["set_float", "floatx"]})
    assert tried(result, "set_float")[f"{BACKEND}.set_floatx"].outcome.value == "works"
    assert result.paths[BACKEND].attributes["floatx"].outcome.value == "works"


@pytest.mark.usefixtures("candidates")
def test_a_module_is_compared_by_its_name(measure_fake: Measure) -> None:
    result = measure_fake(sys.executable, ALIAS, only={ALIAS: ["numerics"]})
    found = tried(result, "numerics", ALIAS)
    assert found["numpy"].verified
    assert found["os"].detail == "is os, not module numpy"


@pytest.mark.usefixtures("candidates")
def test_an_alternative_that_crashes_costs_itself_only(measure_fake: Measure) -> None:
    names = ["double", "kills", "numerics"]
    result = measure_fake(sys.executable, BACKEND, only={BACKEND: names})
    found = tried(result, "kills")[f"{BACKEND}.segfaults"]
    assert (found.outcome.value, found.detail, found.verified) == ("crashed", "SIGSEGV", False)
    assert result.restarts == 1
    assert tried(result, "numerics")["numpy"].verified


@pytest.mark.usefixtures("candidates")
def test_an_alternative_may_need_a_setting(measure_fake: Measure, fakes: Path) -> None:
    shutil.copytree(FAKES / "tensorflow", fakes / "tensorflow")
    only = {BACKEND: ["is_not_there", "graph_only"]}
    result = measure_fake(sys.executable, BACKEND, backend="tensorflow", only=only)
    found = tried(result, "is_not_there")[f"{BACKEND}.graph_only"]
    assert found.outcome.value == "needs-setting"
    assert found.detail == (
        "works with eager execution off; by default: RuntimeError: graph_only needs a graph"
    )
    assert result.processes == 2


def test_without_candidates_nothing_is_tried(measure_fake: Measure) -> None:
    result = measure_fake(sys.executable, BACKEND, only={BACKEND: ["is_not_there"]})
    assert result.paths[BACKEND].attributes["is_not_there"].alternatives == ()
