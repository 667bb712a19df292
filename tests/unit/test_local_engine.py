"""The local engine with the interpreter that runs the tests: nothing is installed, much is run."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from keras_matrix.engines import BuildRequest, Command, Environment, Limits, Process
from keras_matrix.engines import local_layers as layers
from keras_matrix.engines.local import LocalEngine
from keras_matrix.engines.local_layers import Layers
from keras_matrix.engines.local_run import Sandbox, find_sandbox
from keras_matrix.errors import PythonUnavailableError
from keras_matrix.locks import Lock
from keras_matrix.tiers import Tier, TierKind

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
TIER = Tier(kind=TierKind.KERAS, name="keras", python=PYTHON, requirements=("keras==1.0",))
LOCK = Lock(tier="keras", packages=())


def distribution(view: Path, name: str, version: str, *files: str) -> None:
    """A distribution as an installer would leave it."""
    metadata = view / f"{name}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for file in files:
        (view / file).parent.mkdir(parents=True, exist_ok=True)
        (view / file).write_text(f"where = {version!r}\n" if file.endswith(".py") else "")
    lines = [*files, f"{metadata.name}/METADATA", f"{metadata.name}/RECORD", "../../bin/tool"]
    (metadata / "RECORD").write_text("".join(f"{line},sha256=x,1\n" for line in lines))


@pytest.fixture(params=["sandbox", "bare"])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LocalEngine:
    """With bubblewrap where it works here, and without."""
    if request.param == "bare":
        monkeypatch.setenv("PATH", str(tmp_path))
    elif find_sandbox(os.environ["PATH"])[0] is None:
        pytest.skip("bubblewrap doesn't work here")
    monkeypatch.setattr(
        "keras_matrix.engines.local.find_interpreters",
        lambda: {PYTHON: Path(sys.executable).resolve()},
    )
    return LocalEngine(tmp_path / "cache")


@pytest.fixture
def base(engine: LocalEngine, tmp_path: Path) -> Environment:
    return engine.base(PYTHON, tmp_path / "base.log")


def start(
    engine: LocalEngine,
    environment: Environment,
    code: str,
    limits: Limits = Limits(seconds=30),  # noqa: B008 - frozen
    variables: Mapping[str, str] | None = None,
) -> Process:
    command = Command(arguments=["-c", code], limits=limits, variables=variables or {})
    return engine.run(environment, command)


def answer(engine: LocalEngine, environment: Environment, code: str) -> object:
    process = start(engine, environment, f"import json\n{code}")
    lines = list(process.lines())
    ended = process.wait()
    assert ended.code == 0, ended.stderr_tail
    return json.loads(lines[-1])


def test_a_python_that_is_not_there_is_named_with_what_is(
    engine: LocalEngine, tmp_path: Path
) -> None:
    with pytest.raises(PythonUnavailableError, match=rf"Python 2\.4 .*found: {PYTHON}"):
        engine.base("2.4", tmp_path / "base.log")


def test_a_base_has_a_prefix_of_its_own_and_none_of_the_hosts_packages(
    engine: LocalEngine, base: Environment
) -> None:
    code = """
import sys
try:
    import pytest
except ImportError:
    pytest = None
