"""Two nights of .github/workflows/nightly.yml on real packages: its own scripts, two machines."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from githubjobs import Job, Workflow

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
MATRIX = """
version: 1
import_paths: [keras.backend]
defaults:
  tags: [nightly]
groups:
  theano:
    combine: zip
    keras: ["1.2.2", "2.3.1"]
    theano: ["0.9.0", "1.0.5"]
    python: ["2.7", "3.7"]
  impossible:
    keras: "2.3.1"
    tensorflow: "1.15.5"
    python: "3.8"
"""
CELLS = ("keras1.2.2-theano0.9.0-py27", "keras2.3.1-theano1.0.5-py37")
IMPOSSIBLE = "keras2.3.1-tensorflow1.15.5-py38"


def git(place: Path, *arguments: str) -> str:
    me = ("-c", "user.name=me", "-c", "user.email=me@localhost")
    command = ["git", "-C", str(place), *me, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def yesterday(cell: str) -> str:
    """The committed report as older probes might have made it: one name works that is not there,
    and one raises that works."""
    document = json.loads((ROOT / "reports" / "data" / f"{cell}.json").read_text(encoding="utf-8"))
    path = document["paths"]["keras.backend"]
    document["paths"] = {"keras.backend": path}
    document["provenance"]["probes"] = "sha256:older"
    path["attributes"]["there_until_today"] = path["attributes"]["mean"]
    path["attributes"]["mean"] = path["attributes"]["mean"] | {
        "outcome": "raises",
        "detail": "ValueError: yesterday",
    }
    return json.dumps(document)


@pytest.fixture(scope="module")
def origin(tmp_path_factory, engine) -> Path:
    """A repository with a small matrix and the reports of an earlier night."""
    checkout = tmp_path_factory.mktemp("checkout")
    for folder in ("docker", "probes"):
        shutil.copytree(ROOT / folder, checkout / folder)
    shutil.copy(ROOT / "README.md", checkout)
    (checkout / "matrix.yaml").write_text(MATRIX)
    data = checkout / "reports" / "data"
    data.mkdir(parents=True)
    for cell in CELLS:
        (data / f"{cell}.json").write_text(yesterday(cell))
    git(checkout, "init", "-q", "-b", "main")
    git(checkout, "add", ".")
    git(checkout, "commit", "-q", "-m", "yesterday")
    bare = tmp_path_factory.mktemp("origin") / "origin.git"
    git(checkout, "clone", "-q", "--bare", str(checkout), str(bare))
    return bare


def night(origin: Path, place: Path) -> tuple[Job, list[Job], Job]:
    """The plan, the shards and the publishing of one run."""
    workflow = Workflow(
        file=ROOT / ".github" / "workflows" / "nightly.yml", origin=origin, place=place
    )
    given = {"inputs.shards || '8'": "8", "inputs.budget || '4h'": "30m", "!cancelled()": "true"}
    plan = workflow.run("plan", given)
    assert plan.failed == (), plan.log
    entries = json.loads(plan.outputs["shards"])["include"]
    shards = []
    for entry in entries:
        values = {f"matrix.{key}": str(value) for key, value in entry.items()}
        shards.append(workflow.run("measure", given | values, str(entry["shard"])))
    skipped = {"needs.measure.result != 'skipped'": "true" if entries else "false"}
    return plan, shards, workflow.run("publish", given | skipped)


def test_a_night_publishes_what_changed_and_the_next_has_nothing_to_do(origin, tmp_path) -> None:
    _, shards, published = night(origin, tmp_path / "first")
    assert [shard.failed for shard in shards] == [(), ()], [shard.log for shard in shards]
    # Only the last step says that something got worse: everything is published before.
    assert published.failed == (('exit "$STATUS"', 1),), published.log
    assert "there_until_today" in published.summary
    assert "::error" in published.log or "::warning" in published.log
    log = git(origin, "log", "--name-only", "--format=%s", "main")
    assert log.startswith("Nightly: new releases and measurements\n")
    for name in (*CELLS, IMPOSSIBLE):
        assert f"reports/data/{name}.json" in log
    assert "reports/compatibility.md" in log
    assert "reports/timings.json" in log
    renewed = json.loads(git(origin, "show", f"main:reports/data/{CELLS[0]}.json"))
    assert renewed["paths"]["keras.backend"]["attributes"]["mean"]["outcome"] == "works"

    before = git(origin, "rev-parse", "main")
    plan, shards, published = night(origin, tmp_path / "second")
    assert json.loads(plan.outputs["shards"]) == {"include": []}
    assert published.failed == (), published.log
    assert "nothing changed" in published.log
    assert git(origin, "rev-parse", "main") == before


def test_a_night_that_the_guard_refuses_publishes_nothing(origin, tmp_path) -> None:
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "-q", str(origin), str(checkout))
    canary = {"cell": CELLS[0], "path": "keras.backend", "names": {"get_session": "works"}}
    (checkout / "expectations.yaml").write_text(json.dumps({"version": 1, "canaries": [canary]}))
    git(checkout, "add", ".")
    git(checkout, "commit", "-q", "-m", "a canary that can't be right")
    git(checkout, "push", "-q", "origin", "main")
    before = git(origin, "rev-parse", "main")
    _, _, published = night(origin, tmp_path / "refused")
    ((script, code),) = published.failed
    assert (script.startswith("keras-matrix guard"), code) == (True, 3), published.log
    assert "get_session" in published.summary
    assert git(origin, "rev-parse", "main") == before
