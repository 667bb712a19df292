"""The support ranges of a name or a path, in few lines."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keras_matrix.knowledge import Knowledge
from keras_matrix.tables.eras import axis_of, family_name, project_name
from keras_matrix.tables.states import State

_FEW = 3
_OTHER_PATHS = 3
_HIDDEN = (".python.", ".src.", "._tf_keras.", ".contrib.", "_backend")
_NOT_THERE = (State.MISSING.value, State.UNIMPORTABLE.value, State.NOT_MEASURED.value)
_WORDS = {
    "works": "works",
    "deprecated": "works, deprecated",
    "needs-setting": "works under a setting",
    "missing": "not there",
    "unimportable": "can't be imported",
    "importable": "can be imported",
    "present": "there",
    "raises": "there, raises",
    "differs": "there, gives another result",
    "crashed": "there, crashes",
    "timed-out": "there, never ends",
}


def range_lines(knowledge: Knowledge, path: str, name: str | None, backend: str) -> Iterator[str]:
    """What was measured of the name (or of the path itself) on the active backend, then on others
    and on other paths, where it is there."""
    dotted = f"{path}.{name}" if name else path
    axis = project_name(axis_of(path))
    by_family: dict[str, list[Mapping[str, Any]]] = {}
    for one in knowledge.ranges(path, name):
        by_family.setdefault(one["family"], []).append(one)
    for family in sorted(by_family, key=lambda family: family != backend):
        ranges = by_family[family]
        if family == backend or any(one["outcome"] not in _NOT_THERE for one in ranges):
            on = "" if axis == family_name(family) else f" on {family_name(family)}"
            yield f"{dotted}, {axis}{on}: {_outcomes(ranges)}"
    if name is not None:
        yield from _elsewhere(knowledge, path, name, backend)


def _elsewhere(knowledge: Knowledge, path: str, name: str, backend: str) -> Iterator[str]:
    told = 0
    for other in knowledge.paths:
        if other == path or any(part in other for part in _HIDDEN) or told >= _OTHER_PATHS:
            continue
        ranges = [one for one in knowledge.ranges(other, name) if one["family"] == backend]
        if any(one["outcome"] not in _NOT_THERE for one in ranges):
            told += 1
            yield f"{other}.{name}, {project_name(axis_of(other))}: {_outcomes(ranges)}"


def _outcomes(ranges: Sequence[Mapping[str, Any]]) -> str:
    """As in ``works 0.3.3 – 2.3.1 (13 of 30); not there 2.4.3``: 13 of 30 were measured."""
    grouped: dict[str, list[str]] = {}
    for one in ranges:
        grouped.setdefault(_WORDS.get(one["outcome"], one["outcome"]), []).append(_span(one))
    return "; ".join(f"{words} {', '.join(spans)}" for words, spans in grouped.items())


def _span(one: Mapping[str, Any]) -> str:
    first, last = one["first"], one["last"]
    span = first if first == last else f"{first} – {last}"
    gaps = f" ({one['measured']} of {one['known']})" if one["known"] > one["measured"] else ""
    if not one.get("mixed"):
        return f"{span}{gaps}"
    family, mixed_on = family_name(one["family"]), one.get("mixed_on", [])
    only = [version for version in one["on"] if version not in mixed_on]
    if mixed_on and len(mixed_on) <= min(_FEW, len(only)):
        return f"{span}{gaps} [not on {family} {', '.join(mixed_on)}]"
    if only and set(only) == set(one["on"]):
        return f"{span}{gaps} [only on {family} {_versions(only)}]"
    return f"{span}{gaps} [in some cells]"


def _versions(versions: Sequence[str]) -> str:
    if len(versions) <= _FEW:
        return ", ".join(versions)
    return f"{versions[0]} … {versions[-1]}"
