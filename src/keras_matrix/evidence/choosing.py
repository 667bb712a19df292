"""Of all claims, the version to go by for each project; vague ones made exact by the catalogue."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from packaging.version import Version

from keras_matrix.evidence.model import Claim, Doubt, DoubtKind, Source
from keras_matrix.evidence.projects import PYTHON, is_nightly
from keras_matrix.releases import Catalogue, parse_version

_TRUST = tuple(Source)
_LATEST = "latest"
_PYTHON = re.compile(r"2\.[67]$|3\.\d{1,2}$")
_VAGUE = re.compile(r"^(?:\d{1,2}(?:\.[xX]|\.\d{1,2}(?:\.[xX])?)?|latest)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The version to go by, the claim that it rests on, and what speaks against it."""

    claim: Claim
    version: str
    doubts: tuple[Doubt, ...] = ()


def choose(claims: Iterable[Claim], catalogue: Catalogue, day: date | None) -> Mapping[str, Choice]:
    """For each project the most trusted claim, the first of equals; exact ones before vague."""
    by_project: dict[str, list[Claim]] = {}
    for claim in claims:
        if not claim.aside and claim.project != PYTHON:
            by_project.setdefault(claim.project, []).append(claim)
    return {
        project: choice
        for project, stated in by_project.items()
        if (choice := _best(stated, catalogue, day)) is not None
    }


def choose_python(claims: Iterable[Claim]) -> str | None:
    """The Python to go by, as "X.Y"; "Python 2" alone is 2.7, "Python 3" alone says too little."""
    best = _by_trust([c for c in claims if c.project == PYTHON and not c.aside])
    exact = (".".join(claim.version.split(".")[:2]) for claim in best if "." in claim.version)
    real = next((version for version in exact if _PYTHON.match(version)), None)
    if real is not None:
        return real
    return "2.7" if any(claim.version == "2" for claim in best) else None


def agrees(one: str, other: str) -> bool:
    """Whether two versions can be the same: "2.0" and "2.0.4" can, "2.0.1" and "2.0.4" can't."""
    left, right = _numbers(one), _numbers(other)
    if left is None or right is None:
        return one == other
    shared = min(len(left), len(right))
    return left[:shared] == right[:shared]


def _best(stated: Sequence[Claim], catalogue: Catalogue, day: date | None) -> Choice | None:
    ranked = _by_trust(stated)
    claim = ranked[0]
    # "TF 2.0" in the headline and "2.0.0" in the same kind of source below: the exact one.
    for other in ranked[1:]:
        if agrees(other.version, claim.version) and len(other.version) > len(claim.version):
            claim = other if _numbers(other.version) is not None else claim
    return _resolved(claim, catalogue, day)


def _by_trust(stated: Sequence[Claim]) -> list[Claim]:
    return sorted(stated, key=lambda claim: (_TRUST.index(claim.source), _vagueness(claim)))


def _vagueness(claim: Claim) -> int:
    return 1 if re.fullmatch(rf"\d{{1,2}}(?:\.[xX])?|{_LATEST}", claim.version) else 0


def _resolved(claim: Claim, catalogue: Catalogue, day: date | None) -> Choice | None:
    if is_nightly(claim):
        return _nightly(claim, catalogue)
    if _VAGUE.match(claim.version) and claim.project in catalogue.projects:
        return _vague(claim, catalogue, day)
    known = catalogue.release(claim.project, claim.version)
    if known is not None:
        return Choice(claim=claim, version=known.version)
    if claim.project not in catalogue.projects:
        return Choice(claim=claim, version=claim.version)
    return _unknown(claim, catalogue)


def _vague(claim: Claim, catalogue: Catalogue, day: date | None) -> Choice | None:
    """The newest release, by the report's day, of "2.0", "1.x" or "latest"."""
    family = claim.version.lower().replace(".x", "").replace(_LATEST, "")
    releases = [v for v in catalogue.versions(claim.project) if _within(v, family)]
    if not releases:
        return _unknown(claim, catalogue)
    said = f"{claim.project} {claim.version}"
    if "." not in family and day is None:
        return _stands_for(claim, "", f"{said} is too little to go by.")
    uploaded = catalogue.projects[claim.project]
    out = [v for v in releases if day is None or uploaded[v].uploaded <= day]
    version = (out or releases[:1])[-1]
    newest = f"the newest {family} release" if family else "the newest release"
    by = f" by {day}" if day is not None and out else ""
    return _stands_for(
        claim, version, f"{said} is no full version; {version}, {newest}{by}, stands for it."
    )


def _stands_for(claim: Claim, version: str, text: str) -> Choice:
    return Choice(claim=claim, version=version, doubts=(Doubt(kind=DoubtKind.OTHER, text=text),))


def _within(version: str, family: str) -> bool:
    return not family or version == family or version.startswith(f"{family}.")


def _nightly(claim: Claim, catalogue: Catalogue) -> Choice:
    parsed = parse_version(claim.version)
    base = parsed.base_version if parsed is not None else claim.version
    known = catalogue.release(claim.project, base)
    version = known.version if known is not None else base
    return _stands_for(
        claim,
        version,
        f"{claim.project} {claim.version} is a build between releases, which no index keeps; "
        f"{version}, the release after it, stands for it.",
    )


def _unknown(claim: Claim, catalogue: Catalogue) -> Choice:
    """A version that is no final release: a pre-release, a slip of the keyboard, an invention."""
    said = f"{claim.project} {claim.version}"
    parsed = parse_version(claim.version)
    if parsed is not None and parsed.is_prerelease:
        known = catalogue.release(claim.project, parsed.base_version)
        version = known.version if known else _after(claim.project, parsed, catalogue)
        return _stands_for(
            claim,
            version,
            f"{said} is a pre-release, which is not in the catalogue; {version} stands for it.",
        )
    slip = _same_digits(claim, catalogue)
    nearest = slip or catalogue.nearest(claim.project, claim.version)
    text = f"The package index has no release {said}; the nearest is {nearest}" + (
        ", which stands for it." if slip else "."
    )
    doubt = Doubt(kind=DoubtKind.NO_SUCH_RELEASE, text=text)
    return Choice(claim=claim, version=slip or claim.version, doubts=(doubt,))


def _after(project: str, version: Version, catalogue: Catalogue) -> str:
    """The first release after a pre-release."""
    later = [each for each in catalogue.versions(project) if Version(each) > version]
    return later[0] if later else version.base_version


def _same_digits(claim: Claim, catalogue: Catalogue) -> str | None:
    """2.3.1 for 2.31: the newest release that has the same digits."""
    digits = claim.version.replace(".", "")
    same = [v for v in catalogue.versions(claim.project) if v.replace(".", "") == digits]
    return same[-1] if same and "." in claim.version else None


def _numbers(version: str) -> tuple[int, ...] | None:
    """The release numbers; "2.x" has one. None for what is no version."""
    parsed = parse_version(version.lower().replace(".x", ""))
    return parsed.release if parsed is not None else None
