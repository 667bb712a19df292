"""Values are read when they are asked for, and a broken text is seen at once."""

import json

import msgspec
import pytest

from keras_matrix.lazyjson import LazyObject

DOCUMENT = {"a": [1, {"b": None}], "c": "ü", "d": {"e": {"f": 1.5}}}


def test_it_is_the_same_as_what_json_reads() -> None:
    lazy = LazyObject(json.dumps(DOCUMENT).encode())
    assert dict(lazy) == DOCUMENT
    assert (lazy.get("a"), lazy.get("x", ()), "c" in lazy, "x" in lazy) == (
        [1, {"b": None}],
        (),
        True,
        False,
    )
    with pytest.raises(KeyError):
        lazy["x"]


def test_a_value_is_read_once_and_by_its_own_reader() -> None:
    read: list[bytes] = []

    def reader(raw: msgspec.Raw) -> LazyObject:
        read.append(bytes(raw))
        return LazyObject(raw)

    lazy = LazyObject(json.dumps(DOCUMENT).encode(), {"d": reader})
    assert read == []
    assert lazy["d"]["e"] == {"f": 1.5}
    assert lazy["d"] is lazy["d"]
    assert read == [b'{"e": {"f": 1.5}}']


@pytest.mark.parametrize(
    "text", [b"", b"[]", b'{"a": 1', b'{"a": [1, nul]}', b'{"a": 1} x', b"\xff"]
)
def test_a_broken_text_is_seen_before_anything_is_asked(text: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        LazyObject(text)
