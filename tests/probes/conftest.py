"""A probes folder of the test's own: the real runner with the fake backend's recipes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from keras_matrix.probing import ProbePlan, ProbeResult, measure

from .bare_engine import BareEngine, environment_of

ROOT = Path(__file__).resolve().parents[2]
FAKES = Path(__file__).parent / "fakes"

Measure = Callable[..., ProbeResult]


@pytest.fixture
def fakes(tmp_path: Path) -> Path:
    """A folder to put on the import path: fakekeras alone, with NumPy as its framework."""
    folder = tmp_path / "fakes"
    shutil.copytree(FAKES / "fakekeras", folder / "fakekeras")
    return folder


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    """The real run.py and harness, and the fake topic."""
    folder = tmp_path / "probes"
    (folder / "recipes").mkdir(parents=True)
    shutil.copy(ROOT / "probes" / "run.py", folder)
    shutil.copytree(ROOT / "probes" / "harness", folder / "harness")
    shutil.copy(ROOT / "probes" / "recipes" / "__init__.py", folder / "recipes")
    shutil.copy(FAKES / "fake_topic.py", folder / "recipes")
    return folder


@pytest.fixture
def measure_fake(fakes: Path, probes: Path) -> Measure:
    """Measure paths of the fake backend with an interpreter; options are ProbePlan's."""

    def run(
        interpreter: str, *paths: str, backend: str = "numpy", **options: object
    ) -> ProbeResult:
        plan = ProbePlan(paths=paths, backend=backend, probes=probes, **options)  # type: ignore[arg-type]
        return measure(BareEngine(fakes), environment_of(interpreter), plan)

    return run
