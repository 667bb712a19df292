"""Where a set of reports is read from: a folder, a checkout, a git revision, a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keras_matrix.comparing.gitblobs import blobs, tree
from keras_matrix.errors import InputError
from keras_matrix.results import CellReport, report_from_json, report_to_json

DATA = "reports/data"
"""Where a checkout keeps its reports."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reports:
    """Reports that are read when they are asked for, by cell id. ``name`` is the user's own."""

    name: str
    readers: Mapping[str, Callable[[], bytes]] = field(repr=False)

    def content(self, cell: str) -> bytes | None:
        """The report as stored, None where there is none."""
        reader = self.readers.get(cell)
        return reader() if reader else None

    def parse(self, cell: str, content: bytes) -> CellReport:
        """The report of ``cell``.

        Raises:
            ValueError: it is no whole report, or that of another cell; the message names it.
        """
        try:
            report = report_from_json(content)
        except ValueError as error:
            raise ValueError(f"{self.name}: {cell}.json: unreadable ({error})") from error
        if report.cell.id != cell:
            raise ValueError(f"{self.name}: {cell}.json holds the report of {report.cell.id}")
        return report

    def read(self, cell: str) -> CellReport:
        """The report of a cell that is there; raises as :meth:`parse` does."""
        return self.parse(cell, self.readers[cell]())


def given(name: str, reports: Sequence[CellReport]) -> Reports:
    """Reports that are in memory already."""

    def reader(report: CellReport) -> Callable[[], bytes]:
        return lambda: report_to_json(report).encode()

    return Reports(name=name, readers={report.cell.id: reader(report) for report in reports})


@contextmanager
def opened(place: str, root: Callable[[], Path]) -> Iterator[Reports]:
    """The reports of ``place``: a folder of them, a checkout, one file, else a git revision of
    the checkout ``root()``. What exists as a file or a folder is not asked of git.

    Raises:
        InputError: it is none of these, or holds no report.
        EnvironmentUnusableError: a revision, and there is no git.
    """
    path = Path(place)
    if path.is_dir():
        inner = (path / DATA, path / "data", path)
        yield _whole(place, _folder(next(folder for folder in inner if folder.is_dir())))
    elif path.is_file():
        yield _file(path)
    else:
        checkout = root()
        files = tree(checkout, place, DATA)
        with blobs(checkout) as objects:

            def reader(blob: str) -> Callable[[], bytes]:
                return lambda: objects.read(blob)

            yield _whole(
                place,
                {
                    name.removesuffix(".json"): reader(blob)
                    for name, blob in files.items()
                    if name.endswith(".json")
                },
            )


def _whole(place: str, readers: Mapping[str, Callable[[], bytes]]) -> Reports:
    if not readers:
        raise InputError([f"{place}: holds no reports (*.json)"])
    return Reports(name=place, readers=readers)


def _folder(folder: Path) -> Mapping[str, Callable[[], bytes]]:
    return {path.stem: path.read_bytes for path in folder.glob("*.json")}


def _file(path: Path) -> Reports:
    """One report, whatever its file is called."""
    try:
        report = report_from_json(path.read_bytes())
    except ValueError as error:
        raise InputError([f"{path}: no report and no folder of reports: {error}"]) from error
    return Reports(name=str(path), readers={report.cell.id: path.read_bytes})
