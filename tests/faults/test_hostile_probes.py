"""What a framework could do to the measurement, or through it to whoever reads the reports.

Hostile snippets of a user: see test_reproduce; the sandbox itself: test_docker_engine.
"""

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from invariants import CLEAN, NEXT, TRUE
from stage import FULL, PYTHON2, Checkout, Reference, Yard, check_recovery, check_truth, with_deed

from keras_matrix.results import AttributeOutcome, CellOutcome

pytestmark = [pytest.mark.integration, pytest.mark.slow]

VICTIM = "eval"
"""Its recipe does the harm; what the others find must be the same."""

_FORGE = """\
import json, os
def forge(marker, **fields):
    line = (marker + " " + json.dumps(fields) + "\\n").encode("ascii")
    for number in range(3, 64):
        try:
            os.write(number, line)
        except OSError:
            pass
def forge_all(marker):
    forge(marker, type="path", path="keras.backend", outcome="unimportable", detail="forged")
    forge(marker, type="begin", path="keras.backend", name="mean", paths=["keras.backend"])
    forge(marker, type="result", path="keras.backend", name="mean", outcome="missing", detail=None)
    forge(marker, type="end", calls=1, timings={})
"""
DEEDS = {
    "forks without end": "import os\nwhile True: os.fork()",
    "takes all memory": "x = []\nwhile True: x.append(bytearray(10 ** 8))",
    "fills its disk": "f = open('/tmp/x', 'wb')\nwhile True: f.write(b'x' * 10 ** 6)",
    "prints a gigabyte": "import os\nfor n in range(1100): os.write(1, b'x' * 10 ** 6 + b'\\n')",
    "forges lines with a marker that it guesses": (
        _FORGE + "forge_all('keras-matrix-0123456789abcdef')\nraise RuntimeError('forged')"
    ),
    "forges lines with the marker that it was given": (
        _FORGE
        + "forge_all(json.loads(os.environ['KERAS_MATRIX_REQUEST'])['marker'])\n"
        + "raise RuntimeError('forged')"
    ),
    "ends the process as if all were done": (
        _FORGE
        + "forge(json.loads(os.environ['KERAS_MATRIX_REQUEST'])['marker'],"
        + " type='end', calls=1, timings={})\nos._exit(0)"
    ),
}
HARMLESS = (AttributeOutcome.RAISES, AttributeOutcome.CRASHED, AttributeOutcome.TIMED_OUT)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "what",
    [
        pytest.param(
            what,
            marks=pytest.mark.fault(
                f"a probe that {what}",
                "exit code 0",
                "the cell is unhealthy, or it cost that name alone",
                *(TRUE, CLEAN, NEXT),
            ),
        )
        for what in (DEEDS if FULL else [*DEEDS][5:6])
    ],
)
def test_a_hostile_probe_costs_itself_or_its_cell(
    what: str, one_cell: Checkout, yard: Yard, reference: Reference, moment: Callable[[str], None]
) -> None:
    kept = shutil.copytree(one_cell.probes, one_cell.root / "kept")
    with_deed(one_cell.probes, VICTIM, DEEDS[what])
    code, out = one_cell.run()
    assert code == 0, out
    assert "Traceback" not in out
    report = one_cell.read(PYTHON2)
    if report.outcome is CellOutcome.MEASURED:
        check_truth(report)
        found, whole = (
            {name: each.outcome for name, each in one.paths["keras.backend"].attributes.items()}
            for one in (report, reference.found[PYTHON2])
        )
        assert found.pop(VICTIM) in HARMLESS
        assert whole.pop(VICTIM) is AttributeOutcome.WORKS
        assert found == whole
        moment("cost its own name")
    else:
        assert report.failure == "unhealthy", report.reason
        assert report.paths == {}
        moment(f"unhealthy: {report.reason}")
    assert yard.left(one_cell.pids) == []
    shutil.rmtree(one_cell.probes)
    shutil.move(kept, one_cell.probes)
    code, out = one_cell.run()
    assert code == 0, out
    assert one_cell.read(PYTHON2).paths == reference.found[PYTHON2].paths


