"""``keras-matrix doctor --python``: what is wrong with one environment, and how to say it."""

import argparse
import os
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from keras_matrix.cli import common
from keras_matrix.diagnosis import Answer, Import, Surroundings, Verdict, diagnose
from keras_matrix.diagnosis.environment import ROOTS, Copy, ImportPath
from keras_matrix.diagnosis.shippedreports import reports_of
from keras_matrix.examining import Request, examine
from keras_matrix.knowledge import load_knowledge
from keras_matrix.matrix import load_matrix
from keras_matrix.releases import load_catalogue
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellReport
from keras_matrix.shipped import shipped

_NARROW, _WIDE = 60, 100
_STYLE = {
    Answer.YES: "red",
    Answer.DEPENDS: "yellow",
    Answer.NO: "green",
    Answer.UNKNOWN: "cyan",
}


def execute(arguments: argparse.Namespace) -> int:
    """Examine the environment and print what applies; 1 where a cause was found."""
    ground = _find_ground(arguments)
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    request = Request(
        python=Path.cwd() / arguments.python.expanduser(),
        probes=ground.probes,
        paths=ground.paths,
        variables=os.environ,
    )
    with errors.status(f"importing what {arguments.python} has"):
        env = examine(request)
    verdicts = diagnose(env, ground.reports)
    for problem in ground.problems:
        errors.print(problem, markup=False)
    if arguments.json:
        common.print_json(as_data(env, verdicts))
    else:
        console = Console(highlight=False, soft_wrap=True)
        width = max(_NARROW, min(console.width if console.is_terminal else _WIDE, _WIDE))
        for line in (*_account(env), *_answers(verdicts, width), *_end(env, verdicts)):
            console.print(line)
    return int(bool(env.broken()) or any(verdict.answer is Answer.YES for verdict in verdicts))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ground:
    """What to ask with, and what to compare with: a checkout's, or what came with the package."""

    probes: Path
    paths: Sequence[str]
    reports: Sequence[CellReport]
    problems: Sequence[str] = ()


def _find_ground(arguments: argparse.Namespace) -> _Ground:
    project = common.project_at_hand(arguments)
    if project is None:
        known = load_knowledge()
        return _Ground(probes=shipped("probes"), paths=known.paths, reports=reports_of(known))
    matrix = load_matrix(project.matrix, load_catalogue(project.catalogue))
    stored = ReportStore(project.data).all()
    return _Ground(
        probes=project.probes,
        paths=matrix.import_paths,
        reports=stored.reports,
        problems=stored.problems,
    )


def as_data(env: Surroundings, verdicts: tuple[Verdict, ...]) -> dict[str, Any]:
    """Everything that was found, as plain data."""
    document = asdict(env)
    for path in document["paths"].values():
        path["names"] = sorted(path["names"])
    causes = [
        {
            "id": verdict.cause.value,
            "cause": verdict.cause.words,
            "answer": verdict.answer.value,
            "evidence": list(verdict.evidence),
            "advice": list(verdict.advice),
        }
        for verdict in verdicts
    ]
    applies = [each["id"] for each in causes if each["answer"] == Answer.YES.value]
    return {
        "schema": 1,
        "applies": applies,
        "causes": causes,
        "broken": list(env.broken()),
        "environment": document,
    }


def _account(env: Surroundings) -> Iterator[str]:
    """The facts, before anything is concluded from them."""
    yield f"[bold]Python {env.python}[/]  {escape(env.executable)}"
    yield "\n[bold]Installed[/] (of Keras and its backends)"
    for copy in env.copies:
        yield _copy_line(env, copy)
    for name, version in env.conda.items():
        yield f"  {name:<22}{version:<12}as conda recorded it"
    if not env.copies:
        yield "  nothing"
    yield "\n[bold]Imported[/]"
    yield from _module_lines(env)
    yield "\n[bold]Backend[/]"
    yield f"  KERAS_BACKEND         {escape(env.keras_backend or 'not set')}"
    in_file = (env.keras_json or {}).get("backend", "no backend in it")
    where = f"{in_file}  ({env.keras_json_file})" if env.keras_json_file else "there is none"
    yield f"  keras.json            {escape(where)}"
    yield f"  active                {env.active_backend or 'unknown'}"
    yield "\n[bold]Import paths[/]"
    yield from _path_lines(env)


