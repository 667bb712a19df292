"""Does the error of each real report come with the versions that it claims?

``python tests/acceptance/reproduced.py [--jobs 2] [--only SOURCE…]`` builds each claimed
combination that isn't answered yet, runs the report's code, and keeps what came of it.
``--render [-o FILE]`` runs nothing and writes what is kept as a table, with explain's answers.
Exit codes: 0 all are answered, 1 this machine could not try some, 2 bad input, 3 no engine.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Event
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from accepttable import to_markdown
from attempts import Task, is_exact, lacking, made_request, own_requests, read_reviews, tasks
from explained import judge_all
from kept import Kept
from reports import REPORTS, ROOT, Report, load

from keras_matrix.cli.reproduced import document
from keras_matrix.engines.choice import choose_engine
from keras_matrix.errors import (
    BuildFailedError,
    EngineUnavailableError,
    FailureClass,
    InputError,
    KerasMatrixError,
)
from keras_matrix.index import PackageIndex, Sources
from keras_matrix.project import find_cache
from keras_matrix.releases import load_catalogue
from keras_matrix.reproducing import Verdict, Workplace
from keras_matrix.reproducing.workplace import OnStep, prepare, reproduce_in

_LOCKS = ROOT / "docker" / "locks"
_OWN_FAULT = (FailureClass.RESOLVE, FailureClass.COMPILE)


def try_task(task: Task, place: Workplace, on_step: OnStep) -> dict[str, Any]:
    """What came of one combination; raises where that is this machine's fault.

    The smallest code that the error names is run only where the report's own can't run alone:
    where it can, its answer is the answer.
    """
    if task.chosen is None:
        raise ValueError(f"{task.report.source}: there is nothing to build")
    try:
        prepared = prepare(task.chosen, place, on_step)
    except BuildFailedError as error:
        if error.failure not in _OWN_FAULT:
            raise
        return {"failure": f"{error.failure}: {error.reason}", "lacking": None, "attempts": []}
    made = []
    for request in own_requests(task.asked):
        made.append(reproduce_in(prepared, request, place, on_step))
        if made[-1].verdict is Verdict.REPRODUCED:
            break
    lacks = None
    if not made or made[-1].verdict is not Verdict.REPRODUCED:
        lacks = lacking([(each.ending, each.snippet) for each in made])
    if lacks and (smallest := made_request(task.asked)):
        made.append(reproduce_in(prepared, smallest, place, on_step))
    return {"failure": None, "lacking": lacks, "attempts": [document(each) for each in made]}


def run_all(todo: Sequence[Task], place: Workplace, kept: Kept, jobs: int) -> int:
    """Try each and keep it at once; how many this machine could not try."""
    stopped = Event()

    def try_and_keep(task: Task) -> str:
        result = try_task(task, place, _steps_of(task))
        if stopped.is_set():  # what an interruption killed looks like a program that died
            return "interrupted"
        kept.add(task.key or "", result)
        return _last_words(result)

    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(try_and_keep, task): task for task in todo}
        try:
            return sum(_told(future, running[future]) for future in as_completed(running))
        except KeyboardInterrupt:
            stopped.set()
            place.engine.abort()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _last_words(result: Mapping[str, Any]) -> str:
    return str(result["attempts"][-1]["sentence"] if result["attempts"] else result["failure"])


def _told(future: Future[str], task: Task) -> bool:
    try:
        _tell(f"{task.key}: {future.result()}")
    except KerasMatrixError as error:
        _tell(f"{task.key}: not tried: {error}")
        return True
    return False


def _steps_of(task: Task) -> OnStep:
    began = time.monotonic()

    def tell(stage: str, detail: str) -> None:
        if not detail.startswith("wait"):
            _tell(f"  [{time.monotonic() - began:4.0f} s] {task.key}: {stage} {detail}")

    return tell


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def select(reports: Iterable[Report], only: Sequence[str]) -> tuple[Report, ...]:
    """The exact reports, or of them those that are named, with or without "github:".

    Raises:
        InputError: a name that no exact report has.
    """
    exact = {each.source.removeprefix("github:"): each for each in reports if is_exact(each)}
    wanted = [name.removeprefix("github:") for name in only]
    if unknown := [name for name in wanted if name not in exact]:
        raise InputError([f"{name!r} is no report with an exact claim" for name in unknown])
    return tuple(exact[name] for name in wanted) if wanted else tuple(exact.values())


def _run(arguments: argparse.Namespace, kept: Kept, cache: Path) -> int:
    catalogue = load_catalogue(_LOCKS / "releases.json")
    reviews = read_reviews()
    chosen = select(load(arguments.reports), arguments.only)
    every = [task for report in chosen for task in tasks(report, catalogue, reviews)]
    there = kept.read()
    todo = [task for task in every if task.key is not None and task.key not in there]
    _tell(f"{len(every)} combinations, {len(todo)} to try; kept in {kept.path}")
    if not todo:
        return 0
    engine = choose_engine("auto", os.environ, cache)
    _tell(f"engine: {engine.why}")
    if engine.engine.name == "local":
        raise EngineUnavailableError("a stranger's code runs in containers only: none answers")
    with PackageIndex(Sources.from_environment(os.environ), cache / "index") as index:
        place = Workplace(
            engine=engine.engine,
            index=index,
            catalogue=catalogue,
            cache=cache,
            shipped_locks=_LOCKS,
        )
        return 1 if run_all(todo, place, kept, arguments.jobs) else 0


def _render(arguments: argparse.Namespace, kept: Kept) -> int:
    catalogue = load_catalogue(_LOCKS / "releases.json")
    reviews = read_reviews()
    judged = judge_all(load(arguments.reports))
    exact = {
        each.report.source: tasks(each.report, catalogue, reviews)
        for each in judged
        if is_exact(each.report)
    }
    text = "\n".join(to_markdown(judged, exact, kept.read(), reviews)) + "\n"
    if arguments.output is not None:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def _guarded(action: Callable[[], int]) -> int:
    try:
        return action()
    except KerasMatrixError as error:
        _tell(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _tell("interrupted: what is answered is kept; the same command goes on")
        return 130


def main() -> int:
    cache = find_cache()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="SOURCE", help="these reports")
    parser.add_argument("--jobs", type=int, default=1, help="so many at the same time")
    parser.add_argument("--reports", type=Path, default=REPORTS)
    parser.add_argument("--kept", type=Path, default=cache / "acceptance" / "reproduced.json")
    parser.add_argument("--render", action="store_true", help="run nothing, write the table")
    parser.add_argument("-o", "--output", type=Path, help="where the table goes")
    arguments = parser.parse_args()
    kept = Kept(path=arguments.kept)
    if arguments.render:
        return _guarded(lambda: _render(arguments, kept))
    return _guarded(lambda: _run(arguments, kept, cache))


if __name__ == "__main__":
    sys.exit(main())
