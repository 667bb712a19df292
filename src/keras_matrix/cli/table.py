"""``keras-matrix table``: reports/data -> tables."""

import argparse
import sys
from pathlib import Path

from keras_matrix.atomicfile import write_text
from keras_matrix.cli import common
from keras_matrix.errors import EnvironmentUnusableError
from keras_matrix.probing.scenarios import list_scenarios
from keras_matrix.project import Project
from keras_matrix.releases import load_catalogue
from keras_matrix.render import Format, render
from keras_matrix.render.excerpt import replace_excerpt
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellReport
from keras_matrix.tables import tabulate
from keras_matrix.tables.claims import claims_text

EXAMPLES = """examples:
  keras-matrix table                          renew every table in reports/
  keras-matrix table --format md | less       one format, printed
  keras-matrix table --format junit -o r.xml  one format, to a file
"""
FILES = {
    Format.MD: "compatibility.md",
    Format.CSV: "compatibility.csv",
    Format.JSON: "compatibility.json",
    Format.HTML: "index.html",
}
"""What ``table`` without --format writes below reports/."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("--format", choices=[f.value for f in Format], help="one format only")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to, not stdout")


def execute(arguments: argparse.Namespace) -> int:
    """Print or write one format; without --format and -o, renew every file in reports/."""
    project = common.project_of(arguments)
    reports = _reports(project)
    catalogue = load_catalogue(project.catalogue)
    versions = {name: catalogue.versions(name) for name in catalogue.projects}
    table = tabulate(reports, versions)
    wanted = Format.JSON if arguments.json else arguments.format
    if wanted is None and arguments.output is None:
        texts = {name: render(table, form) for form, name in FILES.items()}
        texts["claims.md"] = claims_text(table, reports, list_scenarios(project.scenarios))
        for name, text in texts.items():
            write_text(project.reports / name, text)
            print(f"reports/{name}: {len(text.encode()) / 1024:.0f} kB")
        if project.readme.exists():
            readme = project.readme.read_text(encoding="utf-8")
            write_text(project.readme, replace_excerpt(readme, table))
        return 0
    text = render(table, Format(wanted or "md"))
    if arguments.output is None:
        sys.stdout.write(text)
    else:
        write_text(arguments.output, text)
    return 0


def _reports(project: Project) -> tuple[CellReport, ...]:
    stored = ReportStore(project.data).all()
    for problem in stored.problems:
        print(f"left out: {problem}", file=sys.stderr)
    if not stored.reports:
        raise EnvironmentUnusableError(
            f"no reports in {project.data}: measure some cells first (keras-matrix run --tag smoke)"
        )
    return stored.reports
