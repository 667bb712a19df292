"""An error that something below Keras raised: Keras calls what the framework hasn't got."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from keras_matrix.causes import Cause
from keras_matrix.evidence import ErrorSignature
from keras_matrix.explaining import changes, combinations, ownline, unheard
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.echoes import Echo, echoes
from keras_matrix.explaining.judging import judge
from keras_matrix.explaining.model import Certainty, Finding, Fix, Likely, Remedy, Standing
from keras_matrix.knowledge import Fact, KnownCell
from keras_matrix.tables.eras import family_name
from keras_matrix.tables.states import State

_SHOWN = 4
_BY_DEFAULT = "by default: "
_AHEAD = timedelta(days=365)
"""So long before a release there may be builds of it."""
_MAIN = ("keras.backend", "keras.backend.tensorflow_backend", "tensorflow.keras.backend")
_INSTEAD = (("tensorflow.keras.backend", "tensorflow.keras"), ("tf_keras.backend", "tf_keras"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """The path on which the error was measured: which names raise it, or that importing does."""

    path: str
    names: tuple[str, ...]
    cells: frozenset[str]
    detail: str

    def spares(self, fact: Fact) -> bool:
        """Whether a name can be used and doesn't raise the error, not even before a setting."""
        said = self.detail.rpartition(_BY_DEFAULT)[2]
        return fact.usable and said not in (fact.detail or "")


def tell(case: Case, error: ErrorSignature) -> Told:
    """Where the measurement raised the very same, and which combinations don't."""
    if line := ownline.line_of(error):
        return ownline.tell(case, error, line)
    found = echoes(error, case.knowledge)
    if not found:
        return unheard.tell(case, error)
    heard = _main(found)

    def look(cell: str) -> Fact:
        return _look(case, heard, cell)

    finding = _sound(case, judge(case.knowledge, case.situation, heard.path, look))
    return Told(
        finding=finding,
        causes=tuple(_causes(case, heard, finding)),
        measured=tuple(_measured(case, found)),
        fixes=(
            *_under_setting(case, heard, finding),
            *_other_keras(case, heard, finding),
            *_combinations(case, heard),
        ),
        call=_call(case, heard),
    )


def _call(case: Case, heard: Heard) -> str | None:
    """A line of code that raises it: a name that wants no argument."""
    if not heard.names:
        return "import keras"
    for name in heard.names:
        facts = case.knowledge.facts(heard.path, name)
        if any(fact.signature == "()" and fact.cell in heard.cells for fact in facts):
            parent, _, last = heard.path.rpartition(".")
            return f"from {parent} import {last} as K; K.{name}()"
    return None


def _sound(case: Case, finding: Finding) -> Finding:
    """What fails is a pair of releases: where half of it is unknown, that it works is, too."""
    versions = case.situation.versions
    pair = "keras" in versions and case.backend in versions
    if finding.standing is Standing.FAILING or (finding.standing is Standing.WORKING and pair):
        return finding
    return Finding(
        certainty=Certainty.UNKNOWN,
        standing=None,
        why="unknown: this very combination was not measured",
        witnesses=finding.witnesses,
    )


def _main(found: Sequence[Echo]) -> Heard:
    """The path that most code uses, among those where it was raised."""
    ordered = sorted(
        found,
        key=lambda echo: (_MAIN.index(echo.path) if echo.path in _MAIN else 99, echo.importing),
    )
    path = ordered[0].path
    same = [echo for echo in found if echo.path == path]
    return Heard(
        path=path,
        names=tuple(dict.fromkeys(name for echo in same for name in echo.names)),
        cells=frozenset(cell for echo in same for cell in echo.cells),
        detail=same[0].detail,
    )


def _look(case: Case, heard: Heard, cell: str) -> Fact:
    """RAISES where it was raised, WORKS where the names that raise it elsewhere work."""
    knowledge = case.knowledge
    state, detail = knowledge.path_state(cell, heard.path)
    if cell in heard.cells:
        state, detail = State.RAISES, heard.detail
    elif state is State.WORKS and heard.names:
        facts = [knowledge.fact(cell, heard.path, name) for name in heard.names]
        working = any(fact.usable for fact in facts)
        state, detail = (State.WORKS, None) if working else (State.MISSING, None)
    return Fact(cell=cell, path=heard.path, name="", state=state, detail=detail)


