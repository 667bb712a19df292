"""A module of the tree that is only imported under a condition runs only under it.

``if K.backend() == 'theano': from .theano_backend import *`` speaks for everything in that file,
unless another file imports it without asking.
"""

from collections import defaultdict
from collections.abc import Mapping

from keras_matrix.scanning.following.mentions import (
    All,
    AnyOf,
    Circumstances,
    Condition,
    How,
    ModuleReading,
)


def circumstances_of_modules(readings: Mapping[str, ModuleReading]) -> dict[str, Circumstances]:
    """Under which circumstances modules are imported, by key; those imported freely have none."""
    imports: dict[str, list[Circumstances]] = defaultdict(list)
    for reading in readings.values():
        for mention in reading.mentions:
            if mention.how is How.IMPORT:
                for ref in mention.refs:
                    if ref[0].startswith("@"):
                        for key in (ref[0][1:], "/".join((ref[0][1:], *ref[1:2]))):
                            imports[key].append(mention.circumstances)
    return {
        key: Circumstances(
            conditions=_of_all(found),
            caught=frozenset.intersection(*(each.caught for each in found)),
        )
        for key, found in imports.items()
        if key in readings
    }


def _of_all(found: list[Circumstances]) -> tuple[Condition, ...]:
    """One of the imports must happen; nothing is known where one is under no condition."""
    if not all(each.conditions for each in found):
        return ()
    ways = {All(of=each.conditions): None for each in found}
    return (AnyOf(of=tuple(ways)),) if len(ways) > 1 else next(iter(ways)).of
