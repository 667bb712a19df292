from dataclasses import replace
from datetime import date

from keras_matrix.installers import BOOTSTRAP_DAY
from keras_matrix.locks import Lock, LockedPackage
from keras_matrix.matrix.cells import Cell
from keras_matrix.releases import Catalogue, Release
from keras_matrix.tiers import TierKind, plan, tag


def release(project: str, version: str, uploaded: date) -> Release:
    return Release(
        project=project, version=version, uploaded=uploaded, requires_python=None, files=("sdist",)
    )


RELEASES = [
    release("keras", "2.2.4", date(2018, 10, 3)),
    release("keras", "2.3.1", date(2019, 10, 7)),
    release("tensorflow", "1.15.0", date(2019, 10, 16)),
    release("tensorflow", "2.0.0", date(2019, 9, 30)),
    release("tensorflow-cpu", "1.15.0", date(2019, 10, 17)),
    release("h5py", "2.10.0", date(2019, 9, 6)),
]
CATALOGUE = Catalogue(
    projects={
        name: {each.version: each for each in RELEASES if each.project == name}
        for name in {each.project for each in RELEASES}
    }
)


def cell(pins: dict[str, str], as_of: date = date(2019, 12, 24), *, declared: bool = False) -> Cell:
    return Cell(
        id="cell",
        python="3.7",
        backend="tensorflow",
        pins=pins,
        as_of=as_of,
        as_of_declared=declared,
        group="group",
        tags=(),
    )


def test_a_chain_goes_from_python_over_the_backend_to_keras() -> None:
    python, backend, keras = plan(cell({"keras": "2.3.1", "tensorflow": "2.0.0"}), {}, CATALOGUE)
    assert (python.kind, python.name, python.as_of) == (
        TierKind.PYTHON,
        "python-py37",
        BOOTSTRAP_DAY,
    )
    assert (backend.kind, backend.name) == (TierKind.BACKEND, "tensorflow2.0.0-py37")
    assert backend.requirements == ("tensorflow==2.0.0",)
    assert (keras.kind, keras.name) == (TierKind.KERAS, "keras2.3.1-tensorflow2.0.0-py37")
    assert keras.requirements == ("keras==2.3.1",)
    assert keras.as_of == date(2019, 12, 24)
    assert (keras.parent, backend.parent, python.parent) == (backend, python, None)


def test_cells_with_one_tensorflow_share_its_tier_whatever_their_keras_and_date() -> None:
    old = plan(cell({"keras": "2.2.4", "tensorflow": "2.0.0"}, date(2019, 10, 30)), {}, CATALOGUE)
    new = plan(cell({"keras": "2.3.1", "tensorflow": "2.0.0"}, date(2024, 1, 1)), {}, CATALOGUE)
    alone = plan(cell({"tensorflow": "2.0.0"}, date(2025, 1, 1)), {}, CATALOGUE)
    assert old[1] == new[1] == alone[1]
    assert old[1].as_of == date(2019, 10, 30)
    assert len(alone) == 2


def test_a_declared_date_holds_for_every_tier_and_is_part_of_their_names() -> None:
    pins = {"keras": "2.3.1", "tensorflow": "2.0.0"}
    _, backend, keras = plan(cell(pins, date(2020, 2, 29), declared=True), {}, CATALOGUE)
    assert backend.name == "tensorflow2.0.0-py37-asof20200229"
    assert keras.name == "keras2.3.1-tensorflow2.0.0-py37-asof20200229"
    assert backend.as_of == keras.as_of == date(2020, 2, 29)


def test_a_stand_in_is_installed_under_its_name_and_keeps_the_real_one_out_above() -> None:
    pins = {"keras": "2.3.1", "tensorflow": "1.15.0"}
    _, backend, keras = plan(cell(pins), {"tensorflow": "tensorflow-cpu"}, CATALOGUE)
    assert backend.name == "tensorflow-cpu1.15.0-py37"
    assert backend.requirements == ("tensorflow-cpu==1.15.0",)
    assert backend.as_of == date(2019, 11, 16)
    assert backend.provided == ()
    assert keras.provided == ("tensorflow",)


def test_extras_come_on_top_and_leave_the_tiers_below_as_they_are() -> None:
    plain = plan(cell({"keras": "2.3.1", "tensorflow": "2.0.0"}, date(2019, 11, 6)), {}, CATALOGUE)
    pins = {"keras": "2.3.1", "tensorflow": "2.0.0", "h5py": "2.10.0"}
    *below, extras = plan(cell(pins, date(2023, 1, 1)), {}, CATALOGUE)
    assert tuple(below) == plain
    assert extras.kind is TierKind.EXTRAS
    assert extras.requirements == ("h5py==2.10.0",)
    assert extras.as_of == date(2023, 1, 1)


def test_a_recent_python_needs_no_installer_of_its_own() -> None:
    python, *_ = plan(replace(cell({"tensorflow": "2.0.0"}), python="3.11"), {}, CATALOGUE)
    assert (python.name, python.requirements, python.as_of) == ("python-py311", (), None)


def test_a_tag_depends_on_content_and_not_on_names() -> None:
    _, tier = plan(cell({"tensorflow": "2.0.0"}), {}, CATALOGUE)
    package = LockedPackage(name="six", version="1.15.0", filename="six.whl", sha256="0" * 64)
    lock = Lock(tier="one", packages=(package,))
    digest = tag(tier, lock, "sha256:p", "recipe")
    assert digest == tag(replace(tier, name="x"), replace(lock, tier="x"), "sha256:p", "recipe")
    changed = replace(lock, packages=(replace(package, sha256="1" * 64),))
    others = {
        tag(tier, changed, "sha256:p", "recipe"),
        tag(tier, lock, "sha256:q", "recipe"),
        tag(tier, lock, "sha256:p", "other"),
        tag(replace(tier, python="3.8"), lock, "sha256:p", "recipe"),
    }
    assert digest.startswith("sha256:")
    assert len(others | {digest}) == 5
