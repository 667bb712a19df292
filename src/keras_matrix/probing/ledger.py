"""What to ask a cell's runner next, whatever became of the last process. No process, no clock.

A :class:`Ledger` takes the runner's messages and each process's end, and gives requests until
nothing is left to ask:

1. everything, once; again from where it died, after a crash or a hang;
2. recipes that want a process of their own;
3. what crashed or hung, once more and alone;
4. what raised or is missing, under each setting that applies.
"""

import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, assert_never

from keras_matrix.engines import Exit
from keras_matrix.probing.findings import Answer, Findings, groups, whole_groups
from keras_matrix.probing.protocol import (
    AttributeLine,
    Begin,
    Canary,
    CanaryState,
    Complaint,
    End,
    Hello,
    Importing,
    Installs,
    Message,
    Packages,
    PathLine,
    ProtocolError,
    Request,
    Result,
    Setting,
    Tried,
    TriedBefore,
    Trying,
    Use,
)
from keras_matrix.results import AttributeOutcome, PathOutcome

_SILENT_DEATHS = 2


class Phase(Enum):
    """The kinds of task, in their order."""

    EVERYTHING = "everything"
    ALONE = "alone"
    AGAIN = "again"
    SETTING = "setting"


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One request to answer in full, by as many processes as that takes."""

    phase: Phase
    only: Mapping[str, tuple[str, ...]] | None
    setting: Setting | None = None
    alone: bool = False
    uses: tuple[Use, ...] | None = None


@dataclass(kw_only=True, slots=True)
class _Run:
    """One process, while it runs."""

    canary: Canary | None = None
    importing: str | None = None
    begun: Begin | None = None
    trying: Trying | None = None
    results: int = 0
    ended: bool = False


@dataclass(kw_only=True, slots=True)
class _Notes:
    """What one task's processes have answered, for the next process of the same task."""

    done: dict[str, list[str]] = field(default_factory=dict)
    tried: list[Use] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    inventoried: bool = False
    silent_deaths: int = 0


