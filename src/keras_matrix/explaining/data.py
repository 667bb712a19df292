"""Explanation -> plain data for programs, schema 1.

``understood``: ``error`` (kind, exception, message, path, name), ``subject`` (topic, path, name,
note), ``releases`` (project: version), ``python``, ``backend`` (name, why, sure), ``readings``,
``claims``, ``doubts``, ``conflict`` or null, ``impossible`` (reason, nearest) or null.
``finding``: ``certainty`` (measured, inferred, unknown), ``standing`` or null, ``why``,
``witnesses`` (cell, standing, said).
``causes``: the likeliest first (id, cause, why). ``measured``: sentences. ``fixes``: the best first
(remedy, title, use, cells, certainty, change, setting, install, python, pins, notes). ``similar``:
names that exist. ``reproduce``: a command line or null. ``answered``: whether anything was found.
"""

from dataclasses import asdict
from typing import Any

from keras_matrix.explaining.model import Explanation

SCHEMA = 1


def to_data(told: Explanation) -> dict[str, Any]:
    """The explanation in the shape that this module's docstring gives."""
    return {
        "schema": SCHEMA,
        "answered": told.answered,
        "understood": _understood(told),
        "finding": asdict(told.finding),
        "causes": [
            {"id": likely.cause.value, "cause": likely.cause.words, "why": likely.why}
            for likely in told.causes
        ],
        "measured": list(told.measured),
        "fixes": [asdict(fix) | {"pins": dict(fix.pins)} for fix in told.fixes],
        "similar": list(told.similar),
        "reproduce": told.reproduce,
    }


def _understood(told: Explanation) -> dict[str, Any]:
    evidence, situation, error = told.evidence, told.situation, told.evidence.error
    return {
        "error": error
        and {
            "kind": error.kind.value,
            "exception": error.exception,
            "message": error.message,
            "path": error.path,
            "name": error.name,
        },
        "subject": asdict(told.subject),
        "releases": dict(situation.versions),
        "python": situation.python,
        "backend": {
            "name": situation.backend,
            "why": situation.backend_why,
            "sure": situation.backend_sure,
        },
        "readings": list(situation.readings),
        "claims": [asdict(claim) for claim in evidence.claims],
        "doubts": [asdict(doubt) for doubt in evidence.doubts],
        "conflict": situation.conflict,
        "impossible": situation.impossible
        and {"reason": situation.impossible, "nearest": situation.feasible},
    }
