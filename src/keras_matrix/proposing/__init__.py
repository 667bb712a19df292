"""New releases -> new cells of the matrix, by the ``follow`` rules of matrix.yaml.

:mod:`.news` renews the catalogue, :mod:`.rules` reads combinations of releases out of it,
:mod:`.cells` makes cells of those that the matrix lacks, :mod:`.writing` puts them into the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keras_matrix.errors import InputError
from keras_matrix.matrix.blocks import Declarations
from keras_matrix.matrix.cells import Cell
from keras_matrix.matrix.declarations import read_declarations
from keras_matrix.matrix.expansion import Expansion, expand
from keras_matrix.matrix.yamlmarks import Problems, parse_yaml
from keras_matrix.proposing.cells import Proposal, Proposals, propose
from keras_matrix.proposing.writing import with_cells
from keras_matrix.releases import Catalogue


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A matrix file's text with new cells in it, and those cells as the file now makes them."""

    text: str
    cells: tuple[Cell, ...]


def declarations_of(text: str, name: str) -> Declarations:
    """What the file declares, before any release is looked up.

    Raises:
        InputError: everything wrong with its shape.
    """
    problems = Problems(name=name)
    declared = read_declarations(parse_yaml(text, problems), problems)
    problems.raise_if_any()
    return declared


def proposals_of(text: str, name: str, catalogue: Catalogue) -> Proposals:
    """What the file's rules make of the catalogue.

    Raises:
        InputError: everything wrong with the file; a rule that matches nothing among it.
    """
    problems = Problems(name=name)
    declared = read_declarations(parse_yaml(text, problems), problems)
    expansion = expand(declared, catalogue, problems)
    problems.raise_if_any()
    found = propose(declared, expansion, catalogue, problems)
    problems.raise_if_any()
    return found


def write(text: str, name: str, catalogue: Catalogue, new: Sequence[Proposal]) -> Written:
    """The file's text with the proposed cells, read again to be sure of it.

    Raises:
        InputError: an insertion would make something else of the file than it should.
    """
    old = _expansion(text, catalogue)
    wanted = {proposal.cell.id: proposal for proposal in new}
    written = with_cells(text, new)
    try:
        cells = _expansion(written, catalogue).cells
    except InputError as error:
        raise _unwritable(name, new, str(error)) from error
    added = tuple(cell for cell in cells if cell.id in wanted)
    others = tuple(cell for cell in cells if cell.id not in wanted)
    if others != old.cells or len(added) != len(new):
        raise _unwritable(name, new, "other cells would come or go")
    if not all(_is_meant(cell, wanted[cell.id]) for cell in added):
        raise _unwritable(name, new, "they would become other cells")
    return Written(text=written, cells=added)


def _expansion(text: str, catalogue: Catalogue) -> Expansion:
    problems = Problems(name="the new text")
    expansion = expand(read_declarations(parse_yaml(text, problems), problems), catalogue, problems)
    problems.raise_if_any()
    return expansion


def _is_meant(cell: Cell, proposal: Proposal) -> bool:
    tags = {*proposal.cell.tags, *(tag.value for tag in proposal.rule.tags)}
    return cell == replace(proposal.cell, tags=cell.tags) and tags <= set(cell.tags)


def _unwritable(name: str, new: Sequence[Proposal], why: str) -> InputError:
    return InputError(
        [
            f"{name}:{line}: follow {group!r}: new cells can't be written into the group as the "
            f"file is laid out (anchors? lists in lists?): {why}"
            for line, group in sorted({(each.rule.line, each.rule.group) for each in new})
        ]
    )
