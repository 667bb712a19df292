"""Support ranges: "Keras 2.2.4 – 2.3.1 on TensorFlow 1.15.5", with every unmeasured gap told.

A range joins releases that were measured one after the other with the same outcome. The releases
known to exist between its ends are counted, so that a gap is never bridged in silence; an end
beyond which nothing was measured is open ("≤", "≥").
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import Version

from keras_matrix.tables.eras import family_name, project_name, version_key
from keras_matrix.tables.states import State

_NAMED = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """What measured cells of one release say, seen along one axis.

    ``release`` is the axis project's version; ``family`` the active backend and ``on`` its
    versions in these cells (none where unknown, or where it is the axis itself).
    """

    release: str
    family: str
    on: tuple[str, ...]
    state: State
    signature: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Consecutively measured releases of ``axis`` that share an outcome on one backend family.

    ``known`` counts the releases that exist from ``first`` to ``last``, ``measured`` those of them
    that were measured. ``on`` are the backend's versions measured with this outcome; ``mixed``
    tells that other cells of the same releases say otherwise, on the backend versions
    ``mixed_on``. Open ends: nothing older, or newer, was measured though it exists or may exist.
    """

    state: State
    axis: str
    family: str
    first: str
    last: str
    open_start: bool
    open_end: bool
    known: int
    measured: int
    on: tuple[str, ...]
    mixed: bool
    mixed_on: tuple[str, ...]

    @property
    def span(self) -> str:
        """From which release to which: "≤ 2.2.4 – 2.3.1"."""
        older = "≤ " if self.open_start else ""
        newer = "≥ " if self.open_end else ""
        if self.first != self.last:
            return f"{older}{self.first} – {newer}{self.last}"
        return self.first if older and newer else f"{older}{newer}{self.first}"

    @property
    def brief(self) -> str:
        """The range where axis and family are known from the heading: "2.2.4 – 2.3.1 (2 of 4)"."""
        gaps = f" ({self.measured} of {self.known})" if self.measured < self.known else ""
        if not self.mixed:
            return f"{self.span}{gaps}"
        if set(self.on) & set(self.mixed_on) or not self.on:
            return f"{self.span}{gaps}, in some cells"
        return f"{self.span}{gaps}, only on {family_name(self.family)} {_versions(self.on)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SupportRange(Span):
    """A span with the releases in it that were not measured."""

    unmeasured: tuple[str, ...]

    @property
    def text(self) -> str:
        """The range as a statement for people, without its outcome."""
        notes = "; ".join(self._notes())
        return f"{project_name(self.axis)} {self.span}{self._where()}" + (
            f" ({notes})" if notes else ""
        )

    def _where(self) -> str:
        family = family_name(self.family)
        if self.axis == self.family:
            return ""
        if self.axis == "tensorflow":
            return f" with the {family} backend"
        return f" on {family}" + (f" {_versions(self.on)}" if self.on else "")

    def _notes(self) -> Iterator[str]:
        if self.first == self.last and self.open_start and self.open_end:
            yield "the only release measured"
        if self.unmeasured:
            yield f"{self.measured} of {self.known} releases measured"
            yield f"{_names(self.unmeasured)} not"
        if self.mixed:
            where = f" on {family_name(self.family)} {_versions(self.mixed_on)}"
            yield "other outcomes too" + (where if self.mixed_on else "")


def _versions(versions: Sequence[str]) -> str:
    if len(versions) <= _NAMED:
        return ", ".join(versions)
    return f"{versions[0]} … {versions[-1]} ({len(versions)} versions)"


def _names(versions: Sequence[str]) -> str:
    if len(versions) <= _NAMED:
        return ", ".join(versions)
    return f"{', '.join(versions[: _NAMED - 1])} and {len(versions) - _NAMED + 1} more"


def support_ranges(
    observations: Iterable[Observation], axis: str, known: Sequence[str]
) -> tuple[SupportRange, ...]:
    """The ranges of every family and outcome: by family, then release, then outcome.

    ``known`` are the releases of ``axis`` that exist; pre-releases among them count only where
    they were measured. Observations of a path that could not be imported end a range, and make
    ranges of their own.
    """
    families: dict[str, list[Observation]] = defaultdict(list)
    for observation in observations:
        families[observation.family].append(observation)
    return tuple(
        found
        for family in sorted(families)
        for found in _family_ranges(families[family], axis, known)
    )


def _family_ranges(
    observations: Sequence[Observation], axis: str, known: Sequence[str]
) -> list[SupportRange]:
    by_release = group_by_release(observations)
    # Without a catalogue nothing is known of other releases, so the ends stay open.
    existing = existing_releases(known, list(by_release)) if known else []
    states = {observation.state for observation in observations}
    ranges = [
        _range(by_release, run, state, axis, existing)
        for state in State
        if state in states
        for run in _runs(by_release, state)
    ]
    return sorted(
        ranges, key=lambda found: (version_key(found.first), list(State).index(found.state))
    )


def group_by_release(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Observations under their release, oldest first; "2.0" and "2.0.0" are one release."""
    grouped: dict[Version, list[Observation]] = defaultdict(list)
    for observation in observations:
        grouped[version_key(observation.release)].append(observation)
    return {min(seen.release for seen in grouped[key]): grouped[key] for key in sorted(grouped)}


def measured_releases(observations: Iterable[Observation]) -> dict[str, tuple[str, ...]]:
    """Under each family, the releases observed, oldest first."""
    families: dict[str, list[Observation]] = defaultdict(list)
    for observation in observations:
        families[observation.family].append(observation)
    return {family: tuple(group_by_release(families[family])) for family in sorted(families)}


def existing_releases(known: Sequence[str], measured: Sequence[str]) -> list[str]:
    """Final releases that exist, with every measured one, oldest first."""
    by_version = {version_key(v): v for v in known if not version_key(v).is_prerelease}
    by_version.update({version_key(release): release for release in measured})
    return [by_version[version] for version in sorted(by_version)]


def _runs(by_release: Mapping[str, Sequence[Observation]], state: State) -> Iterator[list[str]]:
    """Stretches of measured releases, each with at least one cell of that state."""
    run: list[str] = []
    for release, observations in by_release.items():
        if any(observation.state is state for observation in observations):
            run.append(release)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _range(
    by_release: Mapping[str, Sequence[Observation]],
    run: Sequence[str],
    state: State,
    axis: str,
    existing: Sequence[str],
) -> SupportRange:
    """``existing`` is empty where nothing is known of releases that were not measured."""
    measured = list(by_release)
    known = existing or measured
    here = [seen for release in run for seen in by_release[release]]
    same = [seen for seen in here if seen.state is state]
    other = [seen for seen in here if seen.state is not state]
    start, end = known.index(run[0]), known.index(run[-1])
    between = known[start : end + 1]
    unmeasured = tuple(release for release in between if release not in by_release)
    return SupportRange(
        state=state,
        axis=axis,
        family=here[0].family,
        first=run[0],
        last=run[-1],
        open_start=run[0] == measured[0] and (not existing or start > 0),
        open_end=run[-1] == measured[-1] and (not existing or end < len(known) - 1),
        known=len(between),
        measured=len(between) - len(unmeasured),
        unmeasured=unmeasured,
        on=_backends(same),
        mixed=bool(other),
        mixed_on=_backends(other),
    )


def _backends(observations: Iterable[Observation]) -> tuple[str, ...]:
    versions = {version for seen in observations for version in seen.on}
    return tuple(sorted(versions, key=version_key))
