"""``keras-matrix lock``: resolve the tiers of the selected cells anew and store their locks."""

import argparse
from functools import partial

from rich.console import Console

from keras_matrix import environments
from keras_matrix.cli import common
from keras_matrix.engines import Engine
from keras_matrix.errors import (
    BuildFailedError,
    PythonUnavailableError,
    ReleaseUnavailableError,
)
from keras_matrix.feasibility import Impossible, assess
from keras_matrix.tiers import plan

EXAMPLES = """examples:
  keras-matrix lock                             tiers that have no lock yet
  keras-matrix lock --renew keras=2.3.1         resolve again even where there is one
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    common.add_selection(parser)
    common.add_engine(parser)
    parser.add_argument("--renew", action="store_true", help="resolve again where a lock exists")


def execute(arguments: argparse.Namespace) -> int:
    """Lock (and so build) every tier of the selected cells; a tier that fails is named."""
    loaded = common.load(arguments)
    console = Console(stderr=arguments.json, highlight=False, soft_wrap=True)
    engine = common.open_engine(arguments, loaded.project, console)
    outcomes, failed = lock_cells(loaded, engine, console, renew=arguments.renew)
    if arguments.json:
        common.print_json(outcomes)
    return 0 if failed == 0 else 3


def lock_cells(
    loaded: common.Loaded, engine: Engine, console: Console, *, renew: bool = False
) -> tuple[dict[str, str], int]:
    """What became of each cell, by id, and how many failed."""
    outcomes: dict[str, str] = {}
    failed = 0
    renewed: set[str] = set()
    with common.open_index(loaded.project) as index:
        index.listen(engine.index_host())
        for cell in loaded.cells:
            verdict = assess(cell, loaded.catalogue)
            if isinstance(verdict, Impossible):
                outcomes[cell.id] = f"impossible: {verdict.reason.text}"
                continue
            tiers = plan(cell, verdict.distributions, loaded.catalogue)
            try:
                environments.ensure(
                    tiers,
                    engine=engine,
                    index=index,
                    locks_dir=loaded.project.locks,
                    logs_dir=loaded.project.logs,
                    on_event=partial(_tell, console, cell.id),
                    label=cell.id,
                    renew=[t.name for t in tiers if t.name not in renewed] * renew,
                )
                renewed |= {tier.name for tier in tiers}
                outcomes[cell.id] = "locked"
            except (BuildFailedError, PythonUnavailableError, ReleaseUnavailableError) as error:
                outcomes[cell.id] = str(error)
                failed += 1
            console.print(f"{cell.id}: {outcomes[cell.id]}", markup=False)
    return outcomes, failed


def _tell(console: Console, cell: str, event: environments.TierEvent) -> None:
    console.print(f"{cell}: {event}", markup=False)
