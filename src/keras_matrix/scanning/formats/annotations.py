"""An answer as GitHub's workflow commands, which annotate the lines of a pull request."""

from collections.abc import Iterator, Sequence

from keras_matrix.scanning.files import Unread
from keras_matrix.scanning.formats.issues import Issue, Level
from keras_matrix.scanning.formats.sarif import with_cell
from keras_matrix.workflowcommands import command

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def to_annotations(issues: Sequence[Issue], unread: Sequence[Unread]) -> str:
    """A command a line."""
    return "".join(f"{line}\n" for line in (*map(_issue, issues), *_unread(unread)))


def _issue(issue: Issue) -> str:
    place = issue.place
    if place.cell is not None:
        where = {"line": place.file_line or 1}
    else:
        where = {"line": place.line, "endLine": place.end_line, "col": place.column}
        if place.line == place.end_line:
            where["endColumn"] = place.end_column
    return command(_COMMANDS[issue.level], {"file": place.file, **where}, with_cell(issue))


def _unread(unread: Sequence[Unread]) -> Iterator[str]:
    for each in unread:
        text = each.reason if each.partly else f"not read: {each.reason}"
        yield command("warning", {"file": each.path}, text)
