"""index.html in a real browser: what it shows, what filters do, keys, themes, no requests."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from synthetic import CATALOGUE, NASTY, attribute, big, cell, importable, sample

from keras_matrix.render import Format, render
from keras_matrix.tables import tabulate

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.integration
api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NAMES = "#scroll tbody th"
HEADS = "#scroll thead tr:nth-child(2) th"


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with api.sync_playwright() as playwright:
        # Its own sandbox needs privileges that a container as root doesn't give.
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(render(tabulate(sample(), CATALOGUE), Format.HTML), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: "Browser", index: Path) -> Iterator["Page"]:
    """The page, opened; any error of its script, and any request, fails the test."""
    trouble: list[str] = []
    opened = browser.new_page(viewport={"width": 1100, "height": 500}, color_scheme="light")
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("console", lambda message: trouble.append(message.text))
    opened.on("request", lambda request: trouble.append(request.url))
    opened.goto(index.as_uri())
    yield opened
    opened.close()
    assert trouble == [index.as_uri()]


def query(page: "Page", text: str) -> None:
    page.fill("#query", text)
    page.wait_for_function("(q) => view.query === q", arg=text)


def test_the_overview_counts_every_cell_and_path(page: "Page") -> None:
    assert page.locator(NAMES).count() == 9
    row = page.locator("#scroll tbody tr", has_text="keras2.3.1-tensorflow1.15.5-py37")
    label = row.locator("td").nth(1).get_attribute("aria-label")
    assert label == "1 works, 1 needs a setting, 2 missing"
    assert "grpcio did not compile" in page.inner_text("#scroll")


def test_in_the_overview_text_finds_cells_and_name_filters_wait(page: "Page") -> None:
    query(page, "theano0.9 outcome:missing")
    assert page.locator(NAMES).all_inner_texts() == ["keras1.2.2-theano0.9.0-py27"]
    assert "take effect within an import path" in page.inner_text("#status")


def test_a_path_shows_its_names_and_the_cells_that_have_them(page: "Page") -> None:
    page.select_option("#path", "keras.backend")
    assert page.locator(NAMES).all_inner_texts() == ["floatx", "get_session", "mean Δ", "slice"]
    assert page.locator(HEADS).count() == 6
    page.check("#empty")
    assert page.locator(HEADS).count() == 9
    assert page.locator("td.s-not-measured").count() == 3 * 4


def test_filters_choose_cells_and_names(page: "Page") -> None:
    query(page, "path:keras.backend keras:2.3 backend:theano outcome:missing")
    assert page.locator(HEADS).all_inner_texts() == ["Keras 2.3.1\nTheano 1.0.5\nPython 3.7"]
    assert page.locator(NAMES).all_inner_texts() == ["floatx", "get_session", "slice"]
    query(page, "tensorflow:>=2 is:different")
    assert page.locator(NAMES).all_inner_texts() == ["get_session", "mean Δ", "slice"]
    query(page, "is:drift")
    assert page.locator(NAMES).all_inner_texts() == ["mean Δ"]
    query(page, "nothing-has-this-name")
    assert "Nothing matches" in page.inner_text("#scroll")


def test_a_filter_that_is_not_understood_says_so(page: "Page") -> None:
    query(page, "outcome:fine colour:red is:odd path:nowhere")
    status = page.inner_text("#status")
    for part in ("outcome:fine", "colour:red", "is:odd", "path:nowhere"):
        assert part in status


def test_a_cell_tells_its_detail_as_text_and_its_provenance(page: "Page") -> None:
    query(page, "path:keras.backend mean")
    page.click("td.s-raises")
    panel = page.locator("#panel")
    assert panel.locator("pre").inner_text() == NASTY
    assert panel.locator("b").count() == 0
    for part in (
        "(x, axis=None)",
        "sha256:0123",
        "2026-11-21",
        "Keras ≤ 2.2.4 on TensorFlow 2.0.4",
    ):
        assert part in panel.inner_text()
    assert "null" not in panel.inner_text()


def test_the_keyboard_moves_opens_closes_and_returns(page: "Page") -> None:
    page.select_option("#path", "keras.backend")
    page.locator("#scroll tbody td").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == "keras.backend.get_session"
    assert page.evaluate("document.activeElement.id") == "panel"
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "missing"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert "Measured ranges" in page.inner_text("#panel")


def test_every_cell_says_its_outcome_without_colour(page: "Page") -> None:
    page.select_option("#path", "keras.backend")
    said = page.eval_on_selector_all(
        "#scroll td", "cells => cells.map(c => [c.textContent, c.getAttribute('aria-label')])"
    )
    assert ["✗", "missing"] in said
    assert all(symbol.strip() and word for symbol, word in said)
    assert page.locator("#scroll th[scope=row]").count() == 4
    assert page.locator("#scroll th[scope=colgroup]").count() == 3


def test_the_address_keeps_what_is_shown(page: "Page", index: Path) -> None:
    query(page, "path:keras.backend backend:theano")
    shown = page.locator(NAMES).all_inner_texts(), page.locator(HEADS).all_inner_texts()
    page.evaluate("document.getElementById('query').value = ''; view.query = ''; readHash()")
    assert page.input_value("#query") == "path:keras.backend backend:theano"
    assert (page.locator(NAMES).all_inner_texts(), page.locator(HEADS).all_inner_texts()) == shown
    assert page.url.startswith(f"{index.as_uri()}#path=keras.backend")


def test_light_and_dark_follow_the_system_and_the_button(page: "Page") -> None:
    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = ground()
    page.emulate_media(color_scheme="dark")
    dark = ground()
    assert light != dark
    page.click("#theme")
    assert ground() == light


def test_names_missing_everywhere_are_a_click_away(browser: "Browser", tmp_path: Path) -> None:
    names = importable(mean=attribute(), get_session=attribute("missing"))
    made = [cell("jax", {"keras.ops": names}, keras="3.0.0", jax="0.4.30")]
    path = tmp_path / "index.html"
    path.write_text(render(tabulate(made, {}), Format.HTML), encoding="utf-8")
    page = browser.new_page()
    page.goto(f"{path.as_uri()}#path=keras.ops")
    page.click("#status button")
    assert page.inner_text("#panel li") == "get_session"
    page.close()


def test_heading_and_first_column_stay_while_a_large_table_scrolls(
    browser: "Browser", tmp_path: Path
) -> None:
    path = tmp_path / "index.html"
    path.write_text(render(tabulate(big(cells=60, paths=2), {}), Format.HTML), encoding="utf-8")
    page = browser.new_page(viewport={"width": 900, "height": 500})
    page.goto(f"{path.as_uri()}#path=keras.backend")
    before = page.locator(".corner").bounding_box()
    page.eval_on_selector("#scroll", "box => box.scrollTo(1500, 2000)")
    assert page.eval_on_selector("#scroll", "box => box.scrollTop") == 2000
    assert page.locator(".corner").bounding_box() == before
    assert before is not None
    row = page.locator(f"{NAMES} >> nth=90").bounding_box()
    assert row is not None
    assert row["x"] == before["x"]
    page.close()
