"""Results that outlive the run that made them: one JSON file, written anew after each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from keras_matrix.atomicfile import write_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The file. Threads and processes may add to it at the same time."""

    path: Path

    def read(self) -> dict[str, Any]:
        """Every result, by its key."""
        if not self.path.is_file():
            return {}
        results: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return results

    def add(self, key: str, result: dict[str, Any]) -> None:
        """Keep a result, in the place of an older one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock")):
            results = self.read() | {key: result}
            text = json.dumps(results, indent=1, sort_keys=True, ensure_ascii=False)
            write_text(self.path, text + "\n")
