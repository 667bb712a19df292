"""Results of several machines become one: what is taken, what stays, what is refused unwritten."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from commandline import Run
from synthetic import attribute, importable

from keras_matrix.locks import Lock, LockedPackage, lock_digest, lock_to_text
from keras_matrix.matrix import load_matrix
from keras_matrix.probing import probes_digest
from keras_matrix.releases import load_catalogue
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellOutcome, CellReport, Provenance
from keras_matrix.running.measuring import summary

ONE, TWO = "keras2.2.4-theano1.0.5-py37", "keras2.3.1-theano1.0.5-py37"
DAY, NEXT = date(2026, 11, 21), date(2026, 11, 22)
Make = Callable[..., CellReport]


@pytest.fixture
def made(checkout: Path) -> Make:
    """Makes a report of a declared cell, as this checkout would measure it."""
    catalogue = load_catalogue(checkout / "docker" / "locks" / "releases.json")
    cells = {cell.id: cell for cell in load_matrix(checkout / "matrix.yaml", catalogue).cells}
    probes = probes_digest(checkout / "probes")

    def make(cell: str, outcome: str = "works", day: date = DAY) -> CellReport:
        return CellReport(
            cell=summary(cells[cell]),
            outcome=CellOutcome.MEASURED,
            provenance=Provenance(
                engine="docker",
                image="sha256:00",
                locks={},
                probes=probes,
                python="3.7.16",
                platform="linux/amd64",
                measured_on=day,
            ),
            paths={"keras.backend": importable(mean=attribute(outcome))},
        )

    return make


def trouble(report: CellReport, failure: str = "network") -> CellReport:
    outcome = CellOutcome.NOT_RUN if failure == "python" else CellOutcome.BUILD_FAILED
    return replace(report, outcome=outcome, failure=failure, reason="\x1b[31mno route", paths={})


@pytest.fixture
def shard(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Makes a machine's copy of the checkout, with reports of its own besides; gives its path."""

    def make(*reports: CellReport) -> str:
        root = tmp_path_factory.mktemp("shard")
        for folder in ("reports/data", "docker/locks"):
            if (checkout / folder).exists():
                shutil.copytree(checkout / folder, root / folder)
        for report in reports:
            ReportStore(root / "reports" / "data").write(report)
        return str(root)

    return make


@pytest.fixture
def store(checkout: Path) -> ReportStore:
    return ReportStore(checkout / "reports" / "data")


def contents(checkout: Path) -> dict[str, bytes]:
    folders = [checkout / "reports", checkout / "docker"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files}


def refused(run: Run, checkout: Path, *directories: str) -> str:
    """What was said when nothing was written."""
    before = contents(checkout)
    code, out, err = run("merge", *directories)
    assert (code, out) == (2, ""), err
    assert contents(checkout) == before
    return err


def test_each_machine_adds_what_it_measured(run, shard, made, store) -> None:
    store.write(made(ONE, "raises"))
    first, second = shard(made(ONE, day=NEXT)), shard(made(TWO))
    code, out, _ = run("merge", first, second, "--json")
    assert code == 0
    assert [(each["cell"], each["from"]) for each in json.loads(out)["taken"]] == [
        (ONE, first),
        (TWO, second),
    ]
    # The second machine's copy of the old report is nobody's measurement.
    assert (store.read(ONE), store.read(TWO)) == (made(ONE, day=NEXT), made(TWO))
    assert json.loads(run("merge", second, first, "--json")[1])["taken"] == []


def test_the_order_of_the_parts_does_not_matter(run, shard, made, store) -> None:
    store.write(made(ONE, "raises"))
    parts = shard(made(ONE, day=NEXT)), shard(made(TWO))
    assert run("merge", *reversed(parts))[0] == 0
    assert (store.read(ONE), store.read(TWO)) == (made(ONE, day=NEXT), made(TWO))


