"""A sandboxed run as a person types it: ``docker run …`` with the limits of our own runs. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from keras_matrix.engines import Command, Environment
from keras_matrix.engines import docker_plan as plan


def client_command(
    environment: Environment, command: Command, *, interactive: bool = False
) -> tuple[str, ...]:
    """The client's arguments, argv[0] first; with ``interactive`` for a prompt on this terminal.

    Of the variables that every run gets, only HOME is there: the others make runs alike to the
    last digit.
    """
    arguments = plan.sandbox_arguments(environment, command, {}, owner="")
    variables = {"HOME": arguments["environment"]["HOME"], **command.variables}
    return (
        *("docker", "run", "--rm", *(("-it",) if interactive else ())),
        *_flags(arguments),
        *(f"--env={name}={text}" for name, text in variables.items()),
        _name(environment),
        environment.interpreter,
        *(("-i",) if interactive else ()),
        *command.arguments,
    )


def _name(environment: Environment) -> str:
    return ":".join(plan.tier_repository(environment.digest))


def _flags(arguments: Mapping[str, Any]) -> Iterator[str]:
    yield "--init"
    yield f"--network={arguments['network_mode']}"
    yield "--read-only"
    for path, options in arguments["tmpfs"].items():
        yield f"--tmpfs={path}:{options}"
    yield f"--user={arguments['user']}"
    yield f"--workdir={arguments['working_dir']}"
    for capability in arguments["cap_drop"]:
        yield f"--cap-drop={capability}"
    for option in arguments["security_opt"]:
        yield f"--security-opt={option}"
    yield f"--memory={arguments['mem_limit']}"
    yield f"--memory-swap={arguments['memswap_limit']}"
    yield f"--pids-limit={arguments['pids_limit']}"
    yield f"--cpus={arguments['nano_cpus'] / 1e9:g}"
    for limit in arguments["ulimits"]:
        yield f"--ulimit={limit['name']}={limit['soft']}:{limit['hard']}"
