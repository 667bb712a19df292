"""One file's source -> all that it says."""

from keras_matrix.scanning.following.collecting import Collection
from keras_matrix.scanning.following.dialects import dialects
from keras_matrix.scanning.following.evaluation import Surroundings
from keras_matrix.scanning.following.imports import Finder, Importer
from keras_matrix.scanning.following.mentions import ModuleReading
from keras_matrix.scanning.following.scopes import Kind, Scope, merge, visible
from keras_matrix.scanning.following.statements import Reader
from keras_matrix.scanning.following.syntax import faults, parse
from keras_matrix.scanning.following.walking import Walker


def read_module(source: bytes, roots: frozenset[str], find: Finder) -> ModuleReading:
    """Read UTF-8 source. ``roots`` are the packages whose paths matter, ``find`` the tree's own."""
    root = parse(source)
    scope = Scope(kind=Kind.MODULE)
    around = Surroundings(scope=scope)
    found = Collection(roots=roots)
    reader = Reader(
        walker=Walker(source=source, around=around, found=found), importer=Importer(find)
    )
    reader.module(root)
    return ModuleReading(
        mentions=tuple(found.mentions),
        doubts=tuple(found.doubts),
        sets=tuple(found.sets),
        dialects=dialects(root) if found.mentions else (),
        exports=visible(merge([scope.names, scope.late])),
        stars=tuple(around.stars),
        faults=faults(root),
    )
