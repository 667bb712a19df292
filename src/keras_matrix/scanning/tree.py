"""The files of a scan, read and linked: every reference to a backend namespace in them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from keras_matrix.scanning.files import Listing, Unread, shown
from keras_matrix.scanning.following.collecting import TooManyError
from keras_matrix.scanning.following.mentions import Circumstances, ModuleReading
from keras_matrix.scanning.following.modules import read_module
from keras_matrix.scanning.importers import circumstances_of_modules
from keras_matrix.scanning.linking import Linker
from keras_matrix.scanning.modulemap import ModuleMap, key_of_file
from keras_matrix.scanning.namespaces import Namespaces, Symbol
from keras_matrix.scanning.references import Part, Puzzling, Reference, Wanted
from keras_matrix.scanning.sources import (
    Place,
    Source,
    UnreadableError,
    read_bytes,
    speaks_of_keras,
    to_source,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """All that was read. ``sets`` are the names that the code puts into a namespace itself."""

    references: tuple[Reference, ...]
    puzzling: tuple[Puzzling, ...]
    wanted: tuple[Wanted, ...]
    sets: Mapping[Symbol, Place]
    unread: tuple[Unread, ...]
    skipped: tuple[Unread, ...]
    linker: Linker
    files: int
    lines: int
    passed: int

    def shared_names(self) -> Mapping[str, frozenset[str]]:
        """Under each module's key, the names that other files take from it."""
        shared: dict[str, set[str]] = defaultdict(set)
        for reading in self.linker.readings.values():
            for ref in (ref for refs in reading.everything() for ref in refs):
                if ref[0].startswith("@") and len(ref) > 1:
                    shared[ref[0][1:]].add(ref[1])
        return {module: frozenset(names) for module, names in shared.items()}


class _Reading:
    """The files read so far; those that don't speak of Keras wait until another one leads there."""

    def __init__(self, listing: Listing, namespaces: Namespaces) -> None:
        self._modules = ModuleMap(listing.files, namespaces.roots)
        self._roots = namespaces.roots
        self.readings: dict[str, ModuleReading] = {}
        self.sources: dict[str, Source] = {}
        self.waiting: list[Path] = []
        self.unread: list[Unread] = []
        self.lines = 0
        for path in listing.files:
            self._first(path)

    def _first(self, path: Path) -> None:
        try:
            data = read_bytes(path)
            if path.suffix != ".ipynb":
                self.lines += data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))
            if not speaks_of_keras(data):
                self.waiting.append(path)
                return
            self.read(path, to_source(path, data))
        except UnreadableError as error:
            self.unread.append(Unread(path=shown(path), reason=str(error)))

    def read(self, path: Path, source: Source) -> None:
        """Read one file's source."""
        try:
            reading = read_module(source.code, self._roots, self._modules.finder(path))
        except RecursionError as error:
            raise UnreadableError("nested too deeply") from error
        except TooManyError as error:
            raise UnreadableError(str(error)) from error
        key = key_of_file(path)
        self.readings[key] = reading
        self.sources[key] = source
        self.lines += len(source.lines)
        if reading.faults:
            lines = ", ".join(map(source.line, reading.faults[:5]))
            more = " …" if len(reading.faults) > 5 else ""
            reason = f"not Python in line {lines}{more}; the rest was read"
            self.unread.append(Unread(path=shown(path), reason=reason, partly=True))

    def wake(self, words: frozenset[bytes]) -> bool:
        """Read the waiting files that import by these names; whether there were any."""
        still = []
        for path in self.waiting:
            try:
                data = read_bytes(path)
                if b"import" in data and any(word in data for word in words):
                    self.read(path, to_source(path, data))
                    continue
            except UnreadableError as error:
                self.unread.append(Unread(path=shown(path), reason=str(error)))
                continue
            still.append(path)
        woken = len(still) < len(self.waiting)
        self.waiting = still
        return woken


def read_tree(listing: Listing, namespaces: Namespaces) -> Tree:
    """Read every file that could reach a namespace."""
    reading = _Reading(listing, namespaces)
    asked: frozenset[bytes] = frozenset()
    while True:
        linker = Linker(namespaces, reading.readings)
        words = frozenset(_exporters(linker, reading.readings)) - asked
        if not words or not reading.wake(words):
            break
        asked |= words
    everything = sorted(reading.sources.items(), key=lambda item: item[1].path.parts)
    imported = circumstances_of_modules(reading.readings)
    parts = [
        Part(reading.readings[key], source, linker, imported.get(key, Circumstances()))
        for key, source in everything
    ]
    return Tree(
        references=tuple(reference for part in parts for reference in part.references()),
        puzzling=tuple(puzzling for part in parts for puzzling in part.puzzling()),
        wanted=tuple(
            Wanted(place=part.source.place(dialect.span), dialect=dialect)
            for part in parts
            for dialect in part.reading.dialects
        ),
        sets={symbol: place for part in reversed(parts) for symbol, place in part.sets()},
        unread=tuple(sorted((*listing.unread, *reading.unread), key=lambda each: each.path)),
        skipped=listing.skipped,
        linker=linker,
        files=len(listing.files),
        lines=reading.lines,
        passed=len(reading.waiting),
    )


def _exporters(linker: Linker, readings: Mapping[str, ModuleReading]) -> Iterator[bytes]:
    """The last names of the modules that others could get a namespace from."""
    for key, reading in readings.items():
        if reading.stars or any(map(linker.leads_to_namespace, reading.exports.values())):
            yield key.rpartition("/")[2].encode()