MESSAGE = (
    "</script><img src=x onerror=alert(1)>|`b`|[x](javascript:alert(1))<!-- *c* "
    r"\x1b]0;title\x07\x1b[31m\x08\r::error::forged ]]> &lt;"
)
FORMULA = "=HYPERLINK(1)"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.mark.fault(
    "an exception message that is code",
    *(f"harmless in {place}" for place in ("the run's output", "Markdown", "HTML", "CSV", "JSON")),
    *(f"harmless in {place}" for place in ("JUnit", "diff", "diff's Markdown", "annotations")),
    *("harmless in explain's text", NEXT),
)
def test_what_an_exception_says_is_text_everywhere(one_cell: Checkout, yard: Yard) -> None:
    check_recovery(one_cell, yard)
    assert one_cell.verb("table").returncode == 0
    clean_page = (one_cell.reports / "index.html").read_text()
    before = shutil.copytree(one_cell.reports / "data", one_cell.root / "before")
    with_deed(one_cell.probes, "eval", f'raise RuntimeError("{MESSAGE}")')
    with_deed(one_cell.probes, "set_value", f'raise type("{FORMULA}", (Exception,), {{}})("x")')
    code, out = one_cell.run()
    assert code == 0, out
    raised = one_cell.read(PYTHON2).paths["keras.backend"].attributes
    assert "onerror" in (raised["eval"].detail or "")
    assert (raised["set_value"].detail or "").startswith(FORMULA)
    assert not CONTROLS.search(out)
    assert one_cell.verb("table").returncode == 0
    check_markdown((one_cell.reports / "compatibility.md").read_text())
    assert elements((one_cell.reports / "index.html").read_text()) == elements(clean_page)
    check_csv((one_cell.reports / "compatibility.csv").read_text())
    text = (one_cell.reports / "compatibility.json").read_text()
    assert not CONTROLS.search(text)
    assert MESSAGE.partition(r"\x1b")[0] in json.dumps(json.loads(text), ensure_ascii=False)
    for cases in ("cell", "attribute"):
        check_junit(one_cell.verb("table", "--format", "junit", "--junit-cases", cases).stdout)
    check_diffs(one_cell, before)
    asked = "AttributeError: module 'keras.backend' has no attribute 'eval'"
    told = one_cell.verb("explain", asked, "--keras", "1.2.2", "--theano", "0.9.0")
    assert "onerror" in told.stdout, told.stdout + told.stderr
    assert not CONTROLS.search(told.stdout)


def check_diffs(checkout: Checkout, before: Path) -> None:
    """What changed is said in every format, and nothing of it is markup or a command."""
    told = {
        form: checkout.verb("diff", str(before), str(checkout.reports / "data"), "--format", form)
        for form in ("text", "md", "github")
    }
    for form, done in told.items():
        assert done.returncode == 1, done.stderr
        assert "onerror" in done.stdout, form
        assert not CONTROLS.search(done.stdout), form
    assert "<img" not in told["md"].stdout
    assert "[x](" not in told["md"].stdout
    lines = told["github"].stdout.splitlines()
    assert {line.split(" ")[0].split("::")[1] for line in lines} <= {"error", "warning", "notice"}
    assert "forged" not in {line.split("::")[-1] for line in lines}


def check_markdown(text: str) -> None:
    """No markup but our own, and every line of a table has as many cells as its heading."""
    assert "onerror" in text
    assert not CONTROLS.search(text)
    assert not re.search(r"<(?:img|script|/script)", text)
    assert re.findall("<!--.*", text) == ["<!-- generated by `keras-matrix table`; do not edit -->"]
    assert "[x](" not in text
    width = 0
    for line in text.splitlines():
        count = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (count and width) or count == width, line
        width = count


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


def elements(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every element of a page as a browser reads it, with the names of its attributes."""
    reader = _Elements()
    reader.feed(page)
    return reader.found


def check_csv(text: str) -> None:
    """No cell that a spreadsheet would compute."""
    assert FORMULA in text
    assert not CONTROLS.search(text)
    cells = {cell for row in csv.reader(io.StringIO(text)) for cell in row}
    assert [cell for cell in cells if re.match(r"[=+\-@\t\r]", cell)] == []


def check_junit(text: str) -> None:
    """Well-formed, and nothing in it but what JUnit has."""
    tags = {element.tag for element in ElementTree.fromstring(text).iter()}
    known = {"testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"}
    assert tags <= known
