"""Reports out of folders, checkouts, files and git revisions; nothing of a work tree is touched."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commandline import Run
from commandline import checkout as checkout
from commandline import run as run
from synthetic import attribute, cell, importable

from keras_matrix.comparing.gitblobs import blobs
from keras_matrix.comparing.places import opened
from keras_matrix.errors import EnvironmentUnusableError, InputError
from keras_matrix.reportstore import ReportStore
from keras_matrix.results import CellReport

Git = Callable[..., str]


def report(*names: str, keras: str = "2.3.1") -> CellReport:
    attributes = {name: attribute() for name in names}
    return cell("theano", {"keras.backend": importable(**attributes)}, keras=keras, theano="1.0.5")


NAME = report().cell.id


@pytest.fixture
def git(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """git in the checkout, whose first commit, tagged v1, holds a report and the second another."""
    if shutil.which("git") is None:
        pytest.skip("no git")
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        command = ["git", *who, *arguments]
        return subprocess.run(
            command, cwd=checkout, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    store = ReportStore(checkout / "reports" / "data")
    store.write(report("mean", "floatx"))
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    git("tag", "-a", "v1", "-m", "a tag of its own")
    store.write(report("mean"))
    git("commit", "-q", "-a", "-m", "two")
    return git


def names(place: str, root: Path) -> list[str]:
    with opened(place, lambda: root) as reports:
        return sorted(reports.read(NAME).paths["keras.backend"].attributes)


def test_a_folder_a_checkout_a_file_and_a_revision_give_the_same_reports(
    git: Git, checkout: Path
) -> None:
    data = checkout / "reports" / "data"
    for place in (
        str(data),
        str(checkout),
        str(checkout / "reports"),
        str(data / f"{NAME}.json"),
        "HEAD",
        git("rev-parse", "@").strip(),
    ):
        assert names(place, checkout) == ["mean"]
    for place in ("HEAD~1", "v1", "HEAD^"):
        assert names(place, checkout) == ["floatx", "mean"]


def test_a_revision_is_read_without_touching_the_work_tree(git: Git, checkout: Path) -> None:
    ReportStore(checkout / "reports" / "data").write(report("only", "in", "the", "tree"))
    (checkout / "untracked").write_text("x")
    before = git("status", "--porcelain"), (checkout / ".git" / "index").read_bytes()
    with opened("HEAD~1", lambda: checkout) as old, opened("HEAD", lambda: checkout) as new:
        assert old.content(NAME) != new.content(NAME)
        assert old.content("no-such-cell") is None
    assert (git("status", "--porcelain"), (checkout / ".git" / "index").read_bytes()) == before


def test_a_checkout_below_the_repository_reads_its_own_reports(git: Git, checkout: Path) -> None:
    below = checkout / "deep" / "er"
    ReportStore(below / "reports" / "data").write(report("below"))
    git("add", "-A")
    git("commit", "-q", "-m", "three")
    assert names("HEAD", below) == ["below"]


def test_what_exists_is_not_asked_of_git(
    git: Git, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ReportStore(checkout / "v1").write(report("in", "the", "folder"))
    monkeypatch.chdir(checkout)
    assert names("v1", checkout) == ["folder", "in", "the"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("no-such-thing", "no-such-thing: no folder, no file, and no git revision of"),
        ("HEAD~9", "HEAD~9: no folder, no file, and no git revision of"),
        ("--output=x", "--output=x: no folder, no file, and no git revision of"),
        ("empty", "there is no reports/data at that revision"),
    ],
)
def test_what_is_no_revision_is_bad_input(git: Git, checkout: Path, place: str, said: str) -> None:
    git("rm", "-q", "-r", "--cached", "reports")
    git("commit", "-q", "-m", "without reports")
    git("tag", "empty")
    with pytest.raises(InputError, match=said), opened(place, lambda: checkout):
        pass
    assert not (checkout / "x").exists()


def test_a_shallow_clone_says_what_to_do(git: Git, checkout: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth", "1", f"file://{checkout}", str(clone))
    with pytest.raises(InputError, match="the clone is shallow"), opened("HEAD~1", lambda: clone):
        pass


def test_without_git_a_revision_is_an_error_of_the_machine(
    git: Git, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    with (
        pytest.raises(EnvironmentUnusableError, match="git is not installed"),
        opened("HEAD", lambda: checkout),
    ):
        pass


def test_a_git_that_ends_in_the_middle_is_an_error_and_not_the_end_of_the_output(
    git: Git, checkout: Path
) -> None:
    with opened("HEAD", lambda: checkout) as reports:
        shutil.rmtree(checkout / ".git" / "objects")
        with pytest.raises(OSError, match="git"):
            reports.read(NAME)


def test_a_git_that_is_gone_is_not_taken_for_a_closed_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, ended = tmp_path / "git", tmp_path / "ended"
    fake.write_text(f"#!/bin/sh\nexec 0<&- 1>&-\n: > {ended}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def read() -> None:
        with blobs(tmp_path) as objects:
            while not ended.exists():
                time.sleep(0.01)
            objects.read("0" * 40)

    with pytest.raises(OSError, match="git cat-file ended") as caught:
        read()
    assert not isinstance(caught.value, BrokenPipeError)


@pytest.mark.parametrize("content", ["", "{", '{"schema": 2}'])
def test_a_file_that_is_no_report_is_bad_input(tmp_path: Path, content: str) -> None:
    path = tmp_path / "some.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"some\.json: no report"), opened(str(path), Path.cwd):
        pass


def test_an_empty_folder_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no reports"), opened(str(tmp_path), Path.cwd):
        pass


# --- the verb ---------------------------------------------------------------------------------


def test_diff_of_two_revisions_says_what_got_worse(git: Git, run: Run) -> None:
    code, out, _ = run("diff", "HEAD~1", "HEAD")
    assert code == 1
    assert f"    floatx gone from keras.backend in {NAME}\n" in out
    assert out.splitlines()[-1] == (
        "HEAD~1 → HEAD: 1 regression, 0 no longer measured, 0 flaky, 0 fixes, 0 new; 1 cell"
    )
    assert run("diff", "HEAD", "HEAD~1")[0] == 0
    assert run("diff", "HEAD", "HEAD")[0] == 0


def test_diff_needs_no_checkout_for_two_folders(tmp_path: Path, run: Run) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    ReportStore(one).write(report("mean"))
    ReportStore(other).write(report("mean", "floatx"))
    (tmp_path / "matrix.yaml").unlink()
    code, out, _ = run("diff", str(one), str(other))
    assert (code, "1 fix," in out) == (0, True)


EXPECTED = """\
allowed:
  - cells: "keras2.3.1-*"
    names: {names}
    owner: ana
    reason: it was announced
    expires: {expires}
