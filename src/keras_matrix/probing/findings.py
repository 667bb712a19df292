"""What has been found out about a cell's attributes, and what that amounts to. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from keras_matrix.probing.protocol import AttributeLine, PathLine, Setting
from keras_matrix.probing.trials import Trials
from keras_matrix.results import Alternative, AttributeOutcome, AttributeRecord, PathRecord

Key = tuple[str, str]

_FAILS_BY_DEFAULT = (AttributeOutcome.RAISES, AttributeOutcome.MISSING)
_WORKING = (AttributeOutcome.WORKS, AttributeOutcome.DEPRECATED)
_ENDED = (AttributeOutcome.CRASHED, AttributeOutcome.TIMED_OUT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An outcome and its reason."""

    outcome: AttributeOutcome
    detail: str | None

    @property
    def dead(self) -> bool:
        """Whether the call took its process with it."""
        return self.outcome in _ENDED


class Findings:
    """The paths, their names, and the answers so far: by default and under each setting."""

    def __init__(self, only: Mapping[str, Sequence[str]] | None) -> None:
        self._only = only
        self.tried = Trials()
        self._paths: dict[str, PathLine] = {}
        self._lines: dict[Key, AttributeLine] = {}
        self._answers: dict[Key, Answer] = {}
        self._ended_first: dict[Key, Answer] = {}
        self._with_setting: dict[Setting, dict[Key, Answer]] = {}
        self._lines_with_setting: dict[Setting, dict[Key, AttributeLine]] = {}

    def take_path(self, line: PathLine) -> None:
        """A path was imported, or could not be."""
        self._paths[line.path] = line

    def drop_names_of(self, path: str) -> None:
        """Forget the names of a path that turned out to break its process when it is imported."""
        for key in [key for key in self._lines if key[0] == path]:
            del self._lines[key]

    def take_name(self, line: AttributeLine, setting: Setting | None) -> None:
        """A name of a path, as it is by default or under a setting."""
        lines = self._lines
        if setting is not None:
            lines = self._lines_with_setting.setdefault(setting, {})
        lines[line.path, line.name] = line

    def take_answer(self, keys: Iterable[Key], answer: Answer, setting: Setting | None) -> None:
        """What a call came to, for every path that exposes the object."""
        answers = self._answers
        if setting is not None:
            answers = self._with_setting.setdefault(setting, {})
        answers.update((key, answer) for key in keys)

    def counts(self) -> tuple[int, int]:
        """(names answered, names that a recipe is to be called for)."""
        wanted = [key for key, line in self._lines.items() if self._to_call(line)]
        return sum(key in self._answers for key in wanted), len(wanted)

    def _to_call(self, line: AttributeLine) -> bool:
        return line.outcome is None and self._asked_for(line)

    def _asked_for(self, line: AttributeLine) -> bool:
        return self._only is None or line.name in self._only.get(line.path, ())

    def unanswered(self) -> list[AttributeLine]:
        """The names that a recipe is still to be called for."""
        return [
            line
            for key, line in self._lines.items()
            if self._to_call(line) and key not in self._answers
        ]

    def died(self) -> list[AttributeLine]:
        """The names whose call took its process with it; remembered as the first of two tries."""
        dead = {key: answer for key, answer in self._answers.items() if answer.dead}
        self._ended_first.update(dead)
        return [self._lines[key] for key in dead if key in self._lines]

    def failing(self, setting: Setting) -> list[AttributeLine]:
        """The names that raise or are missing by default, and may work under the setting."""
        return [
            line
            for key, line in self._lines.items()
            if setting in line.settings
            and self._asked_for(line)
            and self._answer(key).outcome in _FAILS_BY_DEFAULT
        ]

    def _answer(self, key: Key) -> Answer:
        line = self._lines[key]
        if key in self._answers:
            return self._answers[key]
        if line.outcome is None:
            return Answer(outcome=AttributeOutcome.PRESENT, detail="not called in this run")
        return Answer(outcome=line.outcome, detail=line.detail)

    def records(self) -> dict[str, PathRecord]:
        """Every path that was heard of, with its names; sorted."""
        attributes: dict[str, dict[str, AttributeRecord]] = {path: {} for path in self._paths}
        for key in sorted(self._lines):
            if key[0] in attributes:
                attributes[key[0]][key[1]] = self._record(key)
        return {
            path: PathRecord(outcome=line.outcome, detail=line.detail, attributes=attributes[path])
            for path, line in sorted(self._paths.items())
        }

    def _record(self, key: Key) -> AttributeRecord:
        line, answer = self._lines[key], self._answer(key)
        first = self._ended_first.get(key)
        if first is not None and not answer.dead:
            answer = _flaky(first, answer)
        for setting, answers in self._with_setting.items():
            if key in answers and answers[key].outcome in _WORKING:
                default = answer.detail or answer.outcome.value
                detail = f"{setting.wording}; by default: {default}"
                answer = Answer(outcome=AttributeOutcome.NEEDS_SETTING, detail=detail)
                line = self._lines_with_setting.get(setting, {}).get(key, line)
                break
        return AttributeRecord(
            kind=line.kind,
            outcome=answer.outcome,
            signature=line.signature,
            same_as=line.same_as,
            same_function=line.same_function,
            detail=answer.detail,
            alternatives=self._alternatives(key, answer.outcome),
        )

    def _alternatives(self, key: Key, outcome: AttributeOutcome) -> tuple[Alternative, ...]:
        return self.tried.of(*key) if outcome is AttributeOutcome.MISSING else ()


def _flaky(first: Answer, second: Answer) -> Answer:
    after = f": {second.detail}" if second.detail else ""
    before = f"{first.outcome} among the others ({first.detail})"
    return replace(second, detail=f"flaky: {before}, {second.outcome} alone{after}")


def groups(lines: Iterable[AttributeLine]) -> Iterator[AttributeLine]:
    """One line of each group of names that are the same object, in order."""
    seen: set[Key] = set()
    for line in lines:
        if (line.path, line.name) not in seen:
            seen.update(keys_of_group(line))
            yield line


def keys_of_group(line: AttributeLine) -> list[Key]:
    """The name on every path that exposes the very same object."""
    return [(path, line.name) for path in (line.path, *line.same_as)]


def whole_groups(lines: Iterable[AttributeLine]) -> dict[str, tuple[str, ...]]:
    """path -> names, for the lines and all that is the same object."""
    wanted: dict[str, dict[str, None]] = {}
    for line in lines:
        for path, name in keys_of_group(line):
            wanted.setdefault(path, {})[name] = None
    return {path: tuple(names) for path, names in wanted.items()}
