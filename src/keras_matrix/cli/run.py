"""``keras-matrix run``: build and probe the cells that need it."""

import argparse
from collections import Counter
from collections.abc import Mapping

from rich.console import Console

from keras_matrix.campaign import ENVIRONMENTAL, Options, run_campaign
from keras_matrix.cli import common
from keras_matrix.cli.progress import Progress
from keras_matrix.currency import OwnReports
from keras_matrix.measuring import Bench, Measured
from keras_matrix.planning import Plan, plan_campaign
from keras_matrix.probing import probes_digest
from keras_matrix.probing.scenarios import list_scenarios
from keras_matrix.reportstore import ReportStore

EXAMPLES = """examples:
  keras-matrix run --tag smoke                          one cell per era and backend
  keras-matrix run keras2.3.1-tensorflow1.15.5-py37     one cell
  keras-matrix run 'keras2.*' --jobs 2 --engine docker  many; stop it any time, it resumes
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    common.add_selection(parser)
    common.add_engine(parser)
    parser.add_argument(
        "--jobs", type=common.at_least(1), default=2, help="cells at a time (default 2)"
    )
    parser.add_argument("--force", action="store_true", help="measure current cells again, too")
    parser.add_argument(
        "--own",
        action="store_true",
        help="count a report as current only if this machine measured it (not one that came "
        "with the checkout)",
    )
    parser.add_argument(
        "--keep-images",
        type=common.at_least(0),
        metavar="N",
        help="after each cell remove the environments that no remaining cell needs, but for the "
        "newest N",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run the campaign; 0 when nothing failed for the machine's sake, else 3."""
    loaded = common.load(arguments)
    console = Console(stderr=arguments.json, highlight=False, soft_wrap=True)
    store = ReportStore(loaded.project.data)
    own_reports = OwnReports(loaded.project.cache / "measured")
    engine = common.open_engine(arguments, loaded.project, console)
    with common.open_index(loaded.project) as index:
        bench = Bench(
            project=loaded.project,
            engine=engine,
            index=index,
            import_paths=loaded.matrix.import_paths,
            scenarios=list_scenarios(loaded.project.scenarios),
            probes=probes_digest(loaded.project.probes),
        )
        own = own_reports if arguments.own else None
        plan = plan_campaign(
            loaded.cells, loaded.catalogue, bench, store, own=own, force=arguments.force
        )
        settle(plan, store, console)
        measured: Mapping[str, Measured] = {}
        if plan.tasks:
            index.listen(engine.index_host())
            options = Options(jobs=arguments.jobs, keep_images=arguments.keep_images)
            with Progress(console, len(plan.tasks), index.served, index.arriving) as progress:
                measured = run_campaign(
                    plan, bench, store, own_reports, options=options, on_event=progress
                )
        settled = [Measured(report=r, build_seconds=0) for r in (*plan.impossible, *plan.current)]
        done = [*settled, *measured.values()]
        if arguments.json:
            common.print_json(
                {
                    "cells": [_line(each, index.served(each.report.cell.id)) for each in done],
                    "downloads": dict(index.downloads),
                    "downloaded_bytes": index.downloaded,
                }
            )
    counts = Counter(each.report.outcome.value for each in done)
    console.print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    return 3 if any(each.report.failure in ENVIRONMENTAL for each in measured.values()) else 0


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


def _line(measured: Measured, received: int) -> dict[str, object]:
    report = measured.report
    return {
        "id": report.cell.id,
        "outcome": report.outcome.value,
        "reason": report.reason,
        "failure": report.failure,
        "engine": report.provenance.engine,
        "build_seconds": round(measured.build_seconds, 2),
        "probe_seconds": round(measured.probe_seconds, 2),
        "received_bytes": received,
        "attributes": sum(len(path.attributes) for path in report.paths.values()),
    }
