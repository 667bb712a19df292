"""The CI files: right by their schemas and linters, and every command in them is one of ours."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from commandline import ROOT

from keras_matrix import cli
from keras_matrix.cli.run import execute as run_verb
from keras_matrix.shards.sharding import parse_shard

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITHUB, GITLAB = ROOT / ".github" / "workflows" / "nightly.yml", ROOT / ".gitlab-ci.yml"
EXAMPLES = {
    "BUDGET": "4h",
    "CELLS": "keras2.3.1-theano1.0.5-py37 keras2.2.4-theano1.0.5-py37",
    "CI_NODE_INDEX": "3",
    "CI_NODE_TOTAL": "8",
    "GITHUB_STEP_SUMMARY": "summary",
    "RUNNER_TEMP": "temp",
    "SHARDS": "8",
}
"""What the variables stand for that our commands are given."""


def load(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads GitHub's key `on` as true; everything else is what it looks like.
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def scripts(path: Path) -> Iterator[str]:
    """Every shell script of a CI file."""
    document = load(path)
    if path == GITLAB:
        jobs = [job for job in document.values() if isinstance(job, dict)]
        for job in jobs:
            for key in ("before_script", "script", "after_script"):
                yield "\n".join(job.get(key, ()))
        return
    for job in document["jobs"].values():
        yield from (step["run"] for step in job["steps"] if "run" in step)


def commands(script: str) -> Iterator[list[str]]:
    """The arguments of each keras-matrix command in a script, with example values."""
    for line in script.replace("\\\n", " ").splitlines():
        for start in re.finditer(r"\bkeras-matrix ", line):
            lexer = shlex.shlex(
                re.sub(r"\$(\w+)", lambda found: EXAMPLES[found[1]], line[start.start() :]),
                posix=True,
                punctuation_chars=True,
            )
            lexer.whitespace_split = True
            words = []
            for word in lexer:
                if set(word) <= set("|&;()<>"):
                    break
                words.append(word)
            yield words[1:]


def everything() -> list[tuple[str, list[str]]]:
    files = [*WORKFLOWS, GITLAB]
    return [(f.name, found) for f in files for script in scripts(f) for found in commands(script)]


def test_there_is_something_to_check() -> None:
    verbs = {
        name: {words[0] for file, words in everything() if file == name} for name, _ in everything()
    }
    assert verbs["nightly.yml"] == {"update", "cells", "run", "merge", "diff", "guard", "table"}
    assert verbs[".gitlab-ci.yml"] == {"update", "cells", "run", "merge", "diff", "table"}


@pytest.mark.parametrize(("file", "words"), everything(), ids=lambda value: " ".join(value))
def test_every_command_is_one_that_the_command_line_takes(file: str, words: list[str]) -> None:
    arguments = cli.parser(words).parse_args(words)
    assert callable(arguments.execute)
    if arguments.execute is run_verb and arguments.shard is not None:
        assert parse_shard(arguments.shard) == (3, 8)


def test_the_split_of_a_gitlab_job_is_the_one_that_its_plan_prints() -> None:
    document = load(GITLAB)
    (listed,) = [
        words for words in commands("\n".join(document["plan"]["script"])) if "--shards" in words
    ]
    assert int(listed[listed.index("--shards") + 1]) == document["measure"]["parallel"]
    (run,) = commands("\n".join(document["measure"]["script"]))
    tags = [words[words.index("--tag") + 1] for words in (listed, run)]
    assert tags == ["nightly", "nightly"]


@pytest.mark.parametrize("path", [*WORKFLOWS, GITLAB], ids=lambda path: path.name)
def test_every_script_is_one_that_bash_reads(path: Path) -> None:
    for script in scripts(path):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("path", [*WORKFLOWS, GITLAB], ids=lambda path: path.name)
def test_every_nox_session_named_is_there(path: Path) -> None:
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = re.findall(r"\bnox -s (\w+)", path.read_text(encoding="utf-8"))
    assert set(named) <= sessions


@pytest.mark.parametrize("path", [*WORKFLOWS, GITLAB], ids=lambda path: path.name)
def test_every_file_is_right_by_its_schema(path: Path) -> None:
    schema = "gitlab-ci" if path == GITLAB else "github-workflows"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    command += ["--data-transform", "gitlab-ci"] * (path == GITLAB)
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_linter_has_nothing_to_say_of_the_workflows() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [str(zizmor), "--offline", "--pedantic", "--no-progress", *map(str, WORKFLOWS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_jobs_have_no_more_rights_than_they_need_and_end_in_time(path: Path) -> None:
    document = load(path)
    assert document["permissions"] == {}
    for name, job in document["jobs"].items():
        writes = {key for key, right in job["permissions"].items() if right == "write"}
        assert writes == ({"contents"} if name == "publish" else set())
        assert 0 < job["timeout-minutes"] < 360
