"""A plugin of pytest that keeps what came of each injected fault: suite.py runs with it.

Only tests with ``@pytest.mark.fault`` are run, and none again that has passed: a suite that was
interrupted goes on where it was.
"""

import json
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, kw_only=True, slots=True)
class Injection:
    """One test: the fault, at which moment it came, what was to hold, and whether it did.

    ``result`` is "held", "broken" or "skipped"; ``reason`` says why it was skipped.
    """

    test: str
    fault: str
    moment: str
    holds: tuple[str, ...]
    result: str
    reason: str
    seconds: float


class Recorder:
    """Keeps injections in a file of a JSON line each; ``key`` says what they were made with."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key

    def read(self) -> dict[str, Injection]:
        """The injections of that key, by test; the last of each counts."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        found: dict[str, Injection] = {}
        for line in lines:
            fields: dict[str, Any] = json.loads(line)
            if fields.pop("key") == self._key:
                fields["holds"] = tuple(fields["holds"])
                found[fields["test"]] = Injection(**fields)
        return found

    def add(self, injection: Injection) -> None:
        """Keep one."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": self._key, **asdict(injection)}) + "\n")

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave out what injects nothing, and what has held before."""
        held = {test for test, each in self.read().items() if each.result == "held"}
        wanted = [
            item for item in items if item.get_closest_marker("fault") and item.nodeid not in held
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
        items[:] = wanted

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the outcome of the test itself, or of a preparation that failed or was skipped."""
        report = yield
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self.add(_injection(item, report))
        return report


def _injection(item: pytest.Item, report: pytest.TestReport) -> Injection:
    marker = item.get_closest_marker("fault")
    assert marker is not None
    fault, *holds = marker.args
    properties = dict(report.user_properties)
    reason = ""
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
    return Injection(
        test=item.nodeid,
        fault=fault,
        moment=str(properties.get("moment", "")),
        holds=tuple(holds),
        result={"passed": "held", "failed": "broken", "skipped": "skipped"}[report.outcome],
        reason=reason,
        seconds=round(report.duration, 1),
    )
