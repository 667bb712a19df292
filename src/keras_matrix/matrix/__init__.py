"""matrix.yaml -> tuple[Cell, ...]; every mistake reported at once, with line and near miss.

Reading goes in three steps: :mod:`.yamlmarks` (text to marked values), :mod:`.declarations`
(marked values to :mod:`.blocks`), :mod:`.expansion` (blocks to cells).
"""

from dataclasses import dataclass
from pathlib import Path

from keras_matrix.errors import InputError
from keras_matrix.matrix.cells import Cell as Cell
from keras_matrix.matrix.cells import Tag as Tag
from keras_matrix.matrix.declarations import read_declarations
from keras_matrix.matrix.expansion import Excluded, expand
from keras_matrix.matrix.yamlmarks import Problems, did_you_mean, read_yaml
from keras_matrix.releases import Catalogue
from keras_matrix.wheels import PYTHONS


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """The declared combinations, expanded, in the file's order; ids are unique.

    ``import_paths`` are the namespaces to probe in every cell; ``excluded`` what the file's
    excludes take out, with their reasons; ``pythons`` the candidates for ``python: auto``.
    """

    cells: tuple[Cell, ...]
    import_paths: tuple[str, ...]
    excluded: tuple[Excluded, ...] = ()
    pythons: tuple[str, ...] = PYTHONS

    def cell(self, cell_id: str) -> Cell:
        """The cell of that id.

        Raises:
            InputError: there is none; the message names the nearest.
        """
        for cell in self.cells:
            if cell.id == cell_id:
                return cell
        hint = did_you_mean(cell_id, [cell.id for cell in self.cells])
        raise InputError([f"no cell is called {cell_id!r}{hint}"])


def load_matrix(path: Path, catalogue: Catalogue) -> Matrix:
    """Read, check and expand a matrix file.

    Raises:
        InputError: everything wrong with the file, one ``name:LINE: …`` each, in its order.
    """
    problems = Problems(name=path.name)
    declared = read_declarations(read_yaml(path, problems), problems)
    expansion = expand(declared, catalogue, problems)
    problems.raise_if_any()
    return Matrix(
        cells=expansion.cells,
        import_paths=declared.import_paths,
        excluded=expansion.excluded,
        pythons=declared.pythons,
    )
