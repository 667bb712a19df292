"""The Docker engine: the sandbox holds, tiers are built once, nothing is left behind."""

import gc
import io
import json
import signal
import tarfile
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound

from keras_matrix.engines import BuildRequest, Command, Environment, Exit, Limits
from keras_matrix.engines import docker_plan as plan
from keras_matrix.engines.docker import DockerEngine
from keras_matrix.engines.docker_build import Job
from keras_matrix.engines.docker_host import find_recipes
from keras_matrix.errors import (
    BuildFailedError,
    EngineUnavailableError,
    FailureClass,
    PythonUnavailableError,
)
from keras_matrix.index import PackageIndex
from keras_matrix.locks import Lock, lock_to_text
from keras_matrix.tiers import Tier, TierKind

pytestmark = pytest.mark.integration

PYTHON = "3.8"
DAY = date(2022, 6, 1)

# What site-packages holds, but for what an installer notes about its own work.
LISTING = """
import json, os, site, sys
found = []
root = [p for p in sys.path if p.endswith("site-packages")][0]
for folder, folders, files in os.walk(root):
    folders[:] = [f for f in folders if f != "__pycache__"]
    for name in files:
        if name not in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"):
            found.append(os.path.relpath(os.path.join(folder, name), root))
print(json.dumps(sorted(found)))
"""


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs") / "build.log"


@pytest.fixture(scope="session")
def base(engine: DockerEngine, log: Path) -> Environment:
    return engine.base(PYTHON, log)


Run = Callable[..., tuple[list[str], Exit]]


@pytest.fixture
def run(engine: DockerEngine, base: Environment) -> Run:
    def run(
        code: str, *, environment: Environment | None = None, **options: object
    ) -> tuple[list[str], Exit]:
        command = replace(Command(arguments=["-c", code]), **options)  # type: ignore[arg-type]
        process = engine.run(environment or base, command)
        lines = [line.decode() for line in process.lines()]
        return lines, process.wait()

    return run


def _client(engine: DockerEngine) -> docker.DockerClient:
    return docker.DockerClient(engine.describe().rpartition(" at ")[2])


def _tier(*requirements: str) -> Tier:
    return Tier(
        kind=TierKind.EXTRAS,
        name=f"test-{uuid.uuid4().hex[:8]}-py38",
        python=PYTHON,
        requirements=requirements,
        as_of=DAY,
    )


@pytest.fixture
def request_for(
    engine: DockerEngine, index: PackageIndex, log: Path
) -> Callable[[Tier, Environment], BuildRequest]:
    def request_for(tier: Tier, parent: Environment) -> BuildRequest:
        url = index.url(engine.index_host(), DAY, "test")
        return BuildRequest(tier=tier, parent=parent, index_url=url, log=log)

    return request_for


def _lock(index: PackageIndex, tier: Tier, lines: tuple[str, ...]) -> Lock:
    pairs = [line.split("==") for line in lines]
    packages = tuple(index.locked(name, version, PYTHON, DAY) for name, version in pairs)
    return Lock(tier=tier.name, packages=packages, as_of=DAY)


class TestBase:
    def test_says_its_full_version(self, base: Environment, run: Run) -> None:
        lines, ended = run("import platform; print(platform.python_version())")
        assert (lines, ended.code) == ([base.python], 0)
        assert base.python.startswith(f"{PYTHON}.")

    def test_is_built_once(self, engine: DockerEngine, base: Environment, log: Path) -> None:
        assert engine.base(PYTHON, log) == base  # by the id of its image

    def test_brings_no_packages_of_the_host(self, run: Run) -> None:
        lines, _ = run("import pkg_resources as p; print(*sorted(d.key for d in p.working_set))")
        assert set(lines[0].split()) <= {"pip", "setuptools", "wheel"}

    def test_a_python_that_is_nowhere_is_unavailable(self, engine: DockerEngine, log: Path) -> None:
        with pytest.raises(PythonUnavailableError, match=r"2\.5"):
            engine.base("2.5", log)


