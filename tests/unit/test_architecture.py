"""What holds for the whole tree: one door to each side effect, small modules, no stray names."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "keras_matrix"
MODULES = {
    path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(SOURCE.rglob("*.py"))
}

# Modules that may be longer than 300 lines, each for a reason.
LONG = {
    "probing/protocol.py": "one message format, read and checked line by line",
    "probing/ledger.py": "one state machine: what to ask next after each kind of end",
    "tables/__init__.py": "the one table that every rendering reads",
    "results.py": "the report's dataclasses beside their JSON",
}
# Each may start processes, and nothing else may.
STARTERS = {
    "comparing/gitblobs.py": "git, for the reports of a revision",
    "engines/docker_host.py": "debootstrap",
    "engines/local.py": "asks an interpreter for its version",
    "engines/local_run.py": "commands in the sandbox",
    "engines/local_tools.py": "installers",
    "examining.py": "asks a user's interpreter what is installed",
    "interpreters.py": "asks interpreters for their version",
}
# A dependency whose module has another name.
MODULE_OF = {
    "pypi-simple": "pypi_simple",
    "pyyaml": "yaml",
    "simple-repository": "simple_repository",
    "tree-sitter": "tree_sitter",
    "tree-sitter-python": "tree_sitter_python",
}
# Homes, but for made-up ones in examples and the one inside an image.
HOMES = r"/home/(?!me/|user/)[a-z]\w+/|/root/\.(?!cache)\w|/Users/\w"


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(name: str) -> set[str]:
    """The modules that import a top-level package or a module of ours."""
    return {
        module
        for module, tree in MODULES.items()
        if any(found == name or found.startswith(f"{name}.") for found in imports(tree))
    }


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module}:{node.name}", node


def test_each_side_effect_has_one_door() -> None:
    assert importers("docker") == {"engines/docker_sdk.py"}
    assert importers("yaml") == {"matrix/yamlmarks.py"}
    assert {module.split("/")[0] for module in importers("httpx")} == {"index"}
    assert importers("sphinx") == importers("docutils") == {"sphinxext.py"}
    assert importers("subprocess") <= STARTERS.keys()
    assert not importers("os.system")


def test_only_the_command_line_prints_or_exits() -> None:
    found = {
        f"{module}:{node.lineno}"
        for module, tree in MODULES.items()
        if not module.startswith("cli/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "sys.exit", "exit"}
    }
    assert found == set()
    assert all(module.startswith("cli/") for module in importers("rich"))


def test_nothing_flows_back_from_the_command_line() -> None:
    allowed = {"__main__.py"}
    found = {module for module in importers("keras_matrix.cli") if not module.startswith("cli/")}
    assert found <= allowed


def test_modules_and_functions_stay_small() -> None:
    lines = {m: len((SOURCE / m).read_text(encoding="utf-8").splitlines()) for m in MODULES}
    assert {module for module, count in lines.items() if count > 300} <= LONG.keys()
    long = {
        name: (node.end_lineno or 0) - node.lineno + 1
        for name, node in functions()
        if (node.end_lineno or 0) - node.lineno + 1 > 60
    }
    assert long == {}


def test_every_dependency_is_used_and_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for dependency in tomllib.loads(text)["project"]["dependencies"]:
        name = re.split(r"[<>=!~ \[]", dependency)[0]
        used = importers(MODULE_OF.get(name, name))
        assert used, f"nothing imports {name}"
        assert re.search(rf'"{re.escape(dependency)}",\s+# \w', text), f"{name} has no reason"


def test_nothing_committed_names_a_registry_or_a_place_of_one_machine() -> None:
    pip = pytest.importorskip("pip._internal.models.index")
    hosts = {
        urlsplit(url).hostname
        for url in (PYPI_SIMPLE_ENDPOINT, pip.PyPI.url, pip.PyPI.file_storage_domain)
    } | {pip.PyPI.file_storage_domain, pip.TestPyPI.file_storage_domain, pip.TestPyPI.netloc}
    words = [re.escape(host) for host in hosts if host]
    pattern = re.compile("|".join([*words, HOMES]))
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a checkout of git")
    found = []
    for name in listed.split("\0"):
        path = ROOT / name
        if name and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{name}: {match}" for match in sorted(set(pattern.findall(text)))]
    assert found == []


def test_what_the_noxfile_imports_needs_nothing_but_what_its_header_names() -> None:
    header = (ROOT / "noxfile.py").read_text(encoding="utf-8").split("# ///")[1]
    assert re.findall(r'"([a-z]+)>=', header) == ["nox", "packaging", "pyyaml"]
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [re.split(r"[<>=!~ \[]", each)[0] for each in declared["project"]["dependencies"]]
    heavy = {MODULE_OF.get(name, name) for name in names} - {"packaging", "yaml"}
    code = (
        "import sys; import keras_matrix.matrix, keras_matrix.releases; print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "keras_matrix.matrix" in done.stdout.split()
    assert not heavy & set(done.stdout.split())
