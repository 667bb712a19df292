"""Signature drift: what changed in how an attribute is called, and between which releases."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from keras_matrix.tables.eras import family_name, project_name
from keras_matrix.tables.ranges import Observation, existing_releases, group_by_release

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_UNICODE_PREFIX = re.compile(r"\bu(?=['\"])")
_OPENING, _CLOSING = "([{<", ")]}>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One parameter as written; ``name`` keeps its stars."""

    name: str
    default: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """A signature that differs between two releases measured one after the other.

    ``adjacent`` tells that no release is known between ``before`` and ``after``, so that the
    change came with ``after`` itself.
    """

    axis: str
    family: str
    before: str
    after: str
    adjacent: bool
    changes: tuple[str, ...]
    old: str
    new: str

    @property
    def text(self) -> str:
        """The change as a statement for people."""
        project = project_name(self.axis)
        when = (
            f"at {project} {self.after}"
            if self.adjacent
            else f"between {project} {self.before} and {self.after}"
        )
        where = "" if self.axis == self.family else f" on {family_name(self.family)}"
        return f"{'; '.join(self.changes)} {when}{where}"


def drifts(
    observations: Iterable[Observation], axis: str, known: Sequence[str]
) -> tuple[Drift, ...]:
    """Every change of signature along the axis, by family and release.

    A release seen with several signatures (on several backends or Pythons) drifted only where
    it shares none with the release measured before it.
    """
    families: dict[str, list[Observation]] = defaultdict(list)
    for observation in observations:
        if observation.signature is not None:
            families[observation.family].append(observation)
    return tuple(
        drift for family in sorted(families) for drift in _along(families[family], axis, known)
    )


def _along(observations: Sequence[Observation], axis: str, known: Sequence[str]) -> Iterator[Drift]:
    by_release = group_by_release(observations)
    existing = existing_releases(known, list(by_release))
    signatures = {
        release: {normalise(seen.signature or ""): seen.signature or "" for seen in seen_there}
        for release, seen_there in by_release.items()
    }
    releases = list(signatures)
    for before, after in pairwise(releases):
        if signatures[before].keys() & signatures[after].keys():
            continue
        old, new = min(signatures[before]), min(signatures[after])
        changes = compare(old, new)
        if changes:
            yield Drift(
                axis=axis,
                family=observations[0].family,
                before=before,
                after=after,
                adjacent=bool(known) and existing.index(after) == existing.index(before) + 1,
                changes=changes,
                old=signatures[before][old],
                new=signatures[after][new],
            )


def normalise(signature: str) -> str:
    """The signature without what differs between interpreters only: addresses, ``u''``."""
    return _UNICODE_PREFIX.sub("", _ADDRESS.sub("", signature))


def parameters(signature: str) -> tuple[Parameter, ...]:
    """The parameters of a signature as ``inspect`` prints it; annotations are left out."""
    inner = signature.partition("(")[2].rpartition(")")[0]
    return tuple(_parameter(part) for part in _split(inner, ",") if part.strip())


def _parameter(text: str) -> Parameter:
    left, *default = _split(text, "=")
    name = _split(left, ":")[0].strip()
    return Parameter(name=name, default="=".join(default).strip() if default else None)


def _split(text: str, separator: str) -> list[str]:
    """Split where the separator is neither bracketed nor quoted."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == separator and depth == 0:
            parts.append("")
            continue
        parts[-1] += character
    return parts


@lru_cache(maxsize=4096)
def compare(old: str, new: str) -> tuple[str, ...]:
    """What changed from one signature to the other, in words; empty where callers see no change."""
    before = {parameter.name: parameter for parameter in parameters(old)}
    after = {parameter.name: parameter for parameter in parameters(new)}
    removed = [name for name in before if name not in after]
    added = [name for name in after if name not in before]
    renamed = _renamed(list(before), list(after))
    changes = [f"`{a}` renamed to `{b}`" for a, b in renamed.items()]
    changes += [f"`{name}` removed" for name in removed if name not in renamed]
    changes += [f"`{name}` added" for name in added if name not in renamed.values()]
    kept = [(name, renamed.get(name, name)) for name in before if renamed.get(name, name) in after]
    changes += [
        f"default of `{b}` {_defaults(before[a].default, after[b].default)}"
        for a, b in kept
        if before[a].default != after[b].default
    ]
    if [b for _, b in kept] != [name for name in after if name in dict(kept).values()]:
        changes.append("order of parameters changed")
    return tuple(changes)


def _renamed(before: Sequence[str], after: Sequence[str]) -> dict[str, str]:
    """A parameter that gave way to another at the same place, in a list of the same length."""
    if len(before) != len(after):
        return {}
    return {
        a: b
        for a, b in zip(before, after, strict=True)
        if a not in after and b not in before and a.count("*") == b.count("*")
    }


def _defaults(old: str | None, new: str | None) -> str:
    if old is None:
        return f"is now {new}"
    if new is None:
        return f"({old}) dropped"
    return f"changed from {old} to {new}"
