"""Many measured combinations in few words: stretches of releases, by backend.

Combinations lie in a plane, releases of Keras by releases of the backend. They are put in a row
along whichever axis breaks them into fewer stretches.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from keras_matrix.knowledge import KnownCell
from keras_matrix.tables.eras import family_name, project_name, version_key

_SHOWN = 4
_FEW = 4
"""Combinations are few where they are one in so many."""
_ALONE = " without Keras"

_Release: TypeAlias = tuple[str, str]
"""A project and its release."""
_Axis: TypeAlias = Callable[[KnownCell], tuple[_Release, _Release]]
"""What a combination is called by, and what tells it from another one of that name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Which of one backend's measured combinations are meant: ``stretches`` of releases.

    ``all_but`` tells that the stretches are the few that are not meant.
    """

    backend: str
    stretches: tuple[str, ...]
    all_but: bool
    count: int
    measured: int

    @property
    def releases(self) -> str:
        """The stretches, the first few: "Keras 2.4.3 – 3.15.1"."""
        parts = list(self.stretches[:_SHOWN])
        more = len(self.stretches) - _SHOWN
        parts += [f"{more} more stretches"] if more > 1 else []
        parts += [self.stretches[-1]] if more == 1 else []
        return ("all but " if self.all_but else "") + ", ".join(_without_repetition(parts))

    @property
    def text(self) -> str:
        """For people: "TensorFlow: Keras 2.4.3 – 3.15.1 (40 of 75)"."""
        family = family_name(self.backend)
        if self.count == self.measured:
            return f"{family}: all {self.measured}" if self.measured > 1 else f"{family}: the one"
        return f"{family}: {self.releases} ({self.count} of {self.measured})"


def _without_repetition(parts: Sequence[str]) -> Iterator[str]:
    """ "Keras 1.1.2", "Keras 2.0.2" -> "Keras 1.1.2", "2.0.2"."""
    project = ""
    for part in parts:
        name, _, rest = part.partition(" ")
        yield rest if name == project else part
        project = name


def shares(measured: Sequence[KnownCell], wanted: Collection[str]) -> tuple[Share, ...]:
    """The wanted ones of the measured combinations, by backend, the largest share first."""
    families = sorted({cell.backend for cell in measured})
    found = (_share(name, [c for c in measured if c.backend == name], wanted) for name in families)
    told = [share for share in found if share.count]
    return tuple(sorted(told, key=lambda share: (-share.measured, share.backend)))


def words(measured: Sequence[KnownCell], wanted: Collection[str]) -> str:
    """The same as one line."""
    if len(wanted) == len(measured):
        return f"all {len(measured)} measured combinations"
    return "; ".join(share.text for share in shares(measured, wanted))


def _share(family: str, cells: Sequence[KnownCell], wanted: Collection[str]) -> Share:
    ids = {cell.id for cell in cells}
    meant, others = ids.intersection(wanted), ids.difference(wanted)
    direct, around = _fewest(cells, meant), _fewest(cells, others)
    all_but = 0 < len(others) <= len(ids) / _FEW and len(around) < len(direct)
    return Share(
        backend=family,
        stretches=around if all_but else direct,
        all_but=all_but,
        count=len(meant),
        measured=len(cells),
    )


def _fewest(cells: Sequence[KnownCell], wanted: Collection[str]) -> tuple[str, ...]:
    ways = [_stretches(cells, wanted, axis) for axis in (_by_keras, _by_backend)]
    return min(ways, key=len)


def _by_keras(cell: KnownCell) -> tuple[_Release, _Release]:
    backend = (cell.backend, cell.pins.get(cell.backend, ""))
    for project in ("tf-keras", "keras"):
        if project in cell.pins:
            return (project, cell.pins[project]), backend
    return backend, ("", "")


def _by_backend(cell: KnownCell) -> tuple[_Release, _Release]:
    keras, backend = _by_keras(cell)
    return (keras, backend) if backend == ("", "") else (backend, keras)


def _stretches(cells: Sequence[KnownCell], wanted: Collection[str], axis: _Axis) -> tuple[str, ...]:
    """Combinations that follow one another along an axis, and are wanted."""

    def place(cell: KnownCell) -> tuple[object, ...]:
        (project, release), (_, other) = axis(cell)
        order = ("keras", "tf-keras").index(project) if "keras" in project else -1
        return order, version_key(release), version_key(other or "0"), version_key(cell.python)

    row = sorted(cells, key=place)
    found: list[str] = []
    position = 0
    for (inside, _), group in groupby(row, key=lambda cell: (cell.id in wanted, axis(cell)[0][0])):
        run = tuple(group)
        before = row[position - 1] if position else None
        position += len(run)
        after = row[position] if position < len(row) else None
        if inside:
            found.append(_text(run, before, after, axis))
    return tuple(found)


def _text(
    run: Sequence[KnownCell], before: KnownCell | None, after: KnownCell | None, axis: _Axis
) -> str:
    (one, with_one), (last, with_last) = axis(run[0]), axis(run[-1])
    if len(run) == 1:
        return _label(run[0], [before, after], axis)
    if one == last:
        beside = _beside(with_one, axis)
        to = f" – {with_last[1]}" if with_last != with_one else ""
        return f"{_called(one)}{beside}{to}"
    start, end = _label(run[0], [before], axis), _label(run[-1], [after], axis)
    if start.endswith(_ALONE) and end.endswith(_ALONE):
        start = start.removesuffix(_ALONE)
    return f"{start} – {end.removeprefix(project_name(one[0])).lstrip()}"


def _label(cell: KnownCell, neighbours: Sequence[KnownCell | None], axis: _Axis) -> str:
    """The release; with what else tells it from the combinations next to it of the same one."""
    called, other = axis(cell)
    if not other[0]:
        return f"{_called(called)}{_ALONE}"
    same = [axis(each)[1] for each in neighbours if each is not None and axis(each)[0] == called]
    beside = _beside(other, axis) if any(each != other for each in same) else ""
    python = f" on Python {cell.python}" if other in same else ""
    return f"{_called(called)}{beside}{python}"


def _called(release: _Release) -> str:
    return f"{project_name(release[0])} {release[1]}"


def _beside(other: _Release, axis: _Axis) -> str:
    if not other[0]:
        return _ALONE
    return f" on {other[1]}" if axis is _by_keras else f" with {_called(other)}"
