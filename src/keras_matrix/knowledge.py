"""What was measured, to be asked: compatibility.json -> facts. Reads one file, builds nothing.

The answers to a person with an error come from here. The file ships with the package, so that
they need no checkout, no engine and no network.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from keras_matrix.errors import EnvironmentUnusableError
from keras_matrix.lazyjson import LazyObject
from keras_matrix.shipped import shipped
from keras_matrix.tables.states import State

_USABLE = (State.WORKS, State.DEPRECATED, State.NEEDS_SETTING)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownCell:
    """One declared cell. ``installed`` are its pins and every package that came with them;
    ``conflict`` is what a resolver says against installing its releases by one command."""

    id: str
    python: str
    backend: str
    pins: Mapping[str, str]
    installed: Mapping[str, str]
    as_of: str
    outcome: str
    reason: str | None
    conflict: str | None = None

    @property
    def measured(self) -> bool:
        return self.outcome == "measured"


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """Something that was measured to work in a missing name's place, in the very same cell.

    ``path`` is dotted, with the name at its end. ``outcome`` is works, deprecated or
    needs-setting; ``detail`` names the setting.
    """

    path: str
    outcome: State
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """What one cell says of one name of one import path.

    NOT_MEASURED is never a no. ``detail`` is the exception or other reason. ``same_as`` are the
    paths with the very same object, ``same_function`` those whose object wraps the same function.
    ``instead`` is for names that are not there: what works in their place in this cell, the best
    first.
    """

    cell: str
    path: str
    name: str
    state: State
    detail: str | None = None
    signature: str | None = None
    same_as: tuple[str, ...] = ()
    same_function: tuple[str, ...] = ()
    instead: tuple[Use, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it was called and worked, be it deprecated or under a setting."""
        return self.state in _USABLE


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """What was said where something failed: by calling a name, or by importing the path.

    ``name`` is None where the path itself could not be imported.
    """

    path: str
    name: str | None
    state: State
    detail: str
    cells: tuple[str, ...]


