"""``keras-matrix run``: build and probe the cells that need it."""

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial

from rich.console import Console

from keras_matrix.cli import common, ran, sharded, sites
from keras_matrix.cli.progress import Progress
from keras_matrix.errors import ENVIRONMENTAL, LOST_WORKERS
from keras_matrix.reportstore import ReportStore
from keras_matrix.running.budgeting import Budget, parse_budget
from keras_matrix.running.campaign import Options, run_campaign
from keras_matrix.running.claiming import Claims
from keras_matrix.running.currency import OwnReports
from keras_matrix.running.measuring import Measured
from keras_matrix.running.planning import Criteria, plan_campaign
from keras_matrix.running.timings import load_timings, record_timing

EXAMPLES = """examples:
  keras-matrix run --tag smoke                          one cell per era and backend
  keras-matrix run keras2.3.1-tensorflow1.15.5-py37     one cell
  keras-matrix run 'keras2.*' --jobs 2 --engine docker  many; stop it any time, it resumes
  keras-matrix run --tag nightly --shard 3/8            the third of eight machines
  keras-matrix run --tag nightly --budget 1h30m         what tells most first; ends in time
  keras-matrix run --only-failed                        what the last run could not measure
  keras-matrix run --scheduler tcp://10.0.0.1:8786 --registry 10.0.0.1:5000
                                                        on a Dask cluster; each tier is built once
  keras-matrix run --since 2026-11-01                   renew what was measured before that day

order: cells without a report, those with the newest releases first; what the machine failed to
measure the last time; reports whose basis changed; cells at which support ranges begin or end;
the rest. A build that failed for want of network, disk or engine is tried three times. An outcome
that changed is measured twice before it is stored; where the two disagree it is marked as flaky.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    common.add_selection(parser)
    sharded.add_shard(parser)
    sites.add_options(parser)
    parser.add_argument("--force", action="store_true", help="measure current cells again, too")
    parser.add_argument(
        "--only-failed",
        action="store_true",
        help="only cells whose report says build-failed or not-run, or that the last run could "
        "not measure",
    )
    parser.add_argument(
        "--since",
        type=past_day,
        metavar="DATE",
        help="count a report as current only if it was measured on DATE (YYYY-MM-DD) or later",
    )
    parser.add_argument(
        "--own",
        action="store_true",
        help="count a report as current only if this machine measured it (not one that came "
        "with the checkout)",
    )
    parser.add_argument(
        "--budget",
        type=budget,
        metavar="TIME",
        help="start no cell that isn't expected to end within TIME (90s, 30m, 1h30m) of the "
        "start, by what reports/timings.json says; what was left out is told, and no failure",
    )
    parser.add_argument(
        "--keep-images",
        type=common.at_least(0),
        metavar="N",
        help="after each cell remove the environments that no remaining cell needs, but for the "
        "newest N",
    )


def budget(text: str) -> int:
    """The argument's type of --budget."""
    try:
        return parse_budget(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def past_day(text: str) -> date:
    """The argument's type of --since."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: give it as YYYY-MM-DD") from error
    if day > datetime.now(UTC).date():
        raise argparse.ArgumentTypeError(f"{text} is in the future: nothing was measured since")
    return day


def execute(arguments: argparse.Namespace) -> int:
    """Run the campaign; 0 when nothing failed for the machine's sake, else 3."""
    started = time.monotonic()
    loaded, shard = sharded.only_shard(common.load(arguments), arguments.shard)
    console = Console(stderr=arguments.json, highlight=False, soft_wrap=True)
    if shard is not None:
        console.print(sharded.words(shard))
    project = loaded.project
    store = ReportStore(project.data)
    own_reports = OwnReports(project.cache / "measured")
    timings = load_timings(project.timings)
    if timings.problem:
        console.print(f"{timings.problem}: begun anew", markup=False, style="yellow")
    with sites.open_site(arguments, loaded, console) as site:
        criteria = Criteria(
            own=own_reports if arguments.own else None,
            force=arguments.force,
            since=arguments.since,
            only_failed=arguments.only_failed,
            failures=timings.failures,
        )
        plan = plan_campaign(loaded.cells, loaded.catalogue, site.ground, store, criteria)
        ran.settle(plan, store, console)
        measured: Mapping[str, Measured] = {}
        limit = None
        if plan.tasks:
            if arguments.budget is not None:
                left = arguments.budget - (time.monotonic() - started)
                limit = Budget(left, timings, site.standing())
            options = Options(
                keep_images=arguments.keep_images,
                budget=limit,
                record=partial(record_timing, project.timings, lock=project.cache / "timings.lock"),
                claims=Claims(directory=project.claims, ground=site.ground),
            )
            with Progress(console, len(plan.tasks), site.received, site.arriving) as progress:
                measured = run_campaign(
                    plan, site.crew, store, own_reports, options=options, on_event=progress
                )
        left_out = limit.left_out if limit else []
        settled = [Measured(report=r, build_seconds=0) for r in (*plan.impossible, *plan.current)]
        done = [*settled, *measured.values()]
        if arguments.json:
            common.print_json({**ran.document(done, left_out, site.received), **site.account()})
    ran.conclude(done, left_out, console)
    machines = {*ENVIRONMENTAL, LOST_WORKERS}
    return 3 if any(each.report.failure in machines for each in measured.values()) else 0
