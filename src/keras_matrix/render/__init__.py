"""Table -> text, one pure function a format: the same table gives the same bytes."""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

from keras_matrix.render.csv_ import csv_chunks
from keras_matrix.render.html import html_chunks
from keras_matrix.render.json_ import json_chunks
from keras_matrix.render.junit import to_junit
from keras_matrix.render.markdown import markdown_chunks
from keras_matrix.tables import Table


class Format(StrEnum):
    """What a table can be written as."""

    MD = "md"
    HTML = "html"
    CSV = "csv"
    JSON = "json"
    JUNIT = "junit"


def chunks(table: Table, fmt: Format) -> Iterator[str]:
    """The table in that format, in pieces that need not be in memory at once."""
    match fmt:
        case Format.MD:
            return markdown_chunks(table)
        case Format.HTML:
            return html_chunks(table)
        case Format.CSV:
            return csv_chunks(table)
        case Format.JSON:
            return json_chunks(table)
        case Format.JUNIT:
            return iter((to_junit(table),))
        case _:
            assert_never(fmt)


def render(table: Table, fmt: Format) -> str:
    """The table in that format, with a final newline."""
    return "".join(chunks(table, fmt))
