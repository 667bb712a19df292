"""JSON objects whose values are read when they are asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class LazyObject(Mapping[str, Any]):
    """Most answers want a few values of a large object: only those are made.

    ``readers`` says how some values are read; the others are plain JSON.
    """

    def __init__(
        self,
        text: bytes | msgspec.Raw,
        readers: Mapping[str, Callable[[msgspec.Raw], Any]] | None = None,
    ) -> None:
        """Raises msgspec.DecodeError where the text, up to its end, is no JSON object."""
        self._raw = _OBJECT.decode(text)
        self._readers = readers or {}
        self._read: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key not in self._read:
            reader = self._readers.get(key, msgspec.json.decode)
            self._read[key] = reader(self._raw[key])
        return self._read[key]

    def __contains__(self, key: object) -> bool:
        return key in self._raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)
