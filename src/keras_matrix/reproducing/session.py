"""Several runs for one question: each snippet in turn, one combination after another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from keras_matrix.errors import (
    BuildFailedError,
    FailureClass,
    InputError,
    PythonUnavailableError,
    ReleaseUnavailableError,
)
from keras_matrix.reproducing.asking import Asked
from keras_matrix.reproducing.model import Chosen, Prepared, Reproduction, Verdict
from keras_matrix.reproducing.ranges import Range, neighbours
from keras_matrix.reproducing.workplace import (
    OnStep,
    Workplace,
    prepare,
    quiet,
    reproduce_in,
)

_OWN_FAULT = (FailureClass.RESOLVE, FailureClass.COMPILE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One combination with each attempt at it; ``failure`` says why there is none."""

    version: str
    attempts: tuple[Reproduction, ...] = ()
    failure: str | None = None

    @property
    def best(self) -> Reproduction | None:
        """The attempt that answers."""
        return best(self.attempts) if self.attempts else None

    @property
    def came(self) -> bool | None:
        """Whether the error came; None where nothing could be tried."""
        if self.best is None:
            return None
        return self.best.verdict in (Verdict.REPRODUCED, Verdict.RAISED)


def attempt(
    asked: Asked, prepared: Prepared, place: Workplace, on_step: OnStep = quiet
) -> tuple[Reproduction, ...]:
    """Run each snippet until one shows the error."""
    made: list[Reproduction] = []
    for request in asked.requests():
        made.append(reproduce_in(prepared, request, place, on_step))
        if made[-1].verdict is Verdict.REPRODUCED:
            break
    return tuple(made)


def best(attempts: Sequence[Reproduction]) -> Reproduction:
    """The attempt that shows the error, else the first: the code that was asked for."""
    shown = (each for each in attempts if each.verdict is Verdict.REPRODUCED)
    return next(shown, attempts[0])


def along(asked: Asked, span: Range, place: Workplace, on_step: OnStep = quiet) -> Iterator[Tried]:
    """The neighbours in the range, each as soon as it is tried.

    Raises:
        BuildFailedError: of this machine's fault; a combination's own is its result.
        EnvironmentUnusableError: no engine, no index.
    """
    for combination in neighbours(asked.combination, span, place.catalogue):
        version = combination.pins[span.pin]
        here = replace(asked, combination=combination)
        on_step("try", f"{span.pin} {version}")
        try:
            prepared = prepare(_fitting(here, place), place, on_step)
        except InputError as error:
            yield Tried(version=version, failure=error.problems[0])
        except (PythonUnavailableError, ReleaseUnavailableError) as error:
            yield Tried(version=version, failure=str(error))
        except BuildFailedError as error:
            if error.failure not in _OWN_FAULT:
                raise
            yield Tried(version=version, failure=str(error))
        else:
            yield Tried(version=version, attempts=attempt(here, prepared, place, on_step))


def _fitting(asked: Asked, place: Workplace) -> Chosen:
    """The cell of a neighbour: on the Python that was asked for, else on one that it has."""
    try:
        return place.choose(asked.combination)
    except InputError:
        if asked.combination.python is None:
            raise
        return place.choose(replace(asked.combination, python=None))
