"""The scale benchmark at its smallest size: what it makes is real, and a wrong answer ends it."""

import json
import subprocess
import sys
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from jsonschema import Draft202012Validator

from keras_matrix.matrix import load_matrix
from keras_matrix.releases import load_catalogue
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import report_to_json

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def load(name: str) -> ModuleType:
    spec = spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


scale = load("scale")
scalematrix = load("scalematrix")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("scale") / "checkout"
    scalematrix.make(12, place)
    return place


def test_every_operation_is_measured_at_100_cells() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "scale.py"), "--sizes", "100", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    names = [operation.name for operation in scale.operations(100, Path())]
    assert [each["operation"] for each in figures] == names
    for each in figures:
        assert each["cells"] == 100
        assert 0 < each["cpu_seconds"] < 100
        assert 5 < each["peak_mebibytes"] < 1024


def test_the_made_reports_are_such_as_the_harness_writes(checkout: Path) -> None:
    text = files("keras_matrix").joinpath("schemas", "report.schema.json").read_text("utf-8")
    validator = Draft202012Validator(json.loads(text))
    data = checkout / "reports" / "data"
    stored = ReportStore(data).all()
    assert (len(stored.reports), stored.problems) == (12, ())
    cells = load_matrix(
        checkout / "matrix.yaml", load_catalogue(checkout / "docker" / "locks" / "releases.json")
    ).cells
    assert {cell.id for cell in cells} == {report.cell.id for report in stored.reports}
    for report in stored.reports:
        written = (data / f"{report.cell.id}.json").read_text()
        assert report_to_json(report) == written
        assert not list(validator.iter_errors(json.loads(written)))
        assert len(report.paths) == len(scalematrix.PATHS)
        assert {len(path.attributes) for path in report.paths.values()} <= {0, scalematrix.NAMES}


def test_columns_differ_as_much_as_in_the_real_reports(checkout: Path) -> None:
    reports = ReportStore(checkout / "reports" / "data").all().reports
    columns = {str(path.attributes) for report in reports for path in report.paths.values()}
    assert len(columns) > 12 * len(scalematrix.PATHS) / 4


def test_before_differs_in_the_newest_keras_release_only(checkout: Path) -> None:
    newest = scalematrix.Releases.for_cells(12).keras[-1]
    for path in (checkout / "reports" / "data").iterdir():
        before = checkout / scalematrix.BEFORE / path.name
        assert before.samefile(path) != path.name.startswith(f"keras{newest}-"), path.name


def test_a_wrong_answer_ends_the_benchmark(tmp_path: Path) -> None:
    right = scale.Operation(name="right", arguments=("-c", "print(1)"), says="^1$")
    assert scale.measure(right, 1, tmp_path).cells == 1
    for code, says in (("print(2)", "^1$"), ("print(1); raise SystemExit(3)", "^1$")):
        wrong = scale.Operation(name="wrong", arguments=("-c", code), says=says)
        with pytest.raises(SystemExit, match="wrong: exit"):
            scale.measure(wrong, 1, tmp_path)


def test_the_memory_is_the_peak_and_not_what_is_left(tmp_path: Path) -> None:
    code = "x = bytearray(200 * 2**20); del x; print(1)"
    large = scale.Operation(name="large", arguments=("-c", code), says="^1$")
    assert scale.measure(large, 1, tmp_path).peak_mebibytes > 200


def test_the_table_shows_the_growth(tmp_path: Path) -> None:
    found = [
        scale.Figures(
            operation=operation.name,
            cells=cells,
            wall_seconds=cells / 10,
            cpu_seconds=cells / 20,
            peak_mebibytes=cells / 4,
        )
        for operation in scale.operations(0, tmp_path)
        for cells in (100, 1_000)
    ]
    lines = scale.as_markdown(found, (100, 1_000)).splitlines()
    assert lines[0] == "| operation | 100 cells | 1,000 cells | 10x the cells | aim at 10,000 |"
    assert lines[4] == (
        "| table: every file | 10.0 s (CPU 5.0 s), 25 MiB | 100.0 s (CPU 50.0 s), 250 MiB "
        "| CPU x10.0, memory x10.0 | 60 s, 1,024 MiB |"
    )
