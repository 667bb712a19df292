"""Files of the cache and of the checkout, cut off, emptied, and overwritten with noise."""

import os
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from invariants import RECOVERS
from stage import FULL, PYTHON2, PYTHON3, Checkout, Yard, check_recovery, whole_suite_only

from keras_matrix.results import CellOutcome

pytestmark = [pytest.mark.integration, pytest.mark.slow]

NOISE = random.Random(4).randbytes(200)
MODES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda whole: whole[: len(whole) // 2],
    "emptied": lambda _: b"",
    "garbled": lambda whole: whole[: len(whole) // 3] + NOISE + whole[len(whole) // 3 + 200 :],
}
CACHED = {
    "a cached wheel": "index/files/**/*",
    "a cached page": "index/pages/*",
    "the copy of the installer": "docker/tools/*/uv",
}
EVERY_MODE = pytest.mark.parametrize("mode", MODES if FULL else ["garbled"])


def damage(paths: Iterable[Path], mode: str) -> int:
    """Damage each file; how many there are."""
    files = [path for path in paths if path.is_file()]
    for path in files:
        path.write_bytes(MODES[mode](path.read_bytes()))
    return len(files)


@pytest.fixture
def measured(
    tmp_path: Path, yard: Yard, forget: Callable[[], None], cache: Path
) -> Iterator[Checkout]:
    """A cell that uv installs, built and measured with a cache of its own."""
    forget()
    own = tmp_path / "cache"
    if (cache / "index" / "pages").is_dir():
        shutil.copytree(cache / "index" / "pages", own / "index" / "pages")
    variables = {"KERAS_MATRIX_CACHE": str(own)}
    with closing(Checkout.make(tmp_path / "checkout", PYTHON3, **variables)) as made:
        check_recovery(made, yard)
        yield made


@pytest.mark.fault("damage in the cache", *RECOVERS)
@pytest.mark.parametrize("what", CACHED if FULL else ["a cached wheel"])
@EVERY_MODE
def test_damaged_files_of_the_cache_are_made_anew(
    what: str,
    mode: str,
    measured: Checkout,
    yard: Yard,
    forget: Callable[[], None],
    moment: Callable[[str], None],
) -> None:
    forget()
    measured.forget_reports()
    assert damage(Path(measured.variables["KERAS_MATRIX_CACHE"]).glob(CACHED[what]), mode)
    moment(f"{what} {mode}")
    check_recovery(measured, yard)


@whole_suite_only
@pytest.mark.fault(
    "an installer that does nothing and says that all is well",
    *("exit code 3", "the cell fails, and shows nothing as missing"),
    *RECOVERS,
)
def test_an_environment_that_is_hollow_is_no_measurement(
    measured: Checkout, yard: Yard, forget: Callable[[], None]
) -> None:
    forget()
    measured.forget_reports()
    (copy,) = Path(measured.variables["KERAS_MATRIX_CACHE"]).glob(
        CACHED["the copy of the installer"]
    )
    was = copy.stat()
    copy.write_bytes(b"#!/bin/sh\nexit 0\n#".ljust(was.st_size, b"x"))
    os.utime(copy, ns=(was.st_atime_ns, was.st_mtime_ns))
    code, out = measured.run()
    assert code == 3, out
    assert "keras==2.3.1" in out
    assert measured.outcomes() == {PYTHON3: (CellOutcome.BUILD_FAILED, "engine")}
    copy.unlink()
    check_recovery(measured, yard)


@whole_suite_only
@pytest.mark.fault("a damaged report", "it is named", *RECOVERS)
@EVERY_MODE
def test_a_damaged_report_is_named_and_its_cell_alone_measured_again(
    mode: str, checkout: Checkout, yard: Yard, moment: Callable[[str], None]
) -> None:
    before = check_recovery(checkout, yard)
    damage([checkout.report(PYTHON2)], mode)
    moment(mode)
    told = checkout.verb("table")
    assert told.returncode in (0, 3), told.stderr
    assert PYTHON2 in told.stdout + told.stderr
    assert "Traceback" not in told.stderr
    assert check_recovery(checkout, yard) == before


@pytest.mark.fault("a damaged lock", "exit code 2", "the lock is named", *RECOVERS)
@EVERY_MODE
def test_a_damaged_lock_is_named_and_nothing_is_run(
    mode: str, one_cell: Checkout, yard: Yard, moment: Callable[[str], None]
) -> None:
    before = check_recovery(one_cell, yard)
    lock = one_cell.lock(PYTHON2)
    whole = lock.read_bytes()
    damage([lock], mode)
    moment(mode)
    code, out = one_cell.run()
    assert code == 2, out
    assert str(lock) in out
    assert "Traceback" not in out
    lock.write_bytes(whole)
    assert check_recovery(one_cell, yard) == before


@whole_suite_only
@pytest.mark.fault("damaged timings", "they are named and begun anew", *RECOVERS)
@EVERY_MODE
def test_damaged_timings_stop_nothing(
    mode: str, one_cell: Checkout, yard: Yard, moment: Callable[[str], None]
) -> None:
    before = check_recovery(one_cell, yard)
    damage([one_cell.reports / "timings.json"], mode)
    moment(mode)
    code, out = one_cell.run()
    assert code == 0, out
    assert "timings.json" in out
    assert "nothing to do" in out
    one_cell.forget_reports()
    assert check_recovery(one_cell, yard) == before


@pytest.mark.fault("a damaged catalogue of releases", "exit code 2", "it is named", *RECOVERS)
@EVERY_MODE
def test_a_damaged_catalogue_is_named_and_nothing_is_run(
    mode: str, one_cell: Checkout, yard: Yard, moment: Callable[[str], None]
) -> None:
    catalogue = one_cell.root / "docker" / "locks" / "releases.json"
    whole = catalogue.read_bytes()
    damage([catalogue], mode)
    moment(mode)
    code, out = one_cell.run()
    assert code == 2, out
    assert catalogue.name in out
    assert "Traceback" not in out
    catalogue.write_bytes(whole)
    check_recovery(one_cell, yard)
