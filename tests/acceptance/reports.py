"""Real error reports, retold as the issues that they were.

The file lies beside the checkout; it is not part of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
REPORTS = ROOT.parent / "shared" / "data" / "user-reports.jsonl"
_LABELS = {
    "keras": "Keras",
    "tensorflow": "TensorFlow",
    "theano": "Theano",
    "jax": "JAX",
    "torch": "PyTorch",
    "cntk": "CNTK",
    "python": "Python",
}
_PRINTED = {"theano": "Theano", "cntk": "CNTK"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One report: what its author wrote, and the fix that was accepted, if any."""

    source: str
    fields: dict[str, Any]

    @property
    def accepted(self) -> str | None:
        return self.fields["accepted_fix"]

    @property
    def claimed(self) -> str:
        """The combination as stated, in a few words."""
        words = [
            f"{label} {self.fields[key]}" for key, label in _LABELS.items() if self.fields[key]
        ]
        return ", ".join(words)

    @property
    def text(self) -> str:
        """An issue as its author would have pasted it."""
        told = self.fields
        versions = [f"{label} version: {told[key]}" for key, label in _LABELS.items() if told[key]]
        backend = told["backend"]
        if backend in _PRINTED:
            versions.append(f"Using {_PRINTED[backend]} backend.")
        elif backend and backend != "tensorflow":
            versions.append(f"KERAS_BACKEND={backend}")
        parts = [told["title"], "\n".join(versions)]
        if told["date"]:
            parts.append(f"Date: {told['date']}")
        parts += [f"```\n{told[key]}\n```" for key in ("snippet", "error") if told[key]]
        return "\n\n".join(part for part in parts if part)


def load(path: Path = REPORTS) -> tuple[Report, ...]:
    """Every report of the file, in its order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    documents = [json.loads(line) for line in lines if line.strip()]
    return tuple(Report(source=each["source"], fields=each) for each in documents)
