"""The catalogue and what the sources have now -> the renewed catalogue, and what is new in it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from packaging.version import Version

from keras_matrix.errors import InputError
from keras_matrix.feasibility import STAND_INS
from keras_matrix.localbuilds import local_builds
from keras_matrix.matrix.blocks import FollowRule
from keras_matrix.matrix.yamlmarks import did_you_mean
from keras_matrix.proposing.rules import COMPANIONS
from keras_matrix.releases import Catalogue, Release, without_prereleases

Offer = Callable[[str], Mapping[str, Release]]
"""Everything that the sources know of a project; empty where they don't know it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What a renewal found.

    ``added`` are releases that the catalogue didn't know, ``yanked`` those that it didn't know or
    knew as good, ``prereleases`` those newer than their project's newest release: they are no part
    of the catalogue. ``gone`` are projects that no source knows any more; they stay as they were.
    """

    catalogue: Catalogue
    added: tuple[Release, ...]
    yanked: tuple[Release, ...]
    prereleases: tuple[Release, ...]
    gone: tuple[str, ...]


def followed_projects(rules: Iterable[FollowRule]) -> frozenset[str]:
    """The projects that the rules ask about, with those that stand in for or come with them."""
    pins = {pin for rule in rules for pin in rule.follows}
    beside = {others[pin] for pin in pins for others in (STAND_INS, COMPANIONS) if pin in others}
    return frozenset(pins | beside)


def renew(old: Catalogue, asked: Iterable[str], followed: Iterable[str], offer: Offer) -> News:
    """Look every project of the catalogue up, and those that are asked for or followed.

    Raises:
        InputError: no source knows a project that was asked for.
    """
    offered: dict[str, Mapping[str, Release]] = {}
    gone: list[str] = []
    for name in sorted({*old.projects, *map(canonicalize_name, asked), *followed}):
        found = offer(name)
        if found:
            offered[name] = found
        elif old.projects.get(name):
            gone.append(name)
    _refuse_unknown(asked, {*offered, *gone})
    renewed = old
    for name, found in offered.items():
        kept = local_builds(old.projects.get(name, {}))
        renewed = renewed.with_project(name, {**kept, **without_prereleases(found)})
    fresh = [r for r in _releases(renewed) if _is_news(r, old)]
    return News(
        catalogue=renewed,
        added=tuple(release for release in fresh if not release.yanked),
        yanked=tuple(release for release in fresh if release.yanked),
        prereleases=tuple(
            release for name in offered for release in _coming(offered[name], renewed, name)
        ),
        gone=tuple(gone),
    )


def _refuse_unknown(asked: Iterable[str], known: set[str]) -> None:
    unknown = [name for name in asked if canonicalize_name(name) not in known]
    if unknown:
        raise InputError(
            [f"no source knows a project {name!r}{did_you_mean(name, known)}" for name in unknown]
        )


def _releases(catalogue: Catalogue) -> Iterable[Release]:
    for name in catalogue.projects:
        for version in catalogue.versions(name):
            yield catalogue.projects[name][version]


def _is_news(release: Release, old: Catalogue) -> bool:
    known = old.release(release.project, release.version)
    return known is None or (release.yanked and not known.yanked)


def _coming(found: Mapping[str, Release], catalogue: Catalogue, name: str) -> Iterable[Release]:
    """The pre-releases after the newest release, oldest first."""
    newest = Version(catalogue.versions(name)[-1])
    later = sorted((v for v in found if Version(v) > newest), key=Version)
    return [found[version] for version in later if Version(version).is_prerelease]
