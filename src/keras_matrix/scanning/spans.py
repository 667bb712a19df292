"""Many measured combinations in few words: stretches of releases, by backend."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from keras_matrix.knowledge import KnownCell
from keras_matrix.tables.eras import family_name, project_name

_SHOWN = 3
_KERAS = ("keras", "tf-keras")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Measured combinations of one backend, one after the other in the table."""

    cells: tuple[KnownCell, ...]
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Which of one backend's measured combinations are meant."""

    backend: str
    stretches: tuple[Stretch, ...]
    measured: int

    @property
    def count(self) -> int:
        """How many combinations."""
        return sum(len(stretch.cells) for stretch in self.stretches)

    @property
    def releases(self) -> str:
        """The stretches, the first few: "Keras 2.4.3 – 3.15.1"."""
        parts = [stretch.text for stretch in self.stretches[:_SHOWN]]
        more = len(self.stretches) - _SHOWN
        parts += [f"{more} more stretches"] if more > 1 else []
        parts += [self.stretches[-1].text] if more == 1 else []
        return ", ".join(_without_repetition(parts))

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
    found = [
        _share(family, [c for c in measured if c.backend == family], wanted) for family in families
    ]
    told = [share for share in found if share.count]
    return tuple(sorted(told, key=lambda share: (-share.measured, share.backend)))


def words(measured: Sequence[KnownCell], wanted: Collection[str]) -> str:
    """The same as one line."""
    if len(wanted) == len(measured):
        return f"everywhere (all {len(measured)} measured combinations)"
    return "; ".join(share.text for share in shares(measured, wanted))


def _share(family: str, cells: Sequence[KnownCell], wanted: Collection[str]) -> Share:
    stretches = []
    position = 0
    for (inside, _), group in groupby(cells, key=lambda cell: (cell.id in wanted, _keras(cell)[0])):
        run = tuple(group)
        if inside:
            before = cells[position - 1] if position else None
            after = cells[position + len(run)] if position + len(run) < len(cells) else None
            stretches.append(Stretch(cells=run, text=_text(run, before, after)))
        position += len(run)
    return Share(backend=family, stretches=tuple(stretches), measured=len(cells))


def _text(run: Sequence[KnownCell], before: KnownCell | None, after: KnownCell | None) -> str:
    if len(run) == 1:
        beside = before if before is not None and _keras(before) == _keras(run[0]) else after
        return _label(run[0], beside)
    first, last = _label(run[0], before), _label(run[-1], after)
    return f"{first} – {last.partition(' ')[2]}" if first != last else first


def _label(cell: KnownCell, neighbour: KnownCell | None) -> str:
    """The Keras release; with the backend's where the next combination has the same one."""
    project, release = _keras(cell)
    label = f"{project_name(project)} {release}"
    if project == cell.backend:
        return f"{label} without Keras"
    if neighbour is None or _keras(neighbour) != (project, release):
        return label
    on = cell.pins.get(cell.backend)
    if on is not None and on != neighbour.pins.get(cell.backend):
        return f"{label} on {on}"
    return f"{label} on Python {cell.python}"


def _keras(cell: KnownCell) -> tuple[str, str]:
    """The project and release that a combination is called by."""
    for project in (*reversed(_KERAS), cell.backend):
        if project in cell.pins:
            return project, cell.pins[project]
    return cell.backend, cell.id
