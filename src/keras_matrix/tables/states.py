"""What one entry of a table says, and the legend of it: closed sets, plain values.

An entry says more than an outcome: where a path could not be imported or a cell was not
measured there is no outcome of the attribute at all, and that must never read as "no".
"""

from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.results import Alternative


class State(StrEnum):
    """The outcomes of an attribute, and the two ways of having none."""

    WORKS = "works"
    DEPRECATED = "deprecated"
    DIFFERS = "differs"
    NEEDS_SETTING = "needs-setting"
    RAISES = "raises"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    PRESENT = "present"
    MISSING = "missing"
    UNIMPORTABLE = "unimportable"
    NOT_MEASURED = "not-measured"

    @property
    def symbol(self) -> str:
        """One character, readable without colour and without an emoji font."""
        return _LEGEND[self][0]

    @property
    def word(self) -> str:
        """What the symbol says, in a word or three."""
        return _LEGEND[self][1]

    @property
    def meaning(self) -> str:
        """The sentence of the legend."""
        return _LEGEND[self][2]

    @property
    def usable(self) -> bool:
        """Whether the attribute is there at all, whatever calling it does."""
        return self not in (State.MISSING, State.UNIMPORTABLE, State.NOT_MEASURED)


_LEGEND = {
    State.WORKS: ("✓", "works", "the call returned and agrees with the reference"),
    State.DEPRECATED: ("D", "deprecated", "works, and warned that it will go"),
    State.DIFFERS: (
        "≠",
        "differs",
        "returned something else than the reference (value, shape or dtype)",
    ),
    State.NEEDS_SETTING: (
        "S",
        "needs a setting",
        "fails by default, works under the setting that the note names",
    ),
    State.RAISES: ("R", "raises", "is there; calling it raises"),
    State.CRASHED: ("C", "crashed", "calling it ended the process"),
    State.TIMED_OUT: ("T", "timed out", "the call did not end before the deadline"),
    State.PRESENT: (
        "P",
        "present",
        "is there; not called, because it is no function or for the reason given",
    ),
    State.MISSING: ("✗", "missing", "the path imports, the attribute is not there"),
    State.UNIMPORTABLE: ("–", "path not importable", "the import path itself can't be imported"),
    State.NOT_MEASURED: ("?", "not measured", "unknown: neither a yes nor a no"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What one cell says of one attribute. ``detail`` is the reason, where the state has one."""

    state: State
    kind: str | None = None
    signature: str | None = None
    same_as: tuple[str, ...] = ()
    same_function: tuple[str, ...] = ()
    detail: str | None = None
    alternatives: tuple[Alternative, ...] = ()
