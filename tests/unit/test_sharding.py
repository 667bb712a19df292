"""Shards: everything once, a backend tier on one machine, about the same cost, always the same."""

import json
import random
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from commandline import ROOT, Run

from keras_matrix.errors import InputError
from keras_matrix.feasibility import Feasible, assess
from keras_matrix.matrix import load_matrix
from keras_matrix.releases import load_catalogue
from keras_matrix.running.timings import CellTiming, Timings
from keras_matrix.shards.sharding import Shard, parse_shard, shard_of, split
from keras_matrix.tiers import Tier, TierKind, plan, shared_tier

UNTIMED = Timings()


def chain(backend: str, keras: str) -> tuple[Tier, ...]:
    tier = Tier(kind=TierKind.BACKEND, name=backend, python="3.7")
    return tier, Tier(kind=TierKind.KERAS, name=keras, python="3.7", parent=tier)


def timing(tier: str, probe: float, **build: float) -> CellTiming:
    return CellTiming(tier=tier, stages={"probe": probe}, build=build)


@pytest.fixture(scope="module")
def declared() -> tuple[Mapping[str, Sequence[Tier]], tuple[str, ...]]:
    """The project's own matrix: the tiers of each feasible cell, and the impossible ones."""
    catalogue = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
    cells = load_matrix(ROOT / "matrix.yaml", catalogue).cells
    verdicts = {cell.id: assess(cell, catalogue) for cell in cells}
    chains = {
        cell.id: plan(cell, verdict.distributions, catalogue)
        for cell in cells
        if isinstance(verdict := verdicts[cell.id], Feasible)
    }
    return chains, tuple(cell for cell in verdicts if cell not in chains)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 20, 60, 256])
def test_the_shards_of_the_whole_matrix_are_everything_once_and_keep_tiers_together(
    declared, count
) -> None:
    chains, impossible = declared
    shards = split(chains, impossible, Timings(), count)
    ids = [cell for shard in shards for cell in shard.ids]
    assert sorted(ids) == sorted([*chains, *impossible])
    tiers = {shared_tier(found) for found in chains.values()}
    assert len(shards) == min(count, len(tiers))
    assert all(shard.cells for shard in shards)
    homes = [(shared_tier(chains[cell]), shard.number) for shard in shards for cell in shard.cells]
    assert len(set(homes)) == len(tiers)
    assert [(shard.number, shard.of) for shard in shards] == [
        (number, count) for number in range(1, len(shards) + 1)
    ]


def test_the_split_is_the_same_in_whatever_order_the_cells_come(declared) -> None:
    chains, impossible = declared
    shuffled = list(chains)
    random.Random(5).shuffle(shuffled)
    other = {cell: chains[cell] for cell in shuffled}
    assert split(other, impossible[::-1], UNTIMED, 8) == split(chains, impossible, UNTIMED, 8)


def test_no_shard_is_longer_than_the_mean_and_one_backend(declared) -> None:
    chains, _ = declared
    timed = {
        cell: timing(shared_tier(found), float(1 + number * 7 % 90))
        for number, (cell, found) in enumerate(sorted(chains.items()))
    }
    shards = split(chains, (), Timings(cells=timed), 8)
    alone = split(chains, (), Timings(cells=timed), 256)
    mean = sum(shard.seconds for shard in shards) / 8
    assert max(shard.seconds for shard in shards) <= mean + max(each.seconds for each in alone)


def test_what_was_timed_decides_and_a_shared_build_counts_once() -> None:
    chains = {
        "a1": chain("A", "a1"),
        "a2": chain("A", "a2"),
        "b1": chain("B", "b1"),
        "c1": chain("C", "c1"),
    }
    timings = Timings(
        cells={
            # Both have built A, on different days.
            "a1": timing("A", 10.0, A=100.0, a1=1.0),
            "a2": timing("A", 10.0, A=100.0, a2=2.0),
            "b1": timing("B", 60.0),
            "c1": timing("C", 50.0),
        }
    )
    assert split(chains, (), timings, 2) == (
        Shard(number=1, of=2, cells=("a1", "a2"), seconds=123.0),
        Shard(number=2, of=2, cells=("b1", "c1"), seconds=110.0),
    )


def test_the_longest_is_given_out_first() -> None:
    took = {"A": 20.0, "B": 20.0, "C": 40.0}
    chains = {tier.lower(): chain(tier, tier.lower()) for tier in took}
    timings = Timings(cells={tier.lower(): timing(tier, probe) for tier, probe in took.items()})
    first, second = split(chains, (), timings, 2)
    assert (first.cells, second.cells) == (("c",), ("a", "b"))


def test_impossible_cells_go_with_the_first_shard_even_alone() -> None:
    chains = {"a1": chain("A", "a1"), "b1": chain("B", "b1")}
    first, second = split(chains, ["x", "w"], UNTIMED, 2)
    assert (first.ids, second.ids) == (("a1", "w", "x"), ("b1",))
    (only,) = split({}, ["x"], UNTIMED, 4)
    assert (only.ids, only.seconds) == (("x",), 0.0)
    assert split({}, (), UNTIMED, 4) == ()


