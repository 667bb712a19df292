"""Small parts of Markdown: table lines, escaping, numbered notes."""

import re
from collections.abc import Iterator, Sequence

from keras_matrix.plaintext import plain
from keras_matrix.tables import PathTable
from keras_matrix.tables.states import State

_LONGEST_NOTE = 300
_SPECIAL = re.compile(r"([\\`*_\[\]|~#])")


def line(cells: Sequence[str]) -> str:
    """One line of a table."""
    return f"| {' | '.join(cells)} |"


def rule(columns: int) -> str:
    """The line between a table's heading and its body."""
    return "|" + " --- |" * columns


def escape(text: str) -> str:
    """Text from elsewhere as plain text on one line: nothing in it is markup."""
    text = " ".join(plain(text).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", text)


def code(text: str) -> str:
    """Our own text with code in backticks, for a table: bars can't end the table's cell."""
    return " ".join(text.split()).replace("|", "\\|")


class Notes:
    """Numbered notes of one section: the same text has the same number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> str:
        """The number of this note, a new one where the text is new."""
        return str(self._numbers.setdefault(" ".join(text.split()), len(self._numbers) + 1))

    def listing(self, of: str) -> Iterator[str]:
        """The notes as a numbered list under a line that says what they belong to."""
        if not self._numbers:
            return
        yield f"Notes of {of}:\n"
        for text, number in self._numbers.items():
            short = text if len(text) <= _LONGEST_NOTE else text[: _LONGEST_NOTE - 1] + "…"
            yield f"{number}. {escape(short)}"
        yield ""


def count_text(path: PathTable, cell: str, notes: Notes) -> str:
    """A path's counts in one cell ("✓ 120, R 3"), or why there are none."""
    state = path.states[cell]
    if state.state is State.UNIMPORTABLE:
        return f"{state.state.symbol} {notes.number(state.detail or 'no reason recorded')}"
    if not state.importable:
        return state.state.symbol
    return ", ".join(f"{found.symbol} {number}" for found, number in path.counts(cell).items())
