"""What functions take, read from their signatures as ``inspect`` prints them."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keras_matrix.knowledge import Knowledge

NAMESAKES = {
    "keras.ops.hard_sigmoid": "its slope is 1/6, that of the backend is 0.2",
    "keras.ops.identity": "it makes the identity matrix of n rows",
    "keras.ops.repeat": "it repeats along an axis that is there; the backend's makes a new one",
}
"""Functions that take what their older namesakes take, and do something else with it.

Source: the recipes of these names, which call each by what it does.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameters:
    """What a signature takes: by place, by name, and the defaults as written."""

    positional: tuple[str, ...]
    names: tuple[str, ...]
    defaults: Mapping[str, str]
    catches_all: bool

    @property
    def required(self) -> tuple[str, ...]:
        """The names without a default."""
        return tuple(name for name in self.names if name not in self.defaults)

    def like(self, other: "Parameters") -> bool:
        """Whether a call means the same to both, whatever their first parameters are called.

        What one of them lacks is no matter here: who uses it sees that it is gone.
        """
        shared = self.defaults.keys() & other.defaults.keys()
        same_defaults = all(self.defaults[name] == other.defaults[name] for name in shared)
        places = zip(self.positional, other.positional, strict=False)
        same_places = all(
            one == other_one or (one not in other.names and other_one not in self.names)
            for one, other_one in places
        )
        return same_defaults and same_places and len(self.required) == len(other.required)


def parameters_of(signature: str | None) -> Parameters | None:
    """Read "(x, axis=None)"; None where it can't be read."""
    try:
        tree = ast.parse(f"def f{signature}: pass")
    except (SyntaxError, ValueError):
        return None
    function = tree.body[0]
    if not isinstance(function, ast.FunctionDef):
        return None
    given = function.args
    positional = [each.arg for each in (*given.posonlyargs, *given.args)]
    defaults = dict(
        zip(reversed(positional), map(ast.unparse, reversed(given.defaults)), strict=False)
    )
    for keyword, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if default is not None:
            defaults[keyword.arg] = ast.unparse(default)
    return Parameters(
        positional=tuple(positional),
        names=(*positional, *(each.arg for each in given.kwonlyargs)),
        defaults=defaults,
        catches_all=given.vararg is not None or given.kwarg is not None,
    )


def newest_signature(knowledge: Knowledge, path: str, name: str) -> Parameters | None:
    """What code that uses the name was written for: the newest signature measured on that path."""
    told = [fact.signature for fact in knowledge.facts(path, name) if fact.signature is not None]
    return parameters_of(told[-1]) if told else None


def otherwise(
    knowledge: Knowledge, olds: Sequence[Parameters | None], use: str, cell: str
) -> str | None:
    """Why a call of one of the old functions could mean something else to ``use``."""
    if use in NAMESAKES:
        return NAMESAKES[use]
    module, _, name = use.rpartition(".")
    signature = knowledge.fact(cell, module, name).signature
    new = parameters_of(signature)
    differ = new is not None and any(old is not None and not old.like(new) for old in olds)
    return f"its arguments are {signature}" if differ else None
