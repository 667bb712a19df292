"""A name that its path hasn't got, or a path that can't be imported: finding, causes, fixes."""

from collections.abc import Iterator
from dataclasses import replace

from keras_matrix.causes import Cause
from keras_matrix.explaining import absence, changes, combinations, contradiction
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.judging import EXISTS, judge
from keras_matrix.explaining.model import Finding, Fix, Likely, Remedy, Standing
from keras_matrix.explaining.ranges import range_lines
from keras_matrix.explaining.remedies import fixes_here
from keras_matrix.tables.eras import axis_of

_MOSTLY = 0.8


def tell(case: Case) -> Told:
    """All about one name, or one import path."""
    imported = case.name is not None
    finding = judge(case.knowledge, case.situation, case.path, case.look, imported=imported)
    if own := contradiction.shadowed(case.evidence):
        return Told(finding=finding, causes=(own,))
    measured = tuple(range_lines(case.knowledge, case.path, case.name, case.backend))
    if finding.standing is Standing.FAILING:
        causes = (_failing(finding), *contradiction.causes(case, finding))
        fixes = (*fixes_here(case, finding), *_other_combinations(case, causes))
        return Told(finding=finding, causes=causes, measured=measured, fixes=fixes)
    if finding.standing in EXISTS:
        return Told(
            finding=finding,
            causes=contradiction.causes(case, finding),
            measured=measured,
            fixes=(*_where_it_is(case, finding), *_afresh(case)),
        )
    if case.name is None and not case.situation.versions and _usual(case):
        return Told(finding=finding, causes=contradiction.installs(case), measured=measured)
    causes = absence.causes(case, finding)
    return Told(
        finding=finding,
        causes=causes,
        measured=measured,
        fixes=(*fixes_here(case, finding), *_other_combinations(case, causes)),
    )


def _usual(case: Case) -> bool:
    """Whether nearly every measured cell can import the path, so that releases explain little."""
    states = [
        case.look(cell.id).state
        for cell in case.knowledge.measured
        if cell.backend == case.backend and axis_of(case.path) in cell.installed
    ]
    return sum(state.usable for state in states) >= _MOSTLY * len(states)


def _failing(finding: Finding) -> Likely:
    """It is there, and calling it raises: often the very error, misquoted."""
    said = finding.witnesses[0].said
    return Likely(cause=Cause.VERSIONS, why=f"these releases don't fit: it is there, and {said}")


def _other_combinations(case: Case, causes: tuple[Likely, ...]) -> Iterator[Fix]:
    """Another backend where it is about that, else the nearest releases on this one."""
    bad = [cell for cell in case.knowledge.measured if case.is_gone(cell)]
    origin = combinations.anchored(case, bad)
    named = any(likely.cause is Cause.BACKEND for likely in causes)
    if named or case.backend not in case.families():
        backend = combinations.other_backend(case, case.works, origin)
        if backend is not None:
            yield backend
    if not causes or causes[0].cause is not Cause.BACKEND:
        yield from combinations.other_versions(case, case.works, origin)


def _afresh(case: Case) -> Iterator[Fix]:
    """The very releases that are claimed, in an environment of their own."""
    if case.name is not None:
        for fix in combinations.other_versions(case, case.works):
            if fix.remedy in (Remedy.FRESH, Remedy.PYTHON):
                yield fix


def _where_it_is(case: Case, finding: Finding) -> Iterator[Fix]:
    """The claimed combination has it: by this very path."""
    if not finding.cells:
        return
    if case.name is None:
        yield Fix(
            remedy=Remedy.IMPORT,
            title=f"import {case.path} by `from`",
            use=case.path,
            cells=finding.cells,
            certainty=finding.certainty,
            change=changes.by_from(case),
        )
        return
    notes = ("it is there by this path; find out why your code gets another module",)
    error = case.evidence.error
    function = error is not None and "'function' object" in error.message
    if function:
        notes = (f"{case.path}.backend is the function that names the backend, not a module",)
    yield Fix(
        remedy=Remedy.IMPORT,
        title=f"use {case.words}",
        use=case.words,
        cells=finding.cells,
        certainty=finding.certainty,
        change=changes.to_this_path(case, function=function),
        notes=notes,
    )
    yield from _instead_of_lacking(case, finding)


def _instead_of_lacking(case: Case, finding: Finding) -> Iterator[Fix]:
    """What works by the path that the code may import instead, which lacks the name."""
    for path in contradiction.lacking(case, finding)[:1]:
        other = replace(case, subject=replace(case.subject, path=path))
        for fix in fixes_here(other, finding, finding.cells):
            if fix.remedy is Remedy.RENAME:
                yield fix