class TestSandbox:
    @pytest.mark.fault("a command that wants privileges", "it has none")
    def test_is_not_root_and_has_no_privileges(self, run: Run) -> None:
        lines, _ = run(
            "import os; print(os.getuid(), os.getgid());"
            "print(*[l.strip() for l in open('/proc/self/status')"
            " if l.startswith(('CapEff', 'CapBnd', 'NoNewPrivs'))], sep='\\n')"
        )
        assert lines[0] == "1000 1000"
        assert {tuple(line.split()) for line in lines[1:]} == {
            ("CapEff:", "0" * 16),
            ("CapBnd:", "0" * 16),
            ("NoNewPrivs:", "1"),
        }

    @pytest.mark.fault("a command that writes everywhere", "it may in /tmp only")
    def test_writes_nowhere_but_in_tmp(self, run: Run) -> None:
        lines, ended = run(
            "import os\n"
            "open('/tmp/x', 'w').write('1')\n"
            "for f in ('/x', '/usr/local/x', os.__file__, '/etc/passwd', '/var/tmp/x'):\n"
            "    try: open(f, 'a'); print('wrote', f)\n"
            "    except OSError: pass\n"
        )
        assert (lines, ended.code) == ([], 0)

    @pytest.mark.fault("a command that wants the network", "there is none")
    def test_has_no_network(self, engine: DockerEngine, run: Run) -> None:
        lines, _ = run(
            "import os, socket\n"
            "print(*os.listdir('/sys/class/net'))\n"
            "s = socket.socket(); s.settimeout(5)\n"
            f"print(s.connect_ex(('{engine.index_host()}', 80)))"
        )
        assert "eth0" not in lines[0]
        assert lines[1] != "0"

    def test_fixes_what_could_make_runs_differ(self, run: Run) -> None:
        code = "import os, time; print(hash('x'), time.tzname[0], os.environ['OMP_NUM_THREADS'])"
        first, _ = run(code)
        second, _ = run(code)
        assert first == second
        assert first[0].endswith(" UTC 1")

    def test_sees_a_private_folder_of_the_host_read_only(self, run: Run, tmp_path: Path) -> None:
        folder = tmp_path / "probes"
        folder.mkdir(mode=0o700)
        (folder / "say.py").write_text("print('said')")
        (folder / "say.py").chmod(0o600)
        mounts = {folder: "/probes"}
        lines, _ = run("", arguments=["/probes/say.py"], mounts=mounts)
        assert lines == ["said"]
        _, ended = run("open('/probes/say.py', 'a')", mounts=mounts)
        assert ended.code == 1
        assert "Error" in ended.stderr_tail

    def test_takes_the_variables_of_the_command(self, run: Run) -> None:
        lines, _ = run("import os; print(os.environ['A'])", variables={"A": "b c"})
        assert lines == ["b c"]


class TestLimits:
    @pytest.mark.fault("a command without end", "it ends at the deadline")
    def test_a_hang_ends_at_the_deadline(self, run: Run) -> None:
        limits = Limits(seconds=10)
        lines, ended = run("print('x', flush=True)\nwhile True: pass", limits=limits)
        assert (lines, ended.code, ended.killed_for) == (["x"], None, "deadline")

    def test_silence_ends_a_run(self, run: Run) -> None:
        limits = Limits(silence_seconds=2)
        _, ended = run("import time; time.sleep(60)", limits=limits)
        assert ended.killed_for == "silence"

    @pytest.mark.fault("a command that floods its output", "it is cut off")
    def test_a_flood_is_cut_off(self, run: Run) -> None:
        limits = Limits(output=100_000)
        lines, ended = run("while True: print('x' * 999)", limits=limits)
        assert ended.killed_for == "output"
        assert sum(map(len, lines)) <= 100_000

    @pytest.mark.fault("a command that takes all memory", "it is killed")
    def test_memory_is_limited(self, engine: DockerEngine, run: Run) -> None:
        _, ended = run("x = bytearray(10**9)", limits=Limits(memory=128 * 2**20))
        # Podman doesn't say why the kernel killed what runs below the container's init.
        silent = "Podman" in engine.describe() and ended.code == -signal.SIGKILL
        assert silent or (ended.code, ended.killed_for) == (None, "memory")

    @pytest.mark.fault("a command that forks", "it is refused")
    def test_processes_are_limited(self, run: Run) -> None:
        code = "import os\nfor _ in range(99):\n    if not os.fork(): os.read(0, 1); os._exit(0)"
        _, ended = run(code, limits=Limits(pids=20))
        assert ended.code == 1
        assert "BlockingIOError" in ended.stderr_tail

    @pytest.mark.fault("a command that fills its disk", "it is refused")
    def test_tmp_is_limited(self, run: Run) -> None:
        code = "open('/tmp/x', 'wb').write(bytes(10**7))"
        _, ended = run(code, limits=Limits(tmp=2**20))
        assert "No space left" in ended.stderr_tail


