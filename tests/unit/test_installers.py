from datetime import date

import pytest

from keras_matrix.errors import FailureClass
from keras_matrix.installers import (
    Installer,
    Toolchain,
    classify,
    inputs,
    install_commands,
    installer_for,
    parse_resolution,
    resolve_commands,
)

UV = Toolchain(
    installer=Installer.UV, interpreter="/py", index_url="http://10.0.0.1:8/x/simple/", uv="/uv"
)
PIP = Toolchain(installer=Installer.PIP, interpreter="/py", index_url="http://10.0.0.1:8/x/simple/")


@pytest.mark.parametrize(
    ("python", "as_of", "expected"),
    [
        ("2.7", date(2021, 1, 1), Installer.PIP),
        ("3.6", date(2021, 1, 1), Installer.PIP),
        ("3.7", date(2021, 1, 1), Installer.UV),
        ("3.7", date(2018, 10, 1), Installer.PIP),
        ("3.8", date(2018, 10, 1), Installer.UV),
        ("3.13", None, Installer.UV),
    ],
)
def test_uv_does_the_work_wherever_it_can(
    python: str, as_of: date | None, expected: Installer
) -> None:
    assert installer_for(python, as_of) is expected


def test_inputs_are_the_three_files_of_a_resolution() -> None:
    assert inputs(["keras==2.3.1"], ["numpy==1.18.5", "six==1.15.0"], ["tensorflow"]) == {
        "requirements.txt": "keras==2.3.1\n",
        "constraints.txt": "numpy==1.18.5\nsix==1.15.0\n",
        "excludes.txt": "tensorflow\n",
    }


def test_uv_resolves_from_our_index_alone_and_never_builds_numpy() -> None:
    resolve, show = resolve_commands(UV, "/w")
    line = " ".join(resolve)
    assert line.startswith("/uv pip compile ")
    assert "--default-index http://10.0.0.1:8/x/simple/" in line
    assert "-c /w/constraints.txt" in line
    assert "--excludes /w/excludes.txt" in line
    assert "--only-binary numpy" in line
    assert line.endswith("-o /w/resolved /w/requirements.txt")
    assert show[0] == "/py"
    assert show[-1] == "/w/resolved"


def test_pip_resolves_isolated_and_trusts_our_plain_http_index() -> None:
    line = " ".join(resolve_commands(PIP, "/w")[0])
    assert line.startswith("/py -m pip --isolated ")
    assert "--trusted-host 10.0.0.1" in line
    assert " -d /w/resolved" in line


@pytest.mark.parametrize("tools", [UV, PIP])
def test_installs_what_the_lock_says_and_nothing_else(tools: Toolchain) -> None:
    (command,) = install_commands(tools, "/w/lock.txt", target="/t")
    assert {"--no-deps", "--require-hashes"} <= set(command)
    assert command[-2:] == ["-r", "/w/lock.txt"]
    assert command[command.index("--target") + 1] == "/t"
    assert "--system" not in command


def test_without_a_target_uv_may_write_into_the_interpreters_own_packages() -> None:
    (command,) = install_commands(UV, "/w/lock.txt", compile_bytecode=False)
    assert {"--system", "--break-system-packages"} <= set(command)
    assert not {"--target", "--compile-bytecode"} & set(command)
    (command,) = install_commands(PIP, "/w/lock.txt", compile_bytecode=False)
    assert "--no-compile" in command


def test_reads_requirements_and_every_kind_of_file_name() -> None:
    output = """Collecting theano
resolved Keras-2.3.1-py2.py3-none-any.whl
resolved Theano-0.9.0.tar.gz
resolved python-dateutil-2.8.1.tar.gz
resolved PyYAML-3.12.zip
resolved old.name-1.0.tar.bz2
resolved numpy==1.18.5
resolved tensorflow==2.15.0 ; python_version < "4"
noise==1.0
"""
    assert parse_resolution(output, provided=["TensorFlow"]) == (
        "keras==2.3.1",
        "numpy==1.18.5",
        "old-name==1.0",
        "python-dateutil==2.8.1",
        "pyyaml==3.12",
        "theano==0.9.0",
    )


@pytest.mark.parametrize(
    ("log", "failure", "line"),
    [
        (
            "Collecting keras==9.9\nERROR: No matching distribution found for keras==9.9\n",
            FailureClass.RESOLVE,
            "ERROR: No matching distribution found for keras==9.9",
        ),
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because there is no version of keras==9.9 and you require keras==9.9, we can "
            "conclude that your requirements are unsatisfiable.\n",
            FailureClass.RESOLVE,
            "Because there is no version of keras==9.9 and you require keras==9.9, we can "
            "conclude that your requirements are unsatisfiable.",
        ),
        (
            "  Running setup.py bdist_wheel for grpcio: started\n"
            "    unable to execute 'gcc': No such file or directory\n"
            "    error: command 'gcc' failed with exit status 1\n"
            "  Failed building wheel for grpcio\n",
            FailureClass.COMPILE,
            "unable to execute 'gcc': No such file or directory",
        ),
        (
            "Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'\n"
            "ERROR: No matching distribution found for six\n",
            FailureClass.NETWORK,
            "Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'",
        ),
        (
            "Downloading tensorflow\nerror: failed to write: No space left on device (os error 28)",
            FailureClass.DISK,
            "error: failed to write: No space left on device (os error 28)",
        ),
        ("Traceback\nSegmentation fault\n", FailureClass.ENGINE, "Segmentation fault"),
        ("", FailureClass.ENGINE, "the installer said nothing"),
    ],
)
def test_a_failure_has_its_class_and_most_telling_line(
    log: str, failure: FailureClass, line: str
) -> None:
    assert classify(log) == (failure, line)
