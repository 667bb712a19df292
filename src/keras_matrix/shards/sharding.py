"""Which machine measures which cells: shards of about the same cost, by what was timed. Pure.

Cells that share a backend tier stay together, so that no two machines download and build the
same one. The same cells, timings and number of shards give the same split on every machine,
in whatever order the cells come.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from keras_matrix.errors import InputError
from keras_matrix.running.timings import Timings
from keras_matrix.tiers import Tier, shared_tier

MOST_SHARDS = 256
"""The most jobs that GitHub starts for one matrix."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """The cells of one machine, and what they are expected to take.

    ``number`` counts from 1 to ``of``, the number of shards that was asked for. ``impossible``
    are cells that cost nothing: whoever has them only writes down why.
    """

    number: int
    of: int
    cells: tuple[str, ...] = ()
    impossible: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def ids(self) -> tuple[str, ...]:
        """Every cell of it, the impossible ones last."""
        return (*self.cells, *self.impossible)


def split(
    chains: Mapping[str, Sequence[Tier]],
    impossible: Collection[str],
    timings: Timings,
    count: int,
) -> tuple[Shard, ...]:
    """Cells, each with its tiers, in ``count`` shards; the longest comes first.

    Where there are fewer backend tiers than ``count``, there are fewer shards. The impossible
    cells go with the first one.
    """
    groups: dict[str, list[str]] = {}
    for cell in sorted(chains):
        groups.setdefault(shared_tier(chains[cell]), []).append(cell)
    costs = {tier: _seconds(cells, chains, timings) for tier, cells in groups.items()}
    wanted = min(count, max(len(groups), bool(impossible)))
    shards = [Shard(number=number, of=count) for number in range(1, wanted + 1)]
    # The longest first, each to the least laden: at most a third longer than the best split.
    for tier in sorted(groups, key=lambda tier: (-costs[tier], tier)):
        least = min(range(wanted), key=lambda k: (shards[k].seconds, len(shards[k].cells), k))
        shards[least] = replace(
            shards[least],
            cells=(*shards[least].cells, *groups[tier]),
            seconds=shards[least].seconds + costs[tier],
        )
    if impossible:
        shards[0] = replace(shards[0], impossible=tuple(sorted(impossible)))
    return tuple(shards)


def _seconds(cells: Sequence[str], chains: Mapping[str, Sequence[Tier]], timings: Timings) -> float:
    """What the cells of one backend tier take one after the other: what they share counts once."""
    standing: set[str] = set()
    total = 0.0
    for cell in cells:
        total += timings.estimate(cell, shared_tier(chains[cell]), standing)
        standing.update(tier.name for tier in chains[cell])
    return total


def parse_shard(text: str) -> tuple[int, int]:
    """``3/8`` as the third of eight shards.

    Raises:
        InputError: it is no such thing, or there can be no such shard.
    """
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal()):
        raise InputError([f"{text!r} is no shard: say which of how many, as in 3/8"])
    if not 1 <= int(count) <= MOST_SHARDS:
        raise InputError([f"{text!r}: there are 1 to {MOST_SHARDS} shards"])
    if not 1 <= int(number) <= int(count):
        raise InputError(
            [f"{text!r} contradicts itself: shards go from 1/{count} to {count}/{count}"]
        )
    return int(number), int(count)


def shard_of(shards: Sequence[Shard], number: int, count: int) -> Shard:
    """The shard of that number; an empty one where there is no work for so many machines."""
    return next((each for each in shards if each.number == number), Shard(number=number, of=count))
