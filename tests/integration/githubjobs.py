"""Runs the jobs of a GitHub workflow here: its own scripts in bash, its actions played by copies.

A job works in a clone of ``origin``; artifacts are folders. What needs GitHub itself (Python's
set-up, caches, ``gh``) is left out. An expression that the caller gives no value for is an error.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
_LEFT_OUT = ("actions/setup-python@", "actions/cache@")


@dataclass(frozen=True, kw_only=True)
class Job:
    """How a job ended: its failed scripts with their exit codes, its outputs, its summary."""

    failed: tuple[tuple[str, int], ...]
    outputs: Mapping[str, str]
    summary: str
    log: str


@dataclass(kw_only=True)
class Workflow:
    """One run of a workflow: ``place`` holds its clones and artifacts."""

    file: Path
    origin: Path
    place: Path
    jobs: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = yaml.safe_load(self.file.read_text(encoding="utf-8"))["jobs"]

    def run(self, name: str, expressions: Mapping[str, str], instance: str = "") -> Job:
        """Run every step of a job up to the first that fails, and those that don't mind."""
        work = self.place / f"{name}{instance}"
        temp = work.with_suffix(".temp")
        temp.mkdir(parents=True)
        values = {"runner.temp": str(temp), "github.token": "none", **expressions}
        state = _Step(work=work, temp=temp, values=values, artifacts=self.place / "artifacts")
        failed: list[tuple[str, int]] = []
        for step in self.jobs[name]["steps"]:
            condition = state.resolve(step.get("if", "true"))
            if condition == "false" or (failed and "cancelled()" not in step.get("if", "")):
                continue
            if "uses" in step:
                state.act(step["uses"], step.get("with", {}), self.origin)
            elif not step["run"].startswith("python -m pip install"):
                code = state.script(step)
                failed += [(step["run"], code)] if code else []
        outputs = {
            key: state.resolve(value) for key, value in self.jobs[name].get("outputs", {}).items()
        }
        summary = temp / "summary"
        return Job(
            failed=tuple(failed),
            outputs=outputs,
            summary=summary.read_text(encoding="utf-8") if summary.exists() else "",
            log=state.log,
        )


@dataclass(kw_only=True)
class _Step:
    work: Path
    temp: Path
    values: dict[str, str]
    artifacts: Path
    log: str = ""

    def resolve(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.values[found[1]], str(text))

    def act(self, uses: str, options: Mapping[str, Any], origin: Path) -> None:
        if uses.startswith("actions/checkout@"):
            shutil.rmtree(self.work, ignore_errors=True)
            _git("clone", "-q", str(origin), str(self.work))
        elif uses.startswith("actions/upload-artifact@"):
            paths = [self.work / self.resolve(each) for each in options["path"].split("\n") if each]
            self._upload(self.artifacts / self.resolve(options["name"]), paths)
        elif uses.startswith("actions/download-artifact@"):
            target = self.work / self.resolve(options.get("path", "."))
            found = sorted(self.artifacts.glob(options.get("name") or options["pattern"]))
            assert found
            assert len(found) == 1 or options["merge-multiple"]
            for artifact in found:
                shutil.copytree(artifact, target, dirs_exist_ok=True)
        else:
            assert uses.startswith(_LEFT_OUT), uses

    def _upload(self, artifact: Path, paths: list[Path]) -> None:
        """As the action does: one folder's content, or everything below what all have in common."""
        if paths == [path for path in paths if path.is_dir()][:1]:
            shutil.copytree(paths[0], artifact)
            return
        root = Path(os.path.commonpath([path.parent for path in paths]))
        for path in paths:
            target = artifact / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, target)

    def script(self, step: Mapping[str, Any]) -> int:
        """Run a step's script as GitHub does, and read its outputs."""
        output = self.temp / "output"
        output.write_text("")
        tools = self.temp / "bin"
        tools.mkdir(exist_ok=True)
        (tools / "gh").write_text("#!/bin/sh\nexit 0\n")
        (tools / "gh").chmod(0o755)
        environ = {
            **os.environ,
            **{key: self.resolve(value) for key, value in step.get("env", {}).items()},
            "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "GITHUB_REF_NAME": "main",
            "RUNNER_TEMP": str(self.temp),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.work,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.log += f"$ {step['run']}\n{done.stdout}"
        text = output.read_text(encoding="utf-8")
        for name, block in re.findall(r"^(\w+)<<END\n(.*?)^END$", text, re.DOTALL | re.MULTILINE):
            self.values[f"steps.{step['id']}.outputs.{name}"] = block
        for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
            self.values[f"steps.{step['id']}.outputs.{name}"] = value
        return done.returncode


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True)
