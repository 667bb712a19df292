"""Progress that tells the truth: one line per cell with its stage, bytes and time.

On a terminal the running cells are a live table and finished ones scroll away above it; anywhere
else each change of stage is one plain line. Both read the same events.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from keras_matrix.plaintext import plain
from keras_matrix.running.campaign import Event, Stage

STYLES = {
    Stage.MEASURED: "green",
    Stage.IMPOSSIBLE: "yellow",
    Stage.FAILED: "red",
    Stage.NOT_RUN: "yellow",
}


Arriving = tuple[str, int, int | None]
"""A file being downloaded: its name, the bytes here, the bytes in all if known."""


@dataclass(slots=True)
class _Row:
    stage: Stage
    detail: str
    started: float
    events: int = field(default=0)


class Progress:
    """Shows campaign events on ``console``: a context manager to be called with each event.

    ``received`` says how many bytes a cell was handed; ``arriving`` what is being downloaded.
    """

    def __init__(
        self,
        console: Console,
        total: int,
        received: Callable[[str], int],
        arriving: Callable[[], Iterable[Arriving]] = tuple,
    ) -> None:
        self._console = console
        self._total = total
        self._received = received
        self._arriving = arriving
        self._done = 0
        self._rows: dict[str, _Row] = {}
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._live = (
            Live(
                console=console,
                get_renderable=self.renderable,
                refresh_per_second=4,
                transient=True,
            )
            if console.is_terminal
            else None
        )

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take one event, from any thread."""
        now = time.monotonic()
        with self._lock:
            row = self._rows.setdefault(event.cell, _Row(event.stage, event.detail, now))
            # Every step of a build is news; of a probe, which tells every call, only the start.
            news = (row.stage, row.detail) != (event.stage, event.detail) or not row.events
            changed = news and (event.stage is Stage.BUILD or row.stage is not event.stage)
            row.stage, row.detail, row.events = event.stage, event.detail, row.events + 1
            if event.stage.last:
                self._done += 1
                del self._rows[event.cell]
        if event.stage.last or (changed and not self._live):
            self._console.print(self._line(event, now - row.started), soft_wrap=True)

    def _line(self, event: Event, seconds: float) -> Text:
        style = STYLES.get(event.stage, "")
        count = f"[{self._done}/{self._total}] " if event.stage.last else ""
        size = _size(self._received(event.cell))
        parts = [event.stage.value, event.detail, size if event.stage.last else ""]
        text = Text(f"{count}{event.cell}: ")
        text.append(plain("  ".join(part for part in parts if part)), style=style)
        text.append(f"  {seconds:.1f} s", style="dim")
        return text

    def renderable(self) -> RenderableType:
        """What the terminal shows now: running cells, files on their way, the clock."""
        table = Table.grid(padding=(0, 2))
        now = time.monotonic()
        with self._lock:
            rows = list(self._rows.items())
        for cell, row in rows:
            table.add_row(
                cell,
                row.stage.value,
                Text(plain(row.detail), overflow="ellipsis", no_wrap=True),
                _size(self._received(cell)),
                f"{now - row.started:5.0f} s",
            )
        clock = f"{self._done} of {self._total} done, {now - self._started:.0f} s"
        files = [Text(f"  from the source: {_arrived(*file)}", "dim") for file in self._arriving()]
        return Group(table, *files, Text(clock, style="dim"))


def _arrived(filename: str, here: int, size: int | None) -> str:
    whole = f" of {_size(size)}" if size else ""
    return f"{filename} {_size(here) or '0 kB'}{whole}"


def _size(count: int) -> str:
    if count >= 2**20:
        return f"{count / 2**20:.0f} MB"
    return f"{count / 2**10:.0f} kB" if count else ""