class Knowledge:
    """The measured table. Cells and paths are in the table's order, the oldest release first."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._paths: Mapping[str, Mapping[str, Any]] = {
            path["path"]: path for path in document["paths"]
        }
        self.releases: Mapping[str, tuple[str, ...]] = {
            name: tuple(versions) for name, versions in document["releases"].items()
        }
        self.cells: Mapping[str, KnownCell] = {
            cell["id"]: msgspec.convert(cell, KnownCell) for cell in document["cells"]
        }
        self._states: dict[str, Mapping[str, tuple[State, str | None]]] = {}
        self._there: dict[str, Mapping[str, frozenset[str]]] = {}
        self._uses: dict[tuple[str, str], Mapping[str, tuple[Use, ...]]] = {}
        self._found: dict[tuple[str, str], Mapping[str, Mapping[str, Any]]] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """Every import path that was tried."""
        return tuple(self._paths)

    @cached_property
    def measured(self) -> tuple[KnownCell, ...]:
        """The cells that were measured."""
        return tuple(cell for cell in self.cells.values() if cell.measured)

    def path_state(self, cell: str, path: str) -> tuple[State, str | None]:
        """WORKS where the path is importable there, else why it is not, with the exception."""
        return self._states_of(path).get(cell, (State.NOT_MEASURED, None))

    def names(self, path: str) -> Iterator[str]:
        """Every name that is there in at least one measured cell, public ones first."""
        yield from self._paths[path]["attributes"] if path in self._paths else ()
        yield from self._private(path)

    def is_known(self, name: str) -> bool:
        """Whether any path has that name in any measured cell, or something was found to work in
        its place."""
        return any(
            name in table["attributes"]
            or name in self._private(path)
            or any(one["name"] == name for one in table.get("instead", ()))
            for path, table in self._paths.items()
        )

    def facts(self, path: str, name: str) -> tuple[Fact, ...]:
        """What each measured cell says of that name, where the path was tried."""
        told = (self.fact(cell.id, path, name) for cell in self.measured)
        return tuple(fact for fact in told if fact.state is not State.NOT_MEASURED)

    def fact(self, cell: str, path: str, name: str) -> Fact:
        """What one cell says; NOT_MEASURED where it says nothing."""
        state, detail = self.path_state(cell, path)
        instead = self._instead(path, name).get(cell, ())
        if state is not State.WORKS:
            return Fact(cell=cell, path=path, name=name, state=state, detail=detail)
        record = self._records(path, name).get(cell)
        if record is not None:
            return Fact(
                cell=cell,
                path=path,
                name=name,
                state=State(record["outcome"]),
                detail=record.get("detail"),
                signature=record.get("signature"),
                same_as=tuple(record.get("same_as", ())),
                same_function=tuple(record.get("same_function", ())),
                instead=instead,
            )
        there = cell in self._private(path).get(name, ())
        return Fact(
            cell=cell,
            path=path,
            name=name,
            state=State.PRESENT if there else State.MISSING,
            detail="private: never called" if there else None,
            instead=instead,
        )

    def ranges(self, path: str, name: str | None = None) -> tuple[Mapping[str, Any], ...]:
        """The support ranges of the path or of one of its names, as in compatibility.json."""
        found = self._paths.get(path, {})
        if name is not None:
            found = found.get("attributes", {}).get(name, {})
        return tuple(found.get("ranges", ()))

    def working_elsewhere(self, cell: str, name: str) -> tuple[Use, ...]:
        """The import paths where that very name was called and worked in this cell."""
        facts = (self.fact(cell, path, name) for path in self._paths)
        return tuple(
            Use(path=f"{fact.path}.{name}", outcome=fact.state, detail=fact.detail)
            for fact in facts
            if fact.usable
        )

    def tally(self, path: str) -> Mapping[str, Mapping[State, int]]:
        """For each cell where the path can be imported: how many of its public names came out
        how."""
        counted: dict[str, Counter[State]] = defaultdict(Counter)
        for row in self._paths.get(path, {}).get("attributes", {}).values():
            for record in row["records"]:
                for cell in record["cells"]:
                    counted[cell][State(record["outcome"])] += 1
        return counted

    def complaints(self) -> Iterator[Complaint]:
        """Every failure that was measured, with its words; the paths' own first."""
        for path, table in self._paths.items():
            for group in table["states"]:
                yield from _complaint(path, None, group)
        for path, table in self._paths.items():
            for name, row in table["attributes"].items():
                for record in row["records"]:
                    yield from _complaint(path, name, record)

    def _states_of(self, path: str) -> Mapping[str, tuple[State, str | None]]:
        if path not in self._states:
            self._states[path] = {
                cell: (_path_state(group["outcome"]), group.get("detail"))
                for group in self._paths.get(path, {}).get("states", ())
                for cell in group["cells"]
            }
        return self._states[path]

    def _records(self, path: str, name: str) -> Mapping[str, Mapping[str, Any]]:
        if (path, name) not in self._found:
            row = self._paths.get(path, {}).get("attributes", {}).get(name, {})
            self._found[path, name] = {
                cell: record for record in row.get("records", ()) for cell in record["cells"]
            }
        return self._found[path, name]

    def _private(self, path: str) -> Mapping[str, frozenset[str]]:
        if path not in self._there:
            self._there[path] = {
                name: frozenset(group["cells"])
                for group in self._paths.get(path, {}).get("private", ())
                for name in group["names"]
            }
        return self._there[path]

    def _instead(self, path: str, name: str) -> Mapping[str, tuple[Use, ...]]:
        if (path, name) not in self._uses:
            self._uses[path, name] = {
                cell: tuple(self._use(path, name, cell, use) for use in one["uses"])
                for one in self._paths.get(path, {}).get("instead", ())
                if one["name"] == name
                for cell in one["cells"]
            }
        return self._uses[path, name]

    def _use(self, path: str, name: str, cell: str, use: Mapping[str, str]) -> Use:
        """With the setting that it needs: as an alternative, or by its own name there."""
        outcome, where = State(use["outcome"]), use["use"]
        detail = None
        if outcome is not State.WORKS:
            alternatives = self._records(path, name).get(cell, {}).get("alternatives", ())
            module, _, last = where.rpartition(".")
            own = self._records(module, last).get(cell, {}).get("detail")
            detail = next((a.get("detail") for a in alternatives if a["use"] == where), own)
        return Use(path=where, outcome=outcome, detail=detail)


_FAILURES = frozenset({State.UNIMPORTABLE, State.RAISES, State.CRASHED, State.NEEDS_SETTING})


def _complaint(path: str, name: str | None, group: Mapping[str, Any]) -> Iterator[Complaint]:
    state = _path_state(group["outcome"])
    if state in _FAILURES and group.get("detail"):
        yield Complaint(
            path=path,
            name=name,
            state=state,
            detail=group["detail"],
            cells=tuple(group["cells"]),
        )


def _path_state(outcome: str) -> State:
    return State.WORKS if outcome == "importable" else State(outcome)


def load_knowledge(path: Path | None = None) -> Knowledge:
    """The measured table of ``path``; by default the one that this package came with.

    Raises:
        EnvironmentUnusableError: there is none, or it is no such table.
    """
    where = path or shipped("reports/compatibility.json")
    try:
        return Knowledge(LazyObject(where.read_bytes(), {"paths": _paths}))
    except (OSError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        raise EnvironmentUnusableError(
            f"{where} holds no measured table ({error!r}); `keras-matrix table` writes it"
        ) from error


def _paths(raw: msgspec.Raw) -> list[LazyObject]:
    paths = msgspec.json.decode(raw, type=list[msgspec.Raw])
    return [LazyObject(path, {"attributes": LazyObject}) for path in paths]
