"""One file's source -> all that it says."""

import re

from keras_matrix.scanning.following.collecting import Collection
from keras_matrix.scanning.following.dialects import dialects
from keras_matrix.scanning.following.evaluation import Surroundings
from keras_matrix.scanning.following.imports import Finder, Importer
from keras_matrix.scanning.following.mentions import Dialect, ModuleReading
from keras_matrix.scanning.following.scopes import Kind, Scope, merge, visible
from keras_matrix.scanning.following.statements import Reader
from keras_matrix.scanning.following.syntax import Node, faults, parse
from keras_matrix.scanning.following.walking import Walker

_EXEC = re.compile(rb"((?:^|[:;])[ \t]*)exec(?=[ \t]+[^\s=(.,)\]])", re.MULTILINE)


def read_module(source: bytes, roots: frozenset[str], find: Finder) -> ModuleReading:
    """Read UTF-8 source. ``roots`` are the packages whose paths matter, ``find`` the tree's own."""
    root, bad, executed = _parse(source)
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
        dialects=(*executed, *dialects(root)) if found.mentions else (),
        exports=visible(merge([scope.names, scope.late])),
        stars=tuple(around.stars),
        faults=bad,
    )


def _parse(source: bytes) -> tuple[Node, tuple[int, ...], tuple[Dialect, ...]]:
    """The tree, the lines that are no Python, and an exec statement that the grammar didn't know.

    It knows ``exec name in names``, not ``exec compile(x) in names``. To everything that is asked
    here that is the same as ``not  compile(x) in names``, which is as long.
    """
    root = parse(source)
    bad = faults(root)
    lines = source.split(b"\n") if bad else []
    changed = [number for number in bad if _EXEC.search(lines[number - 1])]
    if not changed:
        return root, bad, ()
    for number in changed:
        lines[number - 1] = _EXEC.sub(rb"\1not ", lines[number - 1])
    start = sum(len(line) + 1 for line in lines[: changed[0] - 1])
    span = (start, start + len(lines[changed[0] - 1]))
    root = parse(b"\n".join(lines))
    return root, faults(root), (Dialect(what="exec statement", span=span, until=(3, 0)),)
