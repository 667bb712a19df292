"""A small measured table, and code to scan against it."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from keras_matrix.knowledge import Knowledge
from keras_matrix.scanning.answers import Answer, answer
from keras_matrix.scanning.files import find_files
from keras_matrix.scanning.namespaces import Namespaces
from keras_matrix.scanning.tree import Tree, read_tree

THEANO = "keras2.2.4-theano1.0.3-py27"
OLD = "keras2.2.4-tensorflow1.12.0-py36"
MIDDLE = "keras2.3.1-tensorflow2.0.4-py37"
NEW = "keras3.1.1-tensorflow2.16.1-py311"
JAX = "keras3.1.1-jax0.4.30-py311"
ALL = (THEANO, OLD, MIDDLE, NEW, JAX)
KERAS2 = (THEANO, OLD, MIDDLE)
KERAS3 = (NEW, JAX)
ON_TENSORFLOW = (OLD, MIDDLE, NEW)
AXIS = "(x, axis=None, keepdims=False)"


def record(outcome: str, cells: tuple[str, ...], **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "cells": list(cells), **more}


def name(*records: dict[str, Any]) -> dict[str, Any]:
    return {"records": list(records), "ranges": []}


def _cell(id: str, python: str, backend: str, **pins: str) -> dict[str, Any]:
    return {
        "id": id,
        "python": python,
        "backend": backend,
        "pins": pins,
        "installed": pins,
        "as_of": "2019-01-01",
        "outcome": "measured",
        "reason": None,
    }


def _states(good: tuple[str, ...], error: str) -> list[dict[str, Any]]:
    bad = [cell for cell in ALL if cell not in good]
    found: list[dict[str, Any]] = [{"outcome": "importable", "cells": list(good)}]
    return [*found, {"outcome": "unimportable", "detail": error, "cells": bad}] if bad else found


def _gone(outcome: str, cells: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """There as long as there was Keras 2."""
    return name(record(outcome, cells, **more), record("missing", KERAS3))


def _instead(missing: str, cells: tuple[str, ...], *uses: str) -> dict[str, Any]:
    found = [{"use": use, "outcome": "works"} for use in uses]
    return {"name": missing, "uses": found, "cells": list(cells)}


DOCUMENT: Mapping[str, Any] = {
    "releases": {"keras": ["2.2.4", "2.3.1", "3.1.1"], "tensorflow": ["1.12.0", "2.0.4", "2.16.1"]},
    "cells": [
        _cell(THEANO, "2.7", "theano", keras="2.2.4", theano="1.0.3"),
        _cell(OLD, "3.6", "tensorflow", keras="2.2.4", tensorflow="1.12.0"),
        _cell(MIDDLE, "3.7", "tensorflow", keras="2.3.1", tensorflow="2.0.4"),
        _cell(NEW, "3.11", "tensorflow", keras="3.1.1", tensorflow="2.16.1"),
        _cell(JAX, "3.11", "jax", keras="3.1.1", jax="0.4.30"),
    ],
    "paths": [
        {
            "path": "keras.backend",
            "states": _states(ALL, ""),
            "instead": [
                _instead("mean", (NEW,), "keras.ops.mean", "tensorflow.keras.backend.mean"),
                _instead("mean", (JAX,), "keras.ops.mean"),
                _instead("lesser", (MIDDLE,), "keras.backend.less"),
                _instead("argmax", KERAS3, "keras.ops.argmax"),
                _instead("image_dim_ordering", (MIDDLE,), "keras.backend.image_data_format"),
                _instead(
                    "control_flow_ops", (MIDDLE, NEW), "tensorflow.cond", "tensorflow.while_loop"
                ),
            ],
            "private": [{"names": ["_BACKEND"], "cells": [THEANO, OLD]}],
            "attributes": {
                "backend": name(record("works", ALL, signature="()")),
                "floatx": name(
                    record("works", ALL, signature="()", same_as=["tensorflow.keras.backend"])
                ),
                "mean": _gone("works", KERAS2, signature=AXIS),
                "argmax": _gone("works", KERAS2, signature="(x, axis=-1)"),
                "control_flow_ops": name(
                    record("present", (OLD,), kind="module"),
                    record("missing", (THEANO, MIDDLE, *KERAS3)),
                ),
                "lesser": name(
                    record("works", (THEANO, OLD), signature="(x, y)"),
                    record("missing", (MIDDLE, *KERAS3)),
                ),
                "less": name(
                    record("missing", (THEANO, OLD)),
                    record("works", (MIDDLE,), signature="(x, y)"),
                    record("missing", KERAS3),
                ),
                "image_dim_ordering": name(
                    record("works", (THEANO, OLD), signature="()"),
                    record("missing", (MIDDLE, *KERAS3)),
                ),
                "image_data_format": name(record("works", ALL, signature="()")),
                "get_session": name(
                    record("missing", (THEANO, *KERAS3)),
                    record("works", (OLD,), signature="()"),
                    record("raises", (MIDDLE,), signature="()", detail="RuntimeError: not in 2.0."),
                ),
                "gradients": name(
                    record("works", (THEANO, OLD)),
                    record("needs-setting", (MIDDLE,), detail="works with eager execution off; …"),
                    record("missing", KERAS3),
                ),
                "tf": name(
                    record("present", (OLD,), detail="a module"),
                    record("missing", (THEANO, MIDDLE, *KERAS3)),
                ),
                "common": name(
                    record("present", KERAS2, detail="a module"), record("missing", KERAS3)
                ),
            },
        },
        {
            "path": "keras.backend.tensorflow_backend",
            "states": _states((OLD, MIDDLE), "ModuleNotFoundError: No module named 'x'"),
            "attributes": {"set_session": name(record("works", (OLD, MIDDLE), signature="(s)"))},
            "private": [{"names": ["_get_available_gpus"], "cells": [OLD]}],
        },
        {
            "path": "tensorflow.keras.backend",
            "states": [
                {
                    "outcome": "importable",
                    "detail": "only as an attribute of tensorflow: importing it raises "
                    "ModuleNotFoundError: No module named 'tensorflow.keras'",
                    "cells": [OLD],
                },
                *_states((MIDDLE, NEW), "ModuleNotFoundError: No module named 'tensorflow'"),
            ],
            "attributes": {
                "floatx": name(
                    record("works", ON_TENSORFLOW, signature="()", same_as=["keras.backend"])
                ),
                "mean": name(record("works", ON_TENSORFLOW, signature=AXIS)),
                "argmax": name(record("works", ON_TENSORFLOW, signature="(x, axis=-1)")),
                "clear_session": name(record("works", ON_TENSORFLOW, signature="()")),
            },
        },
        {
            "path": "keras.ops",
            "states": _states(KERAS3, "ModuleNotFoundError: No module named 'keras.ops'"),
            "attributes": {
                "mean": name(record("works", KERAS3, signature=AXIS)),
                "argmax": name(record("works", KERAS3, signature="(x, axis=None, keepdims=False)")),
            },
        },
    ],
}
# Of one path, a cell has one state.
DOCUMENT["paths"][2]["states"][2]["cells"].remove(OLD)


def table() -> Knowledge:
    return Knowledge(DOCUMENT)


def scan_tree(*paths: Path, knowledge: Knowledge | None = None) -> Tree:
    known = knowledge or table()
    return read_tree(find_files(paths), Namespaces(known.paths, known.names("keras.backend")))


def scan(folder: Path, code: str, name: str = "code.py") -> Answer:
    """The answer for one file, against the small table."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(code), encoding="utf-8")
    return answer(scan_tree(folder), table())


def needs(found: Answer | Tree) -> list[tuple[int, str]]:
    """Every reference: its line, and what it needs."""
    tree = found.tree if isinstance(found, Answer) else found
    return [
        (reference.place.line, " or ".join(symbol.dotted for symbol in reference.symbols))
        for reference in tree.references
    ]


def verdicts(found: Answer, needed: str) -> dict[str, str]:
    """By cell, what is said of the last use of that name."""
    finding = max(
        (each for each in found.findings if each.title == needed),
        key=lambda each: each.references[-1].span,
    )
    return {cell: one.verdict.name for cell, one in finding.standings.items()}
