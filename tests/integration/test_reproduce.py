"""A user's code for real: what it may not do to this machine, and what it is told about.

All on the cheapest cell, which other tests build as well.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from keras_matrix.engines.docker import DockerEngine
from keras_matrix.index import PackageIndex
from keras_matrix.releases import load_catalogue
from keras_matrix.reproducing import (
    Combination,
    End,
    Ending,
    Request,
    Snippet,
    Verdict,
    Workplace,
    reproduce,
)
from keras_matrix.reproducing.bundle import bundle, write_bundle
from keras_matrix.reproducing.comparing import expected_from
from keras_matrix.reproducing.model import Prepared, limits_of
from keras_matrix.reproducing.workplace import prepare, reproduce_in

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
CELL = Combination(pins={"keras": "1.2.2", "theano": "0.9.0"}, python="2.7")
VERSIONS = ["--keras", "1.2.2", "--theano", "0.9.0", "--python", "2.7"]
ERROR = "AttributeError: 'module' object has no attribute 'get_session'"
CODE = "from keras import backend as K\nK.get_session()\n"


@pytest.fixture(scope="module")
def place(engine: DockerEngine, index: PackageIndex, cache: Path) -> Workplace:
    locks = ROOT / "docker" / "locks"
    return Workplace(
        engine=engine,
        index=index,
        catalogue=load_catalogue(locks / "releases.json"),
        cache=cache,
        shipped_locks=locks,
    )


@pytest.fixture(scope="module")
def prepared(place: Workplace) -> Prepared:
    return prepare(place.choose(CELL), place)


@pytest.fixture
def client(engine: DockerEngine) -> Iterator[object]:
    docker = pytest.importorskip("docker")
    client = docker.DockerClient(base_url=engine.describe().rpartition(" at ")[2])
    yield client
    client.close()


def mine(client, pid: int) -> list[object]:
    """The containers of one process: a container's owner is "place:pid:start"."""
    ours = client.containers.list(
        all=True, filters={"label": "io.keras-matrix=1"}, ignore_removed=True
    )
    owners = {each: each.labels.get("io.keras-matrix.owner", "") for each in ours}
    return [each for each, owner in owners.items() if owner.split(":")[1:2] == [str(pid)]]


def ending(code: str, prepared: Prepared, place: Workplace, seconds: float = 60) -> Ending:
    limits = replace(limits_of(seconds), memory=2**30)
    request = Request(combination=CELL, snippet=Snippet(code=code.encode()), limits=limits)
    return reproduce_in(prepared, request, place).ending