def test_two_machines_that_found_the_same_agree_and_the_later_day_counts(
    run, shard, made, store
) -> None:
    other_tags = replace(made(ONE), cell=replace(made(ONE).cell, tags=("smoke",)))
    assert run("merge", shard(made(ONE, day=NEXT)), shard(other_tags))[0] == 0
    assert store.read(ONE) == made(ONE, day=NEXT)


def test_two_machines_that_found_something_else_are_refused(run, checkout, shard, made) -> None:
    first, second = shard(made(ONE), made(TWO)), shard(made(ONE, "raises", NEXT))
    err = refused(run, checkout, first, second)
    assert f"{ONE}: {first} and {second} contradict each other: keras.backend.mean" in err


def test_a_cell_that_one_measured_and_another_found_broken_is_refused(
    run, checkout, shard, made
) -> None:
    broken = trouble(made(ONE), "compile")
    assert "contradict" in refused(run, checkout, shard(made(ONE)), shard(broken))


@pytest.mark.parametrize("failure", ["network", "disk", "engine", "python"])
def test_what_could_not_be_measured_never_replaces_a_measurement(
    run, shard, made, store, failure
) -> None:
    store.write(made(ONE))
    unmeasured = trouble(made(ONE, day=NEXT), failure)
    code, out, _ = run("merge", shard(unmeasured))
    assert (code, store.read(ONE)) == (0, made(ONE))
    assert f"{ONE}: not taken from" in out
    assert "\x1b" not in out
    # ... nor one that another machine hands in, whichever comes first.
    renewed = made(ONE, "raises", NEXT)
    assert run("merge", shard(unmeasured), shard(renewed), shard(unmeasured))[0] == 0
    assert store.read(ONE) == renewed


def test_one_machines_trouble_gives_way_to_what_another_found(run, shard, made, store) -> None:
    unmeasured, found = shard(trouble(made(ONE))), shard(made(ONE))
    assert run("merge", unmeasured, found, "-o", str(store.directory.parent / "other"))[0] == 0
    assert run("merge", found, unmeasured)[0] == 0
    assert store.read(ONE) == ReportStore(store.directory.parent / "other").read(ONE) == made(ONE)


def test_trouble_is_told_where_nothing_is_known_and_contradicts_nothing(
    run, shard, made, store
) -> None:
    parts = shard(trouble(made(ONE))), shard(trouble(made(ONE), "disk"))
    assert run("merge", *parts)[0] == 0
    assert store.read(ONE).outcome is CellOutcome.BUILD_FAILED


def test_an_older_report_never_replaces_a_newer_one(run, shard, made, store) -> None:
    stale = shard(made(ONE, "raises", DAY))
    store.write(made(ONE, day=NEXT))
    code, out, _ = run("merge", stale)
    assert (code, store.read(ONE)) == (0, made(ONE, day=NEXT))
    assert "there is a newer report" in out


def test_everything_that_does_not_fit_this_checkout_is_told_at_once(
    run, checkout, shard, made
) -> None:
    report = made(ONE)
    unknown = replace(made(TWO), cell=replace(made(TWO).cell, id="keras9-theano1.0.5-py37"))
    older = replace(made(TWO), cell=replace(made(TWO).cell, as_of=date(2019, 1, 1)))
    probes = replace(report, provenance=replace(report.provenance, probes="sha256:other"))
    err = refused(
        run, checkout, shard(probes, unknown), shard(older), shard(replace(report, paths={}))
    )
    assert f"{ONE} was measured with other probes than this checkout's" in err
    assert f"{ONE} was asked for other import paths" in err
    assert "keras9-theano1.0.5-py37 is not declared in this matrix.yaml" in err
    assert f"{TWO} is declared otherwise in this matrix.yaml" in err


def lock(version: str) -> Lock:
    package = LockedPackage(
        name="theano", version=version, filename=f"Theano-{version}.tar.gz", sha256="0" * 64
    )
    return Lock(tier="theano1.0.5-py37", packages=(package,))


