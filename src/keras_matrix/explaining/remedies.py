"""What works in the user's own combination: the same name on another path, or another name.

Every use is judged for itself, as the failing name is: measured, inferred between neighbours, or
measured elsewhere only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keras_matrix.explaining import changes
from keras_matrix.explaining.case import Case
from keras_matrix.explaining.judging import counting, judge
from keras_matrix.explaining.model import Certainty, Finding, Fix, Remedy, Standing, Topic
from keras_matrix.explaining.subjects import public_twins
from keras_matrix.knowledge import Fact, Knowledge, Use
from keras_matrix.signatures import newest_signature, otherwise
from keras_matrix.tables.states import State

_MOST, _LEAST = 4, 3
_PRIVATE = ("tensorflow.python.", "keras.src.", "keras._tf_keras.")
_OUTCOMES = (State.WORKS, State.DEPRECATED, State.NEEDS_SETTING)
_OF_TENSORFLOW = ("tensorflow", "tf_keras", "keras._tf_keras", "keras.src.legacy")
_GONE = (Standing.ABSENT, Standing.FAILING, Standing.UNIMPORTABLE)
_COMPARED = ("dot", "clear_session", "epsilon")
"""Names that nearly every backend namespace has: one Keras, if two paths share the object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One use, the cells in which it works, and how sure it is for the user's combination.

    ``asked`` is how many cells were looked at where nothing is known of the user's own.
    """

    use: Use
    cells: tuple[str, ...]
    certainty: Certainty
    asked: int

    @property
    def rare(self) -> bool:
        """Whether it works in few of the cells, and nothing is known of the user's own."""
        return self.certainty is Certainty.UNKNOWN and len(self.cells) * 2 < self.asked


def fixes_here(case: Case, finding: Finding, basis: tuple[str, ...] | None = None) -> Iterator[Fix]:
    """The best few, public paths first, then the least change; ``basis`` are the cells to look in,
    by default those that the finding rests on."""
    basis = basis_of(case, finding) if basis is None else basis
    if case.subject.name is None:
        yield from _modules(case, basis)
        return
    sure = finding.certainty is not Certainty.UNKNOWN and bool(case.situation.versions)
    found = candidates(case, basis, sure=sure)
    if not found and not case.path.startswith(_PRIVATE):
        found = candidates(case, _all_cells(case), sure=False, everywhere=True)
    usual = sum(not candidate.rare for candidate in found)
    for candidate in found[: min(_MOST, max(usual, _LEAST))]:
        yield _fix(case, candidate)


def basis_of(case: Case, finding: Finding) -> tuple[str, ...]:
    """The cells that speak for the user's, where it isn't there; without any, all such cells of
    the backend."""
    told = tuple(w.cell for w in finding.witnesses if w.standing in _GONE)
    if told:
        return (*told, *_with_more(case, told))
    return tuple(
        cell.id
        for cell in case.knowledge.measured
        if cell.backend == case.backend and case.is_gone(cell)
    )


def _with_more(case: Case, cells: Sequence[str]) -> Iterator[str]:
    """Cells of the very same releases with another package beside them (tf-keras, say)."""
    stated = case.situation.versions
    for cell in case.knowledge.measured:
        same = cell.id not in cells and cell.backend == case.backend and len(stated) > 1
        if same and all(cell.pins.get(name) == version for name, version in stated.items()):
            yield cell.id


def candidates(
    case: Case, basis: Sequence[str], *, sure: bool, everywhere: bool = False
) -> list[Candidate]:
    """What works in at least one of the cells, and may work in the user's; the best first.

    ``sure``: the cells stand for the user's combination, so what works in all of them does there.
    ``everywhere``: whatever path the name was missing on.
    """
    uses: dict[str, dict[str, Use]] = {}
    for cell in basis:
        for use in uses_in(case, cell, everywhere=everywhere):
            if not _foreign(use.path, case.backend):
                uses.setdefault(use.path, {})[cell] = use
    found = [
        candidate
        for path, by_cell in uses.items()
        if (candidate := _candidate(case, path, by_cell, basis if sure else (), len(basis)))
    ]
    return sorted(found, key=lambda each: _rank(case, each))


