"""The measured combination that a user's releases are, or come nearest to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keras_matrix.errors import InputError
from keras_matrix.knowledge import Knowledge, KnownCell
from keras_matrix.nearness import Distance, distance
from keras_matrix.tables.eras import project_name, version_key

_BACKENDS = ("tensorflow", "theano", "jax", "torch", "cntk")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What the user has: releases by project, Python, the backend; all that is not said is open."""

    releases: Mapping[str, str]
    python: str | None = None
    backend: str | None = None

    def __bool__(self) -> bool:
        return bool(self.releases or self.python or self.backend)

    @property
    def text(self) -> str:
        """For people."""
        parts = [f"{project_name(name)} {release}" for name, release in self.releases.items()]
        parts += [f"Python {self.python}"] if self.python else []
        parts += [f"the {project_name(self.backend)} backend"] if self.backend else []
        return ", ".join(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The combination that is looked at in the wish's place; ``apart`` is what differs."""

    wish: Wish
    cell: KnownCell
    apart: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether the very releases were measured."""
        return not self.apart

    @property
    def text(self) -> str:
        """For people."""
        if self.exact:
            return f"{self.cell.id}: measured"
        apart = ", ".join(self.apart)
        return f"{self.cell.id}, the nearest that was measured ({apart})"


def nearest(knowledge: Knowledge, wish: Wish) -> Target:
    """The nearest measured combination on the backend that is wanted.

    Of several the one with the least besides what is asked for, then the newest.

    Raises:
        InputError: none has these projects, or it is a major release away.
    """
    found = [
        (steps, cell) for cell in knowledge.measured if (steps := _steps(wish, cell)) is not None
    ]
    if not found:
        raise InputError([f"no measured combination has {wish.text}"])
    order = {cell: place for place, cell in enumerate(knowledge.cells)}

    def rank(one: tuple[Distance, KnownCell]) -> tuple[object, ...]:
        steps, cell = one
        unasked = cell.pins.keys() - wish.releases.keys()
        return steps, cell.python != wish.python, len(unasked), -order[cell.id]

    steps, cell = min(found, key=rank)
    if steps[0]:
        raise InputError(
            [f"nothing near {wish.text} was measured; the nearest combination is {cell.id}"]
        )
    return Target(wish=wish, cell=cell, apart=tuple(_apart(wish, cell)))


def by_age(cells: Sequence[KnownCell]) -> list[KnownCell]:
    """By the release of Keras, then of the backend, the oldest first.

    Combinations without Keras have no place among the others, and count only where there are no
    others.
    """
    with_keras = [cell for cell in cells if "keras" in cell.pins]
    return sorted(with_keras or cells, key=_age)


def newest(cells: Sequence[KnownCell]) -> KnownCell:
    """The newest of some combinations: on TensorFlow, else on anything."""
    return by_age([cell for cell in cells if cell.backend == "tensorflow"] or cells)[-1]


def _age(cell: KnownCell) -> tuple[object, ...]:
    keras, backend = cell.pins.get("keras", "0"), cell.pins.get(cell.backend, "0")
    plain = -len(cell.pins)
    return version_key(keras), version_key(backend), plain, version_key(cell.python), cell.id


def _steps(wish: Wish, cell: KnownCell) -> Distance | None:
    """How far; None where the backend is another one or a project isn't there."""
    backends = {name for name in wish.releases if name in _BACKENDS}
    wanted = {wish.backend} if wish.backend else backends
    if wanted and cell.backend not in wanted:
        return None
    return distance((release, cell.installed.get(name)) for name, release in wish.releases.items())


def _apart(wish: Wish, cell: KnownCell) -> list[str]:
    apart = [
        f"{project_name(name)} {cell.installed[name]}, not {release}"
        for name, release in wish.releases.items()
        if distance([(release, cell.installed[name])]) != (0, 0, 0)
    ]
    if wish.python and cell.python != wish.python:
        apart.append(f"Python {cell.python}, not {wish.python}")
    return apart
