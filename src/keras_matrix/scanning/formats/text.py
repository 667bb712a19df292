"""A scan's answer as text for people."""

from collections.abc import Iterator, Sequence

from keras_matrix.knowledge import Knowledge, KnownCell
from keras_matrix.scanning.answers import Ability, Answer, Finding
from keras_matrix.scanning.following.mentions import Puzzle
from keras_matrix.scanning.formats.wording import (
    PUZZLES,
    WORDS,
    count,
    listed,
    short,
    together,
)
from keras_matrix.scanning.instead import is_beside, is_public, replacements
from keras_matrix.scanning.judging import Standing, Verdict
from keras_matrix.scanning.spans import shares, words
from keras_matrix.scanning.targets import Target, by_age
from keras_matrix.tables.eras import family_name
from keras_matrix.tables.states import State


def to_text(answer: Answer, knowledge: Knowledge, target: Target | None) -> str:
    """Everything, the answer first."""
    parts = [
        list(_head(answer)),
        list(_abilities(answer)),
        list(_at(answer, knowledge, target) if target else _anywhere(answer, knowledge)),
        list(_syntax(answer, target)),
        list(_care(answer)) if target is None else [],
        list(_limits(answer)),
    ]
    text = "\n\n".join("\n".join(lines) for lines in parts if lines)
    return "".join(c for c in text if c == "\n" or c.isprintable()) + "\n"


def _head(answer: Answer) -> Iterator[str]:
    tree = answer.tree
    files = len({reference.place.file for reference in tree.references})
    uses = count(len(tree.references), "use")
    yield (
        f"{count(tree.files, 'file')}, {count(tree.lines, 'line')}: {uses} of a backend namespace"
        f" in {count(files, 'file')}"
    )


def _abilities(answer: Answer) -> Iterator[str]:
    """Which combinations can run it, by backend, with the oldest and the newest."""
    able = answer.able(Ability.YES)
    measured = answer.measured
    if not answer.tree.references:
        where = " in what could be read" if answer.tree.unread else ""
        yield f"No backend namespace is used{where}: nothing here depends on the combination."
        return
    if not able:
        yield f"None of the {len(measured)} measured combinations can run all of it."
    else:
        yield f"{len(able)} of {len(measured)} measured combinations can run it:"
        for backend in dict.fromkeys(cell.backend for cell in measured):
            yield from _family(answer, backend)
    unknown = answer.able(Ability.UNKNOWN)
    if unknown:
        where = words(measured, [cell.id for cell in unknown])
        yield f"  unknown     {where}: not all was measured there"


def _family(answer: Answer, backend: str) -> Iterator[str]:
    own = [cell for cell in answer.able(Ability.YES) if cell.backend == backend]
    of = sum(cell.backend == backend for cell in answer.measured)
    name = family_name(backend)
    if not own:
        yield f"  {name:<12}none of {of}"
        return
    aged = by_age(own)
    yield f"  {name:<12}{len(own)} of {of}{_where(answer, own)}"
    yield f"  {'':<12}newest {aged[-1].id}" + (f", oldest {aged[0].id}" if len(aged) > 1 else "")


def _where(answer: Answer, own: Sequence[KnownCell]) -> str:
    """Which stretches of releases, unless it is all."""
    (share,) = shares(answer.measured, {cell.id for cell in own})
    return f": {share.releases}" if share.count < share.measured else ""


# Everywhere


def _anywhere(answer: Answer, knowledge: Knowledge) -> Iterator[str]:
    """What stands in the way in some combination: what fails alike is together."""
    first = True
    for lines, findings in together(answer, answer.findings, Verdict.OBSTACLE):
        yield "What stands in the way:" if first else ""
        first = False
        for line in lines:
            yield f"  {line}"
        for finding in findings:
            yield from _use(finding)
            yield from _instead(finding, knowledge, finding.obstacles)
            yield from _moved(answer, finding, knowledge)


def _use(finding: Finding) -> Iterator[str]:
    places = listed(reference.place for reference in finding.references)
    yield f"    {finding.title}  {places}"


def _instead(finding: Finding, knowledge: Knowledge, cells: Sequence[str]) -> Iterator[str]:
    found = () if finding.of_path else replacements(finding, knowledge, cells)
    for position, each in enumerate(found):
        yield f"        {'instead' if not position else '     or'}: {each.text}"


