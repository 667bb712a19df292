"""The cut of the table that the README shows: a few telling names in the smoke cells."""

from keras_matrix.matrix.cells import Tag
from keras_matrix.render.marks import line, rule
from keras_matrix.results import CellOutcome
from keras_matrix.tables import Table

PATHS = ("keras.backend", "tensorflow.keras.backend")
NAMES = (
    "mean",
    "clear_session",
    "get_session",
    "placeholder",
    "learning_phase",
    "image_dim_ordering",
    "image_data_format",
)
BEGIN, END = "<!-- table:begin -->", "<!-- table:end -->"


def excerpt(table: Table) -> str:
    """Two small tables, one per path, with a column per measured smoke cell."""
    columns = [
        column
        for column in table.columns
        if Tag.SMOKE in column.cell.tags and column.outcome is CellOutcome.MEASURED
    ]
    headings = ["<br>".join(column.heading) for column in columns]
    parts = []
    for path in table.paths:
        if path.path not in PATHS:
            continue
        rows = {row.attribute: row for row in path.rows}
        lines = [line([f"`{path.path}.…`", *headings]), rule(len(columns) + 1)]
        for name in NAMES:
            if name in rows:
                entries = [path.entry(rows[name], column.cell.id) for column in columns]
                words = [f"{entry.state.symbol} {entry.state.word}" for entry in entries]
                lines.append(line([f"`{name}`", *words]))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def replace_excerpt(readme: str, table: Table) -> str:
    """The README with what stands between the two marks renewed; unchanged without marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        return readme
    return f"{before}{begin}\n\n{excerpt(table)}\n\n{end}{after}"
