"""Fragments of the table: what is chosen, what nothing matches, and what the text can't become."""

import csv
import io
import json
import re
import shlex
from pathlib import Path

import pytest
from commandline import Run
from goldens import assert_golden
from synthetic import CATALOGUE, attribute, cell, importable, sample

from keras_matrix import cli
from keras_matrix.errors import InputError
from keras_matrix.fragments import Wanted, cut
from keras_matrix.knowledge import Knowledge
from keras_matrix.render import Format, render
from keras_matrix.render.fragment import (
    fragment_csv,
    fragment_html,
    fragment_json,
    fragment_markdown,
)
from keras_matrix.results import CellReport
from keras_matrix.tables import tabulate

HOSTILE = "a|`b`</code><script>-->*c*"


def known(reports: list[CellReport]) -> Knowledge:
    return Knowledge(json.loads(render(tabulate(reports, CATALOGUE), Format.JSON)))


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known(sample())


def chosen(knowledge: Knowledge, **wanted: tuple[str, ...]) -> dict[str, list[str]]:
    fragments = cut(knowledge, Wanted(**wanted))
    return {each.path: [row.attribute for row in each.rows] for each in fragments}


def test_patterns_choose_public_names_and_paths(knowledge: Knowledge) -> None:
    both = {
        "keras.backend": ["floatx", "get_session", "mean", "slice"],
        "tensorflow.keras.backend": ["mean", "slice"],
    }
    assert chosen(knowledge) == both
    assert chosen(knowledge, attributes=("get_*", "mea?")) == {
        "keras.backend": ["get_session", "mean"],
        "tensorflow.keras.backend": ["mean"],
    }
    assert chosen(knowledge, paths=("*.backend",)) == both
    assert chosen(knowledge, attributes=("m*",), paths=("tensorflow.*",)) == {
        "tensorflow.keras.backend": ["mean"]
    }


def test_ranges_are_those_of_the_full_table(knowledge: Knowledge) -> None:
    table = tabulate(sample(), CATALOGUE)
    for fragment, path in zip(cut(knowledge, Wanted()), table.paths, strict=True):
        for shown, row in zip(fragment.rows, path.rows, strict=True):
            assert [
                (span.state, span.family, span.brief)
                for spans in shown.spans.values()
                for span in spans
            ] == [(found.state, found.family, found.brief) for found in row.ranges]


def test_a_backend_is_a_column(knowledge: Knowledge) -> None:
    (one,) = cut(knowledge, Wanted(paths=("keras.backend",), backends=("thea*",)))
    assert [one.heading(backend) for backend in one.backends] == ["Keras on Theano"]
    with pytest.raises(InputError, match="'theanoo'; did you mean 'theano'"):
        cut(knowledge, Wanted(backends=("theanoo",)))
    with pytest.raises(InputError, match=r"^tensorflow\.keras\.backend: .* on theano"):
        cut(knowledge, Wanted(paths=("*backend", "tensorflow.keras.backend"), backends=("theano",)))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"attributes": ("get_sesion",)}, "matches 'get_sesion' .*; did you mean 'get_session'"),
        ({"attributes": ("mean", "_x")}, "no public name of .* matches '_x'"),
        ({"paths": ("keras.backnd",)}, "matches 'keras.backnd'; did you mean 'keras.backend'"),
        (
            {"attributes": ("get_session",), "paths": ("tensorflow.keras.backend",)},
            "on keras.backend there is",
        ),
        (
            {"attributes": ("get_*",), "paths": ("keras.backend", "tensorflow.keras.backend")},
            r"^tensorflow\.keras\.backend: nothing was measured of get_\*",
        ),
    ],
)
def test_what_matches_nothing_is_named_with_what_would(
    knowledge: Knowledge, wanted: dict[str, tuple[str, ...]], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        cut(knowledge, Wanted(**wanted))


def test_markdown_and_html_are_the_golden_texts(knowledge: Knowledge) -> None:
    fragments = cut(knowledge, Wanted())
    assert_golden("fragment.md", fragment_markdown(fragments, "keras-matrix table --path '*'"))
    assert_golden("fragment.html", fragment_html(fragments, "keras-matrix table --path '*'"))


def test_there_is_no_page_around_a_fragment(knowledge: Knowledge) -> None:
    text = fragment_markdown(cut(knowledge, Wanted()), "x")
    assert not re.search("^#", text, re.MULTILINE)
    assert "<h" not in fragment_html(cut(knowledge, Wanted()), "x").replace("<thead", "")


def test_a_measured_name_can_not_become_markup() -> None:
    path = importable(mean=attribute(), **{HOSTILE: attribute()})
    hostile = known([cell("theano", {"keras.backend": path}, keras="2.2.4", theano="1.0.5")])
    fragments = cut(hostile, Wanted())
    markdown = fragment_markdown(fragments, f"keras-matrix table --attribute '{HOSTILE}'")
    (row,) = (line for line in markdown.splitlines() if line.startswith("| a"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 3
    assert r"a\|\`b\`&lt;/code&gt;&lt;script&gt;--&gt;\*c\*" in row
    page = fragment_html(fragments, f"keras-matrix table --attribute '{HOSTILE}'")
    for text in (markdown, page):
        assert text.count("-->") == 1
        assert text.splitlines()[0].endswith("-->")
    assert page.partition("-->")[2].count("<script>") == 0


def test_csv_and_json_say_the_same(knowledge: Knowledge) -> None:
    fragments = cut(knowledge, Wanted())
    records = json.loads(fragment_json(fragments))
    rows = list(csv.DictReader(io.StringIO(fragment_csv(fragments))))
    assert rows == [{key: str(value) for key, value in each.items()} for each in records]
    assert {
        "path": "keras.backend",
        "attribute": "get_session",
        "backend": "tensorflow",
        "outcome": "needs-setting",
    }.items() <= records[5].items()


def test_the_command_in_the_fragment_makes_the_same_bytes(
    run: Run, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "reports").mkdir()
    table = render(tabulate(sample(), CATALOGUE), Format.JSON)
    (checkout / "reports" / "compatibility.json").write_text(table)
    code, text, _ = run("table", "--attribute", "get_*", "--path", "keras.backend")
    assert (code, text.count("\n| `")) == (0, 2)
    command = re.match(r"<!-- generated by `(.*)`; do not edit -->", text)
    assert command is not None
    _, *words = shlex.split(command[1])
    assert run(*words) == (0, text, "")
    target = checkout / "docs" / "part.html"
    assert run("table", "--format", "html", "--path", "keras.*", "-o", str(target))[0] == 0
    assert "<table" in target.read_text()
    assert json.loads(run("table", "--json", "--path", "keras.*")[1])[0]["path"] == "keras.backend"


def test_bad_input_and_a_checkout_without_table(run: Run, checkout: Path) -> None:
    code, out, err = run("table", "--attribute", "get_*")
    assert (code, out) == (3, "")
    assert "`keras-matrix table` writes it" in err
    (checkout / "reports").mkdir()
    table = render(tabulate(sample(), CATALOGUE), Format.JSON)
    (checkout / "reports" / "compatibility.json").write_text(table)
    code, out, err = run("table", "--attribute", "get_sesion")
    assert (code, out, "did you mean 'get_session'" in err) == (2, "", True)
    assert run("table", "--attribute", "mean", "--format", "junit")[0] == 2


def test_outside_of_a_checkout_the_package_s_table_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.execute(["table", "--attribute", "get_session", "--path", "keras.backend"]) == 0
    assert "| `get_session` |" in capsys.readouterr().out
