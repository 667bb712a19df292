"""What a run says: what it will do and why, and what came of it, for people and for programs."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from rich.console import Console

from keras_matrix.reportstore import ReportStore
from keras_matrix.running.budgeting import LeftOut
from keras_matrix.running.measuring import Measured
from keras_matrix.running.planning import Plan
from keras_matrix.running.remeasuring import flaky

_NAMED = 10


def settle(plan: Plan, store: ReportStore, console: Console) -> None:
    """Write what needs no engine, and say what will be done and why."""
    for problem in plan.problems:
        console.print(problem, markup=False, style="yellow")
    for report in plan.unwritten:
        store.write(report)
    for report in plan.impossible:
        console.print(f"{report.cell.id}: impossible: {report.reason}", style="yellow")
    console.print(
        f"{len(plan.current)} cells current, {len(plan.impossible)} impossible, "
        f"{len(plan.tasks)} to measure" + ("" if plan.tasks else ": nothing to do")
    )
    for why, count in Counter(task.why for task in plan.tasks).items():
        console.print(f"  {count} because: {why}", style="dim")


def document(
    done: Iterable[Measured], left_out: Iterable[LeftOut], received: Callable[[str], int]
) -> dict[str, object]:
    """What came of every selected cell, and what the budget left out, for programs."""
    return {
        "cells": [_line(each, received(each.report.cell.id)) for each in done],
        "left_out": [
            {
                "id": each.cell,
                "why": each.why,
                "reason": each.reason,
                "estimated_seconds": round(each.estimate),
            }
            for each in left_out
        ],
    }


def conclude(done: Iterable[Measured], left_out: Sequence[LeftOut], console: Console) -> None:
    """How many cells came out how, and which were left out."""
    counts = Counter(each.report.outcome.value for each in done)
    if left_out:
        counts["left out"] = len(left_out)
        console.print(f"left out for want of time: {len(left_out)}")
    for each in left_out[:_NAMED]:
        console.print(f"  {each.cell}: {each.reason}", markup=False, style="yellow")
    if len(left_out) > _NAMED:
        console.print(f"  and {len(left_out) - _NAMED} more", style="yellow")
    console.print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))


def _line(measured: Measured, received: int) -> dict[str, object]:
    report, timing = measured.report, measured.timing
    return {
        "id": report.cell.id,
        "outcome": report.outcome.value,
        "reason": report.reason,
        "failure": report.failure,
        "engine": report.provenance.engine,
        "build_seconds": round(measured.build_seconds, 2),
        "probe_seconds": round(measured.probe_seconds, 2),
        "stages": {**timing.stages, "build": dict(timing.build)} if timing else {},
        "attempts": len(measured.earlier) + 1,
        "earlier_failures": list(measured.earlier),
        "changed_outcomes": measured.remeasured,
        "flaky": list(flaky(report)),
        "received_bytes": received,
        "attributes": sum(len(path.attributes) for path in report.paths.values()),
    }