class TestEnd:
    def test_a_crash_is_a_signal(self, run: Run) -> None:
        lines, ended = run(
            "import ctypes; print('before', flush=True); ctypes.string_at(0)",
        )
        assert (lines, ended.code, ended.killed_for) == (["before"], -signal.SIGSEGV, None)

    def test_an_exit_code_comes_through(self, run: Run) -> None:
        _, ended = run("import sys; print('why', file=sys.stderr); sys.exit(7)")
        assert (ended.code, ended.stderr_tail) == (7, "why\n")

    def test_lines_arrive_while_it_runs_and_a_kill_ends_it(
        self, engine: DockerEngine, base: Environment
    ) -> None:
        code = "import time; print(1, flush=True); time.sleep(60)"
        process = engine.run(base, Command(arguments=["-c", code]))
        assert next(process.lines()) == b"1"
        process.kill()
        assert process.wait().killed_for == "asked"

    def test_nothing_is_left_behind_even_when_nobody_waits(
        self, engine: DockerEngine, base: Environment
    ) -> None:
        client = _client(engine)
        mine: dict[str, str | list[str] | bool] = {
            "label": [f"{plan.OWNER}={plan.owner_of_this_process()}", f"{plan.ROLE}=run"]
        }
        sleep = Command(arguments=["-c", "import time; print(1, flush=True); time.sleep(60)"])
        process = engine.run(base, sleep)
        next(process.lines())
        assert len(client.containers.list(filters=mine)) == 1
        del process
        gc.collect()
        assert client.containers.list(all=True, filters=mine) == []

    def test_the_containers_of_a_dead_process_are_swept(
        self, engine: DockerEngine, base: Environment
    ) -> None:
        client = _client(engine)
        place = plan.owner_of_this_process().rsplit(":", 2)[0]
        command = Command(arguments=["-c", "import time; time.sleep(60)"])
        arguments = plan.sandbox_arguments(base, command, {}, f"{place}:4194305:1")
        ghost = client.containers.create(**arguments)
        ghost.start()
        assert engine.remove_orphans() >= 1
        assert ghost.id not in {each.id for each in client.containers.list(all=True)}


