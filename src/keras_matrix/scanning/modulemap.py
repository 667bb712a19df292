"""Which dotted name is which file of the tree."""

from collections.abc import Iterable
from pathlib import Path

from keras_matrix.scanning.following.imports import Finder
from keras_matrix.scanning.following.mentions import Ref, local


class ModuleMap:
    """Which dotted name is which file of the tree, seen from any of its files."""

    def __init__(self, files: Iterable[Path], roots: frozenset[str]) -> None:
        self._roots = roots
        self._keys = {key_of(path) for path in files if path.suffix != ".ipynb"}
        self._keys |= {parent.as_posix() for key in self._keys for parent in Path(key).parents}
        self._known: dict[tuple[str, tuple[str, ...]], Ref | None] = {}

    def finder(self, path: Path) -> Finder:
        """How one file finds them."""
        folder = path.resolve().parent

        def find(parts: tuple[str, ...], level: int) -> Ref | None:
            if level:
                ups = (folder, *folder.parents)[level - 1 : level]
                return self._in(ups[0], parts) if ups else None
            if not parts or parts[0] in self._roots:
                return None
            key = (folder.as_posix(), parts)
            if key not in self._known:
                places = (self._in(place, parts) for place in (folder, *folder.parents))
                self._known[key] = next((found for found in places if found is not None), None)
            return self._known[key]

        return find

    def _in(self, folder: Path, parts: tuple[str, ...]) -> Ref | None:
        key = folder.joinpath(*parts).as_posix()
        return local(key) if key in self._keys else None


def key_of_file(path: Path) -> str:
    """A file's key among the readings; no other file can import a notebook."""
    return path.resolve().as_posix() if path.suffix == ".ipynb" else key_of(path)


def key_of(path: Path) -> str:
    """A module's key: its file without the ending; a package's is its folder."""
    path = path.resolve()
    return (path.parent if path.stem == "__init__" else path.with_suffix("")).as_posix()
