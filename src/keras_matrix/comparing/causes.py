"""What differs between two reports besides their outcomes: the causes that a change may have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from keras_matrix.results import CellReport
from keras_matrix.tables.eras import pins_of


class What(StrEnum):
    """What may differ, in the order in which a cause names it."""

    RELEASE = "release"
    PYTHON = "python"
    PROBES = "probes"
    PACKAGE = "package"
    LOCK = "lock"
    ENGINE = "engine"
    PLATFORM = "platform"
    DATE = "date"
    OUTCOME = "outcome"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One thing that differs. ``before`` is None where it came, ``after`` where it went.

    A release has no ``before``: whatever it is compared with, it is the same release's doing.
    """

    what: What
    name: str
    before: str | None = None
    after: str | None = None

    @property
    def text(self) -> str:
        """The difference in a few words."""
        match self.what:
            case What.RELEASE:
                return f"{self.name} {self.after}"
            case What.PROBES:
                return "the probes changed"
            case What.LOCK:
                return f"the lock of {self.name} changed"
            case What.OUTCOME:
                return self.name
            case _:
                return f"{self.name} {self.before or 'absent'} → {self.after or 'absent'}"


Cause = frozenset[Difference]
"""What differs together; empty where nothing that a report records does."""


def differences(old: CellReport, new: CellReport) -> Cause:
    """What differs between two measurements of one cell."""
    was, now = old.provenance, new.provenance
    packages = set(_each(What.PACKAGE, old.packages, new.packages))
    # A lock pins the packages: it is named only where they don't tell.
    locks = set() if packages else set(_each(What.LOCK, was.locks, now.locks))
    single = (
        (What.PYTHON, "Python", was.python, now.python),
        (What.PROBES, "probes", was.probes, now.probes),
        (What.ENGINE, "engine", was.engine, now.engine),
        (What.PLATFORM, "platform", was.platform, now.platform),
        (What.DATE, "packages as of", str(old.cell.as_of), str(new.cell.as_of)),
    )
    rest = {
        Difference(what=what, name=name, before=before, after=after)
        for what, name, before, after in single
        if before != after
    }
    return frozenset(packages | locks | rest)


def arrival_differences(predecessor: CellReport, new: CellReport) -> Cause:
    """What a new release's cell has that the cell it is compared with has not.

    The packages that came along with the releases are their doing, and not told apart.
    """
    old_pins, new_pins = pins_of(predecessor.cell.pins), pins_of(new.cell.pins)
    found = {
        Difference(what=What.RELEASE, name=name, after=version)
        for name, version in new_pins.items()
        if old_pins.get(name) != version
    }
    if predecessor.cell.python != new.cell.python:
        pythons = (predecessor.cell.python, new.cell.python)
        found.add(Difference(what=What.PYTHON, name="Python", before=pythons[0], after=pythons[1]))
    if predecessor.provenance.probes != new.provenance.probes:
        found.add(Difference(what=What.PROBES, name="probes"))
    return frozenset(found)


def _each(what: What, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for name in old.keys() | new.keys():
        if old.get(name) != new.get(name):
            yield Difference(what=what, name=name, before=old.get(name), after=new.get(name))
