"""One cell, one answer: measured again, or with its calls in another order, it says the same.

On two cells that other tests build too; KERAS_MATRIX_AA=TAG takes every cell of a tag ("smoke").
"""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from keras_matrix import environments, probing
from keras_matrix.engines.docker import DockerEngine
from keras_matrix.feasibility import Feasible, assess
from keras_matrix.index import PackageIndex
from keras_matrix.matrix import load_matrix
from keras_matrix.probing.scenarios import list_scenarios
from keras_matrix.project import Project
from keras_matrix.releases import load_catalogue
from keras_matrix.results import CellOutcome, CellReport, PathRecord, report_to_json
from keras_matrix.running.measuring import Bench, measure_cell
from keras_matrix.tiers import Tier, plan

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(3600)]

ROOT = Path(__file__).parents[2]
CHEAP = ("keras1.2.2-theano0.9.0-py27", "keras2.3.1-tensorflow1.15.5-py37")
CATALOGUE = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
MATRIX = load_matrix(ROOT / "matrix.yaml", CATALOGUE)
TAG = os.environ.get("KERAS_MATRIX_AA")
CELLS = [cell for cell in MATRIX.cells if (TAG in cell.tags if TAG else cell.id in CHEAP)]
assert CELLS, f"no cell has the tag {TAG}"
SHUFFLE = 'random.Random(request["order"]).shuffle(order)'


class Measurer:
    """Measures cells from a checkout of its own, so that it writes to no committed file."""

    def __init__(self, root: Path, cache: Path, engine: DockerEngine, index: PackageIndex) -> None:
        for folder in ("docker", "probes"):
            shutil.copytree(ROOT / folder, root / folder)
        project = Project(root=root, cache=cache)
        self.root = root
        self.bench = Bench(
            project=project,
            engine=engine,
            index=index,
            import_paths=MATRIX.import_paths,
            scenarios=list_scenarios(project.scenarios),
            probes=probing.probes_digest(project.probes),
        )
        self._reports: dict[str, CellReport] = {}

    def tiers(self, name: str) -> tuple[tuple[Tier, ...], Mapping[str, str]]:
        cell = MATRIX.cell(name)
        verdict = assess(cell, CATALOGUE)
        assert isinstance(verdict, Feasible)
        return plan(cell, verdict.distributions, CATALOGUE), verdict.distributions

    def afresh(self, name: str) -> CellReport:
        tiers, distributions = self.tiers(name)
        done = measure_cell(MATRIX.cell(name), tiers, distributions, self.bench, lambda *_: None)
        assert done.report.outcome is CellOutcome.MEASURED, done.report.reason
        return done.report

    def first(self, name: str) -> CellReport:
        """The measurement that all others of the cell are compared with."""
        if name not in self._reports:
            self._reports[name] = self.afresh(name)
        return self._reports[name]

    def in_order(self, name: str, probes: Path, order: int) -> Mapping[str, PathRecord]:
        tiers, _ = self.tiers(name)
        bench = self.bench
        environment = environments.ensure(
            tiers,
            engine=bench.engine,
            index=bench.index,
            locks_dir=bench.project.locks,
            logs_dir=bench.project.logs,
        )
        asked = probing.ProbePlan(
            paths=bench.import_paths,
            backend=MATRIX.cell(name).backend,
            probes=probes,
            order=order,
        )
        result = probing.measure(bench.engine, environment, asked)
        assert result.unhealthy is None
        return result.paths


@pytest.fixture(scope="module")
def measurer(
    tmp_path_factory: pytest.TempPathFactory,
    cache: Path,
    engine: DockerEngine,
    index: PackageIndex,
) -> Measurer:
    return Measurer(tmp_path_factory.mktemp("aa") / "checkout", cache, engine, index)


def undated(report: CellReport) -> list[str]:
    text, count = re.subn(r'"measured_on": "[^"]*"', '"measured_on": ""', report_to_json(report))
    assert count == 1
    return text.splitlines()


def differences(one: Mapping[str, PathRecord], other: Mapping[str, PathRecord]) -> list[str]:
    """What two measurements say differently, a line each."""
    found = []
    for path in sorted(one.keys() | other.keys()):
        left, right = one.get(path), other.get(path)
        if (
            left is None
            or right is None
            or (left.outcome, left.detail)
            != (
                right.outcome,
                right.detail,
            )
        ):
            found.append(f"{path}: {left and left.outcome} / {right and right.outcome}")
            continue
        for name in sorted(left.attributes.keys() | right.attributes.keys()):
            here, there = left.attributes.get(name), right.attributes.get(name)
            if here != there:
                found.append(f"{path}.{name}: {here} / {there}")
    return found


def reversing(checkout: Path, folder: Path) -> Path:
    """The probes, with every call made in the reverse of its usual order."""
    probes = folder / "probes"
    shutil.copytree(checkout / "probes", probes)
    text = (probes / "run.py").read_text()
    assert text.count(SHUFFLE) == 1
    (probes / "run.py").write_text(text.replace(SHUFFLE, "order.reverse()"))
    return probes


@pytest.mark.parametrize("name", [cell.id for cell in CELLS])
def test_two_fresh_measurements_give_the_same_bytes_but_for_the_day(
    name: str, measurer: Measurer
) -> None:
    assert undated(measurer.afresh(name)) == undated(measurer.first(name))


@pytest.mark.parametrize("name", [cell.id for cell in CELLS])
def test_calls_in_a_shuffled_order_give_the_same_records(name: str, measurer: Measurer) -> None:
    shuffled = measurer.in_order(name, measurer.root / "probes", order=7)
    assert differences(measurer.first(name).paths, shuffled) == []


@pytest.mark.parametrize("name", [cell.id for cell in CELLS])
def test_calls_in_reverse_order_give_the_same_records(
    name: str, measurer: Measurer, tmp_path: Path
) -> None:
    reverse = measurer.in_order(name, reversing(measurer.root, tmp_path), order=0)
    assert differences(measurer.first(name).paths, reverse) == []
