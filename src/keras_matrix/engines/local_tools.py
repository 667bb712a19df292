"""Installers running on this machine: one after the other, everything logged, all ended at once."""

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from weakref import WeakSet

from keras_matrix import installers
from keras_matrix.engines.local_run import kill_tree
from keras_matrix.errors import BuildFailedError

SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
_SECONDS = 1800


class Tools:
    """Runs installers in a scrubbed environment, from any thread."""

    def __init__(self) -> None:
        self._running: WeakSet[subprocess.Popen[bytes]] = WeakSet()

    def abort(self) -> None:
        """Kill every installer that runs, with what it started."""
        for tool in list(self._running):
            if tool.poll() is None:
                kill_tree(tool.pid)

    def call(
        self, commands: Sequence[Sequence[str]], variables: Mapping[str, str], log: Path
    ) -> str:
        """Run the commands in turn, everything into the log; the last one's output.

        Raises:
            BuildFailedError: one failed, classed by what it printed.
        """
        output = ""
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("", encoding="utf-8")
        with tempfile.TemporaryDirectory(prefix="keras-matrix-home-") as home:
            own = {"PATH": SEARCH_PATH, "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8"}
            for command in commands:
                status, output = self._run(command, {**own, **variables})
                with log.open("a", encoding="utf-8") as file:
                    file.write(output)
                if status:
                    failure, line = installers.classify(output)
                    raise BuildFailedError(failure, line, log)
        return output

    def _run(self, command: Sequence[str], variables: Mapping[str, str]) -> tuple[int, str]:
        """Exit status and everything printed; what takes too long is killed with its children.

        In this process's group, so that Ctrl-C in a terminal ends it too.
        """
        try:
            process = subprocess.Popen(
                command,
                env=dict(variables),
                cwd=variables["HOME"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            return 1, f"error: {command[0]} can't be started: {error}\n"
        self._running.add(process)
        with process:
            try:
                output, _ = process.communicate(timeout=_SECONDS)
                late = ""
            except subprocess.TimeoutExpired:
                kill_tree(process.pid)
                output, _ = process.communicate()
                late = f"\nerror: {command[0]} took longer than {_SECONDS} s\n"
        return process.returncode, output.decode("utf-8", "replace") + late
