"""SELECT patterns: which cells a command is about. Pure.

A pattern is a glob on ids, with braces (``keras2.*-theano*``, ``*{py37,py38}``), or an expression
``NAME=GLOB`` on a pin, ``python``, ``backend``, ``group``, ``tag`` or ``as_of``. Several are a
union; a leading ``!`` takes cells out again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from keras_matrix.errors import InputError
from keras_matrix.matrix.cells import PINS, Cell
from keras_matrix.matrix.yamlmarks import did_you_mean

FACTS = ("python", "backend", "group", "tag", "as_of")
_BRACES = re.compile(r"\{([^{}]*)\}")


def select(
    cells: Iterable[Cell], patterns: Sequence[str] = (), tags: Sequence[str] = ()
) -> tuple[Cell, ...]:
    """The cells that a pattern selects and that have one of the tags, in the matrix's order.

    No pattern, or only ``!`` ones, stands for every cell; no tag for every tag.

    Raises:
        InputError: a pattern or tag that fits no cell of the matrix, each with a near miss.
    """
    everything = tuple(cells)
    problems = [
        no_match(everything, pattern.removeprefix("!"))
        for pattern in patterns
        if not matching(everything, pattern.removeprefix("!"))
    ]
    known_tags = sorted({tag for cell in everything for tag in cell.tags})
    problems += [
        f"no cell has the tag {tag!r}{did_you_mean(tag, known_tags)}"
        for tag in tags
        if tag not in known_tags
    ]
    if problems:
        raise InputError(problems)
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")] or ["*"]
    chosen = _ids(everything, wanted)
    unwanted = _ids(everything, [pattern[1:] for pattern in patterns if pattern.startswith("!")])
    return tuple(
        cell
        for cell in everything
        if cell.id in chosen - unwanted and (not tags or set(tags) & set(cell.tags))
    )


def matching(cells: Iterable[Cell], pattern: str) -> tuple[Cell, ...]:
    """The cells that one pattern (without ``!``) fits."""
    name, equals, wanted = pattern.partition("=")
    globs = tuple(expand_braces(wanted if equals else pattern))
    return tuple(
        cell
        for cell in cells
        if any(
            fnmatchcase(value, glob)
            for value in (_values(cell, name) if equals else (cell.id,))
            for glob in globs
        )
    )


def no_match(cells: Iterable[Cell], pattern: str) -> str:
    """What to say of a pattern that fits nothing, with the nearest that would."""
    cells = tuple(cells)
    name, equals, wanted = pattern.partition("=")
    if not equals:
        hint = did_you_mean(pattern, [cell.id for cell in cells])
        return f"no cell matches {pattern!r}{hint or '; `keras-matrix cells` lists all ids'}"
    known = {value for cell in cells for value in _values(cell, name)}
    if known:
        hint = did_you_mean(wanted, sorted(known)) or f"; known: {', '.join(sorted(known))}"
        return f"no cell has {pattern}{hint}"
    names = sorted({*FACTS, *PINS, *(pin for cell in cells for pin in cell.pins)})
    hint = did_you_mean(name, names) or f"; known: {', '.join(names)}"
    return f"no cell has anything called {name!r} ({pattern}){hint}"


def expand_braces(pattern: str) -> Iterator[str]:
    """``a{b,c}`` as ``ab`` and ``ac``; nested braces too."""
    found = _BRACES.search(pattern)
    if found is None:
        yield pattern
        return
    for word in found[1].split(","):
        yield from expand_braces(pattern[: found.start()] + word + pattern[found.end() :])


def _ids(cells: Iterable[Cell], patterns: Iterable[str]) -> set[str]:
    cells = tuple(cells)
    return {cell.id for pattern in patterns for cell in matching(cells, pattern)}


def _values(cell: Cell, name: str) -> tuple[str, ...]:
    facts: Mapping[str, tuple[str, ...]] = {
        "python": (cell.python,),
        "backend": (cell.backend,),
        "group": (cell.group,),
        "tag": cell.tags,
        "as_of": (cell.as_of.isoformat(),),
    }
    return facts.get(name) or ((cell.pins[name],) if name in cell.pins else ())
