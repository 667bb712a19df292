"""Is a name there, in the user's combination? Measured, inferred between neighbours, or unknown.

Inferred is only what every nearest measured neighbour says on both sides: cells that are older or
equal in each project, and cells that are newer or equal in each. Whether a name is there is
inferred from any such neighbours; whether calling it works only from neighbours that differ from
the user's combination in one project, for what fails is the pair.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import Version

from keras_matrix.explaining.model import Certainty, Finding, Situation, Standing, Witness
from keras_matrix.knowledge import Fact, Knowledge, KnownCell
from keras_matrix.nearness import distance
from keras_matrix.tables.eras import axis_of, family_name, project_name, version_key
from keras_matrix.tables.states import State

_KERAS_BESIDE = Version("2.16")
"""The first TensorFlow whose tensorflow.keras is the Keras that is installed beside it."""
_STANDING = {
    State.WORKS: Standing.WORKING,
    State.DEPRECATED: Standing.WORKING,
    State.NEEDS_SETTING: Standing.WORKING,
    State.PRESENT: Standing.THERE,
    State.MISSING: Standing.ABSENT,
    State.UNIMPORTABLE: Standing.UNIMPORTABLE,
    State.DIFFERS: Standing.THERE,
    State.RAISES: Standing.FAILING,
    State.CRASHED: Standing.FAILING,
    State.TIMED_OUT: Standing.FAILING,
}
EXISTS = frozenset({Standing.WORKING, Standing.THERE, Standing.FAILING})
Look = Callable[[str], Fact]
"""Cell id -> what it says."""
Spot = tuple[Version, ...]
"""Where a combination lies: its release of each project that counts and is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """A measured cell that has every project that counts."""

    cell: KnownCell
    spot: Spot


def judge(
    knowledge: Knowledge, situation: Situation, path: str, look: Look, *, imported: bool = False
) -> Finding:
    """What the table says of the user's combination.

    ``imported``: the path did get imported there, so neighbours where it can't be say nothing.
    """
    projects = counting(path, situation)
    stated = {name: situation.versions[name] for name in projects if name in situation.versions}
    here = _spot(stated, stated)
    known = [
        Near(cell=cell, spot=_spot(stated, cell.installed))
        for cell in candidates(knowledge, path, situation.backend)
        if set(stated) <= set(cell.installed) and look(cell.id).state is not State.NOT_MEASURED
    ]
    exact = [near.cell for near in known if near.spot == here]
    if stated and exact and len(stated) == len(projects):
        return _measured(exact, situation, look)
    if imported:
        known = [near for near in known if look(near.cell.id).state is not State.UNIMPORTABLE]
    if not stated:
        return _everywhere(known, look, situation.backend)
    return _between(known, here, look, stated)


def candidates(knowledge: Knowledge, path: str, backend: str) -> Sequence[KnownCell]:
    """The measured cells that have the path's project, on that backend."""
    project = axis_of(path)
    return [c for c in knowledge.measured if c.backend == backend and project in c.installed]


def counting(path: str, situation: Situation) -> tuple[str, ...]:
    """The projects whose releases decide what the path has."""
    axis = axis_of(path)
    if axis != "tensorflow":
        return (axis, situation.backend)
    release = situation.versions.get("tensorflow")
    if ".python." in path or release is None or version_key(release) < _KERAS_BESIDE:
        return ("tensorflow",)
    return ("tensorflow", "keras")


def _spot(projects: Iterable[str], releases: Mapping[str, str]) -> Spot:
    return tuple(version_key(releases[project]) for project in projects)


def _measured(exact: Sequence[KnownCell], situation: Situation, look: Look) -> Finding:
    wanted = situation.python
    cell = min(
        exact, key=lambda cell: (_extras(cell, situation), python_apart(cell.python, wanted))
    )
    witness = witness_of(look(cell.id))
    other = wanted is not None and wanted != cell.python
    return Finding(
        certainty=Certainty.MEASURED,
        standing=witness.standing,
        why="measured with these releases" + (f", on Python {cell.python}" if other else ""),
        witnesses=(witness,),
    )


def _extras(cell: KnownCell, situation: Situation) -> int:
    """How many packages were pinned that the user doesn't name."""
    return sum(name not in situation.versions for name in cell.pins)


