"""The cells of two sets of reports, one after the other, so that few reports are in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from keras_matrix.comparing.places import Reports
from keras_matrix.errors import InputError
from keras_matrix.results import CellReport


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One cell's reports; ``old`` and ``new`` are one object where they are the same bytes."""

    cell: str
    old: CellReport | None
    new: CellReport | None


def pairs(old: Reports, new: Reports) -> Iterator[Pair]:
    """Every cell of either set, by id.

    Raises:
        InputError: at the end, naming every report that can't be read.
    """
    problems: list[str] = []
    for cell in sorted(old.readers.keys() | new.readers.keys()):
        before, after = old.content(cell), new.content(cell)
        try:
            was = old.parse(cell, before) if before is not None else None
            same = before == after
            now = was if same else new.parse(cell, after) if after is not None else None
        except ValueError as error:
            problems.append(str(error))
            continue
        yield Pair(cell=cell, old=was, new=now)
    if problems:
        raise InputError(problems)
