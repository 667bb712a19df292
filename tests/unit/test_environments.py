"""The way up a chain, with an engine and an index that only remember what they were asked."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from keras_matrix import environments
from keras_matrix.engines import BuildRequest, Command, Environment, Held, Process
from keras_matrix.environments import Step, TierEvent
from keras_matrix.errors import BuildFailedError, FailureClass, ReleaseUnavailableError
from keras_matrix.locks import Lock, LockedPackage, lock_path, read_lock
from keras_matrix.tiers import Tier, TierKind, tag

PYTHON = Tier(kind=TierKind.PYTHON, name="python-py311", python="3.11")
BACKEND = Tier(
    kind=TierKind.BACKEND,
    name="tensorflow2.15.0-py311",
    python="3.11",
    requirements=("tensorflow==2.15.0",),
    as_of=date(2023, 12, 14),
    parent=PYTHON,
)


def keras(version: str, as_of: date = date(2023, 12, 20)) -> Tier:
    return Tier(
        kind=TierKind.KERAS,
        name=f"keras{version}-tensorflow2.15.0-py311",
        python="3.11",
        requirements=(f"keras=={version}",),
        as_of=as_of,
        parent=BACKEND,
    )


RESOLUTIONS = {
    "tensorflow==2.15.0": ("keras==2.15.0", "numpy==1.26.2", "tensorflow==2.15.0"),
    "keras==2.14.0": ("keras==2.14.0",),
    "keras==2.15.0": ("keras==2.15.0", "numpy==1.26.2"),
    "keras==3.0.0": ("keras==3.0.0", "namex==0.0.7", "numpy==1.26.2"),
    "torch==2.13.0+cpu": ("torch==2.13.0+cpu", "numpy==1.26.2"),
}


@dataclass
class FakeIndex:
    refused: list[str] = field(default_factory=list)

    def listen(self, host: str) -> None:
        assert host == "10.0.0.1"

    def url(self, host: str, as_of: date, label: str) -> str:
        return f"http://{host}/{label}/{as_of}/"

    def locked(self, project: str, version: str, python: str, as_of: date) -> LockedPackage:
        assert python == "3.11"
        assert as_of
        filename = f"{project}-{version}.whl"
        return LockedPackage(name=project, version=version, filename=filename, sha256="0" * 64)

    def troubles(self, label: str) -> tuple[str, ...]:
        return tuple(self.refused) if label else ()


@dataclass
class FakeEngine:
    """``stubborn`` are requirements that have a solution only without constraints, ``apart`` those
    that have one only without other requirements."""

    apart: frozenset[str] = frozenset()
    stubborn: frozenset[str] = frozenset()
    failure: FailureClass = FailureClass.RESOLVE
    name: str = "fake"
    place: Path | None = None
    built: dict[str, Environment] = field(default_factory=dict)
    resolved: list[BuildRequest] = field(default_factory=list)
    builds: list[str] = field(default_factory=list)

    def describe(self) -> str:
        return "fake"

    def index_host(self) -> str:
        return "10.0.0.1"

    def base(self, python: str, log: Path) -> Environment:
        assert log.parent.is_dir()
        return self._environment(f"base{python}")

    def _environment(self, digest: str) -> Environment:
        return Environment(reference=digest, digest=digest, python="3.11.7", interpreter="python")

    def find(self, tier: Tier, lock: Lock, parent: Environment) -> Environment | None:
        return self.built.get(tag(tier, lock, parent.digest, "fake"))

    def resolve(self, request: BuildRequest) -> tuple[str, ...]:
        self.resolved.append(request)
        *others, requirement = request.tier.requirements
        if requirement in self.apart and others:
            raise BuildFailedError(self.failure, "they exclude\neach other")
        if requirement in self.stubborn and request.constraints:
            raise BuildFailedError(self.failure, "no solution")
        return RESOLUTIONS[requirement]

    def build(self, request: BuildRequest, lock: Lock) -> Environment:
        self.builds.append(request.tier.name)
        digest = tag(request.tier, lock, request.parent.digest, "fake")
        self.built[digest] = self._environment(digest)
        return self.built[digest]

    def run(self, environment: Environment, command: Command) -> Process:
        raise NotImplementedError

    def storage(self) -> Path | None:
        return self.place

    def held(self) -> tuple[Held, ...]:
        raise NotImplementedError

    def remove(self, environment: Environment) -> bool:
        raise NotImplementedError

    def clean(self, keep: frozenset[str] = frozenset()) -> tuple[str, ...]:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError


@dataclass
class Place:
    root: Path
    engine: FakeEngine = field(default_factory=FakeEngine)
    index: FakeIndex = field(default_factory=FakeIndex)
    events: list[str] = field(default_factory=list)

    def ensure(
        self,
        *tiers: Tier,
        renew: Collection[str] = (),
        on_event: Callable[[TierEvent], None] | None = None,
    ) -> Environment:
        def note(event: TierEvent) -> None:
            self.events.append(str(event))

        return environments.ensure(
            tiers,
            engine=self.engine,
            index=self.index,
            locks_dir=self.root / "locks",
            logs_dir=self.root / "logs",
            on_event=on_event or note,
            label="cell",
            renew=renew,
        )

    def lock(self, tier: Tier) -> Lock:
        return read_lock(lock_path(self.root / "locks", tier))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(root=tmp_path)


def names(lock: Lock) -> list[str]:
    return [f"{package.name}=={package.version}" for package in lock.packages]


def test_a_new_chain_is_resolved_locked_and_built_from_the_bottom_up(place: Place) -> None:
    place.ensure(PYTHON, BACKEND, keras("2.14.0"))
    assert place.events == [
        "base python-py311",
        "resolve tensorflow2.15.0-py311",
        "build tensorflow2.15.0-py311",
        "resolve keras2.14.0-tensorflow2.15.0-py311",
        "build keras2.14.0-tensorflow2.15.0-py311",
    ]
    first, second = place.engine.resolved
    assert first.index_url == "http://10.0.0.1/cell/2023-12-14/"
    assert first.constraints == ()
    assert second.constraints == ("numpy==1.26.2", "tensorflow==2.15.0")
    assert names(place.lock(BACKEND)) == ["keras==2.15.0", "numpy==1.26.2", "tensorflow==2.15.0"]
    assert names(place.lock(keras("2.14.0"))) == ["keras==2.14.0"]


def test_a_second_cell_on_the_same_backend_builds_its_keras_only(place: Place) -> None:
    place.ensure(PYTHON, BACKEND, keras("2.14.0"))
    place.events.clear()
    place.ensure(PYTHON, BACKEND, keras("3.0.0"))
    assert place.events[1:] == [
        "reuse tensorflow2.15.0-py311",
        "resolve keras3.0.0-tensorflow2.15.0-py311",
        "build keras3.0.0-tensorflow2.15.0-py311",
    ]
    assert names(place.lock(keras("3.0.0"))) == ["keras==3.0.0", "namex==0.0.7"]


def test_what_stands_is_used_without_asking_the_index(place: Place) -> None:
    built = place.ensure(PYTHON, BACKEND, keras("2.14.0"))
    place.engine.resolved.clear()
    assert place.ensure(PYTHON, BACKEND, keras("2.14.0")) == built
    assert place.engine.resolved == []
    assert len(place.engine.builds) == 2


def test_a_lock_is_installed_as_it_is_on_a_machine_that_has_nothing_yet(place: Place) -> None:
    built = place.ensure(PYTHON, BACKEND, keras("2.14.0"))
    place.engine = FakeEngine()
    assert place.ensure(PYTHON, BACKEND, keras("2.14.0")) == built
    assert place.engine.resolved == []


def test_a_keras_that_the_backend_brought_gets_an_empty_lock_and_a_tier(place: Place) -> None:
    place.ensure(PYTHON, BACKEND, keras("2.15.0"))
    assert place.lock(keras("2.15.0")).packages == ()
    assert place.engine.builds[-1] == "keras2.15.0-tensorflow2.15.0-py311"


def test_without_a_solution_the_versions_below_are_let_go_and_the_lock_says_so(
    place: Place,
) -> None:
    place.engine.stubborn = frozenset({"keras==3.0.0"})
    place.ensure(PYTHON, BACKEND, keras("3.0.0"))
    assert [bool(each.constraints) for each in place.engine.resolved] == [False, True, True, False]
    lock = place.lock(keras("3.0.0"))
    assert (lock.conflict, lock.relaxed) == (
        "no solution",
        "parent constraints dropped (no solution)",
    )
    assert place.lock(BACKEND).relaxed is None


def test_what_is_below_is_asked_for_too_and_the_lock_says_where_both_exclude_each_other(
    place: Place,
) -> None:
    place.engine.apart = frozenset({"keras==3.0.0"})
    place.ensure(PYTHON, BACKEND, keras("2.14.0"))
    place.ensure(PYTHON, BACKEND, keras("3.0.0"))
    assert [each.tier.requirements for each in place.engine.resolved] == [
        ("tensorflow==2.15.0",),
        ("tensorflow==2.15.0", "keras==2.14.0"),
        ("tensorflow==2.15.0", "keras==3.0.0"),
        ("keras==3.0.0",),
    ]
    assert all(each.constraints for each in place.engine.resolved[1:])
    assert place.lock(keras("2.14.0")).conflict is None
    lock = place.lock(keras("3.0.0"))
    assert (lock.conflict, lock.relaxed) == ("they exclude each other", None)
    assert names(lock) == ["keras==3.0.0", "namex==0.0.7"]


def test_other_failures_are_not_retried_and_leave_no_lock(place: Place) -> None:
    place.engine.stubborn = frozenset({"keras==3.0.0"})
    place.engine.failure = FailureClass.NETWORK
    with pytest.raises(BuildFailedError):
        place.ensure(PYTHON, BACKEND, keras("3.0.0"))
    assert len(place.engine.resolved) == 2
    assert [path.name for path in (place.root / "locks").iterdir()] == [
        "tensorflow2.15.0-py311.txt"
    ]


def test_another_date_makes_the_lock_out_of_date(place: Place) -> None:
    place.ensure(PYTHON, BACKEND, keras("2.14.0"))
    place.ensure(PYTHON, BACKEND, keras("2.14.0", date(2024, 6, 1)))
    assert place.lock(keras("2.14.0")).as_of == date(2024, 6, 1)


def test_renewing_resolves_the_whole_chain_again(place: Place) -> None:
    place.ensure(PYTHON, BACKEND, keras("2.14.0"))
    place.ensure(PYTHON, BACKEND, keras("2.14.0"), renew=[BACKEND.name, keras("2.14.0").name])
    assert len(place.engine.resolved) == 4
    assert len(place.engine.builds) == 2


def test_cells_that_share_a_tier_build_it_once_even_at_the_same_time(place: Place) -> None:
    versions = ["2.14.0", "2.15.0", "3.0.0"] * 2
    with ThreadPoolExecutor(len(versions)) as pool:
        list(pool.map(lambda each: place.ensure(PYTHON, BACKEND, keras(each)), versions))
    assert sorted(place.engine.builds) == [
        "keras2.14.0-tensorflow2.15.0-py311",
        "keras2.15.0-tensorflow2.15.0-py311",
        "keras3.0.0-tensorflow2.15.0-py311",
        "tensorflow2.15.0-py311",
    ]
    assert len(place.engine.resolved) == 4


def test_a_wait_for_who_builds_the_same_is_told_and_can_be_given_up(place: Place) -> None:
    class GivenUpError(Exception):
        pass

    def note(event: TierEvent) -> None:
        if event.step is Step.WAIT:
            raise GivenUpError(event.tier)

    logs = place.root / "logs"
    logs.mkdir()
    with (
        FileLock(logs / f".{BACKEND.name}.fake.lock", is_singleton=False),
        pytest.raises(GivenUpError, match=BACKEND.name),
    ):
        place.ensure(PYTHON, BACKEND, on_event=note)
    place.ensure(PYTHON, BACKEND)
    assert place.engine.builds == [BACKEND.name]


LOCAL = replace(BACKEND, name="torch2.13.0+cpu-py311", requirements=("torch==2.13.0+cpu",))


class Sources(FakeIndex):
    """An index that offers one local build, or none."""

    build: str | None = None

    def locked(self, project: str, version: str, python: str, as_of: date) -> LockedPackage:
        package = super().locked(project, version, python, as_of)
        if "+" in version and self.build is None:
            raise BuildFailedError(FailureClass.RESOLVE, "it has: none")
        return replace(package, sha256=self.build) if self.build else package


def test_a_local_build_is_resolved_and_built_only_where_a_source_offers_it(place: Place) -> None:
    place.index = sources = Sources()
    with pytest.raises(ReleaseUnavailableError, match=r"torch 2\.13\.0\+cpu is .* PIP_FIND_LINKS"):
        place.ensure(PYTHON, LOCAL)
    assert place.engine.resolved == []
    sources.build = "a" * 64
    environment = place.ensure(PYTHON, LOCAL)
    sources.build = None
    assert place.ensure(PYTHON, LOCAL) == environment  # what stands needs no source
    place.engine.built.clear()
    with pytest.raises(ReleaseUnavailableError, match="no source of this machine offers"):
        place.ensure(PYTHON, LOCAL)
    sources.build = "b" * 64
    with pytest.raises(ReleaseUnavailableError, match=f"another build.*{'b' * 64}, not {'a' * 64}"):
        place.ensure(PYTHON, LOCAL)
    assert place.engine.builds == [LOCAL.name]


def test_one_tier_alone_can_be_resolved_anew(place: Place) -> None:
    place.ensure(PYTHON, BACKEND, keras("2.14.0"))
    place.ensure(PYTHON, BACKEND, keras("2.14.0"), renew=[keras("2.14.0").name])
    assert len(place.engine.resolved) == 3


def test_no_build_is_started_where_it_would_fill_the_disk(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.engine.place = place.root
    monkeypatch.setattr(environments, "ROOM", 2**80)
    with pytest.raises(BuildFailedError, match=f"{place.root} has .* GiB free") as failed:
        place.ensure(PYTHON, BACKEND)
    assert failed.value.failure is FailureClass.DISK
    assert place.engine.resolved == []


def test_a_failure_tells_what_the_index_refused_meanwhile(place: Place) -> None:
    place.index.refused = ["before"]
    assert place.ensure(PYTHON, BACKEND)
    place.engine.failure = FailureClass.NETWORK
    place.engine.stubborn = frozenset({"keras==2.14.0"})

    def refuse(request: BuildRequest) -> tuple[str, ...]:
        place.index.refused.append("the mirror can't be dated")
        raise BuildFailedError(FailureClass.NETWORK, "502 Bad Gateway", request.log)

    place.engine.resolve = refuse  # type: ignore[method-assign]
    with pytest.raises(BuildFailedError) as failed:
        place.ensure(PYTHON, BACKEND, keras("2.14.0"))
    reason = "502 Bad Gateway; the package index: the mirror can't be dated"
    assert failed.value.reason == reason
    assert failed.value.log is not None


def test_a_refused_page_is_no_reason_to_let_go_of_the_versions_below(place: Place) -> None:
    place.ensure(PYTHON, BACKEND)
    asked = []

    def refuse(request: BuildRequest) -> tuple[str, ...]:
        asked.append(request)
        place.index.refused.append("can't be reached")
        raise BuildFailedError(FailureClass.RESOLVE, "No matching distribution found")

    place.engine.resolve = refuse  # type: ignore[method-assign]
    with pytest.raises(BuildFailedError) as failed:
        place.ensure(PYTHON, BACKEND, keras("3.0.0"))
    assert failed.value.failure is FailureClass.NETWORK
    assert len(asked) == 1


def test_the_same_refusal_at_a_second_attempt_is_not_the_packages_fault(place: Place) -> None:
    def refuse(request: BuildRequest) -> tuple[str, ...]:
        place.index.refused += ["can't be reached"] * 2
        raise BuildFailedError(FailureClass.RESOLVE, "No matching distribution found")

    place.engine.resolve = refuse  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(BuildFailedError) as failed:
            place.ensure(PYTHON, BACKEND)
        assert failed.value.failure is FailureClass.NETWORK
        assert failed.value.reason.endswith("found; the package index: can't be reached")


@pytest.mark.parametrize(
    ("failure", "trouble", "expected"),
    [
        (FailureClass.NETWORK, "x.whl can't be stored: No space left on device", FailureClass.DISK),
        (FailureClass.NETWORK, "can't be reached", FailureClass.NETWORK),
        (FailureClass.ENGINE, "can't be reached", FailureClass.NETWORK),
        (FailureClass.RESOLVE, "can't be reached", FailureClass.NETWORK),
        (FailureClass.COMPILE, "can't be reached", FailureClass.COMPILE),
    ],
)
def test_what_the_index_refused_decides_whose_fault_it_is(
    failure: FailureClass, trouble: str, expected: FailureClass
) -> None:
    error = environments.explained(BuildFailedError(failure, "502"), [trouble])
    assert error.failure is expected
