"""``keras-matrix update``: new releases from the index, and the cells that they become."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console

from keras_matrix.atomicfile import write_text
from keras_matrix.cli import common
from keras_matrix.cli.lock import lock_cells
from keras_matrix.matrix import Cell
from keras_matrix.matrix.yamlmarks import read_text
from keras_matrix.project import Project
from keras_matrix.proposing import declarations_of, proposals_of, write
from keras_matrix.proposing.cells import Proposals
from keras_matrix.proposing.news import News, followed_projects, renew
from keras_matrix.releases import Release, dump_catalogue, load_catalogue

EXAMPLES = """examples:
  keras-matrix update          renew docker/locks/releases.json, name what is new, and write the
                               cells that the `follow` rules of matrix.yaml make of it
  keras-matrix update --check  write nothing; exit 1 where there is something new
  keras-matrix update --lock   ... and lock what the new cells need, nothing else
  keras-matrix update h5py     ... with a project that an `extras` of matrix.yaml pins

a follow rule names, for a group, what each of its pins follows:
  follow:
    keras-3-tensorflow:
      keras: newest 2 minors       # the newest patch of each of them
      tensorflow: newest 2 minors  # ... with each of these
    tf-keras:
      keras: newest minor
      tf-keras: newest minor
      tensorflow: minor of tf-keras
    keras-3-torch:
      keras: newest minor
      torch: newest minor +cpu     # of this local build
      tags: [nightly]              # the new cells' ids go to `tags`, too
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "projects", nargs="*", metavar="PROJECT", help="add these to the catalogue, too"
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 for an unknown release or a cell that would be new",
    )
    instead.add_argument(
        "--lock",
        action="store_true",
        help="resolve (and so build) the tiers of new cells that have no lock yet",
    )
    common.add_engine(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Renew the catalogue, then the matrix; prints what is new, and why."""
    project = common.project_of(arguments)
    text = read_text(project.matrix)
    rules = declarations_of(text, project.matrix.name).follow
    console = Console(stderr=arguments.json, highlight=False, soft_wrap=True)
    old = load_catalogue(project.catalogue)
    with common.open_index(project) as index:
        news = renew(old, arguments.projects, followed_projects(rules), index.releases)
    if not arguments.check:
        write_text(project.catalogue, dump_catalogue(news.catalogue))
    _tell_news(console, news, project, checked=arguments.check)
    found = Proposals(new=(), refused=())
    if rules:
        found = proposals_of(text, project.matrix.name, news.catalogue)
        _tell_proposals(console, found, project, checked=arguments.check)
    cells = tuple(proposal.cell for proposal in found.new)
    if found.new:
        written = write(text, project.matrix.name, news.catalogue, found.new)
        cells = written.cells
        if not arguments.check:
            write_text(project.matrix, written.text)
    locks: Mapping[str, str] = {}
    failed = 0
    if arguments.lock and cells:
        locks, failed = _lock(arguments, cells, console)
    if arguments.json:
        common.print_json(_document(news, found, cells, locks))
    if arguments.check:
        return 1 if news.added or found.new else 0
    return 3 if failed else 0


def _lock(
    arguments: argparse.Namespace, cells: Sequence[Cell], console: Console
) -> tuple[Mapping[str, str], int]:
    arguments.select, arguments.tag = [cell.id for cell in cells], []
    loaded = common.load(arguments)
    engine = common.open_engine(arguments, loaded.project, console)
    return lock_cells(loaded, engine, console)


def _tell_news(console: Console, news: News, project: Project, *, checked: bool) -> None:
    for name in _names(news.added):
        console.print(name, markup=False)
    for what, releases in (("yanked", news.yanked), ("pre-release", news.prereleases)):
        for name in _names(releases):
            console.print(f"{name}: {what}, not proposed", markup=False)
    for name in news.gone:
        console.print(
            f"{name}: no source knows it any more; what the catalogue has of it stays",
            markup=False,
            style="yellow",
        )
    place = project.catalogue.relative_to(project.root)
    where = f"that {place} lacks" if checked else f"in {place}"
    console.print(f"{len(news.added)} new releases {where}", markup=False)


def _tell_proposals(console: Console, found: Proposals, project: Project, *, checked: bool) -> None:
    for proposal in found.new:
        rule = proposal.rule
        console.print(f"{proposal.cell.id} in group {rule.group}: {proposal.why}", markup=False)
        for older in proposal.succeeds:
            console.print(f"  {older} has older patches of the same; it stays", markup=False)
    for refusal in found.refused:
        rule = refusal.rule
        where = f"{project.matrix.name}:{rule.line}"
        text = f"{refusal.name} not in group {rule.group} ({where}): {refusal.reason}"
        console.print(text, markup=False, style="yellow")
    where = "for" if checked else "in"
    console.print(f"{len(found.new)} new cells {where} {project.matrix.name}", markup=False)


def _document(
    news: News, found: Proposals, cells: Iterable[Cell], locks: Mapping[str, str]
) -> dict[str, Any]:
    tags = {cell.id: list(cell.tags) for cell in cells}
    return {
        "added": _names(news.added),
        "yanked": _names(news.yanked),
        "prereleases": _names(news.prereleases),
        "gone": list(news.gone),
        "cells": [
            {
                "id": proposal.cell.id,
                "group": proposal.rule.group,
                "tags": tags[proposal.cell.id],
                "why": proposal.why,
                "succeeds": list(proposal.succeeds),
            }
            for proposal in found.new
        ],
        "refused": [
            {
                "name": refusal.name,
                "group": refusal.rule.group,
                "line": refusal.rule.line,
                "reason": refusal.reason,
            }
            for refusal in found.refused
        ],
        "locks": dict(locks),
    }


def _names(releases: Iterable[Release]) -> list[str]:
    return [f"{release.project} {release.version}" for release in releases]
