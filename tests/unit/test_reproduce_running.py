"""A snippet's process: its own words, its output, its end; on every interpreter found."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keras_matrix.engines import Exit, Limits
from keras_matrix.interpreters import find_interpreters
from keras_matrix.plaintext import plain, visible
from keras_matrix.reproducing import End, Ending
from keras_matrix.reproducing.model import limits_of
from keras_matrix.reproducing.running import Told, conclude, one_line

RUNNER = (
    Path(__file__).parents[2] / "src/keras_matrix/reproducing/inside/run_snippet.py"
).resolve()
INTERPRETERS = {"this": Path(sys.executable), **find_interpreters()}
MARKER = "keras-matrix-test"

everywhere = pytest.mark.parametrize("interpreter", INTERPRETERS.values(), ids=INTERPRETERS)


def run(interpreter: Path, code: str, tmp_path: Path) -> tuple[Ending, Told]:
    """What the host makes of a real process."""
    script = tmp_path / "snippet.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [interpreter, RUNNER, script],
        env={
            "KERAS_MATRIX_MARKER": MARKER,
            "PYTHONUNBUFFERED": "1",
            "LANG": "C.UTF-8",
            "HOME": str(tmp_path),
            "PATH": os.defpath,
        },
        capture_output=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.stderr == b""
    told = Told(marker=MARKER)
    for line in done.stdout.split(b"\n")[: -1 if done.stdout.endswith(b"\n") else None]:
        told.take(line)
    end = Exit(code=done.returncode, killed_for=None, stderr_tail="")
    return conclude(told, end, Limits(), 0.0), told


@everywhere
def test_a_snippet_runs_as_a_script_does(interpreter: Path, tmp_path: Path) -> None:
    code = """\
# -*- coding: utf-8 -*-
import os, sys, __main__
assert __name__ == "__main__" and __main__.__dict__ is globals()
assert os.path.samefile(os.path.dirname(__file__), sys.path[0]) and len(sys.argv) == 1
assert "KERAS_MATRIX_MARKER" not in os.environ
assert sorted(name for name in globals() if name[:2] != "__") == ["os", "sys"]
print("out")
sys.stderr.write("err\\n")
sys.stdout.write("end")
"""
    ending, _ = run(interpreter, code, tmp_path)
    assert ending == Ending(
        end=End.FINISHED, code=0, reason="it came to its end", output="out\nerr\nend\n"
    )


@everywhere
def test_what_it_raises_is_told_with_its_frames(interpreter: Path, tmp_path: Path) -> None:
    code = "def f():\n    raise KeyError('a')\nf()\n"
    ending, _ = run(interpreter, code, tmp_path)
    (seen,) = ending.errors
    assert (ending.end, str(seen), seen.thread) == (End.RAISED, "KeyError: 'a'", False)
    assert "LookupError" in seen.kinds
    assert [(f.file, f.line, f.function) for f in seen.frames] == [
        ("snippet.py", 3, "<module>"),
        ("snippet.py", 2, "f"),
    ]
    assert seen.frames[-1].code == "raise KeyError('a')"
    assert ending.output.startswith("Traceback (most recent call last):\n")
    assert RUNNER.name not in ending.output
    assert MARKER not in ending.output


@everywhere
def test_a_syntax_error_shows_its_line_and_nothing_of_the_runner(
    interpreter: Path, tmp_path: Path
) -> None:
    ending, _ = run(interpreter, "x = 1\nx = (\n", tmp_path)
    assert ending.errors[0].exception == "SyntaxError"
    assert ending.errors[0].message
    assert '"snippet.py", line' in ending.output
    assert RUNNER.name not in ending.output


@everywhere
def test_an_exception_that_ends_a_thread_is_told(interpreter: Path, tmp_path: Path) -> None:
    code = """\
import threading
def work():
    raise ValueError("in there")
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
    ending, _ = run(interpreter, code, tmp_path)
    (seen,) = ending.errors
    assert (ending.end, ending.code) == (End.FINISHED, 0)
    assert (str(seen), seen.thread) == ("ValueError: in there", True)
    assert seen.frames[-1].function == "work"


@everywhere
def test_text_beyond_ascii_survives(interpreter: Path, tmp_path: Path) -> None:
    code = "# -*- coding: utf-8 -*-\nraise ValueError('caf\u00e9 \u2192 \u65e5')\n"
    ending, _ = run(interpreter, code, tmp_path)
    assert ending.errors[0].message == "caf\u00e9 \u2192 \u65e5"


@everywhere
@pytest.mark.parametrize(
    ("code", "end", "status"),
    [
        ("import sys; sys.exit(3)", End.EXITED, 3),
        ("import sys; sys.exit('no')", End.EXITED, 1),
        ("import sys; sys.exit(0)", End.FINISHED, 0),
        ("import os; os._exit(7)", End.EXITED, 7),
        ("import os; os._exit(0)", End.FINISHED, 0),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", End.DIED, -9),
        ("import os\nif os.fork() == 0: raise ValueError\nos.wait()", End.FINISHED, 0),
    ],
)
def test_every_way_out_is_told_apart(
    interpreter: Path, tmp_path: Path, code: str, end: End, status: int
) -> None:
    ending, _ = run(interpreter, code, tmp_path)
    assert (ending.end, ending.code, ending.errors) == (end, status, ())
    assert ending.reason


