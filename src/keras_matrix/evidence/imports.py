"""What a name stands for, by the imports that the text shows: ``K`` is ``keras.backend`` or not."""

import re
from collections.abc import Iterable, Iterator, Mapping, Set

from keras_matrix.evidence.names import normalise_path

Aliases = Mapping[str, Set[str]]

_PROMPT = re.compile(r"^ {0,12}(?:>>>|\.\.\.|In ?\[\d{1,5}\]:|-{1,8}> ?\d{1,6}|\d{1,6}) ")
_FROM = re.compile(r"\bfrom {1,4}(\.{0,5}[\w.]{0,120}) {1,4}import {1,4}\(?([\w, *]{1,300})")
_IMPORT = re.compile(r"(?:^ {0,40}|[;:`(] ?|\bthe |\band )import {1,4}([A-Za-z_][\w., ]{0,300})")
_ASSIGNED = re.compile(
    r"^ {0,40}([A-Za-z_]\w{0,40}) ?= ?((?:tf|keras|tensorflow|tf_keras|K)(?:\.\w{1,60}){0,6})"
    r" {0,10}(?:#.{0,200})?$"
)
_CLAUSE = re.compile(r"([A-Za-z_][\w.]*)(?: +as +([A-Za-z_]\w*))?")
_ROOTS = {
    "tf": "tensorflow",
    **{n: n for n in ("keras", "tensorflow", "tf_keras", "keras_core", "theano", "jax", "torch")},
}
_OWN_PACKAGE = re.compile(
    r"(?:site|dist)-packages/(?:[^/]{1,100}\.egg/)?((?:\w{1,80}/){0,12}\w{1,80})\.pyx?$"
)
# What the standard frameworks' own files call these modules.
_HABITS = {
    "keras": {"K": "keras.backend", "tf": "tensorflow", "C": "cntk", "T": "theano.tensor"},
    "tensorflow": {"K": "tensorflow.python.keras.backend"},
}


def without_prompt(line: str) -> str:
    """The code on a line of an interactive session or of IPython's excerpts."""
    return _PROMPT.sub("", line, count=1)


def imports(line: str) -> Iterator[tuple[str, str]]:
    """(local name, what it stands for) for each import on one line."""
    if "import" in line:
        for found in _FROM.finditer(line):
            for clause in found[2].split(","):
                if one := _CLAUSE.match(clause.strip()):
                    yield one[2] or one[1], f"{found[1]}.{one[1]}"
        for found in _IMPORT.finditer(line):
            for clause in found[1].split(","):
                if named := _CLAUSE.match(clause.strip()):
                    root = named[1].partition(".")[0]
                    yield (named[2], named[1]) if named[2] else (root, root)


def aliases(lines: Iterable[str]) -> Aliases:
    """Every local name of a framework's module, with all that it may stand for."""
    found: dict[str, set[str]] = {}
    assigned: list[tuple[str, str]] = []
    for line in lines:
        code = without_prompt(line)
        for name, target in imports(code):
            if target.partition(".")[0] in _ROOTS:
                found.setdefault(name, set()).add(normalise_path(target))
        if "=" in code and (match := _ASSIGNED.match(code)):
            assigned.append((match[1], match[2]))
    for name, expression in assigned:
        path = resolve(expression, found)
        if path is not None and name != expression:
            found.setdefault(name, set()).add(path)
    return found


def resolve(expression: str, known: Aliases) -> str | None:
    """The module that a dotted expression names, in today's terms; None where not sure."""
    head, _, rest = expression.partition(".")
    targets = known.get(head) or ({_ROOTS[head]} if head in _ROOTS else set())
    paths = {normalise_path(f"{target}.{rest}" if rest else target) for target in targets}
    return paths.pop() if len(paths) == 1 else None


def import_source(line: str, name: str, file: str | None) -> str | None:
    """The module that a ``from … import name`` takes the name from; None where not sure."""
    for local, target in imports(without_prompt(line)):
        module, _, imported = target.rpartition(".")
        if name not in (imported, local) or not module:
            continue
        if not module.startswith("."):
            return normalise_path(module)
        return _absolute(module, module_of(file) if file else None)
    return None


def module_of(file: str) -> str | None:
    """The dotted name of an installed file; None for a file that no installer put there."""
    found = _OWN_PACKAGE.search(file.replace("\\", "/"))
    return found[1].replace("/", ".") if found else None


def package_of(file: str) -> str | None:
    """The package of an installed file: "keras"; None for a file that no installer put there."""
    module = module_of(file)
    return module.partition(".")[0] if module else None


def habits(file: str) -> Aliases:
    """What the local names of a framework's own file stand for."""
    return {name: {path} for name, path in _HABITS.get(package_of(file) or "", {}).items()}


def _absolute(relative: str, module: str | None) -> str | None:
    if module is None:
        return None
    stem = relative.lstrip(".")
    dots = len(relative) - len(stem)
    package = module.removesuffix(".__init__").split(".")
    kept = package if module.endswith(".__init__") and dots == 1 else package[: len(package) - dots]
    return normalise_path(".".join((*kept, stem) if stem else kept)) or None
