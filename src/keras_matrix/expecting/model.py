"""What is expected: regressions that somebody answers for, facts that can't change, limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

from keras_matrix.results import CellReport
from keras_matrix.tables.changes import SCENARIOS, Change


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """A regression that is accepted until its day is over. All patterns are globs.

    ``names`` is None where the entry is of whatever happens on its paths, the path itself
    included. ``line`` is where the entry stands in its file.
    """

    line: int
    cells: tuple[str, ...]
    paths: tuple[str, ...]
    names: tuple[str, ...] | None
    owner: str
    reason: str
    expires: date

    def expired(self, today: date) -> bool:
        """Whether it allows nothing any more; on its day it still does."""
        return today > self.expires

    def covers(self, change: Change) -> bool:
        """Whether the change is one of those that the entry is about."""
        if change.path is None or not self.names_cell(change.cell):
            return False
        return _fits(change.path, self.paths) and self._names(change.attribute)

    def names_cell(self, cell: str) -> bool:
        """Whether the cell is one of the entry's."""
        return _fits(cell, self.cells)

    def names_part(self, report: CellReport) -> bool:
        """Whether the report, of whatever cell, has a path or a name that the entry is about."""
        if _fits(SCENARIOS, self.paths) and any(map(self._names, report.scenarios)):
            return True
        return any(
            self._names(None) or any(map(self._names, record.attributes))
            for path, record in report.paths.items()
            if _fits(path, self.paths)
        )

    def _names(self, name: str | None) -> bool:
        if self.names is None:
            return True
        return name is not None and _fits(name, self.names)


def _fits(text: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, glob) for glob in globs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Canary:
    """What is known of one path of one cell: its own outcome, or that of some names."""

    line: int
    cell: str
    path: str
    outcome: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What may be lost from one set of reports to the next before the guard refuses.

    All but ``cells`` are per cent. ``column_names``: of the public names of one measured cell,
    all its paths together. Its packages are locked, so names come from the very same files and
    stay; a tenth leaves room for a lock that is renewed. ``column_works``: of its names that
    worked; the probes may change a recipe, not a quarter of them. ``column_paths``: of the paths
    it could import, where packages changed; where none did, not one may go.
    ``names``: of all (path, name) pairs in any cell. ``cells``: how many measured cells may be
    gone or unmeasured: to take one out of the matrix is a decision, declared when it is made.
    """

    column_paths: int = 50
    column_names: int = 10
    column_works: int = 25
    names: int = 1
    cells: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectations:
    """The whole file; ``name`` is what messages call it."""

    name: str = "expectations.yaml"
    allowed: tuple[Allowance, ...] = ()
    canaries: tuple[Canary, ...] = ()
    limits: Limits = field(default_factory=Limits)
