"""Do the releases of a cell fit each other? By how many names of keras.backend fail there."""

from collections.abc import Callable
from functools import lru_cache

from keras_matrix.knowledge import Knowledge, KnownCell
from keras_matrix.tables.states import State

_WORKING = (State.WORKS, State.DEPRECATED, State.NEEDS_SETTING)
_FAILING = (State.RAISES, State.CRASHED, State.TIMED_OUT)
_FEW = 0.04
"""At most so many of the names that are called fail where two releases fit each other."""
_PATH = "keras.backend"
Works = Callable[[KnownCell], str | None]
"""Whether it works in a cell: what was seen there, None where it doesn't."""


@lru_cache(maxsize=1)
def fits(knowledge: Knowledge) -> Works:
    """Tells of a cell how many names work, None where the releases don't fit."""
    tally = knowledge.tally(_PATH)

    def told(cell: KnownCell) -> str | None:
        counts = tally.get(cell.id, {})
        works = sum(counts.get(state, 0) for state in _WORKING)
        fails = sum(counts.get(state, 0) for state in _FAILING)
        if not works or fails > _FEW * (works + fails):
            return None
        return f"{works} of the {works + fails} names of {_PATH} that were called work there"

    return told
