"""From a request to its answer, with real processes on this interpreter and nothing built."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from bare_engine import BareEngine

from keras_matrix.engines import BuildRequest, Command, Environment
from keras_matrix.errors import BuildFailedError, FailureClass, InputError
from keras_matrix.locks import Lock, LockedPackage
from keras_matrix.matrix import load_matrix
from keras_matrix.releases import load_catalogue
from keras_matrix.reproducing import (
    Combination,
    Expected,
    Origin,
    Reproduction,
    Request,
    Snippet,
    Verdict,
    Workplace,
    reproduce,
)
from keras_matrix.reproducing.asking import Asked
from keras_matrix.reproducing.bundle import bundle, write_bundle
from keras_matrix.reproducing.ranges import read_range
from keras_matrix.reproducing.session import Tried, along, attempt
from keras_matrix.reproducing.workplace import prepare
from keras_matrix.tiers import Tier

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "docker" / "locks"
CATALOGUE = load_catalogue(LOCKS / "releases.json")
DECLARED = load_matrix(ROOT / "matrix.yaml", CATALOGUE).cells
CELL = Combination(pins={"keras": "1.2.2", "theano": "0.9.0"}, python="2.7")
RAISES = Snippet(code=b"print('hello')\nraise AttributeError(\"'module' has no attribute 'x'\")\n")


class Engine(BareEngine):
    """Has everything built already, but for what ``stubborn`` names; keeps what was resolved."""

    def __init__(self, stubborn: Sequence[str] = ()) -> None:
        super().__init__()
        self.stubborn = stubborn
        self.resolved: list[str] = []

    def index_host(self) -> str:
        return "127.0.0.1"

    def storage(self) -> None:
        return None

    def base(self, python: str, log: Path) -> Environment:
        assert log.parent.is_dir()
        return Environment(
            reference="bare", digest="sha256:0", python=python, interpreter=sys.executable
        )

    def find(self, tier: Tier, lock: Lock, parent: Environment) -> Environment:
        assert lock.tier == tier.name
        return replace(parent, digest=f"sha256:{tier.name}")

    def resolve(self, request: BuildRequest) -> tuple[str, ...]:
        self.resolved.append(request.tier.name)
        if request.tier.name in self.stubborn:
            raise BuildFailedError(FailureClass.RESOLVE, "no solution")
        return request.tier.requirements

    def by_hand(
        self, environment: Environment, command: Command, *, interactive: bool = False
    ) -> tuple[str, ...]:
        assert not interactive
        return (environment.interpreter, *command.arguments)


@dataclass
class Index:
    """Has every release in one file."""

    asked: list[str] = field(default_factory=list)

    def listen(self, host: str) -> None:
        assert host

    def url(self, host: str, as_of: date, label: str) -> str:
        return f"http://{host}/{label}/{as_of}/"

    def locked(self, project: str, version: str, python: str, as_of: date) -> LockedPackage:
        self.asked.append(f"{project}=={version} for {python} on {as_of}")
        name = f"{project}-{version}.whl"
        return LockedPackage(name=project, version=version, filename=name, sha256="0" * 64)

    def troubles(self, label: str) -> tuple[str, ...]:
        assert label
        return ()


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(
        engine=Engine(),
        index=Index(),
        catalogue=CATALOGUE,
        cache=tmp_path / "cache",
        shipped_locks=LOCKS,
    )


def request(snippet: Snippet = RAISES, expected: str | None = None) -> Request:
    wanted = Expected(message=expected) if expected else None
    return Request(combination=CELL, snippet=snippet, expected=wanted)


def test_the_expected_error_is_reproduced(place: Workplace) -> None:
    steps: list[tuple[str, str]] = []
    made = reproduce(request(expected="no attribute 'x'"), place, lambda *step: steps.append(step))
    assert made.verdict is Verdict.REPRODUCED
    assert made.sentence == "reproduced: AttributeError: 'module' has no attribute 'x'"
    assert made.ending.output.startswith("hello\nTraceback")
    assert made.by_hand[1] == "-c"
    assert steps[0] == ("build", "base python-py27")
    assert steps[-1] == ("run", "snippet.py")


@pytest.mark.parametrize(
    ("code", "expected", "verdict", "sentence"),
    [
        (RAISES.code, None, Verdict.RAISED, "AttributeError: 'module' has no attribute 'x'"),
        (RAISES.code, "y", Verdict.DIFFERENT, "a different error: AttributeError: 'module' has"),
        (b"pass", "x", Verdict.NO_ERROR, "no error"),
        (b"pass", None, Verdict.NO_ERROR, "no error"),
        (b"import os; os._exit(3)", None, Verdict.RAISED, "it ended with exit status 3"),
        (b"import os; os.abort()", "x", Verdict.DIFFERENT, "a different error: the process died"),
        (b"raise ValueError('a\\n b')", None, Verdict.RAISED, "ValueError: a b"),
    ],
)
def test_the_answer_is_one_line(
    place: Workplace, code: bytes, expected: str | None, verdict: Verdict, sentence: str
) -> None:
    made = reproduce(request(Snippet(code=code), expected), place)
    assert made.verdict is verdict
    assert made.sentence.startswith(sentence)
    assert "\n" not in made.sentence


def test_nothing_is_left_of_a_run(place: Workplace) -> None:
    reproduce(request(), place)
    assert list((place.cache / "scratch").iterdir()) == []


def test_locks_that_came_along_are_used_and_new_ones_kept_in_the_cache(
    place: Workplace, tmp_path: Path
) -> None:
    engine = place.engine
    assert isinstance(engine, Engine)
    reproduce(request(), place)
    assert engine.resolved == []
    before = {path: path.read_bytes() for path in LOCKS.iterdir()}
    other = replace(request(), combination=replace(CELL, pins={**CELL.pins, "keras": "1.2.1"}))
    made = reproduce(other, place)
    assert engine.resolved == ["keras1.2.1-theano0.9.0-py27"]
    assert (place.cache / "locks" / "keras1.2.1-theano0.9.0-py27.txt").is_file()
    assert {path: path.read_bytes() for path in LOCKS.iterdir()} == before
    assert [lock.tier for lock in made.prepared.locks] == [
        "python-py27",
        "theano0.9.0-py27",
        "keras1.2.1-theano0.9.0-py27",
    ]


def test_a_declared_cells_locks_are_kept_where_the_others_are(
    place: Workplace, tmp_path: Path
) -> None:
    own = tmp_path / "locks"
    shutil.copytree(LOCKS, own)
    (own / "keras1.2.2-theano0.9.0-py27.txt").unlink()
    place = replace(place, declared=DECLARED, declared_locks=own)
    made = reproduce(request(), place)
    assert made.prepared.chosen.declared
    assert (own / "keras1.2.2-theano0.9.0-py27.txt").is_file()
    assert not (place.cache / "locks").exists()


def test_an_impossible_combination_starts_nothing(place: Workplace) -> None:
    impossible = Combination(pins={"keras": "3.0.0", "tensorflow": "1.15.5"})
    with pytest.raises(InputError, match="impossible"):
        reproduce(replace(request(), combination=impossible), place)
    assert not place.cache.exists()


def asked(*snippets: Snippet, expected: str = "no attribute 'x'") -> Asked:
    return Asked(
        combination=CELL,
        snippets=snippets,
        expected=Expected(message=expected, exception="AttributeError"),
    )


def test_each_snippet_is_tried_until_one_shows_the_error(place: Workplace) -> None:
    broken = Snippet(code=b"x", origin=Origin.REPORT)
    never = Snippet(code=b"raise SystemExit('never run')", origin=Origin.MADE)
    question = asked(broken, RAISES, never)
    attempts = attempt(question, prepare(place.choose(CELL), place), place)
    assert [made.verdict for made in attempts] == [Verdict.DIFFERENT, Verdict.REPRODUCED]
    assert Tried(version="", attempts=attempts).best is attempts[1]
    (only,) = attempt(asked(broken), prepare(place.choose(CELL), place), place)
    assert Tried(version="", attempts=(only,)).best is only


def test_a_range_goes_on_past_what_can_not_be_had(place: Workplace) -> None:
    place = replace(place, engine=Engine(stubborn=["keras2.0.9-theano0.9.0-py27"]))
    found = list(along(asked(RAISES), read_range("keras=1.1:2.0"), place))
    assert [each.version for each in found] == ["1.1.2", "1.2.2", "2.0.9"]
    assert [each.came for each in found] == [True, True, None]
    assert found[-1].failure == "resolve: no solution"


def test_a_range_takes_another_python_where_the_one_asked_for_has_no_file(
    place: Workplace,
) -> None:
    question = replace(
        asked(RAISES), combination=Combination(pins={"tensorflow": "2.11.0"}, python="3.7")
    )
    (*_, newest) = along(question, read_range("tensorflow=2.11:2.12"), place)
    assert newest.best is not None
    assert newest.best.cell.python == "3.11"


def test_this_machines_own_trouble_ends_a_range(place: Workplace) -> None:
    class Broken(Engine):
        def resolve(self, request: BuildRequest) -> tuple[str, ...]:
            raise BuildFailedError(FailureClass.NETWORK, f"no index for {request.tier.name}")

    place = replace(place, engine=Broken())
    with pytest.raises(BuildFailedError, match="no index"):
        list(along(asked(RAISES), read_range("keras=2.0:2.1"), place))


# --- bundles ------------------------------------------------------------------------------------


@pytest.fixture
def made(place: Workplace) -> Reproduction:
    return reproduce(request(expected="no attribute 'x'"), place)


def test_a_bundle_is_installed_step_by_step_by_hash_from_a_public_image(
    made: Reproduction,
) -> None:
    files = {name: content.decode() for name, content in bundle(made).items()}
    assert list(files) == [
        "Dockerfile",
        "README.md",
        "requirements-1.txt",
        "requirements-2.txt",
        "requirements-3.txt",
        "snippet.py",
    ]
    dockerfile = files["Dockerfile"]
    assert "\nFROM python:2.7-slim\n" in dockerfile
    places = [dockerfile.index(f"-r requirements-{step}.txt") for step in (1, 2, 3)]
    assert places == sorted(places)
    assert ' KERAS_BACKEND="theano" ' in dockerfile
    assert "\ntheano==0.9.0 --hash=sha256:" in files["requirements-2.txt"]
    assert "\nkeras==1.2.2 --hash=sha256:" in files["requirements-3.txt"]
    assert "://" not in "".join(files.values())


def test_a_bundles_readme_tells_what_should_come(made: Reproduction) -> None:
    readme = bundle(made)["README.md"].decode()
    assert "`AttributeError: 'module' has no attribute 'x'`" in readme
    assert "Looked for was" not in readme
    assert "keras 1.2.2, theano 0.9.0, Python 2.7" in readme
    other = replace(made, verdict=Verdict.DIFFERENT)
    assert "Looked for was `no attribute 'x'`" in bundle(other)["README.md"].decode()


def test_a_bundle_is_written_into_an_empty_folder_only(made: Reproduction, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    write_bundle(bundle(made), folder)
    assert (folder / "snippet.py").read_bytes() == RAISES.code
    with pytest.raises(InputError, match="not empty"):
        write_bundle(bundle(made), folder)
    with pytest.raises(InputError, match="not empty"):
        write_bundle(bundle(made), folder / "snippet.py")


def test_a_tier_without_packages_is_no_step(place: Workplace) -> None:
    made = reproduce(request(), place)
    empty = Lock(tier="empty", packages=())
    prepared = replace(made.prepared, locks=(empty, *made.prepared.locks))
    assert "requirements-4.txt" not in bundle(replace(made, prepared=prepared))


def test_the_command_by_hand_does_the_same(made: Reproduction) -> None:
    done = subprocess.run(made.by_hand, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == "hello\n"
    assert "has no attribute 'x'" in done.stderr


def test_code_too_long_for_a_line_has_no_command(place: Workplace) -> None:
    assert reproduce(request(Snippet(code=b"#" * 9000)), place).by_hand == ()
