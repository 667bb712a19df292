"""``keras-matrix bisect``: at which releases does the outcome change?"""

import argparse
import sys
from datetime import date
from pathlib import Path

from rich.console import Console

from keras_matrix.bisecting.answer import Answer, Plan, Survey, document, plan
from keras_matrix.bisecting.building import Bench
from keras_matrix.bisecting.memory import Memory, place_of
from keras_matrix.bisecting.question import (
    AXES,
    Asked,
    Attribute,
    Question,
    Script,
    attribute,
    near_miss,
    understand,
)
from keras_matrix.bisecting.search import Known, search
from keras_matrix.bisecting.steps import steps_of
from keras_matrix.cli import bisected, common
from keras_matrix.cli.progress import Progress
from keras_matrix.cli.workplace import Ground, find_ground, open_workplace, read_script
from keras_matrix.errors import ENVIRONMENTAL, InputError
from keras_matrix.knowledge import Knowledge, load_knowledge
from keras_matrix.matrix import Cell, Matrix
from keras_matrix.probing import probes_digest
from keras_matrix.reportstore import ReportStore
from keras_matrix.reproducing import Workplace

EXAMPLES = """examples:
  keras-matrix bisect --attribute keras.backend.get_session --over keras \\
      --with tensorflow=1.15.5
                               every Keras release at which its outcome changes
  keras-matrix bisect --attribute keras.backend.placeholder --over keras --from 2.4 --to 3.1
                               Keras and TensorFlow move together; each step says which
  keras-matrix bisect --attribute keras.backend.dot --over theano --with keras=2.2.4 --json
  keras-matrix bisect --script train.py --over tensorflow --with keras=2.2.4 --to 2.1 --yes

What is known already is used first. Without --all-releases the newest release of each minor is
measured, then every one between two neighbours that differ; what stays unmeasured is listed, as
is what can't be built. Measurements are kept: the same question goes on where it was.

exit codes: 0 answered (no change is an answer, too), 2 bad input, 3 environment
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--attribute", metavar="PATH.NAME", help="such as keras.backend.get_session")
    what.add_argument("--script", type=Path, metavar="FILE", help="a program, told by how it ends")
    parser.add_argument("--over", choices=AXES, required=True, help="whose releases")
    parser.add_argument(
        "--with",
        dest="beside",
        action="append",
        default=[],
        metavar="NAME=VERSION",
        help="what stays: tensorflow=1.15.5, keras=2.2.4, python=3.6; theano alone lets it go "
        "along with Keras. Without it the other project goes along",
    )
    parser.add_argument("--from", dest="lowest", metavar="V", help="the oldest release, or minor")
    parser.add_argument("--to", dest="highest", metavar="V", help="the newest release, or minor")
    parser.add_argument(
        "--all-releases", action="store_true", help="measure every single one, not each minor's"
    )
    common.add_engine(parser)
    parser.add_argument(
        "--jobs", type=common.at_least(1), default=2, help="builds at a time (default 2)"
    )
    parser.add_argument("--yes", action="store_true", help="build what is lacking without asking")
    parser.add_argument(
        "--trust-code", action="store_true", help="run the script on the local engine, no sandbox"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Plan, ask, measure, answer."""
    ground = find_ground(arguments)
    where = ground.project.reports / "compatibility.json"
    knowledge = load_knowledge(where if where.is_file() else None)
    question = _question(arguments, ground, knowledge)
    memory = Memory(
        question=question,
        knowledge=knowledge,
        checkout=ReportStore(ground.project.data),
        kept=ReportStore(_place(question, ground)),
    )
    survey = _survey(question, ground, memory)
    known = memory.recall(survey.steps)
    todo = plan(survey, known, arguments.jobs)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if not todo.idle:
        for line in bisected.planned(survey, known, todo, arguments.jobs):
            console.print(line, markup=False)
    if not todo.idle and _agreed(arguments, console):
        known = _measured(arguments, ground, Answer(survey=survey, known=known), memory, console)
    _tell(Answer(survey=survey, known=known), todo, as_json=arguments.json)
    return 3 if any(outcome.failure in ENVIRONMENTAL for outcome in known.values()) else 0