def locked(place: str, version: str, report: CellReport) -> str:
    """The shard at ``place`` with a lock that it resolved itself, and a report that rests on it."""
    found = lock(version)
    (Path(place) / "docker" / "locks" / f"{found.tier}.txt").write_text(lock_to_text(found))
    provenance = replace(report.provenance, locks={found.tier: lock_digest(found)})
    ReportStore(Path(place) / "reports" / "data").write(replace(report, provenance=provenance))
    return place


def test_locks_that_a_machine_resolved_come_along(run, checkout, shard, made) -> None:
    first = locked(shard(made(ONE)), "1.0.5", made(ONE))
    second = locked(shard(made(TWO)), "1.0.5", made(TWO))
    code, out, _ = run("merge", first, second, "--json")
    assert (code, json.loads(out)["locks"]) == (0, ["theano1.0.5-py37.txt"])
    written = checkout / "docker" / "locks" / "theano1.0.5-py37.txt"
    assert written.read_text() == lock_to_text(lock("1.0.5"))


def test_two_locks_of_one_tier_are_refused(run, checkout, shard, made) -> None:
    first = locked(shard(made(ONE)), "1.0.5", made(ONE))
    second = locked(shard(made(TWO)), "1.0.4", made(TWO))
    err = refused(run, checkout, first, second)
    assert f"theano1.0.5-py37.txt: {first} and {second} resolved it differently" in err
    assert f"{TWO} was installed from another lock of theano1.0.5-py37" in err


def test_a_damaged_lock_or_report_is_named(run, checkout, shard, made) -> None:
    place = Path(shard(made(ONE)))
    (place / "docker" / "locks" / "theano1.0.5-py37.txt").write_text("theano\n")
    (place / "reports" / "data" / f"{TWO}.json").write_text("{")
    err = refused(run, checkout, str(place))
    assert "theano1.0.5-py37.txt: not a whole lock" in err
    assert f"{TWO}.json: unreadable" in err


def test_timings_of_every_machine_are_kept(run, checkout, shard, made) -> None:
    def timings(place: str | Path, **cells: float) -> None:
        entries = {
            cell: {"tier": "t", "seconds": {"probe": took}, "build": {}, "received_bytes": 0}
            for cell, took in cells.items()
        }
        target = Path(place) / "reports" / "timings.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps({"schema": 1, "cells": entries}))

    timings(checkout, a=1.0, b=1.0, c=1.0)
    first, second = shard(made(ONE)), shard(made(TWO))
    timings(first, a=2.0, b=1.0)
    timings(second, a=1.0, b=3.0, d=4.0)
    assert run("merge", first, second)[0] == 0
    cells = json.loads((checkout / "reports" / "timings.json").read_text())["cells"]
    assert {cell: each["seconds"]["probe"] for cell, each in cells.items()} == {
        "a": 2.0,
        "b": 3.0,
        "c": 1.0,
        "d": 4.0,
    }


def test_elsewhere_go_the_reports_alone(run, checkout, shard, made, tmp_path) -> None:
    place = locked(shard(made(ONE)), "1.0.5", made(ONE))
    before = contents(checkout)
    code, _, _ = run("merge", f"{place}/reports", "-o", str(tmp_path / "all"))
    assert (code, contents(checkout)) == (0, before)
    assert [path.name for path in (tmp_path / "all").iterdir()] == [f"{ONE}.json"]
    assert run("merge", f"{place}/reports/data", "-o", str(tmp_path / "more"))[0] == 0
    assert (tmp_path / "more" / f"{ONE}.json").exists()


def test_a_folder_that_is_none_or_empty_is_bad_input(run, checkout, shard, made, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    first = shard(made(ONE))
    assert "shards/*: no such folder" in refused(run, checkout, first, "shards/*")
    assert "empty: no folder with reports" in refused(run, checkout, first, str(tmp_path / "empty"))
