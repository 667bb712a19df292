"""A Sphinx extension: what was measured, as tables and lists of the page being built.

In ``conf.py``::

    extensions = ["keras_matrix.sphinxext"]
    keras_matrix_table = "compatibility.json"   # relative to conf.py; without it the package's own

In a document::

    .. keras-matrix:: keras.backend.get_session

    .. keras-matrix::
       :attribute: get_* set_*
       :path: keras.backend
       :backend: tensorflow theano
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from keras_matrix import __version__
from keras_matrix.errors import EnvironmentUnusableError, InputError
from keras_matrix.fragments import Fragment, NameRanges, Wanted, cut
from keras_matrix.knowledge import Knowledge, load_knowledge
from keras_matrix.render.fragment import notes_of, span_text
from keras_matrix.shipped import shipped
from keras_matrix.tables.ranges import Span

_LOGGER = logging.getLogger(__name__)
_COLUMN = 34
"""How wide a column of ranges is, in characters: the text builder goes by it, HTML by the ratio."""


class KerasMatrixDirective(SphinxDirective):
    """The support range of one name, or a table of those that the options choose."""

    required_arguments = 0
    optional_arguments = 1
    has_content = False
    option_spec = {  # noqa: RUF012 - as docutils declares it
        "attribute": directives.unchanged_required,
        "path": directives.unchanged_required,
        "backend": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """The nodes; none, with a warning at the directive's line, where nothing can be shown."""
        table = Path(self.config.keras_matrix_table)
        self.env.note_dependency(str(table))
        try:
            fragments = cut(_knowledge(table, _changed(table)), self._wanted())
        except (InputError, EnvironmentUnusableError) as error:
            _LOGGER.warning(
                "keras-matrix: %s", error, type="keras-matrix", location=self.get_location()
            )
            return []
        if self.arguments:
            return [node for fragment in fragments for node in _name(fragment, fragment.rows[0])]
        notes = [nodes.paragraph("", note) for note in notes_of(fragments)]
        return [*map(_table_node, fragments), *notes]

    def _wanted(self) -> Wanted:
        chosen = {kind: tuple(self.options.get(kind, "").split()) for kind in self.option_spec}
        if not self.arguments:
            if not (chosen["attribute"] or chosen["path"]):
                raise InputError(["give a name (keras.backend.mean), :attribute: or :path:"])
            return Wanted(
                attributes=chosen["attribute"], paths=chosen["path"], backends=chosen["backend"]
            )
        path, _, name = self.arguments[0].rpartition(".")
        if chosen["attribute"] or chosen["path"]:
            raise InputError(["a name goes without :attribute: and :path:, which choose a table"])
        if not (path and name) or set("*?[") & set(self.arguments[0]):
            raise InputError(
                [f"{self.arguments[0]!r} is no import path with a name: keras.backend.mean"]
            )
        return Wanted(attributes=(name,), paths=(path,), backends=chosen["backend"])


def _changed(table: Path) -> int:
    return table.stat().st_mtime_ns if table.exists() else 0


@lru_cache(maxsize=1)
def _knowledge(table: Path, _changed: int) -> Knowledge:
    """Read once for all directives, and again when the file changed."""
    return load_knowledge(table)


def _name(fragment: Fragment, row: NameRanges) -> Iterator[nodes.Node]:
    """One name: a paragraph and a list with an item for each backend."""
    dotted = f"{fragment.path}.{row.attribute}"
    yield nodes.paragraph("", "", nodes.literal("", dotted), nodes.Text(", as measured:"))
    items = nodes.bullet_list()
    for backend in fragment.backends:
        item = nodes.list_item("", nodes.paragraph("", f"{fragment.heading(backend)}:"))
        item += _spans(row.spans.get(backend, ()))
        items += item
    yield items
    for note in notes_of((fragment,)):
        yield nodes.paragraph("", note)


def _spans(spans: Sequence[Span]) -> nodes.bullet_list:
    lines = (nodes.paragraph("", span_text(span)) for span in spans)
    return nodes.bullet_list("", *(nodes.list_item("", line) for line in lines))


def _table_node(fragment: Fragment) -> nodes.table:
    """One path: a row for each name, a column for each backend."""
    names = [f"{fragment.path} …", *(row.attribute for row in fragment.rows)]
    widths = [2 + max(map(len, names)), *[_COLUMN] * len(fragment.backends)]
    group = nodes.tgroup("", cols=len(widths))
    group += [nodes.colspec("", colwidth=width) for width in widths]
    corner = nodes.paragraph("", "", nodes.literal("", fragment.path), nodes.Text(" …"))
    heads = [[nodes.paragraph("", fragment.heading(backend))] for backend in fragment.backends]
    group += nodes.thead("", _row([corner], *heads))
    group += nodes.tbody("", *(_name_row(row, fragment.backends) for row in fragment.rows))
    return nodes.table("", group, classes=["keras-matrix"])


def _name_row(row: NameRanges, backends: Sequence[str]) -> nodes.row:
    name = nodes.paragraph("", "", nodes.literal("", row.attribute))
    return _row([name], *(_paragraphs(row.spans.get(backend, ())) for backend in backends))


def _paragraphs(spans: Sequence[Span]) -> list[nodes.Node]:
    """Set apart by semicolons, for in a cell the text builder runs paragraphs together."""
    texts = list(map(span_text, spans))
    said = [*(f"{text};" for text in texts[:-1]), *texts[-1:]]
    return [nodes.paragraph("", text) for text in said]


def _row(*cells: Sequence[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", *cell) for cell in cells))


def _locate(app: Sphinx, config: Config) -> None:
    """The setting as a whole path: a page depends on it wherever the build runs."""
    named = config.keras_matrix_table
    table = Path(app.confdir) / named if named else shipped("reports/compatibility.json")
    config.keras_matrix_table = str(table)


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls: the directive, and the setting that names another table."""
    app.add_config_value("keras_matrix_table", None, "env", (str, type(None)))
    app.connect("config-inited", _locate)
    app.add_directive("keras-matrix", KerasMatrixDirective)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
