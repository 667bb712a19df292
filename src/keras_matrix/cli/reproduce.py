"""``keras-matrix reproduce``: does that error come with those versions?"""

import argparse
import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name
from rich.console import Console

from keras_matrix.cli import common, pasted, reproduced
from keras_matrix.cli.workplace import Ground, find_ground, open_workplace, read_script
from keras_matrix.engines import Command
from keras_matrix.errors import InputError
from keras_matrix.probing import variables_for
from keras_matrix.releases import Catalogue
from keras_matrix.reproducing import Origin, Snippet, Workplace
from keras_matrix.reproducing.asking import Asked, Given, understand
from keras_matrix.reproducing.bundle import bundle, require_empty, write_bundle
from keras_matrix.reproducing.combination import choose
from keras_matrix.reproducing.model import Chosen, limits_of
from keras_matrix.reproducing.ranges import Range, neighbours, read_range
from keras_matrix.reproducing.running import one_line
from keras_matrix.reproducing.session import Tried, along, attempt
from keras_matrix.reproducing.workplace import prepare

EXAMPLES = """examples:
  keras-matrix reproduce --keras 2.2.4 --tensorflow 2.0.0 \\
      -c "from keras import backend as K; K.get_uid()" \\
      --expect "has no attribute 'get_default_graph'"
  keras-matrix reproduce --keras 2.3.1 --theano 1.0.5 train.py
                               a script; without --expect the error itself is the answer
  keras-matrix reproduce --keras 2.4.3 --tensorflow 2.3.1 \\
      --expect "module 'keras.backend' has no attribute 'get_session'"
                               without code, the smallest is made from the error
  keras-matrix reproduce --from issue.txt
                               versions, code and error from a report; shows them and asks
  keras-matrix reproduce --keras 2.2.4 --tensorflow 1.15.5 --in-range keras=2.2:2.4 \\
      -c "import keras.backend as K; K.set_image_dim_ordering('th')"
                               where it starts and where it stops

The code runs as nobody, without network, on a read-only file system, under limits.

exit codes: with --expect 0 reproduced, 1 a different error or none;
without it 0 the code came to its end, 1 it did not; 2 bad input, 3 environment
"""
_FILE_NAME = re.compile(r"[A-Za-z_][\w-]{0,80}\.py")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    pasted.add_combination(parser)
    parser.add_argument(
        "--with",
        dest="extras",
        action="append",
        default=[],
        type=_extra,
        metavar="NAME=V",
        help="another package in that release, as in --with h5py=2.6.0",
    )
    pasted.add_text(parser)
    parser.add_argument("script", nargs="?", type=Path, metavar="SCRIPT")
    parser.add_argument("-c", dest="code", metavar="CODE")
    parser.add_argument(
        "--expect",
        metavar="ERROR",
        help="'Type: message', a part of a message, or a traceback",
    )
    parser.add_argument(
        "--timeout", type=common.at_least(1), default=120, metavar="S", help="seconds (default 120)"
    )
    common.add_engine(parser)
    parser.add_argument(
        "--trust-code", action="store_true", help="run the code on the local engine, no sandbox"
    )
    parser.add_argument("--yes", action="store_true", help="don't ask before running a report's")
    parser.add_argument(
        "--in-range", metavar="PIN=LOW:HIGH", help="try each minor's newest release, too"
    )
    parser.add_argument(
        "--export", type=Path, metavar="DIR", help="write a folder that builds without this tool"
    )
    parser.add_argument(
        "--shell", action="store_true", help="a Python prompt in the environment, after the code"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What was asked for. ``chosen`` is None where only a range is named.

    ``versions`` are the range's, which will be tried.
    """

    asked: Asked
    chosen: Chosen | None
    span: Range | None
    versions: tuple[str, ...] = ()


def execute(arguments: argparse.Namespace) -> int:
    """Answer; 0 for yes, 1 for no, as the help says."""
    ground = find_ground(arguments)
    job = _job(arguments, ground)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for line in reproduced.understood(job.asked, job.chosen):
        console.print(line, markup=False)
    if job.span:
        console.print(f"to try: {job.span.pin} {', '.join(job.versions)}", markup=False)
    if arguments.source and not arguments.yes:
        _agree(console, can_ask=arguments.source != "-" and sys.stdin.isatty())
    with open_workplace(arguments, ground, console) as place:
        if not arguments.trust_code:
            _require_sandbox(job.asked, place)
        steps = _Steps(console)
        if arguments.shell:
            command = _prompt(job, place, steps)
        else:
            tried = tuple(_try(job, place, steps))
            if arguments.export:
                _export(_own(job, tried), arguments.export, console)
            return _tell(job, tried, ground.catalogue, as_json=arguments.json)
    return _enter(command)


def _job(arguments: argparse.Namespace, ground: Ground) -> Job:
    """Everything that can be wrong with what was asked is found here, before anything starts."""
    span = read_range(arguments.in_range) if arguments.in_range else None
    asked = understand(_given(arguments), ground.catalogue)
    asked = replace(asked, limits=limits_of(arguments.timeout))
    versions: tuple[str, ...] = ()
    if span is not None:
        near = neighbours(asked.combination, span, ground.catalogue)
        versions = tuple(each.pins[span.pin] for each in near)
    if span is not None and span.pin not in asked.combination.pins:
        if arguments.export or arguments.shell:
            raise InputError([f"--export and --shell want one combination: say --{span.pin} V"])
        return Job(asked=asked, chosen=None, span=span, versions=versions)
    chosen = choose(
        asked.combination, ground.catalogue, declared=ground.declared, pythons=ground.pythons
    )
    if arguments.export:
        require_empty(arguments.export)
    return Job(asked=asked, chosen=chosen, span=span, versions=versions)


def _given(arguments: argparse.Namespace) -> Given:
    pins, python = pasted.stated(arguments)
    return Given(
        pins={**pins, **dict(arguments.extras)},
        python=python,
        backend=arguments.backend,
        snippet=_snippet(arguments),
        expect=arguments.expect,
        text=pasted.read_text(arguments.source) if arguments.source else None,
    )


def _extra(text: str) -> tuple[str, str]:
    """An argument's type: NAME=V."""
    name, _, version = text.partition("=")
    if not name or not version.strip("="):
        raise argparse.ArgumentTypeError(f"{text!r} is not like h5py=2.6.0")
    return canonicalize_name(name), version.lstrip("=")


def _snippet(arguments: argparse.Namespace) -> Snippet | None:
    script: Path | None = arguments.script
    if arguments.code is not None and script is not None:
        raise InputError([f"both -c CODE and {script}: give one of them"])
    if arguments.code is not None:
        return Snippet(code=arguments.code.encode("utf-8", "surrogateescape"))
    if script is None:
        return None
    code = read_script(script)
    if b"\0" in code:
        raise InputError([f"{script} is no text: it has null bytes"])
    name = script.name if _FILE_NAME.fullmatch(script.name) else "snippet.py"
    return Snippet(code=code, name=name)


def _agree(console: Console, *, can_ask: bool) -> None:
    """Nothing of a report is run that nobody agreed to."""
    if not can_ask:
        raise InputError(["nothing was run: nobody can be asked here; --yes agrees to it"])
    console.print("Run it? [y/N] ", markup=False, end="")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InputError(["nothing was run"])


def _require_sandbox(asked: Asked, place: Workplace) -> None:
    """What the tool made itself is harmless; anything else runs in containers only."""
    own = all(snippet.origin is Origin.MADE for snippet in asked.snippets)
    if place.engine.name == "local" and not own:
        raise InputError(
            [
                "the local engine runs code on this machine itself: --trust-code allows it, and "
                "a container engine needs no such trust"
            ]
        )


class _Steps:
    """A line for each step, with the seconds since the beginning."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    def __call__(self, stage: str, detail: str) -> None:
        seconds = time.monotonic() - self._began
        self._console.print(f"[{seconds:4.0f} s] {stage}: {detail}", markup=False, style="dim")


def _try(job: Job, place: Workplace, steps: _Steps) -> Iterator[Tried]:
    """The combination itself, or with a range all of its neighbours, too."""
    if job.span is not None:
        yield from along(job.asked, job.span, place, steps)
    elif job.chosen is not None:
        attempts = attempt(job.asked, prepare(job.chosen, place, steps), place, steps)
        yield Tried(version="", attempts=attempts)


def _own(job: Job, tried: Sequence[Tried]) -> Tried | None:
    """What came of the combination that was asked for, apart from its neighbours."""
    if job.span is None:
        return tried[0]
    own = job.chosen.cell.pins[job.span.pin] if job.chosen else None
    return next((each for each in tried if each.version == own), None)


def _tell(job: Job, tried: Sequence[Tried], catalogue: Catalogue, *, as_json: bool) -> int:
    """Print the answer; the exit code."""
    own = _own(job, tried)
    made = own.best if own else None
    if as_json:
        found = reproduced.document(made) if made else {}
        if own:
            found["attempts"] = [reproduced.document(each) for each in own.attempts]
        if job.span:
            found["range"] = reproduced.documents(job.span.pin, tried)
        common.print_json(found)
    else:
        lines = [
            *(reproduced.answer(made, own.attempts, catalogue) if own and made else ()),
            *(reproduced.along(job.span.pin, tried) if job.span else ()),
        ]
        print("\n".join(lines))
    came = any(each.came for each in ([own] if own else tried))
    failed = own is not None and own.came is None
    return 1 if failed else int(came is (job.asked.expected is None))


def _export(own: Tried | None, folder: Path, console: Console) -> None:
    if own is not None and own.best is not None:
        write_bundle(bundle(own.best), folder)
        console.print(f"{folder}: `docker build {folder}` makes the same", markup=False)


def _prompt(job: Job, place: Workplace, steps: _Steps) -> tuple[str, ...]:
    """The command that opens a prompt in the built environment, the code run first."""
    assert job.chosen is not None
    prepared = prepare(job.chosen, place, steps)
    code = [snippet.code for snippet in job.asked.snippets[:1]]
    command = Command(
        arguments=tuple(part for each in code for part in ("-c", one_line(each))),
        variables=variables_for(prepared.cell.backend),
        limits=job.asked.limits,
    )
    return place.engine.by_hand(prepared.environment, command, interactive=True)


def _enter(command: Sequence[str]) -> int:
    """Become the prompt where there is a terminal and a client; else print how to open it."""
    if sys.stdin.isatty() and sys.stdout.isatty() and shutil.which(command[0]):
        sys.stdout.flush()
        os.execvp(command[0], list(command))
    print(shlex.join(command))
    return 0