"""


@pytest.mark.parametrize(
    ("names", "expires", "code", "said"),
    [
        ("floatx", "9999-12-31", 0, "allowed until 9999-12-31 by ana: it was announced"),
        ("floatx", "2000-01-01", 2, "expectations.yaml:2: expired on 2000-01-01"),
        ("flotax", "9999-12-31", 2, "expectations.yaml:2: matches no path or name"),
    ],
)
@pytest.mark.usefixtures("git")
def test_diff_and_its_expectations(
    request: pytest.FixtureRequest, names: str, expires: str, code: int, said: str
) -> None:
    run: Run = request.getfixturevalue("run")
    checkout: Path = request.getfixturevalue("checkout")
    (checkout / "expectations.yaml").write_text(EXPECTED.format(names=names, expires=expires))
    for form in ("text", "md"):
        found, out, err = run("diff", "v1", "HEAD", "--format", form)
        assert found == code
        assert "floatx" in out  # nothing is lost for an entry to be mended
        assert said in (out + err).replace("\\_", "_")
    found, out, _ = run("diff", "v1", "HEAD", "--format", "github")
    assert (found, "::error" in out) == (code, code != 0)
    assert run("diff", "v1", "HEAD", "--expectations", str(checkout / "no.yaml"))[0] == 2


def test_diff_names_every_unreadable_report(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    ReportStore(data).write(report("mean"))
    (data / "broken.json").write_text("{")
    (data / "other.json").write_text((data / f"{NAME}.json").read_text())
    code, _, err = run("diff", str(data), str(data))
    assert code == 2
    assert "broken.json: unreadable" in err
    assert f"other.json holds the report of {NAME}" in err


def test_diff_as_data_has_the_groups_and_every_change(git: Git, run: Run) -> None:

    code, out, _ = run("diff", "v1", "HEAD", "--json")
    document = json.loads(out)
    assert (code, document["worse"]) == (1, True)
    assert document["changes"] == [
        {
            "kind": "regression",
            "cell": NAME,
            "path": "keras.backend",
            "attribute": "floatx",
            "before": "works",
            "after": "missing",
            "detail": None,
            "allowed": False,
        }
    ]
    assert [group["names"] for group in document["groups"]] == [["floatx"]]
