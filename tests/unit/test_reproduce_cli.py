"""The verb's command line: everything that is wrong with it is said before anything starts."""

import io
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from keras_matrix import cli
from keras_matrix.cli import reproduced
from keras_matrix.engines import Environment
from keras_matrix.evidence import Frame
from keras_matrix.matrix import Cell
from keras_matrix.releases import load_catalogue
from keras_matrix.reproducing import (
    End,
    Ending,
    Expected,
    Origin,
    Reproduction,
    Seen,
    Snippet,
    Verdict,
)
from keras_matrix.reproducing.combination import absent
from keras_matrix.reproducing.model import Chosen, Prepared
from keras_matrix.reproducing.session import Tried

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
VERSIONS = ("--keras", "1.2.2", "--theano", "0.9.0")
REPORT = """\
keras 1.2.2, theano 0.9.0, python 2.7

```python
from keras import backend as K
K.image_data_format()  # \x1b[2Kharmless
```

AttributeError: 'module' object has no attribute 'image_data_format'
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, standard output, standard error; there is no container engine."""
    monkeypatch.setenv("KERAS_MATRIX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    monkeypatch.chdir(tmp_path)

    def execute(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = cli.execute(["reproduce", *arguments])
        except SystemExit as stopped:  # argparse's own
            code = int(stopped.code or 0)
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    return execute


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "no code to run"),
        (("-c", "1"), "no version is known"),
        (("--keras", "two", "-c", "1"), "no version"),
        (("--keras", "2.3.11", "-c", "1"), "keras 2.3.11 never existed"),
        (("--keras", "2.2.4", "--python", "three", "-c", "1"), "no version of Python"),
        (("--keras", "2.2.4", "--python", "3.99", "-c", "1"), "Python 3.99 is none of"),
        ((*VERSIONS, "-c", "1", "--with", "numpy=1.2"), "numpy is none of"),
        ((*VERSIONS, "-c", "1", "--with", "h5py"), "not like h5py=2.6.0"),
        ((*VERSIONS, "-c", "1", "--in-range", "keras"), "is no range like"),
        ((*VERSIONS, "-c", "1", "--in-range", "keras=98:99"), "keras has no release there"),
        ((*VERSIONS, "-c", "1", "--timeout", "0"), "whole number from 1 up"),
        ((*VERSIONS, "-c", "1", "no-such.py"), "both -c CODE and no-such.py"),
        ((*VERSIONS, "no-such.py"), "no-such.py can't be read"),
        ((*VERSIONS, "."), ". can't be read"),
        ((*VERSIONS, "--from", "no-such.txt"), "no-such.txt"),
        (("--keras", "3.0.0", "--tensorflow", "1.15.5", "-c", "1"), "installable instead: keras"),
        (
            ("--theano", "1.0.5", "-c", "1", "--in-range", "keras=2.2:2.3", "--shell"),
            "want one combination: say --keras V",
        ),
    ],
)
def test_bad_input_is_named_and_nothing_is_started(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    code, out, err = run(*arguments, "--root", str(ROOT))
    assert (code, out) == (2, "")
    assert problem in err
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"\x7fELF\0\0\0", "is no text"), (b"#" * (2**20 + 1), "is longer than 1 MiB")],
)
def test_what_is_no_script_is_not_run(
    run: Run, tmp_path: Path, content: bytes, problem: str
) -> None:
    (tmp_path / "script.py").write_bytes(content)
    code, _, err = run(*VERSIONS, "script.py")
    assert code == 2
    assert problem in err


def test_an_export_never_overwrites(run: Run, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    code, _, err = run(*VERSIONS, "-c", "1", "--export", "there")
    assert code == 2
    assert "not empty" in err


def test_a_reports_code_is_shown_as_it_is_and_not_run_unasked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "issue.txt").write_text(REPORT)
    code, out, err = run("--from", "issue.txt")
    assert (code, out) == (2, "")
    assert "keras 1.2.2, theano 0.9.0, Python 2.7, backend theano" in err
    assert "expected: AttributeError: 'module' object has no attribute" in err
    assert "    K.image_data_format()" in err
    assert "\x1b" not in err
    assert "nobody can be asked here; --yes agrees" in err


@pytest.mark.parametrize("answer", ["n\n", "", "what?\n"])
def test_without_a_yes_nothing_is_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    (tmp_path / "issue.txt").write_text(REPORT)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    code, _, err = run("--from", "issue.txt")
    assert code == 2
    assert err.rstrip().endswith("nothing was run")
    monkeypatch.setattr(sys, "stdin", Terminal("yes\n"))
    code, _, err = run("--from", "issue.txt", "--engine", "docker")
    assert code == 3, "an engine was looked for"


def test_what_was_chosen_is_said(run: Run) -> None:
    _, _, err = run("--keras", "2.2.4", "-c", "1", "--engine", "docker")
    assert "keras 2.2.4, tensorflow 1.11.0, Python 3.6, backend tensorflow" in err
    assert "note: no version of tensorflow was said" in err


def test_strangers_code_needs_a_sandbox_or_trust(run: Run, tmp_path: Path) -> None:
    code, _, err = run(*VERSIONS, "-c", "1", "--engine", "local")
    assert code == 2
    assert "--trust-code" in err
    assert not (tmp_path / "cache" / "local").exists()


