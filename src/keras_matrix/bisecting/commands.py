"""The command line that shows one side of a transition by itself. Pure."""

import ast
import shlex
from collections.abc import Iterable

from keras_matrix.bisecting.outcomes import Outcome
from keras_matrix.bisecting.question import Attribute, Question
from keras_matrix.bisecting.search import Transition
from keras_matrix.bisecting.steps import Step
from keras_matrix.evidence.model import ErrorKind, ErrorSignature
from keras_matrix.matrix.cells import PINS
from keras_matrix.reproducing.snippets import minimal
from keras_matrix.tables.states import State

_THERE_OR_NOT = (State.MISSING, State.UNIMPORTABLE, State.PRESENT)


def shows(change: Transition, question: Question) -> tuple[str, str]:
    """The commands for the release before and the one after.

    ``reproduce`` with the smallest code that tells the two apart; where that would need arguments
    that only the attribute's recipe knows, or more packages than the options name, a bisection
    of the one release, which calls the recipe.
    """
    subject = question.subject
    code = None
    if isinstance(subject, Attribute):
        code = _code(subject, (change.was, change.now))
    return (
        _command(change.before, question, code),
        _command(change.after, question, code),
    )


def _command(step: Step, question: Question, code: str | None) -> str:
    cell = step.cell
    if cell is None:
        raise ValueError(f"{step.release} has no cell")
    subject = question.subject
    what = ["-c", code] if code else [str(subject)]
    if set(cell.pins) <= set(PINS) and (code or not isinstance(subject, Attribute)):
        versions = [word for pin, version in cell.pins.items() for word in (f"--{pin}", version)]
        backend = ["--backend", cell.backend] if len(cell.pins) > 2 else []
        words = ["reproduce", *versions, *backend, "--python", cell.python, *what]
    else:
        beside = [f"{name}={version}" for name, version in step.beside.items()]
        subject_words = ["--attribute" if isinstance(subject, Attribute) else "--script"]
        words = ["bisect", *subject_words, str(subject), "--over", step.axis]
        words += [word for each in beside for word in ("--with", each)]
        words += ["--from", step.release, "--to", step.release, "--yes"]
    return shlex.join(["keras-matrix", *words])


def _code(subject: Attribute, sides: Iterable[Outcome]) -> str | None:
    """Code that ends differently on the two sides; None where it can't be short."""
    sides = tuple(sides)
    error = ErrorSignature(
        kind=ErrorKind.NO_ATTRIBUTE,
        exception=None,
        message="",
        path=subject.path,
        name=subject.name,
    )
    snippet = minimal(error)
    if snippet is None:
        return None
    code = "; ".join(snippet.text.strip().splitlines())
    if any(side.state in _THERE_OR_NOT for side in sides):
        return code
    signatures = {side.signature for side in sides}
    return f"{code}()" if all(map(takes_nothing, signatures)) else None


def takes_nothing(signature: str | None) -> bool:
    """Whether a function of that signature can be called without an argument."""
    try:
        tree = ast.parse(f"def f{signature}: pass") if signature else None
    except SyntaxError:  # a default that is no expression, such as <object object>
        return False
    if tree is None or not isinstance(tree.body[0], ast.FunctionDef):
        return False
    arguments = tree.body[0].args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    return positional == len(arguments.defaults) and None not in arguments.kw_defaults
