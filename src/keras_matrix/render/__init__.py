"""Table -> text, one pure function a format: the same table gives the same bytes."""

from enum import StrEnum
from typing import assert_never

from keras_matrix.render.csv_ import to_csv
from keras_matrix.render.html import to_html
from keras_matrix.render.json_ import to_json
from keras_matrix.render.junit import to_junit
from keras_matrix.render.markdown import to_markdown
from keras_matrix.tables import Table


class Format(StrEnum):
    """What a table can be written as."""

    MD = "md"
    HTML = "html"
    CSV = "csv"
    JSON = "json"
    JUNIT = "junit"


def render(table: Table, fmt: Format) -> str:
    """The table in that format, with a final newline."""
    match fmt:
        case Format.MD:
            return to_markdown(table)
        case Format.HTML:
            return to_html(table)
        case Format.CSV:
            return to_csv(table)
        case Format.JSON:
            return to_json(table)
        case Format.JUNIT:
            return to_junit(table)
        case _:
            assert_never(fmt)
