"""The embedded engine: layered directories on this machine, from the interpreters found on it.

For machines without a container engine. No sandbox of its own: limits, a scrubbed environment,
and bubblewrap where that works.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from weakref import WeakSet

from uv import find_uv_bin

from keras_matrix import installers
from keras_matrix.engines import BuildRequest, Command, Environment, Held, Process
from keras_matrix.engines import local_layers as layers
from keras_matrix.engines.lineage import removable
from keras_matrix.engines.local_layers import Layers
from keras_matrix.engines.local_run import LocalRun, Sandbox, find_sandbox, on_host
from keras_matrix.engines.local_tools import SEARCH_PATH, Tools
from keras_matrix.engines.sandbox import FIXED_VARIABLES
from keras_matrix.engines.watched import WatchedProcess
from keras_matrix.errors import BuildFailedError, FailureClass, PythonUnavailableError
from keras_matrix.installers import Installer, Toolchain, installer_for
from keras_matrix.interpreters import find_interpreters
from keras_matrix.locks import Lock, lock_to_text
from keras_matrix.tiers import Tier, TierKind, tag

# Changes whenever the same lock would give another directory.
_RECIPE = "local 1"


class LocalEngine:
    """An :class:`keras_matrix.engines.Engine` below ``cache``/local."""

    name = "local"

    def __init__(self, cache: Path) -> None:
        self._root = cache.absolute() / "local"
        self._sandbox: tuple[Sandbox | None, str] | None = None
        self._runs: WeakSet[WatchedProcess] = WeakSet()
        self._installers = Tools()

    def describe(self) -> str:
        """Which interpreters it has, and whether runs are sandboxed."""
        pythons = ", ".join(find_interpreters()) or "none"
        return f"layered directories on this machine, Python {pythons}; {self._sandboxed()[1]}"

    def _sandboxed(self) -> tuple[Sandbox | None, str]:
        if self._sandbox is None:
            self._sandbox = find_sandbox(os.environ.get("PATH", os.defpath))
        return self._sandbox

    def index_host(self) -> str:
        """The loopback address."""
        return "127.0.0.1"

    def base(self, python: str, log: Path) -> Environment:
        """A bare interpreter of its own; with the host's pip where only pip can install."""
        host = find_interpreters().get(python)
        if host is None:
            raise PythonUnavailableError(
                f"Python {python} is not on this machine (found: "
                f"{', '.join(find_interpreters()) or 'none'}). Install it with `pyenv install "
                f"{python}`, put it on PATH, or use a container engine."
            )
        version = _full_version(host)
        name = json.dumps([_RECIPE, version, str(host), platform.machine()])
        digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
        root = self._directory(digest)
        if layers.read_layers(root) is None:
            build = self._new_directory(digest)
            layers.make_interpreter(build, host, python)
            layers.write_views(build, python, [])
            content = Layers(digest=digest, parent="", tier=f"python{python}", python=version)
            self._finish(build, root, content)
            if installer_for(python, installers.BOOTSTRAP_DAY) is Installer.PIP:
                self._ensure_pip(root, log)
        return self._environment(root, digest, version)

    def _ensure_pip(self, root: Path, log: Path) -> None:
        try:
            self._installers.call([[str(layers.interpreter_of(root)), "-m", "ensurepip"]], {}, log)
        except BuildFailedError as error:
            shutil.rmtree(root, ignore_errors=True)
            raise PythonUnavailableError(
                f"the interpreter behind {root} has no working ensurepip: {error}. Distributions "
                "of Linux leave it out of theirs: take one from pyenv."
            ) from error

    def find(self, tier: Tier, lock: Lock, parent: Environment) -> Environment | None:
        """The tier's directory, if it is whole."""
        digest = tag(tier, lock, parent.digest, _RECIPE)
        found = layers.read_layers(self._directory(digest))
        if found is None:
            return None
        return self._environment(self._directory(digest), digest, found.python)

    def resolve(self, request: BuildRequest) -> tuple[str, ...]:
        """As the protocol says; with the interpreter, and for pip the pip, of the parent."""
        tier = request.tier
        tools = self._tools(request)
        with tempfile.TemporaryDirectory(prefix="keras-matrix-resolve-") as workdir:
            files = installers.inputs(tier.requirements, request.constraints, tier.provided)
            for name, text in files.items():
                (Path(workdir) / name).write_text(text)
            output = self._installers.call(
                installers.resolve_commands(tools, workdir), self._variables(tools), request.log
            )
        return installers.parse_resolution(output, tier.provided)

    def build(self, request: BuildRequest, lock: Lock) -> Environment:
        """Install into a new directory, which appears under its name when it is whole."""
        tier, parent = request.tier, request.parent
        digest = tag(tier, lock, parent.digest, _RECIPE)
        root = self._directory(digest)
        below = layers.read_layers(Path(parent.reference))
        if below is None:
            raise BuildFailedError(
                FailureClass.ENGINE, f"{parent.reference} is no longer whole: run again"
            )
        build = self._new_directory(digest)
        holds = layers.hold(Path(parent.reference))
        try:
            self._install(request, lock, build / "packages")
            layers.make_interpreter(build, _host_interpreter(parent, tier), tier.python)
            replaced = [package.name for package in lock.packages]
            views = [
                str(root / "packages"),
                *layers.views_below(build, root, below.views, replaced),
            ]
            layers.write_views(build, tier.python, views)
            content = Layers(
                digest=digest,
                parent=parent.digest,
                tier=tier.name,
                python=parent.python,
                views=tuple(views),
            )
            self._finish(build, root, content)
        except OSError as error:
            raise BuildFailedError(FailureClass.DISK, str(error), request.log) from error
        finally:
            os.close(holds)
            shutil.rmtree(build, ignore_errors=True)
        return self._environment(root, digest, parent.python)

    def _install(self, request: BuildRequest, lock: Lock, target: Path) -> None:
        target.mkdir()
        if not lock.packages:
            return
        tools = self._tools(request)
        with tempfile.TemporaryDirectory(prefix="keras-matrix-install-") as workdir:
            lock_file = Path(workdir) / "lock.txt"
            lock_file.write_text(lock_to_text(lock))
            commands = installers.install_commands(tools, str(lock_file), target=str(target))
            self._installers.call(commands, self._variables(tools), request.log)

    def run(self, environment: Environment, command: Command) -> Process:
        """As the protocol says, but for what :meth:`describe` says of the sandbox."""
        arguments = [on_host(argument, command.mounts) for argument in command.arguments]
        variables = {
            **FIXED_VARIABLES,
            "PATH": SEARCH_PATH,
            **{name: on_host(text, command.mounts) for name, text in command.variables.items()},
        }
        run = LocalRun(
            [environment.interpreter, *arguments],
            variables=variables,
            sandbox=self._sandboxed()[0],
            visible=[self._root, *(path.absolute() for path in command.mounts)],
            limits=command.limits,
            holds=layers.hold(Path(environment.reference)),
        )
        process = WatchedProcess(run, command.limits)
        self._runs.add(process)
        return process

    def by_hand(
        self, environment: Environment, command: Command, *, interactive: bool = False
    ) -> tuple[str, ...]:
        """See the protocol; not sandboxed."""
        variables = (f"{name}={text}" for name, text in command.variables.items())
        prompt = ("-i",) if interactive else ()
        return ("env", *variables, environment.interpreter, *prompt, *command.arguments)

    def abort(self) -> None:
        """Kill every installer and every run that this engine started."""
        self._installers.abort()
        for process in list(self._runs):
            process.kill()

    def storage(self) -> Path | None:
        """The folder of its directories, or what there is of the way to it."""
        return next(path for path in (self._root, *self._root.parents) if path.exists())

    def held(self) -> tuple[Held, ...]:
        """See the protocol."""
        return tuple(
            Held(
                environment=self._environment(root, content.digest, content.python),
                tier=content.tier,
                parent=content.parent,
                made=(root / layers.MARKER).stat().st_mtime,
            )
            for root, content in self._whole().values()
            if content.parent
        )

    def remove(self, environment: Environment) -> bool:
        """See the protocol."""
        parents = {content.parent for _, content in self._whole().values()}
        root = self._directory(environment.digest)
        return environment.digest not in parents and layers.remove_unused(root)

    def clean(self, keep: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Remove the environments that nothing in ``keep`` stands on; with the last, uv's cache.

        What a run of another process uses stays, with all that it stands on.
        """
        for marker in self._root.glob(f"*/{layers.MARKER}"):
            if layers.read_layers(marker.parent) is None:
                layers.remove_unused(marker.parent)
        found = self._whole()
        parents = {digest: content.parent for digest, (_, content) in found.items()}
        removed = []
        for digest in removable(parents, keep, found):
            if self.remove(self._environment(found[digest][0], digest, "")):
                removed.append(f"{found[digest][1].tier} ({digest})")
        if len(removed) == len(found):
            shutil.rmtree(self._root, ignore_errors=True)
        return tuple(removed)

    def _whole(self) -> dict[str, tuple[Path, Layers]]:
        """Every whole environment by its digest, bare Pythons too."""
        roots = (marker.parent for marker in sorted(self._root.glob(f"*/{layers.MARKER}")))
        return {
            content.digest: (root, content)
            for root in roots
            if (content := layers.read_layers(root)) is not None
        }

    def _directory(self, digest: str) -> Path:
        return self._root / digest.removeprefix("sha256:")[:32]

    def _new_directory(self, digest: str) -> Path:
        self._root.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self._root, prefix=f".{digest[7:19]}-"))

    def _finish(self, build: Path, root: Path, content: Layers) -> None:
        layers.write_layers(build, content)
        build.chmod(0o755)
        if root.exists():
            shutil.rmtree(root)
        build.rename(root)

    def _environment(self, root: Path, digest: str, version: str) -> Environment:
        return Environment(
            reference=str(root),
            digest=digest,
            python=version,
            interpreter=str(layers.interpreter_of(root)),
        )

    def _tools(self, request: BuildRequest) -> Toolchain:
        return Toolchain(
            installer=installer_for(request.tier.python, request.tier.as_of),
            interpreter=request.parent.interpreter,
            index_url=request.index_url,
            uv=find_uv_bin(),
            choice=request.tier.kind is not TierKind.PYTHON,
        )

    def _variables(self, tools: Toolchain) -> Mapping[str, str]:
        # On one file system with the environments, so that uv links instead of copying.
        cache = {"UV_CACHE_DIR": str(self._root / "uv")}
        return {**installers.environment(tools.installer), **cache}


def _full_version(interpreter: Path) -> str:
    code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    done = subprocess.run(
        [interpreter, "-E", "-S", "-c", code], env={}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _host_interpreter(parent: Environment, tier: Tier) -> Path:
    found = find_interpreters().get(tier.python)
    if found is None:
        raise PythonUnavailableError(f"Python {tier.python} of {parent.reference} has gone")
    return found
