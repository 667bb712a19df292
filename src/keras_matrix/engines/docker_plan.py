"""What the Docker engine asks for, decided without an engine: names, labels, arguments. Pure.

Arguments are the keywords of the SDK's ``containers.create``.
"""

import hashlib
import json
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_matrix.engines import Command, Environment
from keras_matrix.engines.sandbox import FIXED_VARIABLES

OURS = "io.keras-matrix"
DIGEST = f"{OURS}.digest"
PARENT = f"{OURS}.parent"
TIER = f"{OURS}.tier"
PYTHON = f"{OURS}.python"
INTERPRETER = f"{OURS}.interpreter"
BASE = f"{OURS}.base"
DEBIAN = f"{OURS}.debian"
SOURCE = f"{OURS}.source"
ROLE = f"{OURS}.role"
OWNER = f"{OURS}.owner"

NETWORK = "keras-matrix"
USER = "1000:1000"
WORK, TOOLS = "/harness/work", "/harness/tools"

_NOFILE, _NPROC = 4096, 4096


def base_digest(source: str, python: str, recipe: str) -> str:
    """The "sha256:…" of a bare Python: where it came from, its full version, how it was made."""
    content = ["base", source, python, recipe]
    return "sha256:" + hashlib.sha256(json.dumps(content).encode()).hexdigest()


def text_digest(text: str) -> str:
    """The sha256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def recipe_text(dockerfile: str) -> str:
    """A Dockerfile without what doesn't change its result: comments and blank lines."""
    lines = (line.rstrip() for line in dockerfile.splitlines())
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def tier_repository(digest: str) -> tuple[str, str]:
    """The repository and tag of a tier's image; people see it, look-ups go by label."""
    return "keras-matrix/tier", digest.removeprefix("sha256:")[:32]


def image_labels(environment: Environment, *, role: str, tier: str, parent: str) -> dict[str, str]:
    """The labels by which an image is found again and cleaned up.

    An image inherits the labels of what it is made from, so each of them has its own role.
    """
    return {
        OURS: "1",
        ROLE: role,
        OWNER: "",
        TIER: tier,
        DIGEST: environment.digest,
        PARENT: parent,
        PYTHON: environment.python,
        INTERPRETER: environment.interpreter,
    }


def environment_of(reference: str, labels: Mapping[str, str]) -> Environment | None:
    """The environment that an image's labels describe; None where they aren't all there."""
    if not all(labels.get(name) for name in (DIGEST, PYTHON, INTERPRETER)):
        return None
    return Environment(
        reference=reference,
        digest=labels[DIGEST],
        python=labels[PYTHON],
        interpreter=labels[INTERPRETER],
    )


def commit_changes(labels: Mapping[str, str], interpreter: str) -> list[str]:
    """Dockerfile instructions for a commit: the labels, and nothing left of the build's command."""
    # An instruction for each label: Podman takes a second one in the same line for its value.
    quoted = [f"LABEL {name}={json.dumps(value)}" for name, value in sorted(labels.items())]
    return [*quoted, f"CMD {json.dumps([interpreter])}"]


def shell_script(commands: Iterable[Sequence[str]], variables: Mapping[str, str]) -> list[str]:
    """One command line that runs the commands in turn and stops at the first that fails.

    The variables are set by the script, since a container's own would end up in the image.
    Everything is printed to standard output, in order.
    """
    exports = [f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())]
    script = ["exec 2>&1", *exports, *(shlex.join(command) for command in commands)]
    return ["/bin/sh", "-ec", "\n".join(script)]


def build_arguments(
    environment: Environment,
    command: list[str],
    mounts: Mapping[Path, str],
    *,
    owner: str,
    network: bool,
) -> dict[str, Any]:
    """A container that installs or resolves: root, writable, and only our index to reach."""
    return {
        "image": environment.reference,
        "command": command,
        "user": "0:0",
        **({"network": NETWORK} if network else {"network_mode": "none"}),
        "init": True,
        "mounts": _read_only(mounts),
        "log_config": {"type": "none"},
        "security_opt": ["no-new-privileges"],
        "ulimits": _ulimits(),
        "labels": {OURS: "1", ROLE: "build", OWNER: owner},
        "use_config_proxy": False,
    }


def sandbox_arguments(
    environment: Environment, command: Command, mounts: Mapping[Path, str], owner: str
) -> dict[str, Any]:
    """A container for a measurement: no network, nothing to write but /tmp, no privileges."""
    limits = command.limits
    return {
        "image": environment.reference,
        "command": [environment.interpreter, *command.arguments],
        "environment": {**FIXED_VARIABLES, **command.variables},
        "hostname": "cell",
        "user": USER,
        "working_dir": "/tmp",
        "network_mode": "none",
        "read_only": True,
        "tmpfs": {
            "/tmp": f"rw,nosuid,nodev,noexec,mode=1777,size={limits.tmp}",
            # Podman would mount writable ones there, read-only root or not.
            **{path: "ro,nosuid,nodev,noexec,size=4k" for path in ("/run", "/var/tmp")},
        },
        "mounts": _read_only(mounts),
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "mem_limit": limits.memory,
        "memswap_limit": limits.memory,
        "pids_limit": limits.pids,
        "nano_cpus": int(limits.cpus * 1e9),
        "ulimits": _ulimits(),
        "init": True,
        # Output is taken from the attached streams; a log on the engine's disk has no reader.
        "log_config": {"type": "none"},
        "labels": {OURS: "1", ROLE: "run", OWNER: owner, DIGEST: environment.digest},
        "use_config_proxy": False,
    }


def _read_only(mounts: Mapping[Path, str]) -> list[dict[str, Any]]:
    # As "volumes" they would be written into the image that a build container is committed to, and
    # every container made from it would get volumes of its own.
    return [
        {"Type": "bind", "Source": str(source), "Target": inside, "ReadOnly": True}
        for source, inside in mounts.items()
    ]


def _ulimits() -> list[dict[str, Any]]:
    # nofile and nproc are given for each container because Podman's defaults can exceed what
    # it may set; no core file fills the tmpfs when a probe crashes.
    wanted = (("nofile", _NOFILE), ("nproc", _NPROC), ("core", 0))
    return [{"name": name, "soft": limit, "hard": limit} for name, limit in wanted]


def owner_of_this_process() -> str:
    """Names this process for good: machine boot, PID namespace, PID and its start time."""
    return f"{_place()}:{os.getpid()}:{_start_time(os.getpid())}"


def is_orphan(owner: str, *, running: bool) -> bool:
    """Whether nobody will come back for a container of that owner.

    A process that can't be seen from here (another boot, another PID namespace) is given the
    benefit of the doubt while its container runs.
    """
    place, _, process = owner.partition(":")
    if place != _place():
        return not running
    pid, _, started = process.partition(":")
    return not pid.isdigit() or _start_time(int(pid)) != started


def _place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
        return f"{boot}/{namespace.strip('pid:[]')}"
    except OSError:
        return "unknown"


def _start_time(pid: int) -> str:
    try:
        # The fields after the command's name, which may itself contain spaces and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "ended"
    return fields[19]
