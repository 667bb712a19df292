"""Jobs with side effects in a container of their own: resolve, install and commit, check."""

import filecmp
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import uv
from filelock import FileLock

from keras_matrix.engines import Environment, Exit, Limits
from keras_matrix.engines import docker_plan as plan
from keras_matrix.engines.docker_sdk import Sdk, SdkContainer
from keras_matrix.engines.watched import WatchedProcess
from keras_matrix.errors import BuildFailedError, FailureClass
from keras_matrix.installers import classify

T = TypeVar("T")

# An installer that is silent for a quarter of an hour, or works for an hour, is stuck.
_LIMITS = Limits(seconds=3600, silence_seconds=900, output=256 * 2**20)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Commands to run one after the other, as root, in a container made from ``environment``.

    ``files`` (name -> text) lie in WORK, uv in TOOLS, both read-only; ``log`` takes everything
    that is printed. Only with ``network`` is the package index to be reached, and nothing else.
    """

    environment: Environment
    commands: Sequence[Sequence[str]]
    log: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    network: bool = True


class Workshop:
    """Runs jobs on one engine; its scratch files lie in ``cache``."""

    def __init__(self, sdk: Sdk, cache: Path, owner: str) -> None:
        self._sdk = sdk
        self._cache = cache
        self._owner = owner

    def locked(self, name: str) -> FileLock:
        """A lock across threads and processes, to be used as a context manager."""
        folder = self._cache / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / name, is_singleton=False, thread_local=False)

    def perform(self, job: Job, finish: Callable[[str, SdkContainer], T]) -> T:
        """What ``finish`` makes of the job's output and of its container, if all went well.

        Raises:
            BuildFailedError: classed, with the log's most telling line.
            EngineUnavailableError: the engine went away meanwhile.
        """
        output: list[str] = []
        with self._staged(job.files) as work, job.log.open("ab") as log:
            mounts = {work: plan.WORK, self._tools(): plan.TOOLS}
            command = plan.shell_script(job.commands, job.variables)
            container = self._sdk.create(
                plan.build_arguments(
                    job.environment, command, mounts, owner=self._owner, network=job.network
                )
            )
            process = WatchedProcess(container, _LIMITS)
            for line in process.lines():
                log.write(line + b"\n")
                output.append(line.decode("utf-8", "replace"))
        text = "\n".join(output)

        def conclude(ended: Exit) -> T:
            if ended.code != 0:
                raise _failure(ended, text, job.log)
            return finish(text, container)

        return process.settle(conclude, remove_later=True)

    @contextmanager
    def _staged(self, files: Mapping[str, str]) -> Iterator[Path]:
        scratch = self._cache / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=scratch) as name:
            folder = Path(name)
            for file, text in files.items():
                (folder / file).write_text(text, encoding="utf-8")
            yield folder

    def _tools(self) -> Path:
        """A folder with uv and nothing else: the one it is installed in holds much more."""
        found = Path(uv.find_uv_bin())
        folder = self._cache / "tools" / f"uv-{found.stat().st_size}-{found.stat().st_mtime_ns}"
        folder.mkdir(parents=True, exist_ok=True)
        copy = folder / "uv"
        with self.locked("tools"):
            # By size and time: a damaged copy would fail every build from now on.
            if not (copy.exists() and filecmp.cmp(found, copy)):
                shutil.copy2(found, folder / "uv.new")
                (folder / "uv.new").replace(copy)
        return folder


def _failure(ended: Exit, text: str, log: Path) -> BuildFailedError:
    if ended.killed_for:
        return BuildFailedError(
            FailureClass.ENGINE, f"the build was stopped: {ended.killed_for}", log
        )
    failure, line = classify(text)
    return BuildFailedError(failure, line, log)
