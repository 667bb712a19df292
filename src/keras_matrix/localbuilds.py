"""Local builds ("2.13.0+cpu"): releases that only some machines' sources offer.

The catalogue knows them all, so that a matrix means the same everywhere; a machine whose sources
lack one doesn't run its cells, and says so.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from keras_matrix.errors import BuildFailedError, ReleaseUnavailableError
from keras_matrix.locks import LockedPackage
from keras_matrix.releases import Release, parse_version
from keras_matrix.tiers import Tier

Locked = Callable[[str, str, str, date], LockedPackage]
"""The one file that an installer takes for a release, as a package index tells it."""


def is_local(version: str) -> bool:
    """Whether the version has a local part."""
    parsed = parse_version(version)
    return parsed is not None and parsed.local is not None


def local_builds(releases: Mapping[str, Release]) -> dict[str, Release]:
    """Those of a project's releases that are local builds."""
    return {version: release for version, release in releases.items() if is_local(version)}


def require_requested(locked: Locked, tier: Tier, day: date) -> None:
    """Refuse a tier that asks for a local build which this machine's sources don't offer.

    Raises:
        ReleaseUnavailableError: naming the build.
        IndexUnavailableError: a source can't be reached or can't be dated.
    """
    for requirement in tier.requirements:
        name, _, version = requirement.partition("==")
        if is_local(version):
            _find(locked, tier, name, version, day)


def require_locked(
    locked: Locked, tier: Tier, packages: Iterable[LockedPackage], day: date
) -> None:
    """As :func:`require_requested`, for the very files of a lock.

    Raises:
        ReleaseUnavailableError: naming the build.
        IndexUnavailableError: a source can't be reached or can't be dated.
    """
    for package in packages:
        if not is_local(package.version):
            continue
        found = _find(locked, tier, package.name, package.version, day)
        if found.sha256 != package.sha256:
            raise ReleaseUnavailableError(
                f"the {package.name} {package.version} of this machine's sources is another build "
                f"than the locked one (sha256 {found.sha256}, not {package.sha256})"
            )


def _find(locked: Locked, tier: Tier, name: str, version: str, day: date) -> LockedPackage:
    try:
        return locked(name, version, tier.python, day)
    except BuildFailedError as error:
        raise ReleaseUnavailableError(
            f"{name} {version} is a local build that no source of this machine offers for Python "
            f"{tier.python}; PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL can name one that does"
        ) from error
