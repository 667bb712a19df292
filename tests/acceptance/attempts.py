"""A real report -> what to run for it, and which code answers for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from reports import Report

from keras_matrix.errors import InputError
from keras_matrix.evidence import ErrorKind, parse_message
from keras_matrix.matrix.cells import PINS
from keras_matrix.releases import Catalogue
from keras_matrix.reproducing import Combination, Ending, Origin, Request, Snippet
from keras_matrix.reproducing.asking import Asked, Given, understand
from keras_matrix.reproducing.combination import choose
from keras_matrix.reproducing.comparing import expected_from
from keras_matrix.reproducing.model import Chosen

REPRODUCTIONS = Path(__file__).parent / "reproductions.yaml"
NO_CODE = "the report has no code"
_FILES = ("FileNotFoundError", "IOError")


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One combination to try for a report.

    ``chosen`` is None where there is no such combination: ``impossible`` says why. ``instead``
    marks one that a person put in the place of the claimed one.
    """

    report: Report
    asked: Asked
    chosen: Chosen | None
    impossible: str = ""
    instead: bool = False

    @property
    def key(self) -> str | None:
        """What its result is kept under: the report and the versions, the Python among them."""
        return f"{self.report.source} @ {self.chosen.cell.id}" if self.chosen else None


def read_reviews(path: Path = REPRODUCTIONS) -> dict[str, dict[str, Any]]:
    """What a person found out, by the report's source."""
    reviews: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return reviews


def is_exact(report: Report) -> bool:
    """Whether a report claims one combination that may be true."""
    return bool(report.fields["exact_combo"]) and report.fields["version_claim"] == "plausible"


def tasks(
    report: Report, catalogue: Catalogue, reviews: Mapping[str, Mapping[str, Any]]
) -> tuple[Task, ...]:
    """The claimed combination, then the one that a person put beside it, if any."""
    asked = replace(
        understand(Given(pins={}, text=report.text), catalogue),
        expected=expected_from(report.fields["error"]),
    )
    claimed = _task(report, asked, catalogue)
    instead = reviews.get(report.source, {}).get("instead")
    if instead is None:
        return (claimed,)
    other = replace(asked, combination=_changed(asked.combination, instead))
    return claimed, replace(_task(report, other, catalogue), instead=True)


def _changed(claimed: Combination, instead: Mapping[str, str]) -> Combination:
    pins = {pin: version for pin, version in instead.items() if pin != "python"}
    return replace(
        claimed,
        pins={**claimed.pins, **pins},
        python=instead.get("python", claimed.python),
    )


def _task(report: Report, asked: Asked, catalogue: Catalogue) -> Task:
    try:
        chosen = choose(asked.combination, catalogue)
    except InputError as error:
        return Task(
            report=report, asked=asked, chosen=None, impossible="; ".join(error.problems).strip()
        )
    return Task(report=report, asked=asked, chosen=chosen)


def own_requests(asked: Asked) -> Iterator[Request]:
    """Those that run the report's own code."""
    return (each for each in asked.requests() if each.snippet.origin is not Origin.MADE)


def made_request(asked: Asked) -> Request | None:
    """The one that runs the smallest code that the error names."""
    return next((r for r in asked.requests() if r.snippet.origin is Origin.MADE), None)


def cannot_run_alone(ending: Ending, snippet: Snippet) -> str | None:
    """What a piece of code lacks that its report had around it; None where it speaks for itself.

    Only an error at the code's own line tells: one from inside a package is the package's.
    """
    if not ending.errors:
        return None
    seen = ending.errors[0]
    if seen.frames and seen.frames[-1].file != snippet.name:
        return None
    if "SyntaxError" in seen.kinds:
        return "its code is no whole program"
    if "NameError" in seen.kinds:
        return f"its code uses a name from elsewhere ({seen.message})"
    if any(kind in _FILES for kind in seen.kinds):
        return f"its code needs a file ({seen.message})"
    complaint = parse_message(seen.message)
    root = (complaint.name or "").partition(".")[0]
    if complaint.kind is ErrorKind.NO_MODULE and root and root not in PINS:
        return f"its code needs the package {root}"
    return None


def lacking(endings: Sequence[tuple[Ending, Snippet]]) -> str | None:
    """Why the smallest code has to stand in for the report's; None where it hasn't."""
    reasons = [cannot_run_alone(ending, snippet) for ending, snippet in endings]
    if not reasons:
        return NO_CODE
    return reasons[0] if all(reasons) else None