def _causes(case: Case, heard: Heard, finding: Finding) -> Iterator[Likely]:
    on = family_name(case.backend)
    what = "importing it" if not heard.names else _listed(heard.names)
    raised = finding.standing is Standing.FAILING
    first = min(date.fromisoformat(case.knowledge.cells[cell].as_of) for cell in heard.cells)
    day = case.evidence.date
    if day is not None and day + _AHEAD < first:
        yield Likely(
            cause=Cause.OWN_CODE,
            why=f"on {day} nothing that raises this had been published (the first of it was on "
            f"{first}): a file or folder of your own called {on.lower()} is imported, or half an "
            "install (print its __file__)",
        )
    if finding.standing is Standing.WORKING:
        yield Likely(
            cause=Cause.INSTALLS,
            why="the combination that you name does not raise this: another Keras or another "
            f"{on} is imported than those",
        )
    where = "in your combination" if raised else f"in {len(heard.cells)} measured cells"
    tells = f"{heard.path} raises exactly this {where} ({what})"
    why = f"Keras calls what the {on} beside it hasn't got: {tells}"
    if changes.setting_of(heard.detail):
        why = f"{tells}, and works {_setting(heard)}: this {on} does otherwise by default"
    yield Likely(cause=Cause.VERSIONS, why=why)


def _setting(heard: Heard) -> str:
    """ "with eager execution off"."""
    return heard.detail.partition(";")[0].removeprefix("works ")


def _under_setting(case: Case, heard: Heard, finding: Finding) -> Iterator[Fix]:
    """The code as it is, under the setting with which it was measured to work."""
    setting = changes.setting_of(heard.detail)
    if not setting:
        return
    failing = tuple(w.cell for w in finding.witnesses if w.standing is Standing.FAILING)
    heard_in = tuple(cell for cell in case.knowledge.cells if cell in heard.cells)
    yield Fix(
        remedy=Remedy.SETTING,
        title=f"the code as it is, {_setting(heard)}",
        cells=failing or heard_in,
        certainty=finding.certainty if failing else Certainty.UNKNOWN,
        setting=setting,
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _measured(case: Case, found: Sequence[Echo]) -> Iterator[str]:
    order = list(case.knowledge.cells)
    told: set[tuple[str, ...]] = set()
    for echo in found:
        if echo.names in told:
            continue  # the module behind keras.backend, say
        told.add(echo.names)
        cells = sorted(echo.cells, key=order.index)
        span = cells[0] if len(cells) == 1 else f"{cells[0]} … {cells[-1]} ({len(cells)} cells)"
        what = "importing it" if echo.importing else _listed(echo.names)
        yield f"{echo.path} raised it in {span}: {what}"


def _works(heard: Heard, case: Case, cell: KnownCell) -> str | None:
    fact = _look(case, heard, cell.id)
    if fact.state is not State.WORKS:
        return None
    if not heard.names:
        return f"{heard.path} can be imported there"
    facts = [case.knowledge.fact(cell.id, heard.path, name) for name in heard.names]
    plain = (fact for fact in facts if fact.state is not State.NEEDS_SETTING)
    working = [fact.name for fact in plain if heard.spares(fact)]
    if not working:
        return None
    if any(fact.state in (State.RAISES, State.CRASHED) for fact in facts):
        return None
    return f"of the names that raise this, {_listed(working)} of {heard.path} work there"


def _combinations(case: Case, heard: Heard) -> Iterator[Fix]:
    bad = [cell for cell in case.knowledge.measured if cell.id in heard.cells]
    yield from combinations.other_versions(
        case, lambda cell: _works(heard, case, cell), combinations.anchored(case, bad)
    )


def _other_keras(case: Case, heard: Heard, finding: Finding) -> Iterator[Fix]:
    """The framework's own Keras in the same cells, where all those names work."""
    cells = tuple(w.cell for w in finding.witnesses if w.standing is not Standing.WORKING)
    if finding.certainty is Certainty.UNKNOWN:
        cells = tuple(cell for cell in case.knowledge.cells if cell in heard.cells)
    for path, package in _INSTEAD:
        if path == heard.path:
            continue
        good = tuple(cell for cell in cells if _all_work(case, path, heard, cell))
        if not good or (finding.certainty is not Certainty.UNKNOWN and len(good) < len(cells)):
            continue
        parent, _, last = package.rpartition(".")
        after = f"from {parent} import {last}" if parent else f"import {package} as keras"
        working = [n for n in heard.names if _works_in_all(case, path, n, heard, good)]
        names = f"; of the names that raise this, {_listed(working)} work" if working else ""
        yield Fix(
            remedy=Remedy.IMPORT,
            title=f"use {package} everywhere in the place of keras",
            use=path,
            cells=good,
            certainty=finding.certainty,
            change=("- import keras", f"+ {after}"),
            notes=(f"{path} can be imported there{names}",),
        )


def _all_work(case: Case, path: str, heard: Heard, cell: str) -> bool:
    if case.knowledge.path_state(cell, path)[0] is not State.WORKS:
        return False
    facts = [case.knowledge.fact(cell, path, name) for name in heard.names]
    exists = [fact for fact in facts if fact.state.usable]
    return all(heard.spares(fact) for fact in exists) and bool(exists or not heard.names)


def _works_in_all(case: Case, path: str, name: str, heard: Heard, cells: Sequence[str]) -> bool:
    return all(heard.spares(case.knowledge.fact(cell, path, name)) for cell in cells)