def test_an_error_is_reproduced_and_the_command_by_hand_shows_it_again(
    place: Workplace, prepared: Prepared, engine: DockerEngine
) -> None:
    request = Request(
        combination=CELL, snippet=Snippet(code=CODE.encode()), expected=expected_from(ERROR)
    )
    made = reproduce(request, place)
    assert (made.verdict, made.sentence) == (Verdict.REPRODUCED, f"reproduced: {ERROR}")
    assert made.ending.errors[0].frames[-1].code == "K.get_session()"
    if shutil.which("docker") is None:
        pytest.skip("the client is not installed")
    address = engine.describe().rpartition(" at ")[2]
    done = subprocess.run(
        made.by_hand,
        env={**os.environ, "DOCKER_HOST": address},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith(ERROR)


HOSTILE = {
    "hangs": ("while True: pass", End.TIMED_OUT, "no end within 5 s"),
    "sleeps": ("import time; time.sleep(10**6)", End.TIMED_OUT, "no end within 5 s"),
    "forks without end": (
        # Until its neighbours take the last memory, too, while they say what happened to them.
        "import os\nwhile True: os.fork()",
        (End.RAISED, End.KILLED),
        "Resource temporarily",
    ),
    "forks and waits": (
        "import os, time\ntry:\n    while True: os.fork()\nexcept OSError: time.sleep(10**6)",
        End.TIMED_OUT,
        "no end within 5 s",
    ),
    "leaves a daemon": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(10**6)",
        End.FINISHED,
        "it came to its end",
    ),
    "fills the disk": (
        "f = open('/tmp/x', 'wb')\nwhile True: f.write(b'x' * 10**6)",
        End.RAISED,
        "No space left on device",
    ),
    "fills the memory": (
        "x = []\nwhile True: x.append('x' * 10**7)",
        End.KILLED,
        "over the limit of memory",
    ),
    "prints a gigabyte": (
        "import os\nfor n in range(1100): os.write(1, b'x' * 10**6 + b'\\n')",
        End.KILLED,
        "over the limit of output",
    ),
    "prints a gigabyte in one line": (
        "import os\nfor n in range(1100): os.write(2, b'x' * 10**6)",
        End.KILLED,
        "over the limit of output",
    ),
    "prints nothing but line ends": (
        "import os\nwhile True: os.write(1, b'\\n' * 10**4)",
        End.KILLED,
        "over the limit of output",
    ),
    "kills its parent": (
        "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(1)",
        End.FINISHED,
        "it came to its end",
    ),
    "kills everybody else": ("import os; os.kill(-1, 9)", End.RAISED, "No such process"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", End.DIED, "SIGKILL"),
    "exits": ("raise SystemExit(3)", End.EXITED, "exit status 3"),
    "exits at once": ("import os; os._exit(0)", End.FINISHED, "it came to its end"),
    "crashes": ("import ctypes; ctypes.string_at(0)", End.DIED, "SIGSEGV"),
    "raises in a thread": (
        "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start(); t.join()",
        End.FINISHED,
        "integer division or modulo by zero",
    ),
    "writes where it may not": ("open('/usr/x', 'w')", End.RAISED, "Read-only file system"),
    "calls home": (
        "import socket; socket.create_connection(('1.1.1.1', 53), 5)",
        End.RAISED,
        "Network is unreachable",
    ),
    "reads the host's files": (
        "import os\n"
        "hidden = ('/root', '/etc/shadow', '/proc/sysrq-trigger', '/dev/sda')\n"
        "for name in hidden:\n"
        "    try: os.listdir(name) if os.path.isdir(name) else open(name)\n"
        "    except (IOError, OSError): pass\n"
        "    else: raise SystemExit(name)\n"
        "assert not os.listdir('/home')",
        End.FINISHED,
        "it came to its end",
    ),
    "looks for the engine's socket": (
        "import os, stat\n"
        "for folder in ('/', '/run', '/var/run', '/var/tmp', '/tmp', '/harness'):\n"
        "    for name in os.listdir(folder) if os.path.isdir(folder) else ():\n"
        "        path = os.path.join(folder, name)\n"
        "        if stat.S_ISSOCK(os.lstat(path).st_mode): raise SystemExit(path)",
        End.FINISHED,
        "it came to its end",
    ),
    "mounts a file system": (
        "import ctypes, os\n"
        "c = ctypes.CDLL(None, use_errno=True)\n"
        "assert c.unshare(2 ** 28) == -1\n"
        "assert c.mount(b'x', b'/tmp', b'tmpfs', 0, None) == -1\n"
        "raise OSError(ctypes.get_errno(), 'refused')",
        End.RAISED,
        "refused",
    ),
    "is somebody": ("import os; os.setuid(0)", End.RAISED, "Operation not permitted"),
}


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(
            what,
            marks=pytest.mark.fault(
                f"a snippet that {what}",
                *("it is told apart", "its output is cut", "no container is left"),
            ),
        )
        for what in HOSTILE
    ],
)
def test_hostile_code_is_told_apart_in_bounded_time_and_leaves_nothing(
    what: str, place: Workplace, prepared: Prepared, client
) -> None:
    code, end, words = HOSTILE[what]
    seconds = 5 if end is End.TIMED_OUT else 120
    began = time.monotonic()
    found = ending(code, prepared, place, seconds)
    assert found.end in (end if isinstance(end, tuple) else (end,)), found
    assert words in str(found), found
    assert time.monotonic() - began < 300
    assert len(found.output) < 200_000
    assert mine(client, os.getpid()) == []
    assert not list((place.cache / "scratch").glob("snippet-*"))


