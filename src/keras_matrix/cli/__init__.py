"""The verbs. The only package that prints or exits.

A verb is a module of its own name here: ``EXAMPLES`` for its help, ``add_options(parser)`` and
``execute(arguments)``. Only the verb that is asked for gets imported: an answer from the measured
table needs neither the engines nor the index, which take longer to import than to answer.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from keras_matrix import __version__
from keras_matrix.errors import EnvironmentUnusableError, InputError, KerasMatrixError

Verb = Callable[[argparse.Namespace], int]
VERBS = {
    "cells": "list the declared cells, with feasibility and reasons",
    "run": "build and probe the cells whose report is not current",
    "table": "render what was measured",
    "merge": "join what several machines measured; refuses contradictions",
    "diff": "what changed between two sets of reports, by cause; exit 1 if for the worse",
    "guard": "may the tables be renewed from these reports? exit 3 where something is broken",
    "reproduce": "does that error come with those versions? builds them, runs the code, compares",
    "scan": "which measured combinations can run this code, and which lines stand in the way",
    "bisect": "every release at which an attribute's or a script's outcome changes",
    "lock": "resolve tiers to exact versions with hashes",
    "update": "new releases from the package index, and the cells that `follow` makes of them",
    "clean": "remove built environments (by label) and, with --cache, downloaded files",
    "explain": "what causes an error, and what was measured to work; offline",
    "doctor": "can this machine do the work; with --python, what is wrong with an environment",
}


def parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """Every verb with its line of help; the options of those that ``argv`` names."""
    top = argparse.ArgumentParser(
        prog="keras-matrix",
        description="Measures what keras.backend offers on every declared version combination.",
        epilog="exit codes: 0 fine, 1 the answer is no, 2 bad input, 3 environment, "
        "130 interrupted",
    )
    top.add_argument("--version", action="version", version=f"keras-matrix {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--root", type=Path, help="the checkout (default: from here upwards)")
    common.add_argument("--json", action="store_true", help="print data instead of text")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, text in VERBS.items():
        verb = verbs.add_parser(
            name,
            parents=[common],
            help=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in argv:
            module = import_module(f"keras_matrix.cli.{name}")
            verb.epilog = module.EXAMPLES
            verb.set_defaults(execute=module.execute)
            module.add_options(verb)
    return top


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit with its code."""
    sys.exit(execute(sys.argv[1:] if argv is None else argv))


def execute(argv: Sequence[str]) -> int:
    """Run one verb; every expected error becomes a message and an exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        arguments = parser(argv).parse_args(argv)
        verb: Verb = arguments.execute
        return verb(arguments)
    except InputError as error:
        for problem in error.problems:
            _complain(problem)
        return error.exit_code
    except KerasMatrixError as error:
        _complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        # The reader left (`| head`): nothing more to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        _complain(f"{error}: is the disk full, or not for you to write?")
        return EnvironmentUnusableError.exit_code
    except KeyboardInterrupt:
        _complain("interrupted: finished cells are kept; the same command goes on from here")
        return 130


def _complain(text: str) -> None:
    """Say what went wrong, in red where that can be seen."""
    from rich.console import Console  # here, because most runs have nothing to complain of

    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    errors.print(text, markup=False, style="red")
