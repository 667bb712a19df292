"""Many mappings with the same keys, in the space of their values."""

from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from functools import lru_cache
from typing import TypeVar, overload

_V = TypeVar("_V")
_D = TypeVar("_D")


class SharedKeys(Mapping[str, _V]):
    """A read-only mapping; those that have the same keys in the same order keep them once."""

    __slots__ = ("__weakref__", "_places", "_values")

    def __init__(self, keys: Iterable[str], values: Iterable[_V]) -> None:
        self._places = _places(tuple(keys))
        self._values = tuple(values)

    @property
    def in_order(self) -> tuple[_V, ...]:
        """The values in the order of the keys."""
        return self._values

    def place(self, key: str) -> int:
        """Where the key's value stands among those in order."""
        return self._places[key]

    def __getitem__(self, key: str) -> _V:
        return self._values[self._places[key]]

    @overload
    def get(self, key: str, /) -> _V | None: ...
    @overload
    def get(self, key: str, /, default: _V | _D) -> _V | _D: ...
    def get(self, key: str, /, default: object = None) -> object:
        place = self._places.get(key)
        return default if place is None else self._values[place]

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def items(self) -> ItemsView[str, _V]:
        return _Items(self)

    def values(self) -> ValuesView[_V]:
        return _Values(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)!r})"


class _Items(ItemsView[str, _V]):
    """Without a look-up for each."""

    _mapping: SharedKeys[_V]

    def __iter__(self) -> Iterator[tuple[str, _V]]:
        return zip(self._mapping, self._mapping.in_order, strict=True)


class _Values(ValuesView[_V]):
    _mapping: SharedKeys[_V]

    def __iter__(self) -> Iterator[_V]:
        return iter(self._mapping.in_order)


@lru_cache(maxsize=4096)
def _places(keys: tuple[str, ...]) -> Mapping[str, int]:
    return {key: place for place, key in enumerate(keys)}
