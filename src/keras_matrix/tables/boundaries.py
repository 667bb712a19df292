"""Where support ranges begin and end: the cells that a table's statements hang on. Pure.

A cell next to a change tells more than one in the middle of a range: were it otherwise now,
the range would begin or end elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from packaging.version import Version

from keras_matrix.results import AttributeOutcome, CellOutcome, CellReport, PathOutcome, PathRecord
from keras_matrix.tables.eras import axis_of, pins_of, version_key

_MISSING = AttributeOutcome.MISSING.value
_Placed = tuple[str, Mapping[str, str] | None]
"""A cell with the outcomes of a path's public names; None where it can't be imported."""


def boundary_counts(reports: Iterable[CellReport]) -> Mapping[str, int]:
    """Cell id -> how many support ranges of public names begin or end at that cell.

    The first and the last release measured end every range; they are no boundaries.
    """
    lines: dict[tuple[str, str], dict[Version, list[_Placed]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for report in reports:
        if report.outcome is CellOutcome.MEASURED:
            releases = {**pins_of(report.packages), **pins_of(report.cell.pins)}
            for path, record in report.paths.items():
                if release := releases.get(axis_of(path)):
                    line = lines[path, report.cell.backend]
                    line[version_key(release)].append((report.cell.id, _outcomes(record)))
    counts: Counter[str] = Counter()
    for line in lines.values():
        for older, newer in pairwise(line[version] for version in sorted(line)):
            names = {name for _, known in (*older, *newer) for name in known or ()}
            before, after = _whole(older, names), _whole(newer, names)
            counts.update(_ends(before, after))
            counts.update(_ends(after, before))
    return counts


def _outcomes(record: PathRecord) -> Mapping[str, str] | None:
    if record.outcome is PathOutcome.UNIMPORTABLE:
        return None
    return {
        name: found.outcome.value
        for name, found in record.attributes.items()
        if not name.startswith("_")
    }


def _whole(cells: Sequence[_Placed], names: Collection[str]) -> list[tuple[str, Mapping[str, str]]]:
    """Where a path can't be imported, that is the outcome of every name."""
    gone = dict.fromkeys(names, PathOutcome.UNIMPORTABLE.value)
    return [(cell, gone if known is None else known) for cell, known in cells]


def _ends(
    here: Sequence[tuple[str, Mapping[str, str]]], there: Sequence[tuple[str, Mapping[str, str]]]
) -> Iterator[str]:
    """The cells of ``here``, once for each name whose outcome no cell of ``there`` has."""
    for cell, known in here:
        # Most names are the same on both sides: look only at those that aren't.
        for name in {name for name, _ in known.items() ^ there[0][1].items()}:
            beyond = {other.get(name, _MISSING) for _, other in there}
            if known.get(name, _MISSING) not in beyond:
                yield cell
