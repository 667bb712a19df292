"""The command for a person has the limits of the engine's own runs."""

import shlex
from pathlib import Path

from keras_matrix.engines import Command, Environment, Limits
from keras_matrix.engines.docker_cli import client_command
from keras_matrix.engines.docker_plan import sandbox_arguments
from keras_matrix.engines.local import LocalEngine

ENVIRONMENT = Environment(
    reference="sha256:image",
    digest="sha256:0123456789abcdef0123456789abcdef0123",
    python="3.7.16",
    interpreter="/usr/local/bin/python3.7",
)
COMMAND = Command(
    arguments=("-c", "print('a b')"),
    variables={"KERAS_BACKEND": "theano"},
    limits=Limits(memory=2**30, pids=64, cpus=1.5, tmp=2**20),
)


def test_a_person_types_the_sandbox_of_our_runs() -> None:
    typed = client_command(ENVIRONMENT, COMMAND)
    ours = sandbox_arguments(ENVIRONMENT, COMMAND, {}, owner="me")
    assert typed[:3] == ("docker", "run", "--rm")
    assert typed[-4:] == (
        "keras-matrix/tier:0123456789abcdef0123456789abcdef",
        "/usr/local/bin/python3.7",
        "-c",
        "print('a b')",
    )
    for flag in (
        "--network=none",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        f"--user={ours['user']}",
        f"--memory={2**30}",
        f"--memory-swap={2**30}",
        "--pids-limit=64",
        "--cpus=1.5",
        "--ulimit=core=0:0",
        f"--tmpfs=/tmp:{ours['tmpfs']['/tmp']}",
        "--env=KERAS_BACKEND=theano",
        "--env=HOME=/tmp",
    ):
        assert flag in typed, flag
    assert not {"-i", "-it", "--volume"} & set(typed)


def test_every_restriction_of_our_runs_is_typed_or_has_no_meaning_there() -> None:
    ours = set(sandbox_arguments(ENVIRONMENT, COMMAND, {}, owner="me"))
    typed = {
        *("image", "command", "environment", "user", "working_dir", "network_mode", "read_only"),
        *("tmpfs", "cap_drop", "security_opt", "mem_limit", "memswap_limit", "pids_limit"),
        *("nano_cpus", "ulimits", "init"),
    }
    meaningless = {"hostname", "mounts", "log_config", "labels", "use_config_proxy"}
    assert ours == typed | meaningless


def test_a_prompt_follows_on_a_terminal() -> None:
    typed = client_command(ENVIRONMENT, COMMAND, interactive=True)
    assert "-it" in typed
    assert typed[-3:] == ("-i", "-c", "print('a b')")


def test_on_this_machine_the_interpreter_itself_is_typed(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    typed = engine.by_hand(ENVIRONMENT, COMMAND)
    assert shlex.join(typed) == (
        "env KERAS_BACKEND=theano /usr/local/bin/python3.7 -c 'print('\"'\"'a b'\"'\"')'"
    )
    assert engine.by_hand(ENVIRONMENT, COMMAND, interactive=True)[3] == "-i"