print(json.dumps([sys.prefix, pytest is None, sys.executable]))
"""
    assert answer(engine, base, code) == [base.reference, True, base.interpreter]
    assert base.python == ".".join(map(str, sys.version_info[:3]))


def test_a_base_is_made_once(engine: LocalEngine, base: Environment, tmp_path: Path) -> None:
    made = (Path(base.reference) / "environment.json").stat().st_mtime_ns
    assert engine.base(PYTHON, tmp_path / "base.log") == base
    assert (Path(base.reference) / "environment.json").stat().st_mtime_ns == made


def build(engine: LocalEngine, parent: Environment, log: Path, tier: Tier = TIER) -> Environment:
    request = BuildRequest(tier=tier, parent=parent, index_url="http://127.0.0.1:9/", log=log)
    return engine.build(request, LOCK)


def test_a_tier_is_found_once_it_is_built_and_only_while_it_is_whole(
    engine: LocalEngine, base: Environment, tmp_path: Path
) -> None:
    assert engine.find(TIER, LOCK, base) is None
    built = build(engine, base, tmp_path / "log")
    assert engine.find(TIER, LOCK, base) == built
    (Path(built.reference) / "packages").rmdir()
    assert engine.find(TIER, LOCK, base) is None
    assert build(engine, base, tmp_path / "log") == built
    assert engine.find(TIER, LOCK, base) == built


def test_clean_keeps_what_the_kept_stand_on(
    engine: LocalEngine, base: Environment, tmp_path: Path
) -> None:
    built = build(engine, base, tmp_path / "log")
    other = Environment(reference=built.reference, digest=built.digest, python="", interpreter="")
    top = build(engine, other, tmp_path / "log")
    assert engine.clean(frozenset({built.digest})) == (f"keras ({top.digest})",)
    assert engine.find(TIER, LOCK, base) == built
    assert len(engine.clean()) == 2
    assert not Path(base.reference).parent.exists()


def test_a_child_hides_its_parents_package_metadata_and_all(
    engine: LocalEngine, base: Environment, tmp_path: Path
) -> None:
    parent = build(engine, base, tmp_path / "log")
    view = Path(parent.reference) / "packages"
    distribution(view, "Keras", "2.15.0", "keras/__init__.py", "keras/old.py", "google/a/x.py")
    distribution(view, "tensor_flow", "2.15.0", "tensor_flow/__init__.py", "google/b/y.py")
    (view / "spaces.pth").write_text("import sys; sys.honoured = True\n")
    root = tmp_path / "cache" / "local" / "child"
    root.mkdir()
    layers.make_interpreter(root, Path(sys.executable).resolve(), PYTHON)
    distribution(root / "packages", "keras", "2.14.0", "keras/__init__.py")
    views = [str(root / "packages"), *layers.views_below(root, root, [str(view)], ["keras"])]
    layers.write_views(root, PYTHON, views)
    child = Environment(
        reference=str(root),
        digest="",
        python="",
        interpreter=str(layers.interpreter_of(root)),
    )
    code = """
import importlib.metadata, importlib.util, sys, keras, tensor_flow, google.b.y
versions = [(d.metadata["Name"], d.version) for d in importlib.metadata.distributions()]
old = importlib.util.find_spec("keras.old")
print(json.dumps([keras.where, tensor_flow.where, sorted(versions), old is None, sys.honoured]))
"""
    assert answer(engine, child, code) == [
        "2.14.0",
        "2.15.0",
        [["keras", "2.14.0"], ["tensor_flow", "2.15.0"]],
        True,
        True,
    ]


def test_nothing_replaced_means_the_parents_directory_itself(tmp_path: Path) -> None:
    distribution(tmp_path / "view", "numpy", "1.0", "numpy/__init__.py")
    assert layers.views_below(tmp_path, tmp_path, [str(tmp_path / "view")], ["keras"]) == [
        str(tmp_path / "view")
    ]


def test_a_half_written_marker_is_no_environment(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text("")
    layers.write_layers(tmp_path, Layers(digest="d", parent="", tier="t", python="3"))
    assert layers.read_layers(tmp_path) is not None
    text = (tmp_path / "environment.json").read_text()
    (tmp_path / "environment.json").write_text(text[:-10])
    assert layers.read_layers(tmp_path) is None


def test_a_run_sees_fixed_variables_and_not_the_hosts(
    engine: LocalEngine, base: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "1")
    code = """
import os, tempfile
print(json.dumps([
    os.environ.get("SECRET_OF_THE_HOST"), os.environ["PYTHONHASHSEED"], os.environ["TZ"],
    os.path.realpath(os.environ["HOME"]) == os.getcwd(), os.access(os.getcwd(), os.W_OK),
]))
"""
    assert answer(engine, base, code) == [None, "0", "UTC", True, True]


def test_mounts_are_the_hosts_directories_in_arguments_and_variables(
    engine: LocalEngine, base: Environment, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "run.py").write_text(
        "import os, sys\nprint(sys.argv[1:], os.environ['WHERE'] == sys.path[0])\n"
    )
    command = Command(
        arguments=["/probes/run.py", "/probes-not", "--in=/probes"],
        variables={"WHERE": "/probes"},
        mounts={tmp_path / "mine": "/probes"},
    )
    process = engine.run(base, command)
    assert list(process.lines()) == [b"['/probes-not', '--in=/probes'] True"]
    assert process.wait().code == 0


def test_exit_codes_and_signals_are_told_apart(engine: LocalEngine, base: Environment) -> None:
    assert start(engine, base, "import sys; sys.stderr.write('no'); sys.exit(3)").wait().code == 3
    ended = start(engine, base, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)").wait()
    assert (ended.code, ended.killed_for) == (-11, None)


@pytest.mark.parametrize(
    ("code", "limits", "reason"),
    [
        ("import time; time.sleep(500)", Limits(seconds=0.5), "deadline"),
        ("import time; time.sleep(500)", Limits(silence_seconds=0.5), "silence"),
        ("while True: print('x' * 1000)", Limits(output=10**5), "output"),
        (
            "x = bytearray(300 * 2**20)\nimport time\ntime.sleep(500)",
            Limits(memory=200 * 2**20),
            "memory",
        ),
    ],
)
def test_what_exceeds_its_limits_is_killed_with_the_reason(
    engine: LocalEngine, base: Environment, code: str, limits: Limits, reason: str
) -> None:
    began = time.monotonic()
    process = start(engine, base, code, limits)
    for _ in process.lines():
        pass
    ended = process.wait()
    assert (ended.code, ended.killed_for) == (None, reason)
    assert time.monotonic() - began < 250


def test_killing_ends_the_whole_tree(
    engine: LocalEngine, base: Environment, tmp_path: Path
) -> None:
    code = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", {str(tmp_path)!r}, "orphan"])
print("up", flush=True)
time.sleep(60)
"""
    process = start(engine, base, code)
    assert next(iter(process.lines())) == b"up"
    process.kill()
    assert process.wait().killed_for == "asked"
    until = time.monotonic() + 60
    while (left := running_with(f"{tmp_path}\0orphan")) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []


def test_a_child_that_outlives_its_parent_does_not_hold_up_the_end(
    engine: LocalEngine, base: Environment
) -> None:
    code = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(500)"])
print("done")
"""
    began = time.monotonic()
    process = start(engine, base, code, Limits(seconds=600))
    assert list(process.lines()) == [b"done"]
    assert process.wait().code == 0
    assert time.monotonic() - began < 250


def running_with(arguments: str) -> list[str]:
    """The processes of this machine whose command line contains the text."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if arguments in path.read_text(errors="replace"):
                found.append(path.parent.name)
    return found


def test_the_sandbox_has_no_network_no_root_and_nothing_to_write_but_tmp(
    engine: LocalEngine, base: Environment
) -> None:
    if "not sandboxed" in engine.describe():
        pytest.skip("this one has no sandbox, and says so")
    code = f"""
import os, socket
def refused(call):
    try:
        call()
    except OSError:
        return True
    return False
print(json.dumps([
    os.getuid() != 0,
    refused(lambda: open({str(Path.home() / "keras-matrix-was-here")!r}, "w")),
    refused(lambda: open({base.reference!r} + "/was-here", "w")),
    refused(lambda: socket.create_connection(("192.0.2.1", 9), timeout=2)),
    refused(lambda: open("/tmp/x", "w")),
]))
"""
    assert answer(engine, base, code) == [True, True, True, True, False]


def test_says_why_it_is_not_sandboxed(tmp_path: Path) -> None:
    assert find_sandbox(str(tmp_path)) == (
        None,
        "not sandboxed: bubblewrap (bwrap) is not installed",
    )
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'setting up uid map: Permission denied' >&2\nexit 1\n")
    broken.chmod(0o755)
    assert find_sandbox(str(tmp_path)) == (
        None,
        f"not sandboxed: {broken} doesn't work here (setting up uid map: Permission denied)",
    )


def test_only_what_lies_under_tmp_has_to_be_shown_again() -> None:
    line = Sandbox(executable="bwrap").wrap(["py"], [Path("/tmp/a"), Path("/home/b")], 5)
    assert line[line.index("--tmpfs") - 2 :] == [
        *("--size", "5", "--tmpfs", "/tmp", "--ro-bind", "/tmp/a", "/tmp/a"),
        *("--chdir", "/tmp", "--", "py"),
    ]


def test_what_a_run_stands_on_is_not_removed_while_it_runs(
    engine: LocalEngine, base: Environment, tmp_path: Path
) -> None:
    built = build(engine, base, tmp_path / "log")
    assert [each.tier for each in engine.held()] == ["keras"]
    process = start(engine, built, "import sys; print(1); sys.stdout.flush(); sys.stdin.read()\n"
                    "import time; time.sleep(60)")  # fmt: skip
    assert next(process.lines()) == b"1"
    assert not engine.remove(base)
    assert not engine.remove(built)
    assert engine.clean() == ()
    process.kill()
    process.wait()
    assert engine.remove(built)
    assert engine.held() == ()
    assert engine.clean() == (f"python{PYTHON} ({base.digest})",)


def test_its_storage_is_the_nearest_folder_there_is(tmp_path: Path) -> None:
    assert LocalEngine(tmp_path / "not" / "yet").storage() == tmp_path
