"""probes/alternatives.json keeps its form, and every entry can be verified."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

PROBES = Path(__file__).resolve().parents[2] / "probes"
DATA = PROBES / "alternatives.json"
DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
KEYS = ("use", "note", "adapter", "recipe", "module", "change")

pytest.importorskip("numpy")

Entries = Mapping[str, Sequence[Mapping[str, Any]]]


@pytest.fixture(scope="module")
def entries() -> Entries:
    found: Entries = json.loads(DATA.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def known() -> Mapping[str, list[str]]:
    """The names that have a recipe and the adapters, as a cell's interpreter sees them."""
    code = (
        "import json, recipes; assert not recipes.load(); from harness.adapters import ADAPTERS;"
        "print(json.dumps({'recipes': sorted(recipes.REGISTRY), 'adapters': sorted(ADAPTERS)}))"
    )
    answer = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=PROBES, capture_output=True, check=True, text=True
    )
    found: Mapping[str, list[str]] = json.loads(answer.stdout)
    return found


def test_it_is_sorted_an_entry_a_line(entries: Entries) -> None:
    blocks = []
    for name in sorted(entries):
        lines = ",\n".join(
            "  " + json.dumps({key: entry[key] for key in KEYS if key in entry})
            for entry in entries[name]
        )
        blocks.append(f" {json.dumps(name)}: [\n{lines}\n ]")
    assert DATA.read_text(encoding="utf-8") == "{\n" + ",\n".join(blocks) + "\n}\n"


def test_every_use_is_a_dotted_path_and_said_once(entries: Entries) -> None:
    for name, found in entries.items():
        uses = [(entry["use"], entry.get("recipe")) for entry in found]
        assert all(DOTTED.fullmatch(use) for use, _ in uses), name
        assert len(uses) == len(set(uses)), name
        assert all(use != f"K.{name}" for use, _ in uses), name


def test_every_entry_can_be_verified(entries: Entries, known: Mapping[str, list[str]]) -> None:
    for name, found in entries.items():
        for entry in found:
            assert set(entry) <= set(KEYS), (name, entry)
            if "module" not in entry:
                assert entry.get("recipe", name) in known["recipes"], (name, entry)


def test_every_adapter_is_there_and_says_the_change(
    entries: Entries, known: Mapping[str, list[str]]
) -> None:
    used = set()
    for name, found in entries.items():
        for entry in found:
            if "adapter" in entry:
                used.add(entry["adapter"])
                assert len(entry["change"]) == 2, (name, entry)
    assert used == set(known["adapters"])
