"""A cell: one declared combination, its name and its tags."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

FRAMEWORK_PINS = ("tensorflow", "theano", "cntk", "jax", "torch")
"""Pins that are a Keras backend; the pin and the backend have the same name."""

PINS = ("keras", "tf-keras", *FRAMEWORK_PINS)
"""Every pin that matrix.yaml has a key for, in the order of a cell's id; extras come after."""


class Tag(StrEnum):
    """How often a cell is run."""

    SMOKE = "smoke"
    NIGHTLY = "nightly"
    FULL = "full"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One declared combination.

    ``python`` is "X.Y"; ``backend`` the active Keras backend ("tensorflow", "theano", "jax",
    "torch", "cntk"); ``pins`` maps a pin ("keras", "tensorflow", "tf-keras" …) to an exact
    version; ``as_of`` is the date as of which everything unpinned is resolved;
    ``as_of_declared`` is True where the file gave the date itself.
    """

    id: str
    python: str
    backend: str
    pins: Mapping[str, str]
    as_of: date
    as_of_declared: bool
    group: str
    tags: tuple[str, ...]


def cell_id(pins: Mapping[str, str], python: str) -> str:
    """``keras2.3.1-tensorflow1.15.5-py37``: the pins in their order, then the Python."""
    words = [f"{pin}{version}" for pin, version in pins.items()]
    return "-".join([*words, f"py{python.replace('.', '')}"])
