"""Progress on a terminal and off it: the same events, nothing lost, nothing repeated."""

import io

from rich.console import Console

from keras_matrix.cli.progress import Progress
from keras_matrix.running.campaign import Event, Stage

EVENTS = (
    Event(cell="one", stage=Stage.BUILD, detail="build theano0.9.0-py27"),
    Event(cell="two", stage=Stage.BUILD, detail="resolve tensorflow1.15.5-py37"),
    Event(cell="one", stage=Stage.PROBE, detail="1/90 keras.backend.abs"),
    Event(cell="one", stage=Stage.PROBE, detail="2/90 keras.backend.all"),
    Event(cell="one", stage=Stage.MEASURED, detail="2 paths, 532 attributes"),
)


def progress(console: Console) -> Progress:
    return Progress(
        console,
        2,
        lambda cell: {"one": 3 * 2**20}.get(cell, 0),
        lambda: [("tensorflow.whl", 45 * 2**20, 110 * 2**20), ("six.tar.gz", 0, None)],
    )


def test_off_a_terminal_each_stage_is_one_plain_line() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=200)
    with progress(console) as show:
        for event in EVENTS:
            show(event)
    first, second, third, last = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert first.startswith("one: build  build theano0.9.0-py27")
    assert second.startswith("two: build  resolve tensorflow1.15.5-py37")
    assert third.startswith("one: probe  1/90")
    assert last.startswith("[1/2] one: measured  2 paths, 532 attributes  3 MB  0.0 s")


def test_on_a_terminal_running_cells_are_a_table_with_what_arrives_below() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, height=20)
    with progress(console) as show:
        for event in EVENTS[:-1]:
            show(event)
        with console.capture() as captured:
            console.print(show.renderable())
        show(EVENTS[-1])
    lines = captured.get()
    assert "2/90 keras.backend.all" in lines
    assert "1/90" not in lines
    assert "3 MB" in lines
    assert "from the source: tensorflow.whl 45 MB of 110 MB" in lines
    assert "from the source: six.tar.gz 0 kB" in lines
    assert "0 of 2 done" in lines
    assert "measured" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_reason_is_no_code_for_the_terminal() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=200)
    with progress(console) as show:
        show(Event(cell="one", stage=Stage.FAILED, detail="unhealthy: \x1b]0;title\x07\x1b[31mno"))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "unhealthy: no" in said
    assert "\x1b" not in said
