"""A question -> one step for each release: the cell that answers for it, or why there is none.

Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.version import Version

from keras_matrix.bisecting.partners import Partner, Rule, minor
from keras_matrix.bisecting.question import Question
from keras_matrix.feasibility import Feasible, assess
from keras_matrix.matrix import Cell, Matrix
from keras_matrix.matrix.cells import PINS, cell_id
from keras_matrix.matrix.expansion import auto_as_of, auto_python
from keras_matrix.releases import Catalogue
from keras_matrix.tables.eras import project_name, version_key
from keras_matrix.tiers import TierKind, plan

GRACE_DAYS = 30
_JAX_BRINGS_JAXLIB = Version("0.4.30")


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One release of ``axis``. ``cell`` answers for it; None where nothing goes with it.

    ``obstacle`` is why the cell can't be built, None where it can; ``distributions`` what is
    installed for each pin. ``why`` says which rule chose what moves along ("" where all is fixed),
    ``shares`` names the tier that it has in common with its neighbours.
    """

    axis: str
    release: str
    cell: Cell | None
    obstacle: str | None = None
    distributions: Mapping[str, str] | None = None
    declared: bool = False
    why: str = ""
    shares: str = ""

    @property
    def feasible(self) -> bool:
        return self.obstacle is None

    @property
    def beside(self) -> Mapping[str, str]:
        """Everything else that is pinned, and the Python."""
        if self.cell is None:
            return {}
        pins = {pin: version for pin, version in self.cell.pins.items() if pin != self.axis}
        return {**pins, "python": self.cell.python}


def steps_of(question: Question, matrix: Matrix, catalogue: Catalogue) -> tuple[Step, ...]:
    """A step for each release of the question, in their order."""
    return tuple(_Steps(question=question, matrix=matrix, catalogue=catalogue).all())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Steps:
    question: Question
    matrix: Matrix
    catalogue: Catalogue

    def all(self) -> Iterator[Step]:
        question = self.question
        rule = Rule(
            axis=question.over,
            backend=question.backend,
            declared=self.matrix.cells,
            pythons=self.matrix.pythons,
            catalogue=self.catalogue,
        )
        partners: dict[tuple[int, int], Partner | None] = {}
        for release in question.releases:
            if minor(release) not in partners:
                partners[minor(release)] = rule.choose(release)
            partner = partners[minor(release)]
            if partner is None and question.moving is not None:
                yield self._alone(release, question.moving)
            else:
                yield self._step(release, partner)

    def _alone(self, release: str, moving: str) -> Step:
        names = project_name(moving), project_name(self.question.over)
        return Step(
            axis=self.question.over,
            release=release,
            cell=None,
            obstacle="no {} that goes with {} {} is known".format(*names, release),
        )

    def _step(self, release: str, partner: Partner | None) -> Step:
        question = self.question
        pins = self._pins(release, partner)
        python = question.python
        if python is None and partner is not None and question.moving is not None:
            python = partner.python
        cell = self._cell(pins, python)
        verdict = assess(cell, self.catalogue)
        why = partner.why if partner is not None and question.moving is not None else ""
        if not isinstance(verdict, Feasible):
            return Step(
                axis=question.over,
                release=release,
                cell=cell,
                obstacle=self._conflict(cell) or verdict.reason.text.removesuffix("."),
                why=why,
            )
        return Step(
            axis=question.over,
            release=release,
            cell=cell,
            distributions=verdict.distributions,
            declared=cell.group != "",
            why=why,
            shares=_shared_tier(cell, verdict.distributions, self.catalogue),
        )

    def _conflict(self, cell: Cell) -> str | None:
        """That each pin has its Pythons and no Python has them all, where that is why."""
        if self.question.python is not None:
            return None
        pythons = {pin: self._pythons(cell, pin) for pin in cell.pins}
        if not all(pythons.values()) or set.intersection(*map(set, pythons.values())):
            return None
        each = (
            f"{pin} {cell.pins[pin]} goes with {found[0]} to {found[-1]}"
            for pin, found in pythons.items()
        )
        return f"no Python has them all: {', '.join(each)}"

    def _pythons(self, cell: Cell, pin: str) -> Sequence[str]:
        alone = replace(cell, pins={pin: cell.pins[pin]})
        return [
            python
            for python in self.matrix.pythons
            if isinstance(assess(replace(alone, python=python), self.catalogue), Feasible)
        ]

    def _pins(self, release: str, partner: Partner | None) -> Mapping[str, str]:
        """Everything that is pinned, in the order of a cell's id."""
        question = self.question
        pins = {question.over: release, **self._along(partner), **question.fixed}
        jax = pins.get("jax")
        if jax and "jaxlib" not in question.fixed and version_key(jax) < _JAX_BRINGS_JAXLIB:
            jaxlib = self.catalogue.release("jaxlib", jax)
            pins |= {"jaxlib": jaxlib.version} if jaxlib else {}
        first = [pin for pin in PINS if pin in pins]
        return {pin: pins[pin] for pin in [*first, *(pin for pin in pins if pin not in PINS)]}

    def _along(self, partner: Partner | None) -> Mapping[str, str]:
        """What the partner brings: all its pins, or beside a fixed version only what is extra."""
        if partner is None:
            return {}
        if self.question.moving is not None:
            return partner.pins
        return {pin: version for pin, version in partner.pins.items() if pin not in PINS}

    def _cell(self, pins: Mapping[str, str], python: str | None) -> Cell:
        """matrix.yaml's own cell where it declares that combination, else one like it."""
        as_of = auto_as_of(pins, GRACE_DAYS, self.catalogue)
        python = python or auto_python(pins, self.matrix.pythons, as_of, self.catalogue)
        cell = Cell(
            id=cell_id(pins, python),
            python=python,
            backend=self.question.backend,
            pins=pins,
            as_of=as_of,
            as_of_declared=False,
            group="",
            tags=(),
        )
        same = (
            each
            for each in self.matrix.cells
            if each.id == cell.id and each.backend == cell.backend
        )
        return next(same, cell)


def _shared_tier(cell: Cell, distributions: Mapping[str, str], catalogue: Catalogue) -> str:
    tiers = plan(cell, distributions, catalogue)
    return [t.name for t in tiers if t.kind in (TierKind.PYTHON, TierKind.BACKEND)][-1]


def newest_of_each_minor(steps: Sequence[Step]) -> tuple[str, ...]:
    """The newest feasible release of each minor, oldest minor first."""
    newest: dict[tuple[int, int], str] = {}
    for step in steps:
        if step.feasible and not version_key(step.release).is_prerelease:
            newest[minor(step.release)] = step.release
    return tuple(newest.values())