def test_a_machine_too_many_has_nothing_to_do() -> None:
    shards = split({"a1": chain("A", "a1")}, (), UNTIMED, 3)
    assert len(shards) == 1
    assert shard_of(shards, 3, 3) == Shard(number=3, of=3)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("9/8", "contradicts itself"),
        ("0/8", "contradicts itself"),
        ("1/0", "1 to 256"),
        ("1/257", "1 to 256"),
        ("3", "as in 3/8"),
        ("-1/8", "as in 3/8"),
        ("a/b", "as in 3/8"),
        ("1/2/3", "as in 3/8"),
        ("", "as in 3/8"),
    ],
)
def test_a_shard_that_can_not_be_is_bad_input(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse_shard(text)
    assert parse_shard("3/8") == (3, 8)


MATRIX = """\
version: 1
import_paths: [keras.backend]
groups:
  theano:
    keras: ["2.2.4", "2.3.1"]
    theano: ["1.0.4", "1.0.5"]
    python: "3.7"
  impossible:
    keras: "2.3.1"
    tensorflow: "1.15.5"
    python: "3.8"
"""
IMPOSSIBLE = "keras2.3.1-tensorflow1.15.5-py38"


def test_the_matrix_for_a_github_job_is_the_split_that_run_makes(run: Run, checkout: Path) -> None:
    (checkout / "matrix.yaml").write_text(MATRIX)
    code, out, _ = run("cells", "--shards", "8", "--json")
    document = json.loads(out)
    assert (code, list(document)) == (0, ["include"])
    assert [entry["shard"] for entry in document["include"]] == [1, 2]
    assert all(entry["estimated_seconds"] > 0 for entry in document["include"])
    _, listed, _ = run("cells", "--json")
    shared = [entry["cells"].split() for entry in document["include"]]
    assert sorted(shared[0] + shared[1]) == sorted(cell["id"] for cell in json.loads(listed))
    for number, ids in enumerate([*shared, []], start=1):
        # Without an engine a run ends after it has said what it would do.
        _, out, err = run("run", "--shard", f"{number}/8", "--engine", "docker")
        impossible = ", 1 impossible" if IMPOSSIBLE in ids else ""
        feasible = len(ids) - bool(impossible)
        assert f"shard {number}/8: {feasible} cells{impossible}" in out, err


@pytest.mark.parametrize("shard", ["9/8", "0/8", "eight"])
def test_run_refuses_a_shard_that_can_not_be(run: Run, shard: str) -> None:
    code, out, err = run("run", "--shard", shard)
    assert (code, out) == (2, "")
    assert f"'{shard}'" in err


@pytest.mark.parametrize("count", ["0", "257", "-3", "many"])
def test_cells_refuses_more_shards_than_a_matrix_may_have(run: Run, count: str) -> None:
    code, _, err = run("cells", "--shards", count)
    assert (code, "1 to 256" in err) == (2, True)


def test_the_split_goes_by_the_timings_of_the_last_commit(run: Run, checkout: Path) -> None:
    (checkout / "matrix.yaml").write_text(MATRIX)
    committed = json.loads(run("cells", "--shards", "2", "--json")[1])
    git = ["git", "-C", str(checkout), "-c", "user.name=me", "-c", "user.email=me@localhost"]
    timings = checkout / "reports" / "timings.json"
    timings.parent.mkdir()
    timings.write_text('{"schema": 1, "cells": {}}')
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"]):
        subprocess.run([*git, *arguments], check=True)
    entry = {"tier": "theano1.0.5-py37", "seconds": {"probe": 9}, "build": {}, "received_bytes": 0}
    cells = {f"keras{keras}-theano1.0.5-py37": entry for keras in ("2.2.4", "2.3.1")}
    timings.write_text(json.dumps({"schema": 1, "cells": cells}))
    assert json.loads(run("cells", "--shards", "2", "--json")[1]) == committed
    subprocess.run([*git, "commit", "-q", "-a", "-m", "timings"], check=True)
    renewed = json.loads(run("cells", "--shards", "2", "--json")[1])
    assert [entry["estimated_seconds"] for entry in renewed["include"]] == [18, 18]
    timings.write_text("{")
    subprocess.run([*git, "commit", "-q", "-a", "-m", "broken"], check=True)
    code, _, err = run("cells", "--shards", "2")
    assert (code, "HEAD:reports/timings.json: no timings" in err) == (2, True)


def test_needed_leaves_out_what_has_a_current_report(run: Run, checkout: Path) -> None:
    (checkout / "matrix.yaml").write_text(MATRIX)
    assert run("cells", "--needed", "--json")[1] == run("cells", "--json")[1]
    # No engine: only what needs none is written.
    run("run", "--engine", "local", IMPOSSIBLE)
    left = {cell["id"] for cell in json.loads(run("cells", "--needed", "--json")[1])}
    assert IMPOSSIBLE not in left
    assert len(left) == 4
    assert json.loads(run("cells", "--needed", "--shards", "2", "--json", IMPOSSIBLE)[1]) == {
        "include": []
    }
    code, out, _ = run("cells", "--needed", "--shards", "2", IMPOSSIBLE)
    assert (code, out) == (0, "0 cells in 0 shards\n")
