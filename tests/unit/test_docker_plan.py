"""What the Docker engine asks for: names, labels, arguments."""

import os
import subprocess
from pathlib import Path

from keras_matrix.engines import Command, Environment, Limits
from keras_matrix.engines import docker_plan as plan
from keras_matrix.engines.docker_sdk import addresses

BASE = Environment(
    reference="sha256:aa",
    digest="sha256:bb",
    python="3.7.16",
    interpreter="/usr/local/bin/python3.7",
)


def test_a_run_is_shut_in() -> None:
    command = Command(arguments=["-c", "1"], limits=Limits(memory=2**30, pids=64, cpus=1.5))
    arguments = plan.sandbox_arguments(BASE, command, {}, "me")
    assert arguments["command"] == ["/usr/local/bin/python3.7", "-c", "1"]
    assert arguments["network_mode"] == "none"
    assert arguments["read_only"] is True
    assert arguments["user"] == "1000:1000"
    assert arguments["cap_drop"] == ["ALL"]
    assert arguments["security_opt"] == ["no-new-privileges"]
    assert arguments["mem_limit"] == arguments["memswap_limit"] == 2**30
    assert arguments["pids_limit"] == 64
    assert arguments["nano_cpus"] == 1_500_000_000
    writable = [path for path, how in arguments["tmpfs"].items() if how.startswith("rw")]
    assert writable == ["/tmp"]
    assert "noexec" in arguments["tmpfs"]["/tmp"]
    assert arguments["use_config_proxy"] is False


def test_a_command_can_change_the_fixed_variables_and_add_its_own() -> None:
    command = Command(arguments=[], variables={"TZ": "Asia/Tokyo", "THEANO_FLAGS": "cxx="})
    variables = plan.sandbox_arguments(BASE, command, {}, "me")["environment"]
    assert variables["PYTHONHASHSEED"] == "0"
    assert variables["TZ"] == "Asia/Tokyo"
    assert variables["THEANO_FLAGS"] == "cxx="


def test_mounts_are_read_only() -> None:
    arguments = plan.sandbox_arguments(
        BASE, Command(arguments=[]), {Path("/srv/probes"): "/probes"}, "me"
    )
    assert arguments["mounts"] == [
        {"Type": "bind", "Source": "/srv/probes", "Target": "/probes", "ReadOnly": True}
    ]


def test_a_build_reaches_our_network_or_none() -> None:
    with_network = plan.build_arguments(BASE, [], {}, owner="me", network=True)
    without = plan.build_arguments(BASE, [], {}, owner="me", network=False)
    assert with_network["network"] == plan.NETWORK
    assert "network" not in without
    assert without["network_mode"] == "none"
    # A container's variables would end up in the image that is committed from it.
    assert "environment" not in with_network


def test_a_script_stops_at_the_first_failure_and_quotes_its_words() -> None:
    script = plan.shell_script(
        [["echo", "a b", "$HOME"], ["ls", "/nonexistent"], ["echo", "never"]], {"X": "it's"}
    )
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stdout.startswith("a b $HOME\n")
    assert "nonexistent" in done.stdout
    assert "never" not in done.stdout
    assert done.stderr == ""


def test_an_image_is_known_by_its_labels() -> None:
    labels = plan.image_labels(BASE, role="tier", tier="x-py37", parent="sha256:cc")
    assert plan.environment_of("sha256:aa", labels) == BASE
    assert labels[plan.ROLE] == "tier"
    del labels[plan.DIGEST]
    assert plan.environment_of("sha256:aa", labels) is None


def test_every_label_is_an_instruction_of_its_own() -> None:
    changes = plan.commit_changes({"b": 'say "hi"', "a": "1"}, "/bin/python")
    assert changes == ['LABEL a="1"', 'LABEL b="say \\"hi\\""', 'CMD ["/bin/python"]']


def test_comments_and_blank_lines_are_no_part_of_a_recipe() -> None:
    assert plan.recipe_text("# how\n\nFROM x  \n  # why\nRUN y\n") == "FROM x\nRUN y"


def test_an_orphan_is_what_an_ended_process_left() -> None:
    mine = plan.owner_of_this_process()
    place, pid, started = mine.rsplit(":", 2)
    assert not plan.is_orphan(mine, running=False)
    assert pid == str(os.getpid())
    assert plan.is_orphan(f"{place}:{pid}:{int(started) + 1}", running=True)
    assert plan.is_orphan(f"{place}:4194305:1", running=True)
    assert not plan.is_orphan(f"elsewhere:{pid}:{started}", running=True)
    assert plan.is_orphan(f"elsewhere:{pid}:{started}", running=False)


def test_a_base_digest_depends_on_each_of_its_parts() -> None:
    parts = [("host", "3.7.16", "r"), ("registry", "3.7.16", "r"), ("host", "3.7.17", "r")]
    digests = {plan.base_digest(*part) for part in [*parts, ("host", "3.7.16", "s")]}
    assert len(digests) == 4
    assert all(digest.startswith("sha256:") for digest in digests)


def test_docker_host_is_the_only_address_where_it_is_set() -> None:
    assert addresses({"DOCKER_HOST": "tcp://h:1", "XDG_RUNTIME_DIR": "/r"}) == ("tcp://h:1",)


def test_the_usual_sockets_are_tried_in_order() -> None:
    assert addresses({"XDG_RUNTIME_DIR": "/r"}) == (
        "unix:///var/run/docker.sock",
        "unix:///r/docker.sock",
        "unix:///r/podman/podman.sock",
        "unix:///run/podman/podman.sock",
    )
    assert addresses({}) == ("unix:///var/run/docker.sock", "unix:///run/podman/podman.sock")
