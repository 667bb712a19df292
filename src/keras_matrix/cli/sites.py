"""Where a run measures its cells: on this machine, or on the workers of a cluster."""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from rich.console import Console

from keras_matrix.cli import common
from keras_matrix.cli.progress import Arriving
from keras_matrix.engines.choice import moves_of
from keras_matrix.errors import EnvironmentUnusableError
from keras_matrix.probing import probes_digest
from keras_matrix.probing.scenarios import list_scenarios
from keras_matrix.running.campaign import Crew, OwnCrew
from keras_matrix.running.measuring import Bench
from keras_matrix.running.planning import Ground, ground_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A crew at work, and what can be seen of it.

    ``received`` is what a cell was handed in bytes, ``arriving`` the files on their way from the
    source, ``standing`` the tiers that are built already, ``account`` what the run took, for
    ``--json``.
    """

    ground: Ground
    crew: Crew
    received: Callable[[str], int]
    arriving: Callable[[], Iterable[Arriving]]
    standing: Callable[[], Iterable[str]]
    account: Callable[[], Mapping[str, object]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """--engine, --jobs, --scheduler, --registry."""
    common.add_engine(parser)
    parser.add_argument(
        "--jobs",
        type=common.at_least(1),
        default=2,
        help="cells at a time (default 2); on a cluster, of each worker, and not more than its "
        "threads",
    )
    parser.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="measure on the workers of that Dask cluster, each with its own engine "
        "(pip install 'keras-matrix[dask]' on all machines)",
    )
    parser.add_argument(
        "--registry",
        metavar="HOST:PORT",
        help="push and pull environments there, so that each is built once",
    )


@contextmanager
def open_site(
    arguments: argparse.Namespace, loaded: common.Loaded, console: Console
) -> Iterator[Site]:
    """What the options ask for, ready to measure while the block runs."""
    where = _cluster if arguments.scheduler else _own
    with where(arguments, loaded, console) as site:
        yield site


@contextmanager
def _own(arguments: argparse.Namespace, loaded: common.Loaded, console: Console) -> Iterator[Site]:
    """This machine."""
    project = loaded.project
    engine = common.open_engine(arguments, project, console, arguments.registry)
    with common.open_index(project) as index:
        bench = Bench(
            project=project,
            engine=engine,
            index=index,
            import_paths=loaded.matrix.import_paths,
            scenarios=list_scenarios(project.scenarios),
            probes=probes_digest(project.probes),
        )
        yield Site(
            ground=ground_of(bench),
            crew=OwnCrew(bench, arguments.jobs),
            received=index.served,
            arriving=index.arriving,
            standing=lambda: [held.tier for held in engine.held()],
            account=lambda: {
                "downloads": dict(index.downloads),
                "downloaded_bytes": index.downloaded,
            },
        )
        if arguments.registry:
            moves = moves_of(engine)
            for warning in moves.warnings:
                console.print(warning, markup=False, style="yellow")
            console.print(f"registry: {len(moves.pushed)} pushed, {len(moves.pulled)} pulled")


@contextmanager
def _cluster(
    arguments: argparse.Namespace, loaded: common.Loaded, console: Console
) -> Iterator[Site]:
    """The workers of a cluster; Dask is imported only now, for it is an extra."""
    try:
        from keras_matrix.distributing.crew import Wanted, open_crew
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "distributed":
            raise
        raise EnvironmentUnusableError(
            "--scheduler needs Dask: pip install 'keras-matrix[dask]', here and on the workers"
        ) from error
    wanted = Wanted(
        scheduler=arguments.scheduler,
        registry=arguments.registry,
        engine=arguments.engine,
        jobs=arguments.jobs,
    )

    def say(text: str) -> None:
        console.print(text, markup=False)

    with open_crew(wanted, loaded.project, loaded.matrix.import_paths, say) as crew:
        yield Site(
            ground=crew.ground,
            crew=crew,
            received=crew.received,
            arriving=tuple,
            standing=tuple,
            account=lambda: {
                "workers": {name: asdict(share) for name, share in sorted(crew.shares.items())}
            },
        )
