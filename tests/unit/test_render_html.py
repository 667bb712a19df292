"""index.html: self-contained, and safe whatever the error texts hold."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from synthetic import CATALOGUE, NASTY, big, sample

from keras_matrix.render import Format, render
from keras_matrix.tables import tabulate


class Page(HTMLParser):
    """What a browser would find: elements with their attributes, and the text of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag = self.elements[-1][0] if self.elements else ""
        if tag in self.texts and data.strip():
            self.texts[tag].append(data)


@pytest.fixture(scope="module")
def text() -> str:
    return render(tabulate(sample(), CATALOGUE), Format.HTML)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_error_texts_can_not_end_the_data(text: str, page: Page) -> None:
    assert len(page.texts["script"]) == 2
    data = json.loads(page.texts["script"][0])
    assert NASTY in data["texts"]
    assert "<b>" not in text


def test_the_page_asks_nothing_of_anyone(text: str, page: Page) -> None:
    names = {name for _, attributes in page.elements for name in attributes}
    assert not names & {"src", "href", "srcset", "data", "action", "style"}
    assert not re.search(r"url\(|@import|https?:|fetch\(|XMLHttpRequest|innerHTML", text)


def test_the_policy_names_the_very_script_and_style(page: Page) -> None:
    policy = next(
        attributes["content"] or ""
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    for text in (page.texts["script"][1], page.texts["style"][0]):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_repeated_texts_and_records_are_stored_once(page: Page) -> None:
    data = json.loads(page.texts["script"][0])
    assert len(set(data["texts"])) == len(data["texts"])
    assert len({json.dumps(record) for record in data["records"]}) == len(data["records"])
    for path in data["paths"]:
        named = sum(state == 0 for state, _ in path["states"])
        assert all(len(row[1]) == named for row in path["rows"])


def test_the_size_stays_sane_for_a_large_run() -> None:
    made = big(cells=60, paths=4, names=50)
    assert len(render(tabulate(made, {}), Format.HTML)) < 400_000
