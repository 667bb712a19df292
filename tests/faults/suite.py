"""Every fault on a real engine, and the table of what held.

``python tests/faults/suite.py [-k EXPRESSION] [--seed N]`` injects what has not held yet and writes
reports/faults.md; what is kept is of this very version of the sources and tests. As root it
starts an engine of its own (docker/engine.sh) in a folder that it removes; else it uses the one at
DOCKER_HOST, and engines are not restarted. ``--render`` runs nothing.
Exit codes: 0 all held, 1 something broke, 3 no engine, 130 interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from faulttable import Occasion, to_markdown
from recording import Recorder

from keras_matrix.atomicfile import write_text
from keras_matrix.engines.docker import DockerEngine
from keras_matrix.errors import EngineUnavailableError
from keras_matrix.project import find_cache

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COMMAND = "nox -s faults"
DEFAULT_SEED = 20261121
_TABLE = "faulttable.py"  # tests nothing
_ENGINES = Path("/var/tmp")


def version_of_sources() -> str:
    """A digest of what is tested and of what tests it."""
    digest = hashlib.sha256()
    for folder in ("src", "probes", "docker", "tests/faults", "tests/integration"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix not in (".pyc", ".md") and path.name != _TABLE:
                digest.update(path.relative_to(ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def own_engine(folder: Path | None) -> Iterator[None]:
    """A private engine while the block runs, where root may start one; kept if it has a folder."""
    if os.geteuid() != 0:
        yield
        return
    place = folder or Path(tempfile.mkdtemp(prefix="keras-matrix-faults-", dir=_ENGINES))
    script = ROOT / "docker" / "engine.sh"
    done = subprocess.run([script, "start", place], capture_output=True, text=True, check=False)
    found = re.search(r"DOCKER_HOST=(\S+)", done.stdout)
    if done.returncode or found is None:
        raise EngineUnavailableError(done.stderr.strip())
    os.environ |= {"DOCKER_HOST": found[1], "KERAS_MATRIX_FAULTS_ENGINE": str(place)}
    try:
        yield
    finally:
        subprocess.run([script, "stop", place], check=False)
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def run(arguments: argparse.Namespace, recorder: Recorder, engine_note: Path) -> int:
    """Run what has not held yet; pytest's exit code."""
    with own_engine(arguments.engine):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        engine = DockerEngine.connect(os.environ, find_cache())
        write_text(engine_note, engine.describe().partition(" at ")[0])
        os.environ |= {
            "KERAS_MATRIX_FAULTS": "1",
            "KERAS_MATRIX_FAULTS_SEED": str(arguments.seed),
            "KERAS_MATRIX_REQUIRE_ENGINE": "1",
        }
        print(f"seed {arguments.seed}, {engine.describe()}", flush=True)
        only = ["-k", arguments.only] if arguments.only else []
        tests = [str(HERE), str(ROOT / "tests" / "integration")]
        options = ["-v", "-p", "no:cacheprovider", "--timeout", "900", "--rootdir", str(ROOT)]
        return int(pytest.main([*tests, *options, *only], plugins=[recorder]))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-k", dest="only", metavar="EXPRESSION", help="these tests only")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of the random moments")
    parser.add_argument("--engine", type=Path, metavar="DIR", help="keep the engine there")
    parser.add_argument("--render", action="store_true", help="run nothing, write the table")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "reports" / "faults.md")
    arguments = parser.parse_args()
    kept = find_cache() / "faults"
    recorder = Recorder(kept / "injections.jsonl", f"{version_of_sources()} {arguments.seed}")
    engine_note = kept / "engine"
    code = 0
    if not arguments.render:
        try:
            code = run(arguments, recorder, engine_note)
        except EngineUnavailableError as error:
            print(error, file=sys.stderr)
            return error.exit_code
    injections = list(recorder.read().values())
    occasion = Occasion(
        day=datetime.now(UTC).date().isoformat(),
        engine=engine_note.read_text() if engine_note.exists() else "no engine",
        seed=arguments.seed,
        command=COMMAND,
    )
    write_text(arguments.output, to_markdown(injections, occasion))
    if code == pytest.ExitCode.INTERRUPTED:
        return 130
    broken = any(each.result == "broken" for each in injections)
    return 1 if broken or code not in (0, pytest.ExitCode.NO_TESTS_COLLECTED) else 0


if __name__ == "__main__":
    sys.exit(main())