class TestTiers:
    def test_a_tier_is_resolved_built_found_and_removed(
        self,
        engine: DockerEngine,
        index: PackageIndex,
        base: Environment,
        request_for: Callable[[Tier, Environment], BuildRequest],
        run: Run,
    ) -> None:
        tier = _tier("packaging==21.3")
        lines = engine.resolve(request_for(tier, base))
        assert lines == ("packaging==21.3", "pyparsing==3.0.9")
        lock = _lock(index, tier, lines)
        lock = replace(lock, packages=(*lock.packages, index.locked("six", "1.16.0", PYTHON, DAY)))
        engine.remove(engine.build(request_for(tier, base), lock))
        assert engine.find(tier, lock, base) is None
        built = engine.build(request_for(tier, base), lock)
        try:
            assert engine.find(tier, lock, base) == built
            assert engine.build(request_for(tier, base), lock) == built
            code = "import packaging, six; print(packaging.__version__, packaging.__cached__)"
            printed, _ = run(code, environment=built)
            version, bytecode = printed[0].split()
            assert version == "21.3"
            lines_, _ = run(f"import os; print(os.path.exists('{bytecode}'))", environment=built)
            assert lines_ == ["True"]
            sizes = {digest: size for _, digest, size in engine.images()}
            assert 10_000 < sizes[built.digest] < 10_000_000
        finally:
            assert engine.remove(built)
        assert engine.find(tier, lock, base) is None

    def test_the_dockerfile_gives_the_same_packages(
        self,
        engine: DockerEngine,
        index: PackageIndex,
        base: Environment,
        request_for: Callable[[Tier, Environment], BuildRequest],
        run: Run,
    ) -> None:
        if "Podman" in engine.describe():
            pytest.skip("Podman's build API doesn't join a network: it can't reach the index")
        tier = _tier("packaging==21.3", "six==1.16.0")
        lock = _lock(index, tier, ("packaging==21.3", "pyparsing==3.0.9", "six==1.16.0"))
        request = request_for(tier, base)
        built = engine.build(request, lock)
        by_hand = _docker_build(_client(engine), base, lock, request.index_url)
        try:
            one, _ = run(LISTING, environment=built)
            other, _ = run(LISTING, environment=replace(built, reference=by_hand))
            assert json.loads(one[0]) == json.loads(other[0])
            assert "six.py" in json.loads(one[0])
        finally:
            engine.remove(built)
            _client(engine).images.remove(by_hand)

    @pytest.mark.fault("a package with another hash", "it is not installed")
    def test_a_file_with_another_hash_is_refused(
        self,
        engine: DockerEngine,
        index: PackageIndex,
        base: Environment,
        request_for: Callable[[Tier, Environment], BuildRequest],
    ) -> None:
        tier = _tier("six==1.16.0")
        lock = _lock(index, tier, ("six==1.16.0",))
        forged = replace(lock, packages=(replace(lock.packages[0], sha256="0" * 64),))
        with pytest.raises(BuildFailedError) as caught:
            engine.build(request_for(tier, base), forged)
        assert caught.value.failure is not FailureClass.DISK
        assert caught.value.log is not None
        assert "Hash mismatch" in caught.value.log.read_text()
        assert engine.find(tier, forged, base) is None

    @pytest.mark.fault("a build that wants the network", "it reaches the index only")
    def test_a_build_reaches_nothing_but_the_index(
        self, engine: DockerEngine, index: PackageIndex, base: Environment, log: Path
    ) -> None:
        url = index.url(engine.index_host(), DAY, "test")
        code = (
            "import socket, urllib.request as u\n"
            f"print('index', u.urlopen('{url}six/', timeout=20).status)\n"
            "for address in ('1.1.1.1', '8.8.8.8'):\n"
            "    s = socket.socket(); s.settimeout(3)\n"
            "    print('outside', s.connect_ex((address, 443)) == 0)\n"
        )
        job = Job(environment=base, commands=[[base.interpreter, "-c", code]], log=log)
        output = engine._workshop.perform(job, lambda text, _: text)
        assert output.split("\n") == ["index 200", "outside False", "outside False"]

    def test_clean_keeps_what_it_is_told_to_and_what_that_stands_on(
        self,
        engine: DockerEngine,
        index: PackageIndex,
        base: Environment,
        request_for: Callable[[Tier, Environment], BuildRequest],
    ) -> None:
        tier = _tier("six==1.15.0")
        built = engine.build(request_for(tier, base), _lock(index, tier, ("six==1.15.0",)))
        child = _tier("six==1.14.0")
        lock = _lock(index, child, ("six==1.14.0",))
        grandchild = engine.build(request_for(child, built), lock)
        # Everything is kept that someone else may have on this engine.
        everything = {digest for _, digest, _ in engine.images()}
        removed = engine.clean(frozenset(everything - {base.digest, grandchild.digest}))
        assert any(child.name in line for line in removed)
        assert not any(tier.name in line for line in removed)
        assert engine.find(child, lock, built) is None
        left = {digest for _, digest, _ in engine.images()}
        assert {built.digest, base.digest} <= left
        assert grandchild.digest not in left
        engine.remove(built)


def test_an_image_that_has_gone_is_an_engine_problem(
    engine: DockerEngine, base: Environment
) -> None:
    gone = replace(base, reference="sha256:" + "0" * 64)
    with pytest.raises(EngineUnavailableError):
        engine.run(gone, Command(arguments=["-V"]))
    with pytest.raises(ImageNotFound):
        _client(engine).images.get(gone.reference)


def test_no_engine_says_what_was_tried(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match=r"nowhere\.sock: no such socket.*engine\.sh"):
        DockerEngine.connect({"DOCKER_HOST": f"unix://{tmp_path}/nowhere.sock"}, tmp_path)


def _docker_build(
    client: docker.DockerClient, base: Environment, lock: Lock, index_url: str
) -> str:
    """Build docker/tier.Dockerfile as its first line says."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        dockerfile = (find_recipes() / "tier.Dockerfile").read_text()
        for name, text in (("Dockerfile", dockerfile), ("lock.txt", lock_to_text(lock))):
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    context.seek(0)
    image, _ = client.images.build(
        fileobj=context,
        custom_context=True,
        buildargs={"PARENT": base.reference, "LOCK": "lock.txt", "INDEX": index_url},
        network_mode=plan.NETWORK,
        labels={plan.OURS: "1"},
        rm=True,
        forcerm=True,
        use_config_proxy=False,
    )
    return str(image.id)
