"""What was measured: the outcomes, the records and one cell's report, to JSON and back.

Everything here is a plain value. A report holds no clock but ``Provenance.measured_on``, so
that two runs of one cell give the same bytes but for that line. The shape is schema 1,
``schemas/report.schema.json``.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from keras_matrix.sharedkeys import SharedKeys

SCHEMA = 1

_ATTRIBUTE_DEPTH = 4


class AttributeOutcome(StrEnum):
    """What one attribute of one import path did. Never folded into each other."""

    WORKS = "works"
    DEPRECATED = "deprecated"
    DIFFERS = "differs"
    NEEDS_SETTING = "needs-setting"
    RAISES = "raises"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    PRESENT = "present"
    MISSING = "missing"


class PathOutcome(StrEnum):
    """Whether an import path could be imported."""

    IMPORTABLE = "importable"
    UNIMPORTABLE = "unimportable"


class CellOutcome(StrEnum):
    """What became of one cell."""

    MEASURED = "measured"
    IMPOSSIBLE = "impossible"
    BUILD_FAILED = "build-failed"
    NOT_RUN = "not-run"


@dataclass(frozen=True, kw_only=True, slots=True)
class Alternative:
    """What was tried in place of a missing name, by that name's own recipe in the same cell.

    ``use`` is the dotted path of what was called. Only where it is :attr:`verified` may it be
    offered; the others are kept as evidence.
    """

    use: str
    outcome: AttributeOutcome
    detail: str | None = None

    @property
    def verified(self) -> bool:
        """Whether it agreed with the reference, by itself or under a setting."""
        return self.outcome in (
            AttributeOutcome.WORKS,
            AttributeOutcome.DEPRECATED,
            AttributeOutcome.NEEDS_SETTING,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeRecord:
    """One name of one import path.

    ``signature`` is as ``inspect`` prints it, or None where there is none. ``same_as`` names
    the other paths that expose the very same object, ``same_function`` those where another
    object wraps the same function, or is wrapped by this one; any other path has its own.
    ``detail`` is the reason for every outcome but ``works`` and ``missing``. ``alternatives`` are
    of missing names only, the best first.
    """

    kind: str
    outcome: AttributeOutcome
    signature: str | None = None
    same_as: tuple[str, ...] = ()
    same_function: tuple[str, ...] = ()
    detail: str | None = None
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRecord:
    """One import path: importable with its attributes, or the exception that importing raised."""

    outcome: PathOutcome
    detail: str | None = None
    attributes: Mapping[str, AttributeRecord] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScenarioRecord:
    """One script of ``probes/scenarios``, run in a fresh process."""

    outcome: AttributeOutcome
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CellSummary:
    """The cell as it was when it was measured."""

    id: str
    python: str
    backend: str
    pins: Mapping[str, str]
    as_of: date
    tags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """Where a report comes from. ``image`` is the content hash of the tier chain, not a build's id.

    ``locks`` maps a tier's name to the sha256 of its lock. ``distributions`` names what was
    installed for a pin where it is not the pin's own name (``tensorflow-cpu``). ``conflict`` is
    what the resolver says against installing the cell's releases by one command; None by rule.
    """

    engine: str
    image: str | None
    locks: Mapping[str, str]
    probes: str | None
    python: str | None
    platform: str
    measured_on: date
    distributions: Mapping[str, str] = field(default_factory=dict)
    conflict: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CellReport:
    """Everything measured in one cell. ``reason`` is None only where the outcome is ``measured``.

    ``failure`` is the machine-readable class of the reason (``no-file``, ``requires-python``,
    ``resolve``, ``compile`` …), None where measured. ``installs`` is what the cell's own
    interpreter says of the installed distributions and of where each module comes from.
    """

    cell: CellSummary
    outcome: CellOutcome
    provenance: Provenance
    reason: str | None = None
    failure: str | None = None
    packages: Mapping[str, str] = field(default_factory=dict)
    installs: Mapping[str, Any] = field(default_factory=dict)
    paths: Mapping[str, PathRecord] = field(default_factory=dict)
    scenarios: Mapping[str, ScenarioRecord] = field(default_factory=dict)


def report_to_json(report: CellReport) -> str:
    """The report as schema-1 JSON: sorted keys, an attribute a line, a final newline."""
    document = {
        "schema": SCHEMA,
        "cell": {
            "id": report.cell.id,
            "python": report.cell.python,
            "backend": report.cell.backend,
            "pins": dict(report.cell.pins),
            "as_of": report.cell.as_of.isoformat(),
            "tags": list(report.cell.tags),
        },
        "outcome": report.outcome.value,
        "reason": report.reason,
        "failure": report.failure,
        "provenance": {
            "engine": report.provenance.engine,
            "image": report.provenance.image,
            "locks": dict(report.provenance.locks),
            "probes": report.provenance.probes,
            "python": report.provenance.python,
            "platform": report.provenance.platform,
            "measured_on": report.provenance.measured_on.isoformat(),
            "distributions": dict(report.provenance.distributions),
            **({"conflict": against} if (against := report.provenance.conflict) else {}),
        },
        "packages": dict(report.packages),
        "installs": dict(report.installs),
        "paths": {name: _path_to_json(record) for name, record in report.paths.items()},
        "scenarios": {
            name: {"outcome": record.outcome.value, "detail": record.detail}
            for name, record in report.scenarios.items()
        },
    }
    return _dump(document) + "\n"


def _dump(value: Any, depth: int = 0) -> str:
    """JSON whose objects are opened down to the attributes, each of which is one line."""
    if isinstance(value, AttributeRecord):
        return _attribute_line(value)
    if not isinstance(value, dict) or not value or depth == _ATTRIBUTE_DEPTH:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    inner, outer = " " * (depth + 1), " " * depth
    lines = (f"{inner}{_key(key)}: {_dump(value[key], depth + 1)}" for key in sorted(value))
    return "{\n" + ",\n".join(lines) + f"\n{outer}}}"


@lru_cache(maxsize=2**14)
def _key(key: str) -> str:
    return json.dumps(key)


def _path_to_json(record: PathRecord) -> dict[str, Any]:
    return {
        "outcome": record.outcome.value,
        "detail": record.detail,
        "attributes": dict(record.attributes),
    }


@lru_cache(maxsize=2**17)
def _attribute_line(attribute: AttributeRecord) -> str:
    """Written once: the same few records make up most of any number of reports."""
    document = {
        "kind": attribute.kind,
        "outcome": attribute.outcome.value,
        "signature": attribute.signature,
        "same_as": list(attribute.same_as),
        "detail": attribute.detail,
        **({"same_function": list(same)} if (same := attribute.same_function) else {}),
        **_alternatives_to_json(attribute),
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def _alternatives_to_json(attribute: AttributeRecord) -> dict[str, Any]:
    """The key is there only where something was tried."""
    if not attribute.alternatives:
        return {}
    return {
        "alternatives": [
            {"use": tried.use, "outcome": tried.outcome.value, "detail": tried.detail}
            for tried in attribute.alternatives
        ]
    }


class _StoredPath(msgspec.Struct):
    """A path whose records are not read yet."""

    outcome: PathOutcome
    detail: str | None
    attributes: msgspec.Raw


class _StoredReport(msgspec.Struct):
    """A report as it lies in its file."""

    schema: int
    cell: CellSummary
    outcome: CellOutcome
    reason: str | None
    provenance: Provenance
    packages: dict[str, str]
    paths: dict[str, _StoredPath]
    scenarios: dict[str, ScenarioRecord]
    failure: str | None = None
    installs: dict[str, Any] = msgspec.field(default_factory=dict)


class _Any(msgspec.Struct):
    """What tells whether it is a report at all."""

    schema: int | None = None


_ANY = msgspec.json.Decoder(_Any)
_REPORT = msgspec.json.Decoder(_StoredReport)
_ATTRIBUTES = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ATTRIBUTE = msgspec.json.Decoder(AttributeRecord)


def report_from_json(text: str | bytes) -> CellReport:
    """Parse a schema-1 report.

    Raises:
        ValueError: not JSON, another schema, or a value outside the closed sets.
    """
    try:
        stored = _REPORT.decode(text)
        paths = {name: _path(path) for name, path in stored.paths.items()}
    except msgspec.DecodeError as error:
        raise ValueError(_complaint(text, error)) from error
    if stored.schema != SCHEMA:
        raise ValueError(f"not a report of schema {SCHEMA}")
    return CellReport(
        cell=stored.cell,
        outcome=stored.outcome,
        reason=stored.reason,
        failure=stored.failure,
        provenance=stored.provenance,
        packages=stored.packages,
        installs=stored.installs,
        paths=paths,
        scenarios=stored.scenarios,
    )


def _complaint(text: str | bytes, error: msgspec.DecodeError) -> str:
    if not isinstance(error, msgspec.ValidationError):
        return f"not JSON: {error}"
    try:
        schema = _ANY.decode(text).schema
    except msgspec.DecodeError:
        schema = None
    return f"not a {'whole report' if schema == SCHEMA else f'report of schema {SCHEMA}'}: {error}"


def _path(path: _StoredPath) -> PathRecord:
    """Most paths say in a cell what they say in another one: those share their records."""
    digest = hashlib.sha256(path.attributes).digest()
    attributes = _SHARED.get(digest)
    if attributes is None:
        found = _ATTRIBUTES.decode(path.attributes)
        attributes = SharedKeys(found, map(_attribute, map(bytes, found.values())))
        _SHARED[digest] = attributes
    return PathRecord(outcome=path.outcome, detail=path.detail, attributes=attributes)


_SHARED: WeakValueDictionary[bytes, SharedKeys[AttributeRecord]] = WeakValueDictionary()


@lru_cache(maxsize=2**17)
def _attribute(record: bytes) -> AttributeRecord:
    """Read once: the same few records make up most of any number of reports."""
    return _ATTRIBUTE.decode(record)
