"""The real reports: what a careful reader noted of each, told in several styles and read back."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from keras_matrix.evidence import Evidence, normalise_path, read_evidence
from keras_matrix.releases import Catalogue, load_catalogue

ROOT = Path(__file__).parents[2]
CATALOGUE: Catalogue = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
REPORTS = ROOT.parent / "shared" / "data" / "user-reports.jsonl"
PROJECTS = {
    "keras": "Keras", "tensorflow": "TensorFlow", "theano": "Theano", "jax": "JAX",
    "torch": "PyTorch",
}  # fmt: skip
# The reader of the report knew the path from elsewhere, or the report has no such error line.
BEYOND_THE_TEXT = (
    "'NoneType' object",
    "'TorchModuleWrapper' object",
    "jit() got",
    "Unable to import backend",
    "No module named 'torch'",
)

if not REPORTS.is_file():
    pytest.skip(f"no real reports beside the checkout ({REPORTS.name})", allow_module_level=True)


def _reports() -> Iterator[Any]:
    for line in REPORTS.read_text(encoding="utf-8").splitlines():
        report = json.loads(line)
        if report["error"]:
            yield pytest.param(report, id=report["source"].removeprefix("github:"))


ALL = list(_reports())


def exact(report: Any) -> dict[str, str]:
    """The stated versions that are full ones of the catalogue."""
    stated = {p: report[p] for p in PROJECTS if report[p]}
    return {p: v for p, v in stated.items() if v in CATALOGUE.projects.get(p, {})}


def as_issue(report: Any) -> str:
    stated = [f"{name} {report[p]}" for p, name in PROJECTS.items() if report[p]]
    python = f" on python {report['python']}" if report["python"] else ""
    return (
        f"{report['title']}\n\nopened on {report['date']}\n\nI use {' with '.join(stated)}{python}."
        f"\n\n```python\n{report['snippet']}\n```\n\n{report['error']}\n"
    )


def as_template(report: Any) -> str:
    banner = {"tensorflow": "TensorFlow", "theano": "Theano", "cntk": "CNTK"}.get(report["backend"])
    return "\n".join(
        (
            report["title"],
            "**System information**",
            *(f"- {name} version: {report[p]}" for p, name in PROJECTS.items() if report[p]),
            *((f"- Python version: {report['python']}",) if report["python"] else ()),
            "**Log**",
            *((f"Using {banner} backend.",) if banner else ()),
            "Traceback (most recent call last):",
            '  File "main.py", line 9, in <module>',
            f"    {report['snippet'].splitlines()[-1]}",
            report["error"],
            "",
            report["snippet"],
        )
    )


def as_page(report: Any) -> str:
    def escaped(text: str) -> str:
        return text.replace("'", "&#39;").replace("<", "&lt;").replace(">", "&gt;")

    rows = "".join(f"{p}=={report[p]}\n" for p in PROJECTS if report[p])
    python = f"Python {report['python']} (default, Jan  1 2020)\n" if report["python"] else ""
    return (
        f"<p>{python}</p><pre><code>$ pip freeze\nh5py==2.10.0\n{rows}six==1.12.0\n</code></pre>"
        f"<pre><code>{escaped(report['snippet'])}</code></pre><p>{escaped(report['error'])}</p>"
    )


STYLES = (as_issue, as_template, as_page)


def told(report: Any, style: Any) -> Evidence:
    return read_evidence(style(report), CATALOGUE)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("report", ALL)
def test_the_error_is_what_the_reader_noted(report: Any, style: Any) -> None:
    error = told(report, style).error
    assert error is not None
    if any(piece in report["error"] for piece in BEYOND_THE_TEXT):
        return
    assert error.name is not None
    name = error.name.rpartition(".")[2]
    assert name == report["attribute"] or f"'{name}'" in report["error"]
    namespace = normalise_path(report["namespace"].split()[0])
    if error.path is None:
        assert "'module' object" in report["error"]  # the snippet shows no module either
        assert namespace.startswith("tensorflow")
    else:
        assert error.path in (
            namespace,
            namespace.replace("tensorflow.nn", "tensorflow.python.ops.nn"),
        )


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("report", ALL)
def test_full_versions_are_read_back(report: Any, style: Any) -> None:
    found = told(report, style)
    for project, version in exact(report).items():
        assert found.versions[project] == version
    unstated = {project for project in PROJECTS if not report[project]}
    assert not unstated & found.versions.keys()
    if report["python"] and "+" not in report["python"]:
        assert found.python == ".".join(report["python"].split(".")[:2])


@pytest.mark.parametrize("report", ALL)
def test_the_day_and_the_snippet_are_read_back(report: Any) -> None:
    found = told(report, as_issue)
    if report["date"] and len(report["date"]) == 10:
        assert found.date == date.fromisoformat(report["date"])
    assert report["snippet"].strip() in found.code
