"""The verbs. The only package that prints or exits."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from keras_matrix import __version__
from keras_matrix.cli import cells, clean, diff, doctor, lock, run, table, update
from keras_matrix.errors import EnvironmentUnusableError, InputError, KerasMatrixError

Verb = Callable[[argparse.Namespace], int]
VERBS = (cells, run, table, diff, lock, update, clean, doctor)


def parser() -> argparse.ArgumentParser:
    """Every verb with its options; each verb's module adds its own."""
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
    for module in VERBS:
        module.add_parser(verbs, common)
    return top


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit with its code."""
    sys.exit(execute(sys.argv[1:] if argv is None else argv))


def execute(argv: Sequence[str]) -> int:
    """Run one verb; every expected error becomes a message and an exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    arguments = parser().parse_args(argv)
    verb: Verb = arguments.execute
    try:
        return verb(arguments)
    except InputError as error:
        for problem in error.problems:
            errors.print(problem, markup=False, style="red")
        return error.exit_code
    except KerasMatrixError as error:
        errors.print(str(error), markup=False, style="red")
        return error.exit_code
    except BrokenPipeError:
        # The reader left (`| head`): nothing more to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        errors.print(f"{error}: is the disk full, or not for you to write?", markup=False)
        return EnvironmentUnusableError.exit_code
    except KeyboardInterrupt:
        errors.print("interrupted: finished cells are kept; the same command goes on from here")
        return 130
