"""Is the accepted fix, written by a person, among the fixes that were proposed?

A fix is read as alternatives ("… or …", "… / …"): each is a set of releases, a name, an import path
or a setting. One alternative that a proposal meets is enough. A release is met by the same minor
release, a bound by any release within it; nothing else is guessed: what this can't read counts as
not met, and goes to ``reviewed.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from keras_matrix.explaining import Fix, Remedy

_SPLIT = re.compile(r",?\s+or\s+|\s*;\s*or\s+|\s*;\s*|\s+/\s+")
_PROJECT = r"(?P<project>tensorflow(?:-gpu)?|tf|keras|theano|jax)(?:\[\w+\])?"
_RELEASE = re.compile(
    rf"\b{_PROJECT}\s*(?P<how>==|<=|>=|<|>)?\s*(?P<version>\d+(?:\.\d+)+)"
    r"(?:\s*->\s*(?P<to>\d+(?:\.\d+)+))?(?P<open>\s*-\s*\d+(?:\.\d+)+)?",
    re.I,
)
_UPGRADE = re.compile(
    r"\b(?:upgrade|update)\s+(?P<both>both\s+)?(?:to\s+)?(?P<project>keras)", re.I
)
_MAJOR = re.compile(r"\bupgrade to (?P<project>keras) (?P<major>\d)\b", re.I)
_NAME = re.compile(
    r"(?<![\w=.])((?:[A-Za-z_]\w*\.)*[a-z_]\w*_\w+|(?:K|tf|keras|tensorflow)\.(?:\*|[\w.]*\w))"
)
_SETTINGS = {
    "KERAS_BACKEND=tensorflow": "backend",
    "TF_KERAS=1": "tensorflow.keras",
    "SM_FRAMEWORK=tf.keras": "tensorflow.keras",
}
_FULL = {"tf": "tensorflow", "tensorflow-gpu": "tensorflow"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """One alternative of an accepted fix."""

    releases: dict[str, SpecifierSet] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    setting: str | None = None
    newer: tuple[str, ...] = ()


def demands(text: str) -> tuple[Demand, ...]:
    """What an accepted fix asks for; empty where it can't be read."""
    return tuple(demand for part in _SPLIT.split(text) if (demand := _demand(part)))


def _demand(part: str) -> Demand | None:
    for words, setting in _SETTINGS.items():
        if words in part:
            return Demand(setting=setting)
    releases = dict(_releases(part))
    if major := _MAJOR.search(part):
        releases["keras"] = SpecifierSet(f">={major['major']}.0")
    upgraded = _UPGRADE.search(part)
    newer = ("keras", "tensorflow") if upgraded and upgraded["both"] else ("keras",)
    names = tuple(name for name in _NAME.findall(part) if not re.search(r"\d\.\d", name))
    if not (releases or upgraded or names):
        return None
    return Demand(
        releases=releases,
        names=() if releases or upgraded else names,
        newer=newer if upgraded and not releases else (),
    )


def _releases(part: str) -> Iterator[tuple[str, SpecifierSet]]:
    for found in _RELEASE.finditer(part):
        project = found["project"].lower()
        version, how = found["to"] or found["version"], found["how"] or "=="
        minor = ".".join(version.split(".")[:2])
        specifier = f"=={minor}.*" if how == "==" else f"{how}{version}"
        if found["open"]:
            specifier = f">={minor},<2"
        yield _FULL.get(project, project), SpecifierSet(specifier)


def met(fixes: Sequence[Fix], asked: Iterable[Demand], stated: dict[str, str]) -> Fix | None:
    """The first proposal that meets one of the alternatives."""
    every = list(asked)
    return next((fix for fix in fixes if any(_meets(fix, one, stated) for one in every)), None)


def _meets(fix: Fix, demand: Demand, stated: dict[str, str]) -> bool:
    if demand.setting == "backend":
        return fix.remedy is Remedy.BACKEND
    if demand.setting is not None:
        return any(f"+ from {demand.setting.rpartition('.')[0]}" in line for line in fix.change)
    if demand.newer:
        return all(_newer(fix.pins.get(name), stated.get(name)) for name in demand.newer)
    if demand.releases:
        pins = {name: fix.pins.get(name) for name in demand.releases}
        return all(
            version is not None and Version(version) in demand.releases[name]
            for name, version in pins.items()
        )
    return any(_same_name(fix, name) for name in demand.names)


def _newer(proposed: str | None, stated: str | None) -> bool:
    if proposed is None:
        return False
    return stated is None or Version(proposed) > Version(stated)


def _same_name(fix: Fix, name: str) -> bool:
    """Whether the proposal is that name: by its end, and by its path where one is given."""
    if fix.use is None:
        return False
    wanted = re.sub(r"^tf\b", "tensorflow", name.removeprefix("K.")).removesuffix(".*")
    return fix.use == wanted or fix.use.endswith(f".{wanted}") or fix.use.startswith(f"{wanted}.")
