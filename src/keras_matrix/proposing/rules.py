"""A follow rule and the catalogue -> the combinations of releases that it names. Pure."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.version import Version

from keras_matrix.matrix.blocks import FollowRule, MinorOf, Newest
from keras_matrix.matrix.yamlmarks import Problems
from keras_matrix.releases import Catalogue, Release

COMPANIONS = {"jax": "jaxlib"}
"""Pin -> a project that it brings in and that has fewer files than the pin itself."""

Minor = tuple[int, int, int]
"""A version's epoch, its first and its second number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A release that a rule names, and by which of its words."""

    release: Release
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """One release for each pin, in the rule's order; ``missing`` says what the catalogue lacks."""

    choices: Mapping[str, Choice]
    missing: str | None = None


def combinations(
    rule: FollowRule, catalogue: Catalogue, problems: Problems
) -> tuple[Combination, ...]:
    """Everything that the rule names, oldest first; a word that names nothing is a problem."""
    offered = {pin: _candidates(catalogue, pin, _build(what)) for pin, what in rule.follows.items()}
    for pin, what in rule.follows.items():
        if not offered[pin]:
            build = f" +{_build(what)}" if _build(what) else ""
            text = f"matches nothing: neither sources nor catalogue have a{build} release of {pin}"
            problems.add(rule.lines[pin], f"follow {rule.group!r}.{pin}: {text}")
    if not all(offered.values()):
        return ()
    newest = {
        pin: _newest(offered[pin], what.minors)
        for pin, what in rule.follows.items()
        if isinstance(what, Newest)
    }
    return tuple(
        _completed(rule, dict(zip(newest, choices, strict=True)), catalogue)
        for choices in itertools.product(*newest.values())
    )


def minor_of(version: str) -> Minor:
    """2.15.1 and 2.15.0.post1 are of one minor."""
    parsed = Version(version)
    return parsed.epoch, parsed.major, parsed.minor


def newest_of_minor(
    catalogue: Catalogue, project: str, minor: Minor, *, until: str | None = None
) -> Release | None:
    """The newest good release of a minor, none above ``until``."""
    found = [
        release
        for release in _candidates(catalogue, project, None)
        if minor_of(release.version) == minor
        and (until is None or Version(release.version) <= Version(until))
    ]
    return found[-1] if found else None


def _candidates(catalogue: Catalogue, project: str, build: str | None) -> list[Release]:
    """What may be proposed, oldest first: neither yanked nor a pre-release, of that build."""
    return [
        release
        for version in catalogue.versions(project)
        if not (release := catalogue.projects[project][version]).yanked
        and not Version(version).is_prerelease
        and Version(version).local == build
    ]


def _build(what: Newest | MinorOf) -> str | None:
    return what.build if isinstance(what, Newest) else None


def _newest(candidates: Iterable[Release], minors: int) -> list[Choice]:
    patches = {minor_of(release.version): release for release in candidates}
    chosen = list(patches.values())[-minors:]
    return [
        Choice(release=release, why=_rank(len(chosen) - place))
        for place, release in enumerate(chosen, start=1)
    ]


def _rank(newer: int) -> str:
    if newer == 0:
        return "newest minor"
    return "the minor before" if newer == 1 else f"{newer} minors before"


def _completed(rule: FollowRule, chosen: Mapping[str, Choice], catalogue: Catalogue) -> Combination:
    """With the pins that have the minor of another one."""
    choices: dict[str, Choice] = {}
    missing = None
    for pin, what in rule.follows.items():
        if pin in chosen:
            choices[pin] = chosen[pin]
        elif isinstance(what, MinorOf) and what.pin in chosen:
            other = chosen[what.pin].release
            release = newest_of_minor(catalogue, pin, minor_of(other.version))
            if release is None:
                minor = ".".join(map(str, minor_of(other.version)[1:]))
                missing = f"there is no {pin} {minor} yet"
            else:
                choices[pin] = Choice(release=release, why=f"the minor of {what.pin}")
    return Combination(choices=choices, missing=missing)
