"""Knowledge -> the support ranges of some names on some paths, for other documents. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from keras_matrix.errors import InputError
from keras_matrix.knowledge import Knowledge
from keras_matrix.matrix.yamlmarks import did_you_mean
from keras_matrix.tables.eras import axis_of, family_name, project_name
from keras_matrix.tables.ranges import Span
from keras_matrix.tables.states import State

_FEW = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Globs of public names and of import paths, and backends; none of a kind stands for all."""

    attributes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NameRanges:
    """One name; its ranges under each backend that it has any on."""

    attribute: str
    spans: Mapping[str, tuple[Span, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fragment:
    """The chosen names of one path. ``backends`` are those that any of them has ranges on."""

    path: str
    backends: tuple[str, ...]
    rows: tuple[NameRanges, ...]

    def heading(self, backend: str) -> str:
        """What a column's ranges run over: "Keras on Theano"."""
        return axis_heading(axis_of(self.path), backend)


def axis_heading(axis: str, backend: str) -> str:
    """What ranges run over: "Keras on Theano", "TensorFlow", "TensorFlow with the JAX backend"."""
    if axis == backend:
        return project_name(axis)
    joined = f"with the {family_name(backend)} backend" if axis == "tensorflow" else ""
    return f"{project_name(axis)} {joined or f'on {family_name(backend)}'}"


def cut(knowledge: Knowledge, wanted: Wanted) -> tuple[Fragment, ...]:
    """A fragment for each path that has any of the names, in the table's order.

    Raises:
        InputError: a pattern that matches nothing, with the nearest name that exists; a path that
            was named in full and has none of the names.
    """
    _check_known(wanted.paths, knowledge.paths, "import path")
    paths = [path for path in knowledge.paths if _chosen(path, wanted.paths)]
    names = {path: sorted(_public(knowledge, path)) for path in paths}
    problems = [
        _no_name(knowledge, pattern, paths, names)
        for pattern in wanted.attributes
        if not any(_chosen(name, (pattern,)) for path in paths for name in names[path])
    ]
    if problems:
        raise InputError(problems)
    found = [_fragment(knowledge, path, names[path], wanted) for path in paths]
    _check_found(found, wanted)
    return tuple(fragment for fragment in found if fragment.backends)


def _check_known(patterns: Iterable[str], known: Sequence[str], what: str) -> None:
    problems = [
        f"no {what} matches {pattern!r}"
        + (did_you_mean(pattern, known) or f"; known: {', '.join(known)}")
        for pattern in patterns
        if not any(_chosen(each, (pattern,)) for each in known)
    ]
    if problems:
        raise InputError(problems)


def _check_found(found: Sequence[Fragment], wanted: Wanted) -> None:
    measured_on = {backend for fragment in found for row in fragment.rows for backend in row.spans}
    _check_known(wanted.backends, sorted(measured_on), "backend that these names were measured on")
    asked = " or ".join((*wanted.attributes, *(f"on {each}" for each in wanted.backends)))
    problems = [
        f"{fragment.path}: nothing was measured of {asked}"
        for fragment in found
        if not fragment.backends and fragment.path in wanted.paths
    ]
    if problems:
        raise InputError(problems)


def _chosen(word: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(word, pattern) for pattern in patterns)


def _public(knowledge: Knowledge, path: str) -> Iterator[str]:
    return (name for name in knowledge.names(path) if not name.startswith("_"))


def _no_name(
    knowledge: Knowledge,
    pattern: str,
    paths: Sequence[str],
    names: Mapping[str, Sequence[str]],
) -> str:
    """Where a name is on other paths, those; else the nearest name."""
    where = ", ".join(paths) if len(paths) <= _FEW else f"{len(paths)} import paths"
    said = f"no public name of {where} matches {pattern!r} in any measured cell"
    others = [path for path in knowledge.paths if path not in paths]
    having = [
        path
        for path in others
        if any(_chosen(name, (pattern,)) for name in _public(knowledge, path))
    ]
    if having:
        more = f" and {len(having) - _FEW} more" if len(having) > _FEW else ""
        return f"{said}; on {', '.join(having[:_FEW])}{more} there is"
    return said + did_you_mean(pattern, sorted({n for path in paths for n in names[path]}))


def _fragment(knowledge: Knowledge, path: str, names: Iterable[str], wanted: Wanted) -> Fragment:
    rows = tuple(
        NameRanges(attribute=name, spans=_spans(knowledge, path, name))
        for name in names
        if _chosen(name, wanted.attributes)
    )
    families = sorted({backend for row in rows for backend in row.spans})
    return Fragment(
        path=path,
        backends=tuple(each for each in families if _chosen(each, wanted.backends)),
        rows=rows,
    )


def _spans(knowledge: Knowledge, path: str, name: str) -> Mapping[str, tuple[Span, ...]]:
    axis = axis_of(path)
    found: dict[str, list[Span]] = {}
    for one in knowledge.ranges(path, name):
        found.setdefault(one["family"], []).append(_span(axis, one))
    return {family: tuple(spans) for family, spans in found.items()}


def _span(axis: str, one: Mapping[str, Any]) -> Span:
    return Span(
        state=State(one["outcome"]),
        axis=axis,
        family=one["family"],
        first=one["first"],
        last=one["last"],
        open_start=one.get("open_start", False),
        open_end=one.get("open_end", False),
        known=one["known"],
        measured=one["measured"],
        on=tuple(one["on"]),
        mixed=one.get("mixed", False),
        mixed_on=tuple(one.get("mixed_on", ())),
    )
