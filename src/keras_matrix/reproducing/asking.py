"""Options, code, a report's text -> what to run, and what should come of it. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from keras_matrix.engines import Limits
from keras_matrix.errors import InputError
from keras_matrix.evidence import ErrorSignature, Evidence, read_evidence
from keras_matrix.matrix.cells import FRAMEWORK_PINS, PINS
from keras_matrix.releases import Catalogue
from keras_matrix.reproducing.comparing import expected_from
from keras_matrix.reproducing.model import LIMITS, Combination, Expected, Origin, Request, Snippet
from keras_matrix.reproducing.snippets import minimal

_MOST_BLOCKS = 3
_WORDS_OF_PYTHON_2 = re.compile(r"'module' object has no attribute")
_IMPORT_OF_KERAS = re.compile(r"^[ \t]*(?:import|from)[ \t]+keras\b", re.M)


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What the command line says. ``text`` is a report, ``expect`` an error, as pasted."""

    pins: Mapping[str, str]
    python: str | None = None
    backend: str | None = None
    snippet: Snippet | None = None
    expect: str | None = None
    text: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What to do: each snippet in turn, until one shows the error.

    ``doubts`` speak against what a report claims.
    """

    combination: Combination
    snippets: tuple[Snippet, ...]
    expected: Expected | None
    doubts: tuple[str, ...] = ()
    limits: Limits = LIMITS

    def requests(self) -> Iterator[Request]:
        """One for each snippet. A snippet made from the error raises it at a place of its own."""
        for snippet in self.snippets:
            expected = self.expected
            if expected is not None and snippet.origin is Origin.MADE:
                expected = replace(expected, place=None)
            yield Request(
                combination=self.combination, snippet=snippet, expected=expected, limits=self.limits
            )


def understand(given: Given, catalogue: Catalogue) -> Asked:
    """Everything that was given, put together; what was said outright outranks a report's text.

    Raises:
        InputError: there is no code, and no error to make it from.
    """
    report = Evidence()
    if given.text is not None:
        report = read_evidence(given.text, catalogue, given=given.pins, python=given.python)
    error, expected = _expected(given, report, catalogue)
    snippets = _snippets(given, report)
    if not given.snippet and error is not None and (made := minimal(error)) is not None:
        snippets = (*snippets, made)
    if not snippets:
        raise InputError(
            [
                "no code to run, and no error that says what to run: give -c CODE, a SCRIPT, or "
                "--expect \"AttributeError: module 'keras.backend' has no attribute '…'\""
            ]
        )
    return Asked(
        combination=Combination(
            pins={pin: report.versions[pin] for pin in PINS if pin in report.versions}
            | dict(given.pins),
            python=given.python or report.python,
            backend=given.backend or (report.backend if report.backend in FRAMEWORK_PINS else None),
            likely_python=_likely_python(expected),
            keras=_is_of_keras(error, snippets),
        ),
        snippets=snippets,
        expected=expected,
        doubts=tuple(doubt.text for doubt in report.doubts),
    )


def _expected(
    given: Given, report: Evidence, catalogue: Catalogue
) -> tuple[ErrorSignature | None, Expected | None]:
    """The error to look for: for making a snippet, and for comparing."""
    if given.expect is None:
        return report.error, Expected.of(report.error) if report.error else None
    error = read_evidence(given.expect, catalogue).error
    if "\n" in given.expect.strip() and error is not None:
        return error, Expected.of(error)  # a traceback, which tells the place as well
    return error, expected_from(given.expect)


def _snippets(given: Given, report: Evidence) -> tuple[Snippet, ...]:
    if given.snippet is not None:
        return (given.snippet,)
    return tuple(
        Snippet(code=code.encode("utf-8", "replace"), origin=Origin.REPORT)
        for code in report.code[:_MOST_BLOCKS]
    )


def _likely_python(expected: Expected | None) -> str | None:
    """The Python whose words a message is in, where no other has them."""
    words = expected is not None and _WORDS_OF_PYTHON_2.search(expected.message)
    return "2.7" if words else None


def _is_of_keras(error: ErrorSignature | None, snippets: Sequence[Snippet]) -> bool:
    """Whether standalone Keras is imported, or complained of."""
    complained = error is not None and (error.path or "").split(".")[0] == "keras"
    return complained or any(_IMPORT_OF_KERAS.search(each.text) for each in snippets)