def python_apart(one: str, wanted: str | None) -> tuple[int, int]:
    """How far a Python is from the user's; from the newest one where that is not known."""
    left, right = version_key(one), version_key(wanted or "3.99")
    return abs(left.major - right.major), abs(left.minor - right.minor)


def witness_of(fact: Fact) -> Witness:
    """What a fact's cell says, in its words."""
    standing = _STANDING[fact.state]
    said = standing.value
    if fact.state in (State.NEEDS_SETTING, State.DEPRECATED):
        said = fact.detail or fact.state.word
    elif standing in (Standing.FAILING, Standing.UNIMPORTABLE) and fact.detail:
        said = f"{fact.state.word}: {fact.detail}"
    return Witness(cell=fact.cell, standing=standing, said=said)


def _between(known: Sequence[Near], here: Spot, look: Look, stated: Mapping[str, str]) -> Finding:
    below = _edge([near for near in known if _not_above(near.spot, here)], here, below=True)
    above = _edge([near for near in known if _not_above(here, near.spot)], here, below=False)
    sides = {near.cell.id: near for near in (*below, *above)}
    witnesses = tuple(witness_of(look(cell)) for cell in sides)
    standing = agreed(witness.standing for witness in witnesses)
    if not all(_straight(here, near.spot) for near in sides.values()):
        standing = _of_the_name(standing)
    if below and above and standing is not None:
        why = "inferred: the nearest measured older and newer releases say the same"
        if below == above:
            words = " and ".join(f"{project_name(p)} {version}" for p, version in stated.items())
            why = f"inferred: the same in every measured cell with {words}"
        return Finding(
            certainty=Certainty.INFERRED, standing=standing, why=why, witnesses=witnesses
        )
    return Finding(
        certainty=Certainty.UNKNOWN,
        standing=None,
        why=f"unknown: this combination was not measured{_but(below, above)}",
        witnesses=witnesses,
    )


def _straight(here: Spot, spot: Spot) -> bool:
    """Whether the minor release differs in one project at most."""
    apart = [a.release[:2] != b.release[:2] for a, b in zip(here, spot, strict=True)]
    return sum(apart) <= 1


def _of_the_name(standing: Standing | None) -> Standing | None:
    """What can be said of the name without saying whether it works."""
    if standing in EXISTS:
        return Standing.THERE
    return standing if standing is Standing.ABSENT else None


def _but(below: Sequence[Near], above: Sequence[Near]) -> str:
    if below and above:
        return ", and its neighbours disagree"
    if below or above:
        return f", only {'older' if below else 'newer'} ones were"
    return ", nor anything near it"


def _everywhere(known: Sequence[Near], look: Look, backend: str) -> Finding:
    """Without a release there is only what holds for all of them."""
    witnesses = tuple(witness_of(look(near.cell.id)) for near in known)
    standing = agreed(witness.standing for witness in witnesses)
    if standing is None:
        return Finding(
            certainty=Certainty.UNKNOWN,
            standing=None,
            why="unknown: no release is stated, and the measured ones differ",
        )
    return Finding(
        certainty=Certainty.INFERRED,
        standing=standing,
        why=f"inferred: the same in all {len(known)} measured cells on {family_name(backend)}",
        witnesses=witnesses[-1:],
    )


def agreed(standings: Iterable[Standing]) -> Standing | None:
    """What all of them say: the same, or at least that it is there; None where they disagree."""
    found = set(standings)
    if len(found) == 1:
        return found.pop()
    return Standing.THERE if found and found <= EXISTS else None


def _not_above(one: Spot, other: Spot) -> bool:
    """Whether the first is older or equal in each project."""
    return all(a <= b for a, b in zip(one, other, strict=True))


def _edge(known: Sequence[Near], here: Spot, *, below: bool) -> tuple[Near, ...]:
    """The cells on one side that no other one lies before, seen from here; nearest first."""

    def hidden(near: Near) -> bool:
        return any(
            other.spot != near.spot
            and (_not_above(near.spot, other.spot) if below else _not_above(other.spot, near.spot))
            for other in known
        )

    edge = [near for near in known if not hidden(near)]
    return tuple(sorted(edge, key=lambda near: _steps(here, near)))


def _steps(here: Spot, near: Near) -> tuple[object, ...]:
    pairs = zip(map(str, here), map(str, near.spot), strict=True)
    return (distance(pairs) or (99, 99, 99), near.cell.id)