def _all_cells(case: Case) -> tuple[str, ...]:
    return tuple(cell.id for cell in case.knowledge.measured if cell.backend == case.backend)


def _candidate(
    case: Case, path: str, by_cell: dict[str, Use], standing_for: Sequence[str], asked: int
) -> Candidate | None:
    """The use with its certainty; None where it is known not to work in the user's combination."""
    use, cells = max(by_cell.values(), key=_outcome), tuple(by_cell)
    told = judge(case.knowledge, case.situation, path, lambda cell: _look(case, path, cell))
    certainty = Certainty.UNKNOWN
    if told.standing in _GONE:
        return None
    placed = any(name in case.situation.versions for name in counting(path, case.situation))
    if told.standing is Standing.WORKING and placed:
        cells, certainty = told.cells, told.certainty
    elif standing_for and set(standing_for) <= set(cells):
        certainty = Certainty.INFERRED
    return Candidate(use=use, cells=cells, certainty=certainty, asked=asked)


def _look(case: Case, path: str, cell: str) -> Fact:
    """Whether a use works in a cell: measured by its own path, or as the name's replacement."""
    module, _, name = path.rpartition(".")
    found = next((use for use in uses_in(case, cell) if use.path == path), None)
    if module in case.knowledge.paths and (found is None or path != case.subject.dotted):
        return case.knowledge.fact(cell, module, name)
    state = found.outcome if found else State.NOT_MEASURED
    return Fact(cell=cell, path=module, name=name, state=state)


def uses_in(
    case: Case, cell: str, *, itself: bool = False, everywhere: bool = False
) -> Iterator[Use]:
    """Everything that works in one cell in the place of the name; itself only if asked for."""
    knowledge, name = case.knowledge, case.subject.name or ""
    known = case.path in knowledge.paths and not everywhere
    paths = (case.path,) if known else knowledge.paths
    facts = [knowledge.fact(cell, path, name) for path in paths]
    found = [use for fact in facts for use in fact.instead]
    imported = {use.path for fact in facts for use in fact.instead if use.path == _dotted(fact)}
    found += knowledge.working_elsewhere(cell, name)
    found += [use for fact in facts for use in _in_public(fact, knowledge)]
    seen = {use.path: use for use in reversed(found)}
    for path in dict.fromkeys(use.path for use in found):
        if itself or path != case.subject.dotted or path in imported:
            yield seen[path]


def _dotted(fact: Fact) -> str:
    return f"{fact.path}.{fact.name}"


def _in_public(fact: Fact, knowledge: Knowledge) -> Iterator[Use]:
    """What a private name that is missing may be called in public."""
    if fact.state is State.MISSING:
        for public in public_twins(fact.name):
            same = knowledge.fact(fact.cell, fact.path, public)
            if same.usable:
                yield Use(path=f"{fact.path}.{public}", outcome=same.state, detail=same.detail)


def _foreign(use: str, backend: str) -> bool:
    """Whether it makes tensors of another framework than the active one."""
    for framework in ("theano", "tensorflow", "cntk"):
        if f".{framework}_backend" in use and framework != backend:
            return True
    return backend != "tensorflow" and use.startswith(_OF_TENSORFLOW)


def _outcome(use: Use) -> int:
    return _OUTCOMES.index(use.outcome)


def _rank(case: Case, candidate: Candidate) -> tuple[object, ...]:
    use = candidate.use
    module, _, name = use.path.rpartition(".")
    same_name = name == case.subject.name and module in case.knowledge.paths
    unknown = candidate.certainty is Certainty.UNKNOWN
    return (
        use.path.startswith(_PRIVATE),
        _beside(case, candidate) is not None,
        _otherwise(case, candidate) is not None,
        unknown and bool(case.situation.versions),
        candidate.rare,
        _outcome(use),
        name == case.subject.name or not changes.is_shown(case.evidence, name),
        module != case.path and not same_name,
        -len(candidate.cells) if unknown else 0,
        changes.order_of(case.subject.name or "", use.path),
        use.path.count("."),
        use.path,
    )


