"""The scripts of ``probes/scenarios``: read without being run, then run, one process each.

A scenario is one file of plain, user-like code. Its docstring is its row: the first line states
the claim, with the claim's id in front where it has one ("C1: …"). Four optional constants at
module level say what a run needs and what it means:

- ``VARIABLES = {"KERAS_BACKEND": "theano"}``: set before the interpreter starts; None unsets.
- ``APPLIES_TO = {"tensorflow": ">=2"}``: the releases that the claim speaks of ("": any).
- ``GIVEN = ["smallest-model"]``: other scenarios that must work in a combination; where one does
  not, this one's failure has another cause and counts for nothing.
- ``HOLDS_IF = ["raises AttributeError"]``: the outcomes in which the first line is true, each with
  the beginning of the detail if that matters; ``["works"]`` unless said otherwise, and ``[]`` for
  a control, which is measured for comparison and proves nothing.
"""

import ast
import json
import re
import secrets
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from keras_matrix.engines import Command, Engine, Environment, Exit, Limits
from keras_matrix.errors import InputError
from keras_matrix.probing import MOUNT, REQUEST_VARIABLE, variables_for
from keras_matrix.results import AttributeOutcome, ScenarioRecord

SCHEMA = 1
SECONDS = 120.0

_LONGEST_DETAIL = 300
_FILE = re.compile(r"[a-z][a-z0-9_]*\.py")
_CLAIM = re.compile(r"(?P<claim>[A-Z]\d{1,3}): +(?P<sentence>.+)")
_TOLD = frozenset({"works", "differs", "raises", "present"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """One script, as it describes itself. ``name`` is its key in reports, ``file`` its file's name.

    ``sentence`` is the docstring's first line without the claim's id, ``notes`` the rest.
    """

    name: str
    file: str
    claim: str | None
    sentence: str
    notes: str = ""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    applies_to: Mapping[str, str] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    holds_if: tuple[str, ...] = ("works",)

    @property
    def control(self) -> bool:
        """Whether it is measured for comparison only."""
        return not self.holds_if

    def holds(self, record: ScenarioRecord) -> bool:
        """Whether this outcome makes the sentence true."""
        return any(_meets(record, wanted) for wanted in self.holds_if)


def _meets(record: ScenarioRecord, wanted: str) -> bool:
    outcome, _, beginning = wanted.partition(" ")
    return record.outcome.value == outcome and (record.detail or "").startswith(beginning)


def list_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """The scenarios of a folder by claim, then name; files named ``_…`` are their helpers.

    Raises:
        InputError: every script that can't be read as one, with what to change.
    """
    found: list[Scenario] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith("_"):
            continue
        try:
            found.append(read_scenario(path.name, path.read_text(encoding="utf-8")))
        except ValueError as error:
            problems.append(f"{path.name}: {error}")
    names = {scenario.name for scenario in found}
    for scenario in found:
        for name in sorted(set(scenario.given) - names):
            problems.append(f"{scenario.file}: GIVEN names {name!r}, which is no scenario here")
    if problems:
        raise InputError(problems)
    return tuple(sorted(found, key=_order))


def _order(scenario: Scenario) -> tuple[object, ...]:
    claim = scenario.claim
    return (claim is None, claim and claim[0], claim and int(claim[1:]), scenario.name)


def read_scenario(file: str, source: str) -> Scenario:
    """What a script says of itself; nothing of it is run.

    Raises:
        ValueError: no Python 3 can read it, it has no docstring, or a constant is not as above.
    """
    if not _FILE.fullmatch(file):
        raise ValueError(
            "a scenario's file name is lower case, digits and underscores, since it names its row"
        )
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise ValueError(
            f"{error}: a scenario must run unchanged on every Python from 2.7 on"
        ) from error
    docstring = ast.get_docstring(tree)
    if not docstring:
        raise ValueError('no docstring: its first line is the row, as in """C1: K.x() fails."""')
    first, _, rest = docstring.partition("\n")
    match = _CLAIM.fullmatch(first.strip())
    return Scenario(
        name=file.removesuffix(".py").replace("_", "-"),
        file=file,
        claim=match["claim"] if match else None,
        sentence=match["sentence"] if match else first.strip(),
        notes=rest.strip(),
        variables=_variables(_constant(tree, "VARIABLES", {})),
        applies_to=_applies_to(_constant(tree, "APPLIES_TO", {})),
        given=_given(_constant(tree, "GIVEN", [])),
        holds_if=_holds_if(_constant(tree, "HOLDS_IF", ["works"])),
    )


def _constant(tree: ast.Module, name: str, default: object) -> Any:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            try:
                return ast.literal_eval(node.value)
            except ValueError:
                raise ValueError(
                    f"line {node.lineno}: {name} must be written out: it is read, not run"
                ) from None
    return default


def _variables(value: Any) -> dict[str, str | None]:
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and isinstance(text, str | None) for name, text in value.items()
    ):
        raise ValueError("VARIABLES must map names to texts, or to None for unset")
    return value


def _applies_to(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and isinstance(text, str) for name, text in value.items()
    ):
        raise ValueError('APPLIES_TO must map projects to specifiers, as in {"tensorflow": ">=2"}')
    for name, text in value.items():
        try:
            SpecifierSet(text)
        except InvalidSpecifier as error:
            raise ValueError(f"APPLIES_TO, {name}: {error}") from error
    return value


def _given(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise ValueError('GIVEN must be a list of scenarios, as in ["smallest-model"]')
    return tuple(value)


def _holds_if(value: Any) -> tuple[str, ...]:
    outcomes = [outcome.value for outcome in AttributeOutcome]
    if not isinstance(value, list | tuple) or not all(
        isinstance(text, str) and text.split(" ")[0] in outcomes for text in value
    ):
        raise ValueError(f"HOLDS_IF must be a list of outcomes, each one of {', '.join(outcomes)}")
    return tuple(value)


def run_scenarios(
    engine: Engine,
    environment: Environment,
    scenarios: Sequence[Scenario],
    backend: str,
    probes_dir: Path,
    on_progress: Callable[[Scenario, int, int], None] = lambda _scenario, _number, _of: None,
) -> Mapping[str, ScenarioRecord]:
    """Run each scenario in a fresh process; name -> what came of it.

    ``on_progress(scenario, number, of)`` is told before each; it may raise to stop.

    Raises:
        EngineUnavailableError: the engine went away.
    """
    records = {}
    for number, scenario in enumerate(scenarios, start=1):
        on_progress(scenario, number, len(scenarios))
        command, marker = command_for(scenario, backend, probes_dir)
        records[scenario.name] = _run(engine, environment, command, marker)
    return records


def command_for(scenario: Scenario, backend: str, probes_dir: Path) -> tuple[Command, str]:
    """The sandboxed command for one scenario, and the marker that its lines will carry."""
    marker = f"keras-matrix-{secrets.token_hex(8)}"
    request = {"schema": SCHEMA, "marker": marker, "scenario": scenario.file}
    own = scenario.variables
    variables = {
        **variables_for(own.get("KERAS_BACKEND") or backend),
        **{name: text for name, text in own.items() if text is not None},
        REQUEST_VARIABLE: json.dumps(request, sort_keys=True),
    }
    unset = {name for name, text in own.items() if text is None}
    command = Command(
        arguments=(f"{MOUNT}/harness/scenario.py",),
        variables={name: text for name, text in variables.items() if name not in unset},
        mounts={probes_dir: MOUNT},
        limits=Limits(seconds=SECONDS, silence_seconds=SECONDS),
    )
    return command, marker


def _run(engine: Engine, environment: Environment, command: Command, marker: str) -> ScenarioRecord:
    process = engine.run(environment, command)
    try:
        lines = [line for line in process.lines() if line.startswith(marker.encode() + b" ")]
    except BaseException:
        process.kill()
        process.wait()
        raise
    return conclude(lines, marker, process.wait())


def conclude(lines: Sequence[bytes], marker: str, end: Exit) -> ScenarioRecord:
    """The record that the runner's lines and the process's end make. Facts follow the reason."""
    facts: list[str] = []
    ended: tuple[AttributeOutcome, str | None] | None = None
    try:
        for line in lines:
            message = json.loads(line[len(marker) :])
            if message["type"] == "said":
                facts.append(str(message["text"]))
            else:
                ended = _ended(message)
    except (ValueError, KeyError, TypeError) as error:
        ended = (AttributeOutcome.CRASHED, f"the runner's line can't be read ({error!r})")
    outcome, reason = ended or _death(end)
    detail = "; ".join([reason, *facts] if reason else facts)
    if len(detail) > _LONGEST_DETAIL:
        detail = detail[: _LONGEST_DETAIL - 3] + "..."
    return ScenarioRecord(outcome=outcome, detail=detail or None)


def _ended(message: Mapping[str, Any]) -> tuple[AttributeOutcome, str | None]:
    outcome, detail = message["outcome"], message["detail"]
    if message["type"] != "ended" or outcome not in _TOLD:
        raise ValueError(f"{message['type']!r}, {outcome!r}")
    return AttributeOutcome(outcome), None if detail is None else str(detail)


def _death(end: Exit) -> tuple[AttributeOutcome, str]:
    """What a process that didn't tell its end came to."""
    if end.killed_for in ("deadline", "silence"):
        return AttributeOutcome.TIMED_OUT, f"no end within {SECONDS:g} s"
    if end.killed_for is not None:
        return AttributeOutcome.CRASHED, f"killed: over the limit of {end.killed_for}"
    if end.code is not None and end.code < 0:
        return AttributeOutcome.CRASHED, f"the process died of {_signal(-end.code)}"
    return AttributeOutcome.CRASHED, f"the process ended with status {end.code} in the middle"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
