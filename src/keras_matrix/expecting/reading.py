"""expectations.yaml -> :class:`Expectations`; every mistake at once, with its line."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path

from keras_matrix.expecting.model import Allowance, Canary, Expectations, Limits
from keras_matrix.matrix.selection import expand_braces
from keras_matrix.matrix.yamlfields import choice, day, natural, open_table, table, word, words
from keras_matrix.matrix.yamlmarks import Problems, Scalar, Sequence, Table, Value, read_yaml
from keras_matrix.results import AttributeOutcome, PathOutcome

TOP_KEYS = ("version", "limits", "canaries", "allowed")
ALLOWED_KEYS = ("cells", "paths", "names", "owner", "reason", "expires")
CANARY_KEYS = ("cell", "path", "outcome", "names")
LIMIT_KEYS = tuple(each.name for each in fields(Limits))
PATH_OUTCOMES = tuple(outcome.value for outcome in PathOutcome)
NAME_OUTCOMES = tuple(outcome.value for outcome in AttributeOutcome)


def load_expectations(path: Path) -> Expectations:
    """Read and check the file.

    Raises:
        InputError: everything wrong with it, one ``name:LINE: …`` each.
    """
    problems = Problems(name=path.name)
    top = table(read_yaml(path, problems), TOP_KEYS, "the file", problems)
    entries = top.entries if top else {}
    version = entries.get("version")
    if version is not None and not (isinstance(version, Scalar) and version.text == "1"):
        problems.add(version.line, "version: only format 1 is known")
    limits = _limits(entries.get("limits"), problems)
    canaries = [
        _canary(item, problems) for item in _items(entries.get("canaries"), "canaries", problems)
    ]
    allowed = [
        _allowance(item, problems) for item in _items(entries.get("allowed"), "allowed", problems)
    ]
    problems.raise_if_any()
    return Expectations(
        name=path.name,
        allowed=tuple(each for each in allowed if each is not None),
        canaries=tuple(each for each in canaries if each is not None),
        limits=limits,
    )


def _items(value: Value | None, what: str, problems: Problems) -> tuple[Value, ...]:
    if value is None:
        return ()
    if isinstance(value, Sequence):
        return value.items
    problems.add(value.line, f"{what} must be a list of mappings")
    return ()


def _limits(value: Value | None, problems: Problems) -> Limits:
    found = table(value, LIMIT_KEYS, "limits", problems) if value else None
    given = {
        name: natural(number, f"limits.{name}", problems)
        for name, number in (found.entries.items() if found else ())
        if name in LIMIT_KEYS
    }
    return Limits(**{name: number for name, number in given.items() if number is not None})


def _canary(value: Value, problems: Problems) -> Canary | None:
    found = table(value, CANARY_KEYS, "canaries", problems)
    if found is None or not _has(found, ("cell", "path"), "canaries", problems):
        return None
    entries = found.entries
    outcome = None
    if "outcome" in entries:
        outcome = choice(entries["outcome"], PATH_OUTCOMES, "canaries.outcome", problems)
    named = open_table(entries["names"], "canaries.names", problems) if "names" in entries else None
    if "outcome" not in entries and not (named and named.entries):
        problems.add(found.line, "canaries: an entry without an 'outcome' or 'names' says nothing")
    names = {
        name: choice(each, NAME_OUTCOMES, f"canaries.names.{name}", problems)
        for name, each in (named.entries.items() if named else ())
    }
    return Canary(
        line=found.line,
        cell=word(entries["cell"], "canaries.cell", problems) or "",
        path=word(entries["path"], "canaries.path", problems) or "",
        outcome=outcome,
        names={name: each for name, each in names.items() if each is not None},
    )


def _allowance(value: Value, problems: Problems) -> Allowance | None:
    found = table(value, ALLOWED_KEYS, "allowed", problems)
    required = ("cells", "owner", "reason", "expires")
    if found is None or not _has(found, required, "allowed", problems):
        return None
    entries = found.entries
    expires = day(entries["expires"], "allowed.expires", problems)
    paths = _globs(entries, "paths", problems)
    return Allowance(
        line=found.line,
        cells=_globs(entries, "cells", problems) or (),
        paths=("*",) if paths is None else paths,
        names=_globs(entries, "names", problems),
        owner=word(entries["owner"], "allowed.owner", problems) or "",
        reason=word(entries["reason"], "allowed.reason", problems) or "",
        expires=expires or date.min,
    )


def _globs(entries: Mapping[str, Value], key: str, problems: Problems) -> tuple[str, ...] | None:
    if key not in entries:
        return None
    found = words(entries[key], f"allowed.{key}", problems)
    return tuple(glob for _, text in found for glob in expand_braces(text))


def _has(found: Table, required: Collection[str], what: str, problems: Problems) -> bool:
    lacking = [key for key in required if key not in found.entries]
    for key in lacking:
        problems.add(found.line, f"{what}: an entry without {key!r}")
    return not lacking
