"""New cells -> the text of matrix.yaml with them; every other byte stays where it is.

Entries are inserted at the places where the YAML parser saw the old ones. A library that writes
the file anew (ruamel.yaml) keeps comments and quotes, but not the columns that lists are set in.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Listed
from itertools import groupby

from keras_matrix.matrix.blocks import Combine
from keras_matrix.matrix.yamlmarks import Problems, Scalar, Sequence, Table, Value, parse_yaml
from keras_matrix.proposing.cells import Proposal
from keras_matrix.releases import parse_version

Insertion = tuple[int, str]
"""A place in the text, and what goes there."""


def with_cells(text: str, proposals: Iterable[Proposal]) -> str:
    """The file's text with the cells in their groups, and their ids beside the tags' patterns.

    The file is one that could be read. What comes out has to be read again: an alias or an unusual
    layout may make something else of an insertion.
    """
    top = _table(parse_yaml(text, Problems(name="")))
    groups = _table(top.entries["groups"])
    insertions: list[Insertion] = []
    ordered = sorted(proposals, key=lambda proposal: proposal.rule.line)
    for name, members in groupby(ordered, key=lambda proposal: proposal.rule.group):
        insertions += _into_group(text, _table(groups.entries[name]), list(members))
    tagged: dict[str, list[str]] = {}
    for proposal in ordered:
        for tag in proposal.rule.tags:
            if tag not in proposal.cell.tags:
                tagged.setdefault(tag, []).append(proposal.cell.id)
    if tagged:
        insertions += _tagged(text, _table(top.entries["tags"]), tagged)
    for place, added in sorted(insertions, reverse=True):
        text = text[:place] + added + text[place:]
    return text


def _table(value: Value) -> Table:
    assert isinstance(value, Table)  # the file was read before
    return value


def _tagged(text: str, tags: Table, ids: Mapping[str, Listed[str]]) -> list[Insertion]:
    lists = [_continued(text, {tag: tags.entries[tag]}, {tag: ids[tag]}) for tag in ids]
    return [insertion for insertions in lists for insertion in insertions]


def _into_group(text: str, group: Table, proposals: Listed[Proposal]) -> list[Insertion]:
    rows = {key: [each.columns[key] for each in proposals] for key in proposals[0].columns}
    size = max(
        (len(value.items) for value in group.entries.values() if isinstance(value, Sequence)),
        default=1,
    )
    insertions = _continued(text, group.entries, rows)
    for key, values in rows.items():
        word = group.entries[key]
        if isinstance(word, Scalar) and set(values) != {word.text}:
            insertions += _listed(text, word, size, values)
    if "combine" not in group.entries:
        flow = text[group.start] == "{"
        gap = ", " if flow else _newline(text) + " " * _column(text, group.start)
        insertions.append((group.start + flow, f"combine: {Combine.ZIP}{gap}"))
    return insertions


def _listed(text: str, word: Scalar, size: int, values: Listed[str]) -> list[Insertion]:
    """A single word, which stands for ``size`` cells, made a list with more of them."""
    start, end = word.span
    old = text[start:end]
    more = [*[old] * (size - 1), *(_entry(value, old) for value in values)]
    return [(start, "["), (end, "".join(f", {each}" for each in more) + "]")]


def _continued(
    text: str, entries: Mapping[str, Value], rows: Mapping[str, Listed[str]]
) -> list[Insertion]:
    """The lists among the entries, continued."""
    flow: dict[str, Scalar] = {}
    insertions = []
    for key, values in rows.items():
        value = entries[key]
        if isinstance(value, Sequence) and isinstance(last := value.items[-1], Scalar):
            if value.flow:
                flow[key] = last
            else:
                insertions.append(_below(text, last, values))
    return [*insertions, *_beside(text, flow, rows)]


def _below(text: str, last: Scalar, values: Listed[str]) -> Insertion:
    """More lines of a list that has an entry a line."""
    start, end = last.span
    bullet = text[text.rfind("\n", 0, start) + 1 : start]
    newline = _newline(text)
    place = text.find(newline, end)
    added = "".join(f"{newline}{bullet}{_entry(value, text[start:end])}" for value in values)
    return (len(text) if place < 0 else place, added)


def _beside(
    text: str, last: Mapping[str, Scalar], rows: Mapping[str, Listed[str]]
) -> list[Insertion]:
    """More entries of bracketed lists; set in columns where the last ones are."""
    aligned = len({_column(text, item.span[0]) for item in last.values()}) == 1
    ends = {key: _column(text, item.span[1]) for key, item in last.items()}
    added = dict.fromkeys(last, "")
    for number in range(max((len(rows[key]) for key in last), default=0)):
        column = max(ends.values()) + 2
        for key, item in last.items():
            gap = " " * (column - ends[key] - 1 if aligned else 1)
            entry = _entry(rows[key][number], text[slice(*item.span)])
            added[key] += f",{gap}{entry}"
            ends[key] = column + len(entry)
    return [(item.span[1], added[key]) for key, item in last.items()]


def _entry(value: str, neighbour: str) -> str:
    """The value in the quotes of the entry before it; a version is never without."""
    quote = neighbour[0] if neighbour[0] in "\"'" else '"' * (parse_version(value) is not None)
    return f"{quote}{value}{quote}"


def _column(text: str, place: int) -> int:
    return place - (text.rfind("\n", 0, place) + 1)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