@everywhere
@pytest.mark.parametrize(
    "body",
    [
        "def __str__(self): raise ValueError('again')",
        "def __str__(self): return 3",
        "def __eq__(self, other): raise ValueError('again')",
        "def __str__(self): return 'x' * 10**6",
    ],
)
def test_an_exception_that_resists_is_still_told(
    interpreter: Path, tmp_path: Path, body: str
) -> None:
    code = f"class Bad(Exception):\n    __hash__ = None\n    {body}\nraise Bad('x')\n"
    ending, _ = run(interpreter, code, tmp_path)
    assert ending.errors[0].exception == "Bad"
    assert len(ending.errors[0].message) <= 20000


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdout.close(); sys.stderr.close(); raise ValueError('x')",
        "import os; os.close(1); os.close(2); raise ValueError('x')",
        "import sys; sys.stdout = sys.stderr = None; raise ValueError('x')",
        "import sys, io; sys.stdout = io.StringIO(); raise ValueError('x')",
    ],
)
def test_closing_its_streams_hides_nothing(tmp_path: Path, code: str) -> None:
    ending, _ = run(Path(sys.executable), code, tmp_path)
    assert str(ending.errors[0]) == "ValueError: x"


def test_causes_come_after_what_they_led_to(tmp_path: Path) -> None:
    code = "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e\n"
    ending, _ = run(Path(sys.executable), code, tmp_path)
    assert [seen.exception for seen in ending.errors] == ["ValueError", "ZeroDivisionError"]


def told(*lines: bytes) -> Told:
    result = Told(marker=MARKER)
    for line in lines:
        result.take(line)
    return result


def report(**fields: object) -> bytes:
    return f"{MARKER} {json.dumps(fields)}".encode()


@pytest.mark.parametrize(
    "line",
    [
        MARKER.encode() + b" {",
        MARKER.encode() + b" []",
        MARKER.encode() + b' {"type": "raised"}',
        MARKER.encode() + b" " + b"[" * 100_000,
        report(type="raised", thread=False, errors=[{"exception": "X"}]),
        report(type="raised", thread=False, errors=3),
    ],
)
def test_a_forged_line_of_the_runner_harms_nothing(line: bytes) -> None:
    end = Exit(code=1, killed_for=None, stderr_tail="")
    ending = conclude(told(b"before", line, b"after"), end, limits_of(), 1.0)
    assert (ending.end, ending.errors) == (End.EXITED, ())
    assert ending.output == "before\nafter\n"


def test_of_much_output_the_beginning_and_the_end_are_kept() -> None:
    lines = [f"line {number} {'x' * 90}".encode() for number in range(10_000)]
    result = told(*lines)
    output = result.output()
    assert len(output) < 150_000
    assert output.startswith("line 0 ")
    assert output.splitlines()[-1].startswith("line 9999 ")
    assert f"[… {result.left_out} bytes left out …]" in output


@pytest.mark.parametrize(
    ("end", "kind", "reason"),
    [
        (Exit(code=None, killed_for="deadline", stderr_tail=""), End.TIMED_OUT, "within 120 s"),
        (Exit(code=None, killed_for="output", stderr_tail=""), End.KILLED, "output (8 MiB)"),
        (Exit(code=None, killed_for="memory", stderr_tail=""), End.KILLED, "memory (4096 MiB)"),
        (Exit(code=-signal.SIGSEGV, killed_for=None, stderr_tail=""), End.DIED, "SIGSEGV"),
        (Exit(code=-63, killed_for=None, stderr_tail=""), End.DIED, "signal 63"),
        (Exit(code=2, killed_for=None, stderr_tail=""), End.EXITED, "status 2 before the code"),
    ],
)
def test_an_end_that_the_snippet_can_not_tell(end: Exit, kind: End, reason: str) -> None:
    ending = conclude(told(), end, limits_of(), 1.0)
    assert ending.end is kind
    assert reason in ending.reason


def test_an_interpreter_that_does_not_start_says_why() -> None:
    end = Exit(code=1, killed_for=None, stderr_tail="Fatal Python error: \x1b[31mno codec\n")
    ending = conclude(told(), end, limits_of(), 1.0)
    assert ending.output == "Fatal Python error: no codec\n"
    assert "before the code began" in ending.reason


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x1b[2J\x1b[Hb\x1bc", "ab"),
        ("10%\r20%\r\n30%", "10%\n20%\n30%"),
        ("\x9b31mred\x07\x08\x00", "red"),
        ("a\u202eb\u2066c", "abc"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_terminal_codes_are_stripped(dirty: str, clean: str) -> None:
    assert plain(dirty) == clean


def test_code_to_agree_to_hides_nothing() -> None:
    shown = visible("print(1)\x1b[2K\r# \u202eharmless\r\nx\ty")
    assert shown == "print(1)\\x1b[2K\\r# \\u202eharmless\nx\ty"


@pytest.mark.parametrize("code", ["K.get_uid()", "a = 1\nb = '\u00e9'\n", "if x:\n\ty()\n"])
def test_code_fits_one_line_of_a_shell(code: str) -> None:
    line = one_line(code.encode())
    assert line.isascii()
    assert line.isprintable()
    scope: dict[str, object] = {"exec": exec}
    if line.startswith("exec("):
        assert eval(line.removeprefix("exec"), scope).decode() == code.rstrip()
    else:
        assert line == code
