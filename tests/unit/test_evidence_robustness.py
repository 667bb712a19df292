"""Any text gives an answer, in bounded time and with bounded size."""

import random
import time
from pathlib import Path

import pytest

from keras_matrix.evidence import DoubtKind, Evidence, normalise_message, read_evidence
from keras_matrix.evidence.text import END, clean
from keras_matrix.releases import load_catalogue

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
ISSUES = sorted((ROOT / "tests" / "data" / "issues").glob("*.txt"))
ERROR = "AttributeError: module 'keras.backend' has no attribute 'get_session'"
SIZE = 5_000_000
BOUND = 100.0
"""Seconds. The slowest text below takes three on a machine with nothing else to do."""


@pytest.mark.parametrize("text", ["", " \n\t ", "\0", "\ud800", "hello", "```", ">", "\\", "'" * 9])
def test_a_text_that_says_nothing_gives_nothing(text: str) -> None:
    assert read_evidence(text, CATALOGUE) == Evidence()


def test_binary_data_is_a_text_that_says_nothing() -> None:
    data = random.Random(4).randbytes(200_000).decode("utf-8", errors="replace")
    found = read_evidence(data, CATALOGUE)
    assert found.error is None
    assert not found.versions


def test_both_ends_of_a_long_text_are_read_and_the_middle_is_not() -> None:
    filler = "nothing to see here\n" * (END // 10)
    text = f"keras 2.2.4\n{filler}theano 1.0.5\n{filler}{ERROR}\n"
    found = read_evidence(text, CATALOGUE)
    assert dict(found.versions) == {"keras": "2.2.4"}
    assert found.error is not None
    assert found.error.name == "get_session"
    assert [(d.kind, "1,000,000" in d.text) for d in found.doubts] == [(DoubtKind.OTHER, True)]


def test_fifty_megabytes_are_no_trouble() -> None:
    found = read_evidence(("x" * 999 + "\n") * 50_000 + ERROR, CATALOGUE)
    assert found.error is not None
    assert len(clean("y" * 50_000_000).lines) <= 2 * END // 2000 + 1


HOSTILE = {
    "one letter": "a",
    "frames": '  File "x.py", line 3, in f\n',
    "errors": "ValueError: keras\n",
    "messages": "has no attribute 'a' ",
    "modules": "module '",
    "imports": "from a import b ",
    "versions": "keras 2.2.4 ",
    "rows": "keras    2.2.4\n",
    "words between": "keras version is ",
    "installed": "keras-2.2.4 ",
    "days": "2020-01-01 ",
    "tags": "<p ",
    "comments of HTML": "<!--",
    "escapes": "\x1b[",
    "fences": "```\n",
    "calls": "K.f(\n",
    "quotes": "> ",
    "dotted": "a.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_long(name: str) -> None:
    piece = HOSTILE[name]
    text = "import keras\n" + piece * (SIZE // len(piece))
    start = time.process_time()
    read_evidence(text, CATALOGUE)
    normalise_message(text[:100_000])
    assert time.process_time() - start < BOUND


def test_nothing_grows_without_bound() -> None:
    lines = [
        f"keras 2.{n}.4 ValueError: {n}\n{ERROR}{n}\n```\nimport keras as k{n}\n```\n"
        for n in range(20_000)
    ]
    found = read_evidence("".join(lines), CATALOGUE)
    assert len(found.claims) <= 500
    assert len(found.errors) <= 500
    assert len(found.code) <= 50
    assert len(found.doubts) <= 50
    assert all(len(claim.quote) <= 120 for claim in found.claims)


def test_deeply_nested_code_is_no_trouble() -> None:
    for nested in ("(" * 50_000, "-" * 50_000 + "1", "[" * 300 + "]" * 300, "if x:\n " * 200):
        text = f"```\nimport keras\nx = {nested}\n```\n{ERROR}"
        assert read_evidence(text, CATALOGUE).error is not None


def test_no_slice_or_shuffle_of_a_real_text_raises() -> None:
    texts = [path.read_text(encoding="utf-8") for path in ISSUES]
    chance = random.Random(20)
    for _ in range(400):
        one, other = chance.choice(texts), chance.choice(texts)
        cut = one[chance.randrange(len(one)) :] + other[: chance.randrange(len(other))]
        lines = cut.splitlines()
        if chance.random() < 0.3:
            chance.shuffle(lines)
        mangled = chance.choice(("\n", "\r\n", " ", "\n> ")).join(lines)
        found = read_evidence(mangled, CATALOGUE)
        assert all(choice for choice in found.versions.values())
        assert all(error.message or error.exception for error in found.errors)


def test_reading_twice_says_the_same() -> None:
    for path in ISSUES:
        text = path.read_text(encoding="utf-8")
        assert read_evidence(text, CATALOGUE) == read_evidence(text, CATALOGUE)