def test_what_it_prints_is_kept_in_order_without_terminal_codes(
    place: Workplace, prepared: Prepared
) -> None:
    code = (
        "import sys, os\nos.write(1, b'\\x1b[31mone\\x1b[0m\\n')\nsys.stderr.write('two\\n')\n"
        "os.write(1, b'\\x1b]0;title\\x07three')"
    )
    assert ending(code, prepared, place).output == "one\ntwo\nthree\n"


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "keras_matrix", "reproduce", "--engine", "docker", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def test_the_verb_answers_in_its_first_line_and_with_its_exit_code(prepared: Prepared) -> None:
    done = run(*VERSIONS, "-c", CODE, "--expect", "has no attribute 'get_session'")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == f"reproduced: {ERROR}"
    assert "docker run --rm" in done.stdout
    done = run(*VERSIONS, "-c", "import keras", "--expect", ERROR)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "no error")
    done = run(*VERSIONS, "-c", "1 / 0", "--expect", ERROR, "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["verdict"] == "different"
    assert document["cell"]["packages"]["keras"] == "1.2.2"
    assert document["ending"]["errors"][0]["exception"] == "ZeroDivisionError"


def test_a_report_is_run_from_its_text_alone(prepared: Prepared, tmp_path: Path) -> None:
    report = tmp_path / "issue.txt"
    report.write_text(
        f"Keras 1.2.2 with Theano 0.9.0, Python 2.7:\n\n```python\n{CODE}```\n\n```\n"
        f'Traceback (most recent call last):\n  File "a.py", line 2, in <module>\n'
        f"    K.get_session()\n{ERROR}\n```\n"
    )
    done = run("--from", str(report), "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"reproduced: {ERROR}\n")


def test_a_range_shows_where_the_error_stops(prepared: Prepared) -> None:
    done = run(
        *VERSIONS,
        *("--in-range", "keras=1.2:2.0", "--expect", "has no attribute 'image_data_format'"),
        *("-c", "import keras.backend as K; K.image_data_format()"),
    )
    assert done.returncode == 0, done.stderr
    assert "the error stops between 1.2.2 and 2.0.9" in done.stdout


def test_ctrl_c_ends_the_run_and_leaves_no_container(prepared: Prepared, client) -> None:
    command = [sys.executable, "-u", "-m", "keras_matrix", "reproduce", "--engine", "docker"]
    process = subprocess.Popen(
        [*command, *VERSIONS, "-c", "import time; time.sleep(10**6)"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "run: snippet.py" in line:
            break
    until = time.monotonic() + 60
    while not mine(client, process.pid):
        assert time.monotonic() < until
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert mine(client, process.pid) == []


def test_a_bundle_builds_without_this_tool_and_shows_the_same(
    place: Workplace, prepared: Prepared, index: PackageIndex, tmp_path: Path, client
) -> None:
    request = Request(
        combination=CELL, snippet=Snippet(code=CODE.encode()), expected=expected_from(ERROR)
    )
    made = reproduce_in(prepared, request, place)
    write_bundle(bundle(made), tmp_path / "bundle")
    dockerfile = tmp_path / "bundle" / "Dockerfile"
    # Its base is a registry's, which may not answer here: this machine's Python in its place.
    public = dockerfile.read_text()
    assert "FROM python:2.7-slim\n" in public
    dockerfile.write_text(public.replace("FROM python:2.7-slim", "FROM keras-matrix/python:2.7"))
    host = place.engine.index_host()
    image, _ = client.images.build(
        path=str(tmp_path / "bundle"),
        network_mode="keras-matrix",
        buildargs={
            "PIP_INDEX_URL": index.url(host, date.today(), "bundle"),
            "PIP_TRUSTED_HOST": host,
        },
        rm=True,
        forcerm=True,
    )
    try:
        container = client.containers.create(image.id, network_mode="none")
        try:
            container.start()
            status = container.wait(timeout=300)["StatusCode"]
            output = container.logs().decode()
        finally:
            container.remove(force=True)
    finally:
        client.images.remove(image.id, force=True)
    assert status == 1
    assert output.strip().endswith(ERROR)
