"""What reports/timings.json remembers, and what a cell is expected to take."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from keras_matrix.running.timings import (
    DEFAULT_SECONDS,
    STAGES,
    CellTiming,
    Stopwatch,
    Timings,
    dump_timings,
    load_timings,
    merged,
    record_timing,
)

SCHEMA = json.loads(
    files("keras_matrix").joinpath("schemas", "timings.schema.json").read_text(encoding="utf-8")
)


def timing(tier: str = "theano0.9.0-py27", build: float = 10.0, probe: float = 4.0) -> CellTiming:
    return CellTiming(tier=tier, stages={"probe": probe, "scenarios": 1.0}, build={tier: build})


def record(path: Path, cell: str, entry: CellTiming) -> None:
    record_timing(path, cell, entry, lock=path.parent / "cache" / "timings.lock")


def test_each_second_counts_for_the_stage_that_runs() -> None:
    now = iter(range(0, 80, 10))
    watch = Stopwatch(clock=lambda: float(next(now)))
    for stage, tier in (
        ("resolve", "a"),
        ("wait", "b"),
        ("build", "a"),
        ("reuse", "b"),
        ("probe", ""),
        ("scenarios", ""),
        ("probe", ""),
    ):
        watch.begin(stage, tier)
    found = watch.timing("a", received=7)
    assert found.stages == {"resolve": 10.0, "probe": 20.0, "scenarios": 10.0}
    assert found.build == {"a": 10.0}
    assert (found.tier, found.received_bytes) == ("a", 7)


def test_a_tier_that_stood_keeps_what_it_took_to_build() -> None:
    cold = CellTiming(tier="t", stages={"resolve": 5.0, "probe": 9.0}, build={"t": 30.0, "k": 2.0})
    warm = CellTiming(tier="t", stages={"probe": 4.0}, build={"k": 3.0}, failed="network")
    found = merged(cold, warm)
    assert found.stages == {"probe": 4.0}
    assert found.build == {"t": 30.0, "k": 3.0}
    assert found.failed == "network"
    assert merged(found, CellTiming(tier="t")).stages == {"probe": 4.0}
    other = CellTiming(tier="u", build={"u": 1.0})
    assert merged(cold, other) == other


def test_tiers_that_stand_cost_nothing() -> None:
    assert timing().seconds() == 15.0
    assert timing().seconds({"theano0.9.0-py27"}) == 5.0
    once = CellTiming(tier="t", stages={"resolve": 50.0, "remeasure": 50.0, "probe": 1.0})
    assert once.seconds() == 1.0


def test_a_cell_without_a_timing_takes_as_long_as_its_siblings() -> None:
    known = Timings(
        cells={
            "a": timing(probe=4.0),
            "b": timing(probe=14.0),
            "c": timing(probe=54.0),
            "d": timing(tier="other", build=1000.0),
            "failed": CellTiming(tier="theano0.9.0-py27", failed="network"),
        }
    )
    assert known.estimate("a", "theano0.9.0-py27") == 15.0
    assert known.estimate("new", "theano0.9.0-py27") == 25.0
    assert known.estimate("failed", "theano0.9.0-py27") == 25.0
    assert known.estimate("new", "theano0.9.0-py27", {"theano0.9.0-py27"}) == 15.0
    assert known.estimate("new", "never-seen") == 45.0
    assert Timings().estimate("new", "never-seen") == DEFAULT_SECONDS


def test_a_shared_tier_costs_what_it_took_whoever_built_it() -> None:
    found_it = CellTiming(tier="t", stages={"probe": 4.0}, build={"keras": 2.0})
    built_it = CellTiming(tier="t", stages={"probe": 5.0}, build={"t": 30.0})
    known = Timings(cells={"found": found_it, "built": built_it})
    assert known.estimate("found", "t") == 36.0
    assert known.estimate("found", "t", {"t"}) == 6.0
    assert known.estimate("found", "t", {"t", "keras"}) == 4.0
    assert known.estimate("built", "t") == 35.0


def test_timings_are_merged_into_the_file_and_survive(tmp_path: Path) -> None:
    path = tmp_path / "timings.json"
    assert load_timings(path) == Timings()
    record(path, "b", timing())
    record(path, "a", CellTiming(tier="t", failed="disk", received_bytes=3))
    found = load_timings(path)
    assert found.cells == {
        "a": CellTiming(tier="t", failed="disk", received_bytes=3),
        "b": timing(),
    }
    assert found.failures == {"a": "disk"}
    text = path.read_text()
    assert text == dump_timings(found.cells)
    assert [line[:4] for line in text.splitlines()[1:-1]] == [' "a"', ' "b"']
    Draft202012Validator(SCHEMA).validate(json.loads(text))


def test_the_schema_names_the_stages_of_the_code() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["$defs"]["cell"]["properties"]["seconds"]["properties"]) == set(STAGES)


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", '{"schema": 2, "cells": {}}', '{"schema": 1, "cells": {"a": {"tier": "t"}}}'],
)
def test_a_corrupt_file_is_named_set_aside_and_begun_anew(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "timings.json"
    path.write_text(damage)
    found = load_timings(path)
    assert found.cells == {}
    assert str(path) in (found.problem or "")
    record(path, "a", timing())
    assert load_timings(path) == Timings(cells={"a": timing()})
    assert (tmp_path / "timings.damaged.json").read_text() == damage
