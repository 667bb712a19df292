"""``keras=2.2:2.4``: the neighbours to try, and where the outcome changes between them. Pure."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.version import Version

from keras_matrix.errors import InputError
from keras_matrix.matrix.cells import PINS
from keras_matrix.releases import Catalogue, parse_version
from keras_matrix.reproducing.model import Combination

_RANGE = re.compile(r"(?P<pin>[\w-]+)=(?P<low>[^:=\s]*):(?P<high>[^:=\s]*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Releases of one pin, from ``low`` to ``high``; "2.4" takes every 2.4.x in. None: no end."""

    pin: str
    low: Version | None
    high: Version | None

    def __contains__(self, version: str) -> bool:
        release = Version(version).release
        return (self.low is None or release >= self.low.release) and (
            self.high is None or release[: len(self.high.release)] <= self.high.release
        )


def read_range(text: str) -> Range:
    """Read "keras=2.2:2.4"; either end may be left out.

    Raises:
        InputError: it is no range, or a backward one.
    """
    match = _RANGE.fullmatch(text)
    if match is None or match["pin"] not in PINS:
        raise InputError([f"{text!r} is no range like keras=2.2:2.4, of one of {', '.join(PINS)}"])
    ends = [(end, parse_version(end) if end else None) for end in (match["low"], match["high"])]
    problems = [f"{text!r}: {end!r} is no version" for end, version in ends if end and not version]
    low, high = (version for _, version in ends)
    if low is not None and high is not None and low > high:
        problems.append(f"{text!r} ends before it begins")
    if problems:
        raise InputError(problems)
    return Range(pin=match["pin"], low=low, high=high)


def neighbours(wanted: Combination, span: Range, catalogue: Catalogue) -> tuple[Combination, ...]:
    """The combination with each minor's newest patch in the range, and with its own, in order.

    Raises:
        InputError: the range holds no release.
    """
    newest = {
        Version(version).release[:2]: version
        for version in catalogue.versions(span.pin)
        if version in span and not Version(version).is_prerelease
    }
    own = wanted.pins.get(span.pin)
    release = catalogue.release(span.pin, own) if own is not None else None
    versions = {*newest.values(), *([release.version] if release is not None else [])}
    if not newest:
        known = catalogue.versions(span.pin)
        raise InputError([f"{span.pin} has no release there: it has {known[0]} to {known[-1]}"])
    return tuple(
        replace(wanted, pins={**wanted.pins, span.pin: version})
        for version in sorted(versions, key=Version)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Two tried releases, one after the other, of which one shows the error and one doesn't."""

    before: str
    after: str
    starts: bool

    def __str__(self) -> str:
        return f"{'starts' if self.starts else 'stops'} between {self.before} and {self.after}"


def changes(outcomes: Sequence[tuple[str, bool | None]]) -> Iterator[Change]:
    """Every change along (version, whether the error came); None is a release without an answer.

    All are looked for: what stopped may start again.
    """
    answered = [(version, came) for version, came in outcomes if came is not None]
    for (before, was), (after, came) in itertools.pairwise(answered):
        if was is not came:
            yield Change(before=before, after=after, starts=came)
