"""The verb ``explain``: sections, data, exit codes, input that is none; on the shipped table."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from keras_matrix import cli

MESSAGE = "AttributeError: module 'keras.backend' has no attribute 'image_dim_ordering'"
SECTIONS = ("Understood", "Cause: R1 version mismatch", "Measured", "Fixes", "See it yourself")
ESCAPES = "\x1b]0;title\x07\x1b[31m\x9b31m\u202e"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    try:
        code = cli.execute(["explain", *arguments])
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_what_was_understood_comes_first_and_the_command_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, MESSAGE, "--keras", "2.3.1", "--tensorflow", "1.15.5")
    assert (code, err) == (0, "")
    assert [out.index(section) for section in SECTIONS] == sorted(map(out.index, SECTIONS))
    assert "keras 2.3.1 (as given), tensorflow 1.15.5 (as given)" in out
    assert "measured with these releases, in\n  keras2.3.1-tensorflow1.15.5-py37" in out
    assert "+ K.image_data_format() == 'channels_last'" in out
    assert out.rstrip().splitlines()[-1] == (
        "  keras-matrix reproduce --keras 2.3.1 --tensorflow 1.15.5 "
        "--expect \"module 'keras.backend' has no attribute 'image_dim_ordering'\""
    )


def test_as_data_all_of_it_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, MESSAGE, "--keras", "2.3.1", "--tensorflow", "1.15.5", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["schema"], told["answered"]) == (1, True)
    assert told["understood"]["error"]["name"] == "image_dim_ordering"
    assert told["understood"]["releases"] == {"keras": "2.3.1", "tensorflow": "1.15.5"}
    assert told["finding"]["certainty"] == "measured"
    assert told["finding"]["witnesses"][0]["cell"] == "keras2.3.1-tensorflow1.15.5-py37"
    assert told["causes"][0]["id"] == "R1"
    first = told["fixes"][0]
    assert (first["remedy"], first["use"]) == ("another name", "keras.backend.image_data_format")
    assert first["certainty"] == "measured"
    assert told["reproduce"].startswith("keras-matrix reproduce --keras 2.3.1")
    assert set(first) == {
        *("remedy", "title", "use", "cells", "certainty", "change", "setting", "install"),
        *("python", "pins", "notes"),
    }


def test_a_name_that_never_was_is_an_answer_of_no(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, MESSAGE.replace("image_dim_ordering", "get_sesion"))
    assert code == 1
    assert "names that exist: get_session" in out
    assert "removed" not in out


def test_a_setting_comes_with_its_line_of_code(capsys: pytest.CaptureFixture[str]) -> None:
    text = MESSAGE.replace("image_dim_ordering", "get_session")
    _, out, _ = run(capsys, text, "--keras", "2.15.0", "--tensorflow", "2.15.0")
    assert "tf.compat.v1.disable_eager_execution()" in out
    assert "+ from tensorflow.compat.v1.keras import backend as K" in out


def test_terminal_codes_of_the_text_are_not_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, f"K.x {ESCAPES}{MESSAGE}{ESCAPES}", "--keras", "2.3.1")
    assert not set("\x1b\x07\x9b\u202e") & set(out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no text"),
        (("",), "no text"),
        (("good morning",), "no error message was recognised"),
        ((MESSAGE, "--keras", "abc"), "--keras 'abc' is no version"),
        ((MESSAGE, "--python", "three"), "--python 'three' is no version of Python"),
        (("--from", "no/such/file"), "No such file"),
        (("--from", "/"), "Is a directory"),
    ],
)
def test_bad_input_is_told_in_a_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_both_wrong_options_are_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, MESSAGE, "--keras", "abc", "--tensorflow", "def")
    assert len(err.splitlines()) == 2


def test_a_binary_file_is_none_and_utf_16_is_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    binary, report = tmp_path / "model.h5", tmp_path / "issue.txt"
    binary.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(range(32)) * 100)
    code, _, err = run(capsys, "--from", str(binary))
    assert (code, "is no text" in err) == (2, True)
    report.write_bytes(f"{MESSAGE}\nkeras==2.3.1\ntensorflow==1.15.5\n".encode("utf-16"))
    code, out, _ = run(capsys, "--from", str(report))
    assert (code, "keras 2.3.1 (from the " in out) == (0, True)


def test_text_and_options_and_standard_input_go_together(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frozen = io.TextIOWrapper(io.BytesIO(b"Keras==2.3.1\ntensorflow==1.15.5\nnumpy==1.18.5\n"))
    monkeypatch.setattr(sys, "stdin", frozen)
    code, out, _ = run(capsys, MESSAGE, "--from", "-", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["understood"]["releases"] == {"keras": "2.3.1", "tensorflow": "1.15.5"}


def test_of_a_huge_text_the_beginning_and_the_end_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.txt"
    with log.open("w") as stream:
        stream.write("keras==2.3.1\n")
        for _ in range(8):
            stream.write("epoch 1: loss 0.1\n" * 100_000)
        stream.write(f"{MESSAGE}\n")
    assert log.stat().st_size > 10_000_000
    code, out, _ = run(capsys, "--from", str(log))
    assert (code, "keras 2.3.1" in out, "only its first and last" in out) == (0, True, True)


def test_it_answers_from_anywhere_without_a_checkout(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "keras_matrix", "explain", MESSAGE, "--keras", "2.3.1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_takes_long_to_import_is_not_imported() -> None:
    code = (
        "import sys; from keras_matrix import cli;"
        f"cli.execute(['explain', {MESSAGE!r}, '--keras', '2.3.1', '--tensorflow', '1.15.5']);"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    slow = {"rich", "yaml", "docker", "httpx", "starlette", "keras_matrix.index"}
    assert not slow & set(done.stderr.split())
