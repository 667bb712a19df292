"""``keras-matrix lock``: every tier resolved once, stored, and renewed only when asked for."""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from commandline import GOOD, Run
from test_environments import FakeEngine, FakeIndex

from keras_matrix.cli import common
from keras_matrix.engines import BuildRequest, choice
from keras_matrix.errors import BuildFailedError, FailureClass
from keras_matrix.locks import LockedPackage, read_lock

PYTHON, BACKEND = "python-py37", "theano1.0.5-py37"
OLD, NEW = (f"keras{version}-{BACKEND}" for version in ("2.2.4", "2.3.1"))


@dataclass
class Resolver(FakeEngine):
    """Resolves a requirement to itself; the backend's brings a NumPy, 1.18.``patch``."""

    patch: int = 0
    unsolvable: set[str] = field(default_factory=set)

    def resolve(self, request: BuildRequest) -> tuple[str, ...]:
        self.resolved.append(request)
        if request.tier.name in self.unsolvable:
            raise BuildFailedError(FailureClass.RESOLVE, "no solution", request.log)
        numpy = (f"numpy==1.18.{self.patch}",) if request.tier.name == BACKEND else ()
        return (*request.tier.requirements, *numpy)

    def names(self) -> list[str]:
        """The tiers that were resolved since this was asked last."""
        names = [request.tier.name for request in self.resolved]
        self.resolved.clear()
        return names


class Shop(FakeIndex):
    """Has every release, in a file whose digest follows from its name."""

    def locked(self, project: str, version: str, python: str, as_of: date) -> LockedPackage:
        assert as_of >= date(2017, 1, 1)
        filename = f"{project}-{version}-cp{python.replace('.', '')}.whl"
        digest = hashlib.sha256(filename.encode()).hexdigest()
        return LockedPackage(name=project, version=version, filename=filename, sha256=digest)


@pytest.fixture
def engine(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """The engine and the index that the verb gets."""
    engine = Resolver()

    @contextlib.contextmanager
    def open_index(project: object) -> Iterator[FakeIndex]:
        yield Shop()

    monkeypatch.setattr(common, "open_index", open_index)
    chosen = choice.Chosen(engine=engine, why="a resolver")
    monkeypatch.setattr(choice, "choose_engine", lambda *_: chosen)
    return engine


def locks(checkout: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in (checkout / "docker" / "locks").glob("*.txt")}


def packages(checkout: Path, tier: str) -> list[str]:
    lock = read_lock(checkout / "docker" / "locks" / f"{tier}.txt")
    return [f"{package.name}=={package.version}" for package in lock.packages]


def test_what_has_no_lock_is_resolved_once_and_stored(
    run: Run, checkout: Path, engine: Resolver
) -> None:
    code, out, _ = run("lock")
    assert code == 0
    assert engine.names() == [PYTHON, BACKEND, OLD, NEW]
    assert locks(checkout).keys() == {PYTHON, BACKEND, OLD, NEW}
    assert packages(checkout, BACKEND) == ["numpy==1.18.0", "theano==1.0.5"]
    assert packages(checkout, NEW) == ["keras==2.3.1"]
    assert f"{NEW}: resolve {NEW}" in out.splitlines()
    assert f"{NEW}: locked" in out.splitlines()


def test_what_has_a_lock_is_left_as_it_is(run: Run, checkout: Path, engine: Resolver) -> None:
    run("lock")
    before = locks(checkout)
    engine.names()
    engine.patch = 1
    assert run("lock")[0] == 0
    assert engine.names() == []
    assert locks(checkout) == before


def test_renewing_resolves_every_tier_again_and_a_shared_one_once(
    run: Run, checkout: Path, engine: Resolver
) -> None:
    run("lock")
    engine.names()
    engine.patch = 1
    assert run("lock", "--renew")[0] == 0
    assert engine.names() == [PYTHON, BACKEND, OLD, NEW]
    assert packages(checkout, BACKEND) == ["numpy==1.18.1", "theano==1.0.5"]
    assert run("lock")[0] == 0
    assert engine.names() == []  # what stands on the renewed tier fits it


def test_only_the_selected_cells_are_renewed(run: Run, checkout: Path, engine: Resolver) -> None:
    run("lock")
    before = locks(checkout)
    engine.names()
    engine.patch = 1
    assert run("lock", "--renew", "keras=2.3.1")[0] == 0
    assert engine.names() == [PYTHON, BACKEND, NEW]
    after = locks(checkout)
    assert after[OLD] == before[OLD]
    assert after[BACKEND] != before[BACKEND]


def test_a_tier_without_a_solution_is_named_keeps_its_lock_and_stops_no_other(
    run: Run, checkout: Path, engine: Resolver
) -> None:
    run("lock")
    before = locks(checkout)
    engine.patch = 1
    engine.unsolvable = {OLD}
    code, out, _ = run("lock", "--renew")
    assert code == 3
    told = dict(line.split(": ", 1) for line in out.splitlines())
    assert told[OLD].startswith("resolve: no solution (log: ")
    assert told[NEW] == "locked"
    after = locks(checkout)
    assert after[OLD] == before[OLD]
    assert after[NEW] != before[NEW]


def test_an_impossible_cell_is_no_failure_and_says_why(
    run: Run, checkout: Path, engine: Resolver
) -> None:
    impossible = '  no:\n    keras: "2.3.1"\n    tensorflow: "1.15.5"\n    python: "3.8"\n'
    (checkout / "matrix.yaml").write_text(GOOD + impossible)
    code, out, err = run("lock", "--json")
    told = json.loads(out)
    assert code == 0
    assert told[NEW] == "locked"
    assert told["keras2.3.1-tensorflow1.15.5-py38"].startswith("impossible: tensorflow 1.15.5 has")
    assert f"{NEW}: locked" in err
    assert locks(checkout).keys() == {PYTHON, BACKEND, OLD, NEW}
