"""What the guard counts of a cell: the paths that import, the public names there, what works."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from keras_matrix.results import AttributeOutcome, CellOutcome, CellReport, PathOutcome, PathRecord

_WORKING = (AttributeOutcome.WORKS, AttributeOutcome.DEPRECATED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many public names some paths of a cell have, and how many of them work."""

    names: int
    works: int


def measured(report: CellReport | None) -> bool:
    """Whether there are measurements."""
    return report is not None and report.outcome is CellOutcome.MEASURED


def importable(report: CellReport) -> Mapping[str, PathRecord]:
    """The paths that could be imported."""
    return {
        path: record
        for path, record in report.paths.items()
        if record.outcome is PathOutcome.IMPORTABLE
    }


def counts(report: CellReport, paths: Collection[str]) -> Counts:
    """The names of those paths, all together."""
    records = [report.paths[path].attributes[name] for path, name in names(report, paths)]
    return Counts(names=len(records), works=sum(record.outcome in _WORKING for record in records))


def names(report: CellReport, paths: Collection[str]) -> Iterator[tuple[str, str]]:
    """Every public name that is there, with its path."""
    for path in paths:
        for name, record in report.paths[path].attributes.items():
            if record.outcome is not AttributeOutcome.MISSING and not name.startswith("_"):
                yield path, name
