"""A comparison as text, Markdown, annotations: what a cell printed can't get out of its place."""

import re
from dataclasses import replace
from datetime import date

import pytest
from synthetic import NASTY, attribute, cell, importable

from keras_matrix.comparing.comparison import Comparison, compare
from keras_matrix.comparing.formats import to_annotations, to_markdown, to_text
from keras_matrix.comparing.places import given
from keras_matrix.expecting.model import Expectations
from keras_matrix.results import CellReport

EVIL = (
    f"{NASTY}\r\n::error::forged\n\x1b[31mred\x1b]0;title\x07 100%0A\u202e "
    "![x](y) ```\n# Title\n@all"
)
GOLDEN_TEXT = """\
regressions:
  the probes changed
    2 names gone from keras.backend in keras3.15.1-jax0.10.2-py37: epsilon, floatx
    mean of keras.backend: works → raises in keras3.15.1-jax0.10.2-py37
      ValueError: no mean

fixes:
  the probes changed
    sum of keras.backend: raises → works in keras3.15.1-jax0.10.2-py37

old → new: 3 regressions, 0 no longer measured, 0 flaky, 1 fix, 0 new; 1 cell
"""
GOLDEN_MARKDOWN = """\
## old → new

3 regressions, 0 no longer measured, 0 flaky, 1 fix, 0 new; 1 cell

### Regressions

- **the probes changed**
  - 2 names gone from `keras.backend` in `keras3.15.1-jax0.10.2-py37`: `epsilon`, `floatx`
  - `mean` of `keras.backend`: works → raises in `keras3.15.1-jax0.10.2-py37`
    - ValueError: no mean

### Fixes

- **the probes changed**
  - `sum` of `keras.backend`: raises → works in `keras3.15.1-jax0.10.2-py37`
"""
GOLDEN_ANNOTATIONS = """\
::error title=regression%3A the probes changed::2 names gone from keras.backend in \
keras3.15.1-jax0.10.2-py37: epsilon, floatx
::error title=regression%3A the probes changed::mean of keras.backend: works → raises in \
keras3.15.1-jax0.10.2-py37%0AValueError: no mean
::notice title=old → new::3 regressions, 0 no longer measured, 0 flaky, 1 fix, 0 new; 1 cell
"""


def state(probes: str, **names: str) -> CellReport:
    attributes = {
        name: attribute(said.partition(" ")[0], detail=said.partition(" ")[2] or None)
        for name, said in names.items()
    }
    made = cell("jax", {"keras.backend": importable(**attributes)}, keras="3.15.1", jax="0.10.2")
    return replace(made, provenance=replace(made.provenance, probes=probes))


def compared(old: CellReport, new: CellReport) -> Comparison:
    return compare(given("old", [old]), given("new", [new]), Expectations(), date(2026, 11, 21))


@pytest.fixture
def small() -> Comparison:
    old = state("sha256:1", mean="works", floatx="works", epsilon="present number", sum="raises x")
    return compared(old, state("sha256:2", mean="raises ValueError: no mean", sum="works"))


@pytest.fixture
def evil() -> Comparison:
    names = {"mean": f"raises {EVIL}", "bell\x07\x1b[31m": "differs x"}
    return compared(state("sha256:1", **dict.fromkeys(names, "works")), state("sha256:2", **names))


def test_text_markdown_and_annotations_of_a_small_comparison(small: Comparison) -> None:
    assert to_text(small) == GOLDEN_TEXT
    assert to_markdown(small) == GOLDEN_MARKDOWN
    assert to_annotations(small) == GOLDEN_ANNOTATIONS


def test_what_an_exception_says_is_no_workflow_command(evil: Comparison) -> None:
    lines = to_annotations(evil).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::notice"]
    for text in (to_text(evil), to_markdown(evil)):
        assert not re.search(r"^\s*::", text, flags=re.MULTILINE)


def test_what_an_exception_says_is_no_markup(evil: Comparison) -> None:
    text = to_markdown(evil)
    assert "<b>" not in text
    assert "</script>" not in text
    assert "](y)" not in text.replace("\\]", "")
    assert "```" not in text
    assert re.findall(r"^#+ .*", text, flags=re.MULTILINE) == ["## old → new", "### Regressions"]
    line = next(line for line in text.splitlines() if "forged" in line)
    assert line.startswith("    - ValueError: &lt;/script&gt;")


def test_what_an_exception_says_is_no_terminal_code(evil: Comparison) -> None:
    for text in (to_text(evil), to_markdown(evil), to_annotations(evil)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_a_name_that_is_no_word_ends_no_code(small: Comparison) -> None:
    old, new = state("sha256:1", **{"a`<b>": "works"}), state("sha256:1", **{"a`<b>": "raises x"})
    assert "a\\`&lt;b&gt; of" in to_markdown(compared(old, new))


def test_a_summary_is_cut_at_a_line_and_says_so() -> None:
    old = {f"name_{n}": "works" for n in range(200)}
    new = {name: f"raises error {name}" for name in old}
    many = compared(
        state("sha256:1", **old),
        state(
            "sha256:2",
            **dict(list(new.items())[:100]),
            **dict.fromkeys(list(old)[100:], "differs y"),
        ),
    )
    whole, cut = to_markdown(many), to_markdown(many, most=600)
    assert len(cut.encode()) <= 600 < len(whole.encode())
    assert whole.startswith(cut.partition("\n\n*Cut here")[0])
    assert re.search(r"\*Cut here: \d+ lines more, which `keras-matrix diff` prints\.\*\n$", cut)


def test_of_each_level_there_are_no_more_annotations_than_github_shows() -> None:
    outcomes = ("raises", "differs", "missing", "crashed", "timed-out", "deprecated")
    turns = [(was, now) for was in ("works", "deprecated", "differs") for now in outcomes]
    worse = [turn for turn in turns if turn[0] != turn[1] and turn != ("differs", "deprecated")]
    assert len(worse) > 12
    old = {f"n{i}": f"{was} x" for i, (was, _) in enumerate(worse)}
    new = {f"n{i}": f"{now} y" for i, (_, now) in enumerate(worse)}
    lines = to_annotations(
        compared(state("sha256:1", **old), state("sha256:2", **new))
    ).splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    assert len(errors) == 10
    assert errors[-1].endswith("more; see the step summary")