class Ledger:
    """The state of one measurement."""

    def __init__(self, request: Request, *, silence_seconds: float, max_restarts: int) -> None:
        self._request = request
        self._silence_seconds = silence_seconds
        self._max_restarts = max_restarts
        self._tasks = deque([Task(phase=Phase.EVERYTHING, only=request.only)])
        self._phases = iter((Phase.ALONE, Phase.AGAIN, Phase.SETTING))
        self._notes = _Notes()
        self._run = _Run()
        self.findings = Findings(request.only)
        self.hello: Hello | None = None
        self.packages: Mapping[str, str] = {}
        self.installs: Mapping[str, Any] = {}
        self.complaints: list[str] = []
        self.unhealthy: str | None = None
        self.restarts = 0

    @property
    def phase(self) -> Phase | None:
        """What is being asked now."""
        return self._tasks[0].phase if self._tasks else None

    @property
    def begun(self) -> Begin | None:
        """The call that is running now."""
        return self._run.begun

    def next_request(self) -> Request | None:
        """What the next process is to answer; None when all is known or nothing more can be."""
        if self.unhealthy is not None:
            return None
        while not self._tasks:
            phase = next(self._phases, None)
            if phase is None:
                self._check_complete()
                return None
            self._tasks.extend(self._tasks_of(phase))
        self._run = _Run()
        return self._request_of(self._tasks[0])

    def _request_of(self, task: Task) -> Request:
        paths = self._request.paths
        if task.phase is not Phase.EVERYTHING and task.only is not None:
            more = {path for path, _, _ in task.uses or ()}
            paths = tuple(path for path in paths if path in task.only or path in more)
        # Under the legacy Keras a path is another module: its names are others.
        tells = task.phase is Phase.EVERYTHING or task.setting is Setting.LEGACY_KERAS
        return replace(
            self._request,
            paths=paths,
            setting=task.setting,
            only=task.only,
            done={path: tuple(names) for path, names in self._notes.done.items()},
            broken=tuple(self._notes.broken),
            inventory=tells and not self._notes.inventoried,
            alone=task.alone,
            alternatives=self._alternatives_of(task),
        )

    def _alternatives_of(self, task: Task) -> TriedBefore | None:
        """All of them with everything else; under a setting those that it may help."""
        if self._request.alternatives is None:
            return None
        if task.phase is not Phase.EVERYTHING and not task.uses:
            return None
        return TriedBefore(only=task.uses, done=tuple(self._notes.tried))

    def _tasks_of(self, phase: Phase) -> Iterator[Task]:
        match phase:
            case Phase.EVERYTHING:
                yield Task(phase=phase, only=self._request.only)
            case Phase.ALONE:
                # Only those that the runner could not settle in a copy of its process.
                waiting = [line for line in self.findings.unanswered() if line.alone]
                yield from _each_alone(phase, waiting)
            case Phase.AGAIN:
                yield from _each_alone(phase, self.findings.died())
            case Phase.SETTING:
                for setting in Setting:
                    if failing := self.findings.failing(setting):
                        yield Task(
                            phase=phase,
                            only=whole_groups(failing),
                            setting=setting,
                            uses=self.findings.tried.failing(setting),
                        )
            case _:
                assert_never(phase)

    def _check_complete(self) -> None:
        left = self.findings.unanswered()
        if left:
            first = f"{left[0].path}.{left[0].name}"
            self.unhealthy = f"{len(left)} attributes were never called, {first} among them"

    def receive(self, message: Message) -> None:
        """Take one message of the running process.

        Raises:
            ProtocolError: the message is well formed and makes no sense here. The runner writes no
                such line: what it calls did, so that nothing of the cell can be trusted.
        """
        try:
            self._check_turn(message)
            self._take(message)
        except ProtocolError as error:
            self.unhealthy = (
                self.unhealthy or f"something else than the runner wrote its lines: {error}"
            )
            raise

    def _check_turn(self, message: Message) -> None:
        """Nothing but its answer follows a call that began; the inventory precedes all calls."""
        run, kind = self._run, type(message).__name__
        if (run.begun or run.trying) and not isinstance(message, Result | Tried | Complaint):
            raise ProtocolError(f"{kind} in the middle of a call")
        told_first = Hello | Canary | Importing | PathLine | AttributeLine | Packages | Installs
        if run.results and isinstance(message, told_first):
            raise ProtocolError(f"{kind} after the first call")
        if isinstance(message, PathLine) and message.path != run.importing:
            raise ProtocolError(f"a path that was not being imported: {message.path}")
        if isinstance(message, Begin) and message.name in self._notes.done.get(message.path, ()):
            raise ProtocolError(f"a call that was answered before: {message.path}.{message.name}")

    def _take(self, message: Message) -> None:  # noqa: C901 - one case for each message
        match message:
            case Hello():
                self.hello = self.hello or message
            case Canary():
                self._run.canary = message
            case Importing(path=path):
                self._check_paths(path)
                self._run.importing = path
            case PathLine(path=path):
                self._check_paths(path)
                self._run.importing = None
                if self._tasks[0].phase is Phase.EVERYTHING:
                    self.findings.take_path(message)
            case AttributeLine(path=path):
                self._check_paths(path)
                self.findings.take_name(message, self._tasks[0].setting)
            case Packages(packages=packages):
                self.packages = self.packages or packages
            case Installs(installs=installs):
                self.installs = self.installs or installs
                self._notes.inventoried = True
            case Begin(paths=paths):
                self._check_paths(*paths)
                self._run.begun = message
            case Result():
                self._take_result(message)
            case Trying(uses=uses):
                self._check_paths(*(path for path, _, _ in uses))
                self._run.trying = message
            case Tried():
                self._take_tried(message)
            case Complaint(text=text):
                self.complaints.append(text)
            case End():
                self._run.ended = True
            case _:
                assert_never(message)

    def _check_paths(self, *paths: str) -> None:
        for path in paths:
            if path not in self._request.paths:
                raise ProtocolError(f"a path that nobody asked for: {path}")

    def _take_result(self, message: Result) -> None:
        begun = self._run.begun
        if begun is None or (begun.path, begun.name) != (message.path, message.name):
            raise ProtocolError(f"a result that was not begun: {message.path}.{message.name}")
        self._record(begun, Answer(outcome=message.outcome, detail=message.detail))
        self._run.begun = None
        self._run.results += 1

    def _take_tried(self, message: Tried) -> None:
        trying = self._run.trying
        if trying is None or trying.uses != message.uses:
            raise ProtocolError(f"an alternative that was not begun: {message.uses[0]}")
        self._run.trying = None
        self._run.results += 1
        self._notes.tried.extend(message.uses)
        self.findings.tried.take(message, self._tasks[0].setting)

    def _record(self, begun: Begin, answer: Answer) -> None:
        keys = [(path, begun.name) for path in begun.paths]
        self.findings.take_answer(keys, answer, self._tasks[0].setting)
        self._notes.done.setdefault(begun.path, []).append(begun.name)

    def process_ended(self, end: Exit) -> None:
        """Take the end of the running process, and decide what its death means."""
        canary = self._run.canary
        failed = canary is not None and canary.state is CanaryState.FAILED
        if failed and self._tasks[0].setting is None:
            self.unhealthy = (canary.detail if canary else None) or "the canary failed"
        elif self._run.ended:
            self._finish_task()
        else:
            self._take_death(end)

    def _finish_task(self) -> None:
        self._tasks.popleft()
        self._notes = _Notes()

    def _take_death(self, end: Exit) -> None:
        run = self._run
        self.restarts += 1
        # Where the process as a whole took too long, the call that ran is not to blame.
        blameless = end.killed_for == "deadline" and run.results > 0
        if run.begun is not None and not blameless:
            self._record(run.begun, self._cause_of(end))
        elif run.trying is not None and not blameless:
            cause = self._cause_of(end)
            self._take_tried(
                Tried(uses=run.trying.uses, outcome=cause.outcome, detail=cause.detail, settings=())
            )
        elif run.importing is not None:
            self._take_broken_import(run.importing, self._cause_of(end))
        elif not blameless:
            self._take_silent_death(end)
        if self.restarts > self._max_restarts and self.unhealthy is None:
            self.unhealthy = f"gave up after {self._max_restarts} restarts"

    def _take_broken_import(self, path: str, cause: Answer) -> None:
        self._notes.broken.append(path)
        if self._tasks[0].phase is not Phase.EVERYTHING:
            return
        detail = f"{cause.outcome} while it was imported: {cause.detail}"
        line = PathLine(path=path, outcome=PathOutcome.UNIMPORTABLE, detail=detail)
        self.findings.take_path(line)
        self.findings.drop_names_of(path)

    def _take_silent_death(self, end: Exit) -> None:
        self._notes.silent_deaths += 1
        if self._notes.silent_deaths < _SILENT_DEATHS:
            return
        if self._tasks[0].setting is not None:
            # The setting itself kills the interpreter: so nothing works under it.
            self._finish_task()
            return
        where = "before the canary answered" if self._run.canary is None else "between two calls"
        last = end.stderr_tail.strip().splitlines()[-1:] or [""]
        reason = f"the runner died {where}: {self._cause_of(end).detail}"
        self.unhealthy = f"{reason}: {last[0][:300]}" if last[0] else reason

    def _cause_of(self, end: Exit) -> Answer:
        if end.killed_for in ("silence", "deadline"):
            reason = f"no answer within {self._silence_seconds:g} s"
            return Answer(outcome=AttributeOutcome.TIMED_OUT, detail=reason)
        if end.killed_for is not None:
            reason = f"killed: over the limit of {end.killed_for}"
            return Answer(outcome=AttributeOutcome.CRASHED, detail=reason)
        return Answer(outcome=AttributeOutcome.CRASHED, detail=_exit_wording(end.code))


def _each_alone(phase: Phase, lines: Iterable[AttributeLine]) -> Iterator[Task]:
    for line in groups(lines):
        yield Task(phase=phase, only=whole_groups([line]), alone=True)


def _exit_wording(code: int | None) -> str:
    if code is None:
        return "ended without an exit code"
    number = -code if code < 0 else code - 128
    if number > 0:
        try:
            return signal.Signals(number).name
        except ValueError:
            pass
    return f"exit code {code}"
