"""What one machine measured, as it is handed in: reports, the locks it resolved, its timings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from keras_matrix.comparing.places import Reports
from keras_matrix.errors import InputError
from keras_matrix.running.timings import CellTiming, load_timings

DATA, TIMINGS, LOCKS = "reports/data", "reports/timings.json", "docker/locks"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The results of a machine: reports, locks as texts by file name, timings by cell id."""

    reports: Reports
    locks: Mapping[str, str] = field(default_factory=dict)
    timings: Mapping[str, CellTiming] = field(default_factory=dict)


def read_part(directory: Path) -> Part:
    """The results in ``directory``: a checkout or as much of one as was handed in, the reports
    folder of one, or a folder of reports.

    Raises:
        InputError: there is no report, or something can't be read.
    """
    if (directory / DATA).is_dir():
        part = read_results(
            str(directory), directory / DATA, directory / TIMINGS, directory / LOCKS
        )
    elif (directory / "data").is_dir():
        part = read_results(str(directory), directory / "data", directory / "timings.json")
    else:
        part = read_results(str(directory), directory)
    if not part.reports.readers:
        raise InputError([f"{directory}: no folder with reports (*.json)"])
    return part


def read_results(
    name: str, data: Path, timings: Path | None = None, locks: Path | None = None
) -> Part:
    """The same, from where each of them lies; what isn't there is empty.

    Raises:
        InputError: timings or a lock can't be read.
    """
    timed = load_timings(timings) if timings else None
    if timed and timed.problem:
        raise InputError([timed.problem])
    try:
        texts = {
            path.name: path.read_text(encoding="utf-8")
            for path in (sorted(locks.glob("*.txt")) if locks else ())
        }
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([f"{name}: a lock can't be read: {error}"]) from error
    reports = Reports(
        name=name, readers={path.stem: path.read_bytes for path in sorted(data.glob("*.json"))}
    )
    return Part(reports=reports, locks=texts, timings=timed.cells if timed else {})