def test_without_an_engine_the_exit_code_is_the_environments(run: Run) -> None:
    code, _, err = run(*VERSIONS, "-c", "1", "--engine", "docker")
    assert code == 3
    assert "no.sock" in err


def test_help_has_examples_and_exit_codes(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "keras-matrix reproduce --from issue.txt" in out
    assert "0 reproduced, 1 a different error or none" in out


def test_a_checkout_is_not_needed(run: Run, tmp_path: Path) -> None:
    assert not (tmp_path / "matrix.yaml").exists()
    code, _, err = run("--keras", "2.2.4", "--tensorflow", "2.0.0", "--python", "3.12", "-c", "1")
    assert code == 2
    assert "installable instead: keras 2.2.4, tensorflow 2.0.0, Python 3.7" in err
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)


# --- what is printed ----------------------------------------------------------------------------

SEEN = Seen(
    exception="AttributeError",
    message="no 'x'",
    kinds=("AttributeError",),
    frames=(Frame(file="snippet.py", line=2, function="<module>", code="K.x"),),
)


def reproduction(version: str = "2.2.4", *, raised: bool = True) -> Reproduction:
    cell = Cell(
        id=f"keras{version}-theano1.0.3-py36",
        python="3.6",
        backend="theano",
        pins={"keras": version, "theano": "1.0.3"},
        as_of=date(2018, 11, 2),
        as_of_declared=False,
        group="",
        tags=(),
    )
    environment = Environment(
        reference="image", digest="sha256:1", python="3.6.15", interpreter="python"
    )
    return Reproduction(
        prepared=Prepared(
            chosen=Chosen(cell=cell, distributions={}, notes=("a note",)),
            environment=environment,
            locks=(),
            build_seconds=1.234,
        ),
        snippet=Snippet(code=b"import keras\nK.x\n", origin=Origin.MADE),
        expected=Expected(exception="AttributeError", message="no 'x'"),
        verdict=Verdict.REPRODUCED if raised else Verdict.NO_ERROR,
        note="",
        ending=Ending(
            end=End.RAISED if raised else End.FINISHED,
            code=int(raised),
            reason="",
            errors=(SEEN,) if raised else (),
            output="".join(f"line {n}\n" for n in range(30)) + "x" * 1000 + "\n",
            left_out=5,
        ),
        by_hand=("docker", "run", "image", "python", "-c", "K.x; 'y'"),
    )


def test_the_answer_is_the_first_line_and_the_rest_leads_to_it() -> None:
    made = reproduction()
    lines = "\n".join(reproduced.answer(made, [made], CATALOGUE)).splitlines()
    assert lines[0] == "reproduced: AttributeError: no 'x'"
    assert "keras2.2.4-theano1.0.3-py36, not declared" in lines[1]
    assert "  a note" in lines
    assert "    K.x" in lines
    assert "  raised in snippet.py line 2, <module>: K.x" in lines
    assert "  it printed, 5 bytes of it left out, its last 20 lines:" in lines
    assert max(map(len, lines)) < 320
    assert lines[-1] == "docker run image python -c 'K.x; '\"'\"'y'\"'\"''"


def test_other_attempts_are_told() -> None:
    made = reproduction()
    lines = list(reproduced.answer(made, [reproduction(raised=False), made], CATALOGUE))
    assert "  made from the error gave no error" in lines


def test_a_package_that_is_imported_unasked_is_named_with_its_release_of_then() -> None:
    made = reproduction()
    package = Frame(
        file="/usr/lib/python3.6/site-packages/keras/io.py", line=3, function="<module>", code=None
    )
    seen = replace(SEEN, message="No module named 'h5py'", frames=(*SEEN.frames, package))
    ending = replace(made.ending, errors=(seen,))
    lines = list(reproduced.answer(replace(made, ending=ending), [], CATALOGUE))
    assert "  h5py is imported and not asked for; users had it: --with h5py=2.8.0" in lines
    own = replace(made.ending, errors=(replace(seen, frames=SEEN.frames),))
    assert absent(replace(made, ending=own), CATALOGUE) is None


def test_a_range_is_a_line_each_then_its_changes() -> None:
    tried = [
        Tried(version="2.2.4", attempts=(reproduction(),)),
        Tried(version="2.2.5", failure="resolve: \x1b[1mno solution"),
        Tried(version="2.3.1", attempts=(reproduction("2.3.1", raised=False),)),
    ]
    assert list(reproduced.along("keras", tried)) == [
        "keras 2.2.4  py36   reproduced: AttributeError: no 'x'",
        "keras 2.2.5         not tried: resolve: no solution",
        "keras 2.3.1  py36   no error",
        "the error stops between 2.2.4 and 2.3.1",
    ]
    document = reproduced.documents("keras", tried)
    assert [each["came"] for each in document["tried"]] == [True, None, False]
    assert document["changes"] == [{"before": "2.2.4", "after": "2.3.1", "starts": False}]
    assert list(reproduced.along("keras", tried[:1]))[-1] == "no change in this range"


def test_everything_is_data_too() -> None:
    document = json.loads(json.dumps(reproduced.document(reproduction())))
    assert document["verdict"] == "reproduced"
    assert document["cell"]["pins"] == {"keras": "2.2.4", "theano": "1.0.3"}
    assert document["ending"]["errors"][0]["frames"][0]["code"] == "K.x"
    assert document["by_hand"][0] == "docker"
    assert document["build_seconds"] == 1.23
