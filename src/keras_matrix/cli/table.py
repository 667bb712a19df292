"""``keras-matrix table``: reports/data -> tables."""

import argparse
import sys
from pathlib import Path

from keras_matrix.atomicfile import write_all, write_text
from keras_matrix.cli import common, fragment
from keras_matrix.cli.guard import verdict_of
from keras_matrix.errors import EnvironmentUnusableError
from keras_matrix.plaintext import plain
from keras_matrix.probing.scenarios import list_scenarios
from keras_matrix.project import Project
from keras_matrix.releases import load_catalogue
from keras_matrix.render import Format, chunks, render
from keras_matrix.render.excerpt import replace_excerpt
from keras_matrix.render.junit import Cases, to_junit
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellReport
from keras_matrix.tables import tabulate
from keras_matrix.tables.claims import claims_text

EXAMPLES = """examples:
  keras-matrix table                          renew every table in reports/
  keras-matrix table --format md | less       one format, printed
  keras-matrix table --format junit -o r.xml  one format, to a file
  keras-matrix table --format junit --junit-cases attribute -o r.xml   a test for each attribute
  keras-matrix table --attribute 'get_*' --path keras.backend   a fragment for other documents
  keras-matrix table --guard HEAD             only where `keras-matrix guard HEAD .` refuses nothing
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
    parser.add_argument(
        "--junit-cases",
        choices=[each.value for each in Cases],
        default=Cases.CELL.value,
        help="with --format junit: a test case for each cell (default), or for each attribute, "
        "where `differs`, `crashed` and `timed-out` are failures",
    )
    parser.add_argument(
        "--guard",
        metavar="OLD",
        help="write nothing where `keras-matrix guard OLD` would refuse these reports",
    )
    common.add_expectations(parser)
    fragment.add_options(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print or write one format; without --format and -o, renew every file in reports/."""
    if fragment.asked_for(arguments):
        return fragment.execute(arguments)
    project = common.project_of(arguments)
    reports = _reports(project)
    if arguments.guard is not None:
        _guard(arguments, project)
    catalogue = load_catalogue(project.catalogue)
    versions = {name: catalogue.versions(name) for name in catalogue.projects}
    table = tabulate(reports, versions)
    wanted = Format.JSON if arguments.json else arguments.format
    if wanted is None and arguments.output is None:
        claims = claims_text(table, reports, list_scenarios(project.scenarios))
        texts = {project.reports / name: chunks(table, form) for form, name in FILES.items()}
        texts[project.reports / "claims.md"] = iter((claims,))
        write_all(texts.items())
        for path in texts:
            print(f"reports/{path.name}: {path.stat().st_size / 1024:.0f} kB")
        if project.readme.exists():
            readme = project.readme.read_text(encoding="utf-8")
            write_text(project.readme, replace_excerpt(readme, table))
        return 0
    if wanted == Format.JUNIT:
        text = to_junit(table, Cases(arguments.junit_cases))
    else:
        text = render(table, Format(wanted or "md"))
    if arguments.output is None:
        sys.stdout.write(text)
    else:
        write_text(arguments.output, text)
    return 0


def _guard(arguments: argparse.Namespace, project: Project) -> None:
    """Raises EnvironmentUnusableError where the guard refuses."""
    verdict = verdict_of(arguments, arguments.guard, str(project.data))
    if verdict.refusals:
        reasons = "\n".join(plain(refusal.text) for refusal in verdict.refusals)
        raise EnvironmentUnusableError(f"{reasons}\nthe guard refuses: no table was written")


def _reports(project: Project) -> tuple[CellReport, ...]:
    stored = ReportStore(project.data).all()
    for problem in stored.problems:
        print(f"left out: {problem}", file=sys.stderr)
    if not stored.reports:
        raise EnvironmentUnusableError(
            f"no reports in {project.data}: measure some cells first (keras-matrix run --tag smoke)"
        )
    return stored.reports
