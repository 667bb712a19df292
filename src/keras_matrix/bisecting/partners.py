"""Which release of the other project goes with one of the axis, where nobody says. Pure.

The same partner for every patch release of a minor, so that what changes inside a minor is the
axis's own doing. For the minor's newest release:

1. of the cells that matrix.yaml declares for it, else for any release of the minor, the newest
   partner of its time, else the nearest;
2. where none is declared, the newest partner of its time that some Python can have as well;
3. with a Keras older than any framework that can be had, the first that matrix.yaml uses.

Of its time: Keras goes with a framework that was there when it came out; a framework with a Keras
that came at most 30 days after it. And only what belongs together (:func:`fits`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from keras_matrix.feasibility import Feasible, assess
from keras_matrix.matrix import Cell
from keras_matrix.matrix.cells import PINS
from keras_matrix.releases import Catalogue, find_release
from keras_matrix.tables.eras import version_key
from keras_matrix.wheels import usable

GRACE = timedelta(days=30)
"""How long after a framework's release a Keras may come that goes with it."""

_ONE_NUMBER = ((2, 6), (2, 16))
"""From 2.6 up to 2.15 Keras and TensorFlow were released together, with the same minor."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Partner:
    """What goes with a minor: pins besides the axis's own, and the Python of the declared cell.

    ``why`` says in a few words which rule chose.
    """

    pins: Mapping[str, str]
    python: str | None
    why: str


def fits(keras: str, framework: str, version: str) -> bool:
    """Whether a Keras and a framework's release belong together at all."""
    number = minor(keras)
    if framework in ("theano", "cntk"):
        return number < (2, 4)
    if framework != "tensorflow":
        return number >= (3, 0)
    first, end = _ONE_NUMBER
    tensorflow = minor(version)
    if tensorflow >= end:
        return number >= (3, 0)
    if tensorflow >= first:
        return number == tensorflow
    return number < first


def minor(version: str) -> tuple[int, int]:
    """The first two numbers of a version."""
    number = version_key(version)
    return number.major, number.minor


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """The rule along one axis. ``declared`` are matrix.yaml's cells."""

    axis: str
    backend: str
    declared: Sequence[Cell]
    pythons: Sequence[str]
    catalogue: Catalogue

    @property
    def partner(self) -> str:
        """The project that goes along."""
        return self.backend if self.axis == "keras" else "keras"

    def choose(self, release: str) -> Partner | None:
        """What goes with a release of the axis; None where nothing ever did."""
        anchor = _newest_of_minor(release, self.catalogue.versions(self.axis))
        pool = [cell for cell in self.declared if self._suits(cell, anchor)]
        newest = self._of_its_time(anchor)
        return self._as_declared(anchor, pool, newest) or newest or self._first(anchor, pool)

    def _as_declared(
        self, anchor: str, pool: Iterable[Cell], newest: Partner | None
    ) -> Partner | None:
        """Rule 1. Of two cells that differ in nothing else, the one that installs more."""
        of_minor = [
            cell
            for cell in pool
            if minor(cell.pins[self.axis]) == minor(anchor)
            and (newest or self._days_late(cell, anchor) <= GRACE.days)
        ]
        own = [cell for cell in of_minor if cell.pins[self.axis] == anchor] or of_minor
        if not own:
            return None
        cell = max(own, key=lambda cell: self._preference(cell, anchor))
        pins = {pin: version for pin, version in cell.pins.items() if pin != self.axis}
        return Partner(pins=pins, python=cell.python, why=f"as in {cell.id}")

    def _of_its_time(self, anchor: str) -> Partner | None:
        """Rule 2."""
        found = [
            version
            for version in self._installable(anchor)
            if self._uploaded(self.partner, version) <= self._latest(anchor)
        ]
        if not found:
            return None
        why = f"the newest by {self._latest(anchor)}"
        return Partner(pins={self.partner: max(found, key=version_key)}, python=None, why=why)

    def _first(self, anchor: str, pool: Sequence[Cell]) -> Partner | None:
        """Rule 3, with the Python that is declared for that partner."""
        if not pool or self.axis != "keras":
            return None
        cell = min(pool, key=lambda cell: version_key(cell.pins[self.partner]))
        why = f"none was out by {self._latest(anchor)}; the first that matrix.yaml uses"
        pins = {self.partner: cell.pins[self.partner]}
        return Partner(pins=pins, python=cell.python, why=why)

    def _suits(self, cell: Cell, anchor: str) -> bool:
        return (
            set(cell.pins) & set(PINS) == {self.axis, self.partner}
            and cell.backend == self.backend
            and self._fits(cell.pins[self.partner], anchor)
            and isinstance(assess(cell, self.catalogue), Feasible)
        )

    def _installable(self, anchor: str) -> Iterator[str]:
        mine = find_release(self.catalogue, self.axis, anchor)
        for version in self.catalogue.versions(self.partner):
            release = find_release(self.catalogue, self.partner, version)
            if mine is None or release is None or version_key(version).is_prerelease:
                continue
            both = (usable(mine, python) and usable(release, python) for python in self.pythons)
            if self._fits(version, anchor) and any(both):
                yield version

    def _fits(self, version: str, anchor: str) -> bool:
        if self.axis == "keras":
            return fits(anchor, self.backend, version)
        return fits(version, self.backend, anchor)

    def _preference(self, cell: Cell, anchor: str) -> tuple[object, ...]:
        late = max(0, self._days_late(cell, anchor))
        rest = (version_key(cell.pins[self.axis]), len(cell.pins), version_key(cell.python))
        return (-late, version_key(cell.pins[self.partner]), *rest)

    def _days_late(self, cell: Cell, anchor: str) -> int:
        return (self._uploaded(self.partner, cell.pins[self.partner]) - self._latest(anchor)).days

    def _latest(self, anchor: str) -> date:
        grace = timedelta() if self.axis == "keras" else GRACE
        return self._uploaded(self.axis, anchor) + grace

    def _uploaded(self, project: str, version: str) -> date:
        release = find_release(self.catalogue, project, version)
        if release is None:
            raise ValueError(f"the catalogue has no {project} {version}")
        return release.uploaded


def _newest_of_minor(release: str, versions: Iterable[str]) -> str:
    same = [version for version in versions if minor(version) == minor(release)]
    final = [version for version in same if not version_key(version).is_prerelease]
    return max(final or same, key=version_key)