def _care(answer: Answer) -> Iterator[str]:
    """What works where the code can run, but not as it stands or not as NumPy says."""
    able = {cell.id for cell in answer.able(Ability.YES)}
    first = True
    for finding in answer.findings:
        for state, cells in _warned(finding, able):
            if first:
                yield "With care, where it can run:"
            first = False
            where = words(answer.measured, cells)
            yield f"  {finding.title} {WORDS[state]} on {where}"
            yield f"      {_reason(finding.standings[cells[0]])}"


def _warned(finding: Finding, able: set[str]) -> Iterator[tuple[State, tuple[str, ...]]]:
    kinds: dict[State, list[str]] = {}
    for cell in finding.cells(Verdict.WARNING):
        if cell in able:
            kinds.setdefault(finding.standings[cell].state, []).append(cell)
    for state, cells in kinds.items():
        yield state, tuple(cells)


def _reason(standing: Standing) -> str:
    return short(standing.detail) or WORDS[standing.state]


# In one combination


def _at(answer: Answer, knowledge: Knowledge, target: Target) -> Iterator[str]:
    """What stands in the way in the combination that was asked for."""
    cell = target.cell.id
    yield f"For {target.wish.text}: {target.text}"
    stopped = [f for f in answer.findings if f.standings[cell].verdict is Verdict.OBSTACLE]
    warned = [f for f in answer.findings if f.standings[cell].verdict is Verdict.WARNING]
    unknown = [f for f in answer.findings if f.standings[cell].verdict is Verdict.UNKNOWN]
    syntax = [each for each in answer.syntax if cell in each.obstacles]
    if not stopped and not syntax:
        yield "  nothing stands in the way there" + (", as far as is known" if unknown else "")
    for finding in (*stopped, *warned, *unknown):
        standing = finding.standings[cell]
        reason = short(standing.detail)
        yield f"  {finding.title} {WORDS[standing.state]}" + (f": {reason}" if reason else "")
        yield f"      {listed(reference.place for reference in finding.references)}"
        if finding in stopped:
            yield from _instead(finding, knowledge, (cell,))
    for finding in answer.findings:
        if cell in finding.without_path and is_beside(knowledge, finding.symbols, cell):
            yield from _with_instead(finding, knowledge, (cell,))


def _moved(answer: Answer, path: Finding, knowledge: Knowledge) -> Iterator[str]:
    """Under a path that is gone where its package is not: where its names are."""
    if not path.of_path:
        return
    for finding in answer.findings:
        if finding.of_path or finding.obstacles or not finding.is_below(path):
            continue
        symbols = finding.symbols
        cells = [cell for cell in finding.without_path if is_beside(knowledge, symbols, cell)]
        yield from _with_instead(finding, knowledge, cells)


def _with_instead(finding: Finding, knowledge: Knowledge, cells: Sequence[str]) -> Iterator[str]:
    """Where a path is gone, a private one that is left is no help."""
    if any(is_public(each.use) for each in replacements(finding, knowledge, cells)):
        yield from _use(finding)
        yield from _instead(finding, knowledge, cells)


def _syntax(answer: Answer, target: Target | None) -> Iterator[str]:
    found = [e for e in answer.syntax if target is None or target.cell.id in e.obstacles]
    if found:
        yield "Syntax that not every Python reads:"
    for each in found:
        more = f" and {each.files - 1} more files" if each.files > 1 else ""
        yield f"  {each.title}  {each.wanted.place.text}{more}"


def _limits(answer: Answer) -> Iterator[str]:
    """What could not be seen, and what was passed over."""
    tree = answer.tree
    if tree.puzzling or tree.unread:
        yield "What can't be told:"
    for puzzling in tree.puzzling:
        subject = puzzling.written if puzzling.puzzle is Puzzle.ELSEWHERE else puzzling.path
        yield f"  {puzzling.place.text}  {subject}: {PUZZLES[puzzling.puzzle]}"
    for unread in tree.unread:
        yield f"  {unread.path}: {'' if unread.partly else 'not read: '}{unread.reason}"
    guarded = sum(len(f.references) for f in answer.findings if _guarded(f) and not f.of_path)
    if guarded:
        verb = "is" if guarded == 1 else "are"
        uses = f"{count(guarded, 'use')} {verb}"
        yield f"{uses} guarded by the code itself somewhere, and count as fine there."
    if tree.skipped:
        names = ", ".join(f"{each.path} ({each.reason})" for each in tree.skipped[:6])
        more = f" and {len(tree.skipped) - 6:,} more" if len(tree.skipped) > 6 else ""
        yield f"Passed over: {names}{more}"
    if tree.references:
        yield "Only backend namespaces and syntax were looked at, nothing else that may stop code."


def _guarded(finding: Finding) -> bool:
    return bool(finding.cells(Verdict.GUARDED))