def _module_lines(env: Surroundings) -> Iterator[str]:
    for module in env.modules.values():
        if module.outcome is Import.IMPORTED:
            file = _short(env, module.file or "")
            yield f"  {module.name:<22}{module.version or '?':<12}{escape(file)}"
        elif module.outcome is not Import.ABSENT:
            said = escape(module.detail or "not asked")
            yield f"  {module.name:<22}[red]{module.outcome}[/]  {said}"
    absent = [name for name in ROOTS if env.absent(name)]
    if absent:
        yield f"  not there: {', '.join(absent)}"


def _path_lines(env: Surroundings) -> Iterator[str]:
    for path in env.importable():
        yield _path_line(path)
    gone, blocked = [], []
    for path in env.paths.values():
        root = env.modules[path.path.partition(".")[0]]
        if path.outcome is Import.IMPORTED:
            continue
        if root.outcome is not Import.IMPORTED and path.detail == root.detail:
            blocked.append(path.path)
        elif _plainly_absent(env, path):
            gone.append(path.path)
        else:
            yield f"  {path.path:<46}[red]{path.outcome}[/]  {escape(path.detail or '')}"
    if blocked:
        yield f"  can't be imported, as above: {', '.join(blocked)}"
    if gone:
        yield f"  not there: {', '.join(gone)}"


def _copy_line(env: Surroundings, copy: Copy) -> str:
    by = f"by {copy.installer}" if copy.installer else "installer unknown"
    extra = ", editable" if copy.editable else ""
    where = escape(_short(env, copy.location))
    return f"  {copy.name:<21} {copy.version:<11} {by}{extra}, in {where}"


def _path_line(path: ImportPath) -> str:
    on = f"on {path.backend}" if path.backend else "backend unknown"
    note = f"  ({escape(path.detail)})" if path.detail else ""
    return f"  {path.path:<46}{len(path.names):>4} functions and classes, {on}{note}"


def _plainly_absent(env: Surroundings, path: ImportPath) -> bool:
    """Whether the path is of another release or backend, and not broken."""
    detail = path.detail or ""
    last = detail.rpartition("No module named ")[2].strip("'")
    named = last in _parts(path.path) or env.absent(last)
    return path.outcome is Import.RAISES and last != detail and named


def _parts(path: str) -> set[str]:
    """Every spelling of a part of the path: 2.7 names only the last one."""
    names = path.split(".")
    return {".".join(names[a:b]) for a in range(len(names)) for b in range(a + 1, len(names) + 1)}


def _short(env: Surroundings, path: str) -> str:
    """Relative to the environment, which the first line names."""
    return path.removeprefix(env.prefix.rstrip("/") + "/")


def _answers(verdicts: tuple[Verdict, ...], width: int) -> Iterator[str]:
    yield "\n[bold]What causes “module 'keras.backend' has no attribute …” here?[/]"
    for verdict in verdicts:
        style = _STYLE[verdict.answer]
        yield f"  {verdict.cause} {verdict.cause.words}: [{style}]{verdict.answer}[/]"
        for line in verdict.evidence:
            yield _hanging(line, "     - ", width)
        for line in verdict.advice:
            yield _hanging(line, "     → ", width)


def _end(env: Surroundings, verdicts: tuple[Verdict, ...]) -> Iterator[str]:
    """The answer in a line."""
    found = [v for v in verdicts if v.answer is Answer.YES]
    yield ""
    for broken in env.broken():
        yield f"[red]Broken:[/] {escape(broken)}"
    if found:
        names = ", ".join(f"{v.cause} ({v.cause.words})" for v in found)
        yield f"[red]Found:[/] {names}"
    elif not env.broken():
        yield "[green]Nothing wrong was found in this environment.[/]" + _left_open(verdicts)


def _hanging(text: str, mark: str, width: int) -> str:
    """The sentence, wrapped where a terminal would, its lines below one another."""
    wrapped = textwrap.fill(
        text,
        width=width,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return escape(wrapped)


def _left_open(verdicts: tuple[Verdict, ...]) -> str:
    """What the code decides, and what could not be told."""
    depends = [v.cause.value for v in verdicts if v.answer is Answer.DEPENDS]
    unknown = [v.cause.value for v in verdicts if v.answer is Answer.UNKNOWN]
    parts = [f" The code decides: {', '.join(depends)}."] if depends else []
    parts += [f" Not known: {', '.join(unknown)}."] if unknown else []
    return "".join(parts)
