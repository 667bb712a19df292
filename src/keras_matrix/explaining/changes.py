"""A use that works -> the lines of code that change, and the setting that comes first."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from keras_matrix.errors import EnvironmentUnusableError
from keras_matrix.evidence import ErrorKind, Evidence
from keras_matrix.explaining.case import Case
from keras_matrix.shipped import shipped

_SHORT = {"tensorflow": ("tf", "import tensorflow as tf"), "keras": ("keras", "import keras")}
_ATTRIBUTE_ONLY = "only as an attribute of "
_LONGEST = 120
_SETTINGS = {
    "eager execution off": (
        "import tensorflow as tf",
        "tf.compat.v1.disable_eager_execution()  # before any tensor or model is made",
    ),
    "TF_USE_LEGACY_KERAS=1": (
        "import os",
        'os.environ["TF_USE_LEGACY_KERAS"] = "1"  # before the first import of tensorflow',
    ),
}
_NEEDED = re.compile(r"works with (?P<setting>[^;]+)")


@cache
def alternatives() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """How the candidates of probes/alternatives.json are written; what works was measured.

    Raises:
        EnvironmentUnusableError: the file is missing or is none.
    """
    where = shipped("probes/alternatives.json")
    try:
        document: dict[str, list[dict[str, Any]]] = json.loads(where.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EnvironmentUnusableError(f"{where} can't be read: {error}") from error
    return document


def to_use(case: Case, use: str, cell: str) -> tuple[str, ...]:
    """The lines of a diff that lead from the failing name to the use, as measured in the cell."""
    name = case.subject.name or ""
    module, _, other = use.rpartition(".")
    if other == name and _takes_name(case.evidence, case.path, name):
        return (f"- from {case.path} import {name}", f"+ from {module} import {name}")
    entry = entry_of(name, use)
    if other == name and module in case.knowledge.paths and module != case.path:
        return to_path(case, module, cell)
    if entry is not None and "change" in entry:
        before, after = entry["change"]
        return (*_needs(use, after), f"- {before}", f"+ {after}")
    if module == case.path:
        return _line_change(case.evidence, name, f"K.{other}")
    root, _, rest = use.partition(".")
    short, needed = _SHORT.get(root, (root, f"import {module}"))
    return (f"+ {needed}", *_line_change(case.evidence, name, f"{short}.{rest}"))


def to_path(case: Case, module: str, cell: str) -> tuple[str, ...]:
    """Another import path in the place of this one, as it can be imported in the cell."""
    parent, _, last = module.rpartition(".")
    before = _existing_import(case.evidence, case.path) or _import_of(case.path)
    said = case.knowledge.path_state(cell, module)[1] or ""
    if said.startswith(_ATTRIBUTE_ONLY):
        spelt = module.replace("tensorflow.", "tf.", 1)
        return (f"- {before}", "+ import tensorflow as tf", f"+ K = {spelt}")
    alias = re.search(r"\bas (\w+)$", before)
    return (f"- {before}", f"+ from {parent} import {last} as {alias[1] if alias else 'K'}")


def to_this_path(case: Case, *, function: bool) -> tuple[str, ...]:
    """The very name by the very path, where the code gets it another way."""
    name = case.subject.name or ""
    if function:
        return _line_change(case.evidence, name, f"K.{name}")
    return (f"+ {_import_of(case.path)}", f"+ K.{name}")


def by_from(case: Case) -> tuple[str, ...]:
    """The user's import of the path, written the other way."""
    pattern = re.compile(rf"^\s*import\s+{re.escape(case.path)}(?:\s+as\s+(\w+))?\s*$")
    found = next(filter(None, map(pattern.match, _code(case.evidence))), None)
    before = found[0].strip() if found else f"import {case.path} as K"
    parent, _, last = case.path.rpartition(".")
    return (f"- {before}", f"+ from {parent} import {last} as {(found and found[1]) or 'K'}")


def order_of(name: str, use: str) -> int:
    """The place of a candidate among those of the name: the best are listed first."""
    entry = entry_of(name, use)
    return list(alternatives()[name]).index(entry) if entry is not None else 0


def is_shown(evidence: Evidence, word: str) -> bool:
    """Whether the user's code has the word."""
    return any(re.search(rf"\b{re.escape(word)}\b", line) for line in _code(evidence))


def note_of(name: str, use: str) -> str | None:
    """What the data says besides about that candidate."""
    entry = entry_of(name, use)
    return str(entry["note"]) if entry and "note" in entry else None


def setting_of(detail: str | None) -> tuple[str, ...]:
    """The lines that make a name work which needs a setting; its own words where none are known."""
    found = _NEEDED.search(detail or "")
    if found is None:
        return ()
    setting = found["setting"].strip()
    return _SETTINGS.get(setting, (f"# {setting}",))


def _import_of(path: str) -> str:
    parent, _, last = path.rpartition(".")
    return f"from {parent} import {last} as K" if parent else f"import {last}"


def _takes_name(evidence: Evidence, path: str, name: str) -> bool:
    """Whether the code imports the name itself from the path."""
    if evidence.error is not None and evidence.error.kind is ErrorKind.CANNOT_IMPORT_NAME:
        return True
    pattern = re.compile(rf"from\s+{re.escape(path)}\s+import\s.*\b{re.escape(name)}\b")
    return any(pattern.search(line) for line in _code(evidence))


def _existing_import(evidence: Evidence, path: str) -> str | None:
    """The user's own import of the path, where the text shows it."""
    parent, _, last = path.rpartition(".")
    pattern = re.compile(
        rf"^\s*(from\s+{re.escape(parent)}\s+import\s+{re.escape(last)}(?:\s+as\s+\w+)?"
        rf"|import\s+{re.escape(path)}\s+as\s+\w+)\s*(?:#.*)?$"
    )
    found = (pattern.match(line) for line in _code(evidence))
    return next((match[1] for match in found if match), None)


def entry_of(name: str, use: str) -> Mapping[str, Any] | None:
    """How probes/alternatives.json writes that candidate; None where it is the name itself."""
    last = use.rpartition(".")[2]
    entries = {str(entry["use"]): entry for entry in alternatives().get(name, ())}
    return entries.get(use) or entries.get(f"K.{last}")


def _needs(use: str, after: str) -> tuple[str, ...]:
    """The import that the new line wants, where it is none itself."""
    if after.startswith(("from ", "import ")):
        return ()
    short, needed = _SHORT.get(use.partition(".")[0], ("", ""))
    return (f"+ {needed}",) if short and re.search(rf"\b{short}\.", after) else ()


def _line_change(evidence: Evidence, name: str, head: str) -> tuple[str, str]:
    """The user's line with the name, before and after; a plain one where the text has none.

    A constant (``_BACKEND``) is replaced by what a function of the same meaning returns.
    """
    constant = name.isupper() and not head.rpartition(".")[2].isupper()
    head = f"{head}()" if constant else head
    pattern = re.compile(rf"(?<![\w.])(?:[A-Za-z_]\w*\.)+{re.escape(name)}\b")
    for line in _code(evidence):
        if len(line) <= _LONGEST and "import " not in line and pattern.search(line):
            changed = pattern.sub(lambda _: head, line.strip())
            return (f"- {line.strip()}", f"+ {changed}")
    return (f"- K.{name}", f"+ {head}") if constant else (f"- K.{name}(...)", f"+ {head}(...)")


def _code(evidence: Evidence) -> Sequence[str]:
    frames = evidence.error.frames if evidence.error else ()
    shown = [frame.code for frame in reversed(frames) if frame.code]
    return [*shown, *(line for block in evidence.code for line in block.splitlines())]
