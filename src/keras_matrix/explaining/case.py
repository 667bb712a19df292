"""One error with all that its explanation is found from, and what comes of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from keras_matrix.evidence import Evidence
from keras_matrix.explaining.model import Finding, Fix, Likely, Situation, Subject, Topic
from keras_matrix.knowledge import Fact, Knowledge, KnownCell
from keras_matrix.tables.eras import axis_of
from keras_matrix.tables.states import State

_KERAS = re.compile(r"\s*(?:import keras|from keras)\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What one kind of error has to say: the causes in order, what was measured, the fixes.

    ``call`` is code that raised it in a measured cell, where that is not plain from the error.
    """

    finding: Finding
    causes: tuple[Likely, ...] = ()
    measured: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    call: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What was understood, and the measured table."""

    subject: Subject
    situation: Situation
    evidence: Evidence
    knowledge: Knowledge

    @property
    def path(self) -> str:
        """The import path that the subject is of."""
        return self.subject.path or ""

    @property
    def name(self) -> str | None:
        """The attribute; None where the path itself is the subject."""
        return self.subject.name if self.subject.topic is Topic.ATTRIBUTE else None

    @property
    def words(self) -> str:
        """The subject, dotted."""
        return f"{self.path}.{self.name}" if self.name else self.path

    @property
    def backend(self) -> str:
        return self.situation.backend

    def look(self, cell: str) -> Fact:
        """What a cell says of the subject; PRESENT for a path that can be imported."""
        if self.name is not None:
            return self.knowledge.fact(cell, self.path, self.name)
        return self.of_path(self.path)(cell)

    def of_path(self, path: str) -> Callable[[str], Fact]:
        """Looks up whether a path can be imported in a cell."""

        def look(cell: str) -> Fact:
            state, detail = self.knowledge.path_state(cell, path)
            there = State.PRESENT if state is State.WORKS else state
            return Fact(cell=cell, path=path, name="", state=there, detail=detail)

        return look

    def is_there(self, cell: str) -> bool:
        """Whether the subject exists in a cell."""
        return self.look(cell).state.usable

    def families(self) -> frozenset[str]:
        """The backends on which the subject is there, and doesn't fail, in some measured cell."""
        good = (State.WORKS, State.DEPRECATED, State.NEEDS_SETTING, State.PRESENT)
        return frozenset(
            c.backend for c in self.knowledge.measured if self.look(c.id).state in good
        )

    def is_gone(self, cell: KnownCell) -> bool:
        """Whether a measured cell shows the error: the name is missing, or the whole path."""
        state = self.look(cell.id).state
        if self.name is not None:
            return state is State.MISSING
        return state is State.UNIMPORTABLE and axis_of(self.path) in cell.installed

    def works(self, cell: KnownCell) -> str | None:
        """What makes a cell one in which the user's code would go on; None where it wouldn't."""
        beside = self.knowledge.path_state(cell.id, "keras.backend")[0]
        if self._imports_keras() and beside is not State.WORKS:
            return None
        return self._there(cell)

    def _imports_keras(self) -> bool:
        """Whether the code that has its trouble with another path imports Keras itself, too. Who
        else would ask a private path of TensorFlow?"""
        if self.path.startswith("tensorflow.python."):
            return True
        lines = (line for block in self.evidence.code for line in block.splitlines())
        return any(_KERAS.match(line) for line in lines)

    def _there(self, cell: KnownCell) -> str | None:
        fact = self.look(cell.id)
        if fact.usable:
            return _called(self.words, fact)
        if fact.state is not State.PRESENT:
            return None
        wanted = self.subject.name
        if self.name is None and wanted is not None:
            inner = self.knowledge.fact(cell.id, self.path, wanted)
            if inner.usable:
                return _called(f"{self.path}.{wanted}", inner)
            return f"{self.path}.{wanted} is there" if inner.state is State.PRESENT else None
        if self.name is None:
            return f"{self.path} can be imported there"
        return f"{self.words} is there" + (f" ({fact.detail})" if fact.detail else "")


def _called(words: str, fact: Fact) -> str:
    setting = (fact.detail or "").partition(";")[0] if fact.state is State.NEEDS_SETTING else ""
    return f"{words} was called there and {setting or 'works'}"
