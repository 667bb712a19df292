"""``keras-matrix update``: read from the index which releases there are."""

import argparse

from packaging.utils import canonicalize_name

from keras_matrix.atomicfile import write_text
from keras_matrix.cli import common
from keras_matrix.localbuilds import local_builds
from keras_matrix.releases import dump_catalogue, load_catalogue, without_prereleases

EXAMPLES = """examples:
  keras-matrix update          renew docker/locks/releases.json and name what is new
  keras-matrix update h5py     ... with a project that an `extras` of matrix.yaml pins
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "projects", nargs="*", metavar="PROJECT", help="add these to the catalogue, too"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Renew the catalogue; prints every release that is new."""
    project = common.project_of(arguments)
    old = load_catalogue(project.catalogue)
    new = old
    with common.open_index(project) as index:
        for name in sorted({*old.projects, *map(canonicalize_name, arguments.projects)}):
            found = without_prereleases(index.releases(name))
            new = new.with_project(name, {**local_builds(old.projects.get(name, {})), **found})
    write_text(project.catalogue, dump_catalogue(new))
    added = [
        f"{name} {version}"
        for name in new.projects
        for version in new.versions(name)
        if old.release(name, version) is None
    ]
    if arguments.json:
        common.print_json({"added": added})
        return 0
    for line in added:
        print(line)
    print(f"{len(added)} new releases in {project.catalogue.relative_to(project.root)}")
    return 0
