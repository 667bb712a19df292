"""Dotted paths -> the backend namespace in them, measured or not, and the name in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from keras_matrix.scanning.following.mentions import Ref

_OF_KERAS = frozenset({"keras", "tf_keras", "src", "legacy", "api"})
_OTHERS = frozenset({"tensorflow_core"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Symbol:
    """A backend namespace, or a name in it. ``measured`` tells whether the table has the path."""

    path: str
    name: str | None
    measured: bool

    @property
    def dotted(self) -> str:
        """As it is imported."""
        return self.path if self.name is None else f"{self.path}.{self.name}"

    def __lt__(self, other: "Symbol") -> bool:
        return (self.path, self.name or "") < (other.path, other.name or "")


@dataclass(frozen=True, slots=True)
class Found:
    """A symbol, and how many parts of the dotted path come after it."""

    symbol: Symbol
    rest: int


class Namespaces:
    """The import paths of the table; others that look like one are known as not measured.

    ``names`` are those that ``keras.backend`` ever had.
    """

    def __init__(self, paths: Iterable[str], names: Iterable[str] = ()) -> None:
        self.names = frozenset(names)
        self._paths = frozenset(tuple(path.split(".")) for path in paths)
        self._longest = max(map(len, self._paths), default=0)
        self.roots = frozenset(path[0] for path in self._paths) | _OTHERS

    def find(self, ref: Ref) -> Found | None:
        """The namespace that a dotted path is or goes through; None where there is none."""
        if ref[0] not in self.roots:
            return None
        for length in range(min(len(ref), self._longest), 1, -1):
            if ref[:length] in self._paths:
                return self._beyond(ref, length)
        for place in range(1, len(ref)):
            if ref[place] == "backend" and ref[place - 1] in _OF_KERAS:
                return _found(ref, place + 1, measured=False)
        return None

    def _beyond(self, ref: Ref, length: int) -> Found:
        """Another backend's module below a measured path is a namespace of its own."""
        if len(ref) > length and ref[length].endswith("_backend") and ref[length] != "_backend":
            return _found(ref, length + 1, measured=False)
        return _found(ref, length, measured=True)


def _found(ref: Ref, length: int, *, measured: bool) -> Found:
    """What every module has (``__name__``) is no name of the namespace."""
    name = ref[length] if len(ref) > length else None
    if name is not None and (not name.isidentifier() or name.startswith("__")):
        name = None
        rest = 0 if len(ref) == length else len(ref) - length
    else:
        rest = len(ref) - length - (name is not None)
    return Found(Symbol(path=".".join(ref[:length]), name=name, measured=measured), rest)
