"""Where the cells of one import path stand on its axis: entries become observations by the release,
without a look at every cell where all cells of a release say the same."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from keras_matrix.tables.ranges import Observation
from keras_matrix.tables.states import Entry, State


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One cell that knows the path: ``state`` is the path's own there, ``position`` that of the
    cell among those that have entries, None where it has none."""

    release: str
    family: str
    on: str | None
    state: State
    position: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """The cells of one release on one backend: ``apart`` are those without entries, as observed."""

    release: str
    family: str
    positions: tuple[int, ...]
    on: tuple[str | None, ...]
    apart: tuple[Observation, ...]


def blocks_of(places: Iterable[Place]) -> tuple[Block, ...]:
    """The places by backend and release."""
    grouped: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place in places:
        grouped[place.family, place.release].append(place)
    return tuple(
        Block(
            release=release,
            family=family,
            positions=tuple(each.position for each in group if each.position is not None),
            on=tuple(each.on for each in group if each.position is not None),
            apart=path_observations(each for each in group if each.position is None),
        )
        for (family, release), group in grouped.items()
    )


def path_observations(places: Iterable[Place]) -> tuple[Observation, ...]:
    """What was seen of the path itself."""
    grouped: dict[tuple[str, str, State], list[str | None]] = defaultdict(list)
    for place in places:
        grouped[place.release, place.family, place.state].append(place.on)
    return tuple(
        Observation(release=release, family=family, on=_known(on), state=state)
        for (release, family, state), on in grouped.items()
    )


def observations(blocks: Iterable[Block], entries: Sequence[Entry]) -> Iterator[Observation]:
    """What was seen of one name; equal entries are one object, in the order of the positions."""
    for block in blocks:
        yield from block.apart
        here = [entries[position] for position in block.positions]
        if len(set(map(id, here))) == 1:
            yield _observation(block, here[0], block.on)
            continue
        grouped: dict[int, tuple[Entry, list[str | None]]] = {}
        for entry, on in zip(here, block.on, strict=True):
            # Taken out and put in again: of signatures that differ in addresses only, the last
            # one is shown.
            _, versions = found = grouped.pop(id(entry), (entry, []))
            versions.append(on)
            grouped[id(entry)] = found
        for entry, versions in grouped.values():
            yield _observation(block, entry, versions)


def _observation(block: Block, entry: Entry, on: Iterable[str | None]) -> Observation:
    return Observation(
        release=block.release,
        family=block.family,
        on=_known(on),
        state=entry.state,
        signature=entry.signature,
    )


def _known(on: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(version for version in on if version)