def _question(arguments: argparse.Namespace, ground: Ground, knowledge: Knowledge) -> Question:
    """Everything that can be wrong with what was asked is found here, before anything starts."""
    subject: Attribute | Script
    if arguments.script is not None:
        subject = _script(arguments.script)
    else:
        subject = attribute(arguments.attribute, knowledge.paths)
        near = near_miss(subject, knowledge)
        if near is not None and not arguments.yes:
            raise InputError(
                [
                    f"--attribute: no measured cell has a {subject.name!r} on any import path; "
                    f"did you mean {near!r}? With --yes it is measured all the same"
                ]
            )
    asked = Asked(
        over=arguments.over,
        beside=arguments.beside,
        lowest=arguments.lowest,
        highest=arguments.highest,
        every=arguments.all_releases,
    )
    return understand(asked, subject, ground.catalogue)


def _script(path: Path) -> Script:
    code = read_script(path)
    if b"\0" in code or not code.strip():
        raise InputError([f"{path} is no script: it is {'binary' if code.strip() else 'empty'}"])
    return Script(name=str(path), code=code)


def _survey(question: Question, ground: Ground, memory: Memory) -> Survey:
    """Without a checkout the measured cells stand for the declared ones."""
    declared = ground.declared or tuple(
        Cell(
            id=known.id,
            python=known.python,
            backend=known.backend,
            pins=known.pins,
            as_of=date.fromisoformat(known.as_of),
            as_of_declared=False,
            group="",
            tags=(),
        )
        for known in memory.knowledge.cells.values()
    )
    matrix = Matrix(cells=tuple(declared), import_paths=(), pythons=tuple(ground.pythons))
    return Survey(
        question=question, steps=memory.settle(steps_of(question, matrix, ground.catalogue))
    )


def _agreed(arguments: argparse.Namespace, console: Console) -> bool:
    """Whether to build: said by --yes, or by a person who was shown the plan."""
    if arguments.yes or arguments.json or not sys.stdin.isatty():
        return bool(arguments.yes)
    console.print("Build and measure? [y/N] ", markup=False, end="")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _measured(
    arguments: argparse.Namespace, ground: Ground, before: Answer, memory: Memory, console: Console
) -> Known:
    """What is known after measuring what was lacking."""
    survey = before.survey
    todo = plan(survey, before.known, arguments.jobs)
    if isinstance(survey.question.subject, Attribute) and _probes(ground) is None:
        raise InputError(["measuring an attribute needs the probes of a checkout: --root DIR"])
    with (
        open_workplace(arguments, ground, console) as place,
        Progress(console, len(todo.builds) + todo.later, lambda _: 0) as progress,
    ):
        _require_sandbox(arguments, survey.question, place)
        bench = Bench(
            place=place,
            memory=memory,
            probes=ground.project.probes,
            measured_with=_probes(ground),
            jobs=arguments.jobs,
            on_event=progress,
        )
        return search(
            survey.feasible,
            survey.first,
            before.known,
            lambda releases: bench.measure([survey.step(release) for release in releases]),
        )


def _require_sandbox(arguments: argparse.Namespace, question: Question, place: Workplace) -> None:
    """A user's script runs in containers, or where its user vouches for it."""
    if place.engine.name != "local" or isinstance(question.subject, Attribute):
        return
    if not arguments.trust_code:
        raise InputError(
            [
                "the local engine runs code on this machine itself: --trust-code allows it, and "
                "a container engine needs no such trust"
            ]
        )


def _place(question: Question, ground: Ground) -> Path:
    """Where this question's own measurements are kept; those of an attribute by their probes."""
    probed = isinstance(question.subject, Attribute)
    digest = (_probes(ground) or "") if probed else ""
    return place_of(ground.project.cache, question.subject, digest)


def _probes(ground: Ground) -> str | None:
    """The digest of the checkout's probes; None where there are none."""
    folder = ground.project.probes
    return probes_digest(folder) if folder.is_dir() else None


def _tell(answer: Answer, todo: Plan, *, as_json: bool) -> None:
    if as_json:
        common.print_json(document(answer, todo))
        return
    lines = list(bisected.answered(answer))
    if not answer.complete:
        lines += ["", bisected.unanswered(answer, todo)]
    print("\n".join(lines))