def _fix(case: Case, candidate: Candidate) -> Fix:
    use = candidate.use
    module, _, name = use.path.rpartition(".")
    same_name = name == case.subject.name and module in case.knowledge.paths
    itself = use.path == case.subject.dotted
    return Fix(
        remedy=Remedy.IMPORT if same_name else Remedy.RENAME,
        title=f"import {use.path} by its own name" if itself else f"use {use.path}",
        use=use.path,
        cells=candidate.cells,
        certainty=candidate.certainty,
        change=changes.to_use(case, use.path, candidate.cells[-1]),
        setting=changes.setting_of(use.detail),
        notes=tuple(_notes(case, candidate)),
    )


def _notes(case: Case, candidate: Candidate) -> Iterator[str]:
    use = candidate.use
    if use.path.startswith(_PRIVATE):
        yield "private: it may go with any release"
    if beside := _beside(case, candidate):
        yield f"it wants tf-keras beside Keras 3: pip install tf-keras=={beside}"
    if other := _otherwise(case, candidate):
        yield f"no plain exchange: {other}"
    if use.outcome is State.DEPRECATED:
        yield f"deprecated: {use.detail}" if use.detail else "deprecated"
    if told := changes.note_of(case.subject.name or "", use.path):
        yield told
    if candidate.certainty is Certainty.UNKNOWN and candidate.asked > 1:
        count = len(candidate.cells)
        yield f"it works in {count} of the {candidate.asked} measured cells that were looked at"
    module = use.path.rpartition(".")[0]
    named = case.subject.topic is Topic.ATTRIBUTE and module in case.knowledge.paths
    if named and two_keras(case.knowledge, case.path, module, candidate.cells[-1]):
        yield (
            f"{_root(case.path)} and {_root(module)} are two different Keras there: import "
            "layers and models from the same one"
        )


def _otherwise(case: Case, candidate: Candidate) -> str | None:
    """Why a call of the failing name could mean something else to it, where no change is written
    down that says how it is called."""
    name, use = case.subject.name or "", candidate.use.path
    entry = changes.entry_of(name, use)
    if entry is not None and "change" in entry:
        return None
    old = newest_signature(case.knowledge, case.path, name)
    return otherwise(case.knowledge, (old,), use, candidate.cells[-1])


def _beside(case: Case, candidate: Candidate) -> str | None:
    """The tf-keras that it works with, where the user has none."""
    use = candidate.use
    wants = use.path.startswith("tf_keras") or "TF_USE_LEGACY_KERAS" in (use.detail or "")
    if not wants or "tf-keras" in case.situation.versions:
        return None
    installed = (case.knowledge.cells[cell].installed for cell in candidate.cells)
    return next((each["tf-keras"] for each in installed if "tf-keras" in each), None)


def two_keras(knowledge: Knowledge, one: str, other: str, cell: str) -> bool:
    """Whether the paths belong to two Keras, so that their layers and tensors don't mix."""
    if _root(one) == _root(other):
        return False
    for name in _COMPARED:
        fact = knowledge.fact(cell, one, name)
        if fact.usable and knowledge.fact(cell, other, name).usable:
            return other not in (*fact.same_as, *fact.same_function)
    return False


def _root(path: str) -> str:
    """The Keras that a path belongs to."""
    head, keras, _ = path.rpartition(".keras.")
    return f"{head}.keras" if keras else path.partition(".")[0]


def _modules(case: Case, basis: Sequence[str]) -> Iterator[Fix]:
    """Paths to import in the place of one that can't be: the public ones."""
    for path in ("keras.backend", "tensorflow.keras.backend"):
        good = tuple(
            cell for cell in basis if case.knowledge.path_state(cell, path)[0] is State.WORKS
        )
        if path == case.path or len(good) * 2 < len(basis) or not good:
            continue
        told = judge(case.knowledge, case.situation, path, case.of_path(path))
        sure = told.standing is Standing.THERE and bool(case.situation.versions)
        cells = told.cells if sure else good
        yield Fix(
            remedy=Remedy.IMPORT,
            title=f"import {path}",
            use=path,
            cells=cells,
            certainty=told.certainty if sure else Certainty.UNKNOWN,
            change=changes.to_path(case, path, cells[-1]),
            notes=("it can be imported there; ask again with the name that you use of it",),
        )
