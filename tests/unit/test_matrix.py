"""matrix.yaml: what it means, and what each mistake in it gets."""

import json
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from time import process_time
from typing import Any

import jsonschema
import pytest
import yaml

from keras_matrix.errors import InputError
from keras_matrix.feasibility import Feasible, Impossible, ReasonCode, assess
from keras_matrix.matrix import Cell, Matrix, declarations, load_matrix
from keras_matrix.matrix.blocks import Combine
from keras_matrix.matrix.cells import FRAMEWORK_PINS, PINS, Tag
from keras_matrix.releases import Catalogue, Release, load_catalogue
from keras_matrix.wheels import PYTHONS

ROOT = Path(__file__).parents[2]


def _release(project: str, version: str, uploaded: str, *wheels: str) -> Release:
    return Release(
        project=project,
        version=version,
        uploaded=date.fromisoformat(uploaded),
        requires_python=None,
        files=wheels or ("py2.py3-none-any", "sdist"),
    )


def _wheels(*pythons: str) -> tuple[str, ...]:
    return tuple(
        f"cp{p}-cp{p}{'m' if p in ('36', '37') else ''}-manylinux2010_x86_64" for p in pythons
    )


CATALOGUE = Catalogue(
    projects={
        project: {release.version: release for release in releases}
        for project, releases in {
            "keras": [
                _release("keras", "0.3.1", "2016-01-03"),
                _release("keras", "2.2.4", "2018-10-03"),
                _release("keras", "2.3.1", "2019-10-07"),
                _release("keras", "2.10.0", "2022-09-02"),
            ],
            "tensorflow": [
                _release("tensorflow", "1.15.5", "2021-01-06", *_wheels("36", "37")),
                _release("tensorflow", "2.0.0", "2019-09-30", *_wheels("36", "37")),
                _release("tensorflow", "2.4.0", "2020-12-14", *_wheels("36", "37", "38")),
            ],
            "tf-keras": [_release("tf-keras", "2.16.0", "2024-03-09")],
            "theano": [
                _release("theano", "0.7.0", "2015-03-26", "sdist"),
                _release("theano", "1.0.5", "2020-07-27", "sdist"),
            ],
            "numpy": [
                _release("numpy", "1.16.6", "2019-12-29"),
                _release("numpy", "1.19.5", "2021-01-05"),
            ],
        }.items()
    }
)


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def load_text(text: str) -> Matrix:
        path = tmp_path / "matrix.yaml"
        path.write_text(text, encoding="utf-8")
        return load_matrix(path, CATALOGUE)

    return load_text


@pytest.fixture
def problems(load: Any) -> Any:
    def problems_of(text: str) -> list[str]:
        with pytest.raises(InputError) as caught:
            load(text)
        return list(caught.value.problems)

    return problems_of


def _ids(matrix: Matrix) -> list[str]:
    return [cell.id for cell in matrix.cells]


# --- what a file means ---------------------------------------------------------------------


def test_a_group_is_the_product_of_its_lists(load: Any) -> None:
    matrix = load(
        """
        groups:
          pair:
            tensorflow: ["1.15.5", "2.0.0"]
            keras: ["2.2.4", "2.3.1"]
        """
    )
    assert _ids(matrix) == [
        "keras2.2.4-tensorflow1.15.5-py37",
        "keras2.2.4-tensorflow2.0.0-py37",
        "keras2.3.1-tensorflow1.15.5-py37",
        "keras2.3.1-tensorflow2.0.0-py37",
    ]


def test_a_cell_holds_everything_that_was_declared_or_worked_out(load: Any) -> None:
    (cell,) = load('groups: {one: {keras: "2.3.1", tensorflow: "1.15.5", tags: [smoke]}}').cells
    assert cell == Cell(
        id="keras2.3.1-tensorflow1.15.5-py37",
        python="3.7",
        backend="tensorflow",
        pins={"keras": "2.3.1", "tensorflow": "1.15.5"},
        as_of=date(2021, 2, 5),
        as_of_declared=False,
        group="one",
        tags=("smoke", "full"),
    )


def test_zip_pairs_lists_and_repeats_single_values(load: Any) -> None:
    matrix = load(
        """
        groups:
          pairs:
            combine: zip
            keras: ["2.2.4", "2.3.1"]
            tensorflow: ["2.0.0", "2.4.0"]
            python: "3.6"
        """
    )
    assert _ids(matrix) == ["keras2.2.4-tensorflow2.0.0-py36", "keras2.3.1-tensorflow2.4.0-py36"]


def test_extras_are_pinned_and_come_last_in_the_id(load: Any) -> None:
    matrix = load(
        """
        groups:
          old-numpy:
            extras: {numpy: ["1.16.6", "1.19.5"]}
            tensorflow: "2.0.0"
        """
    )
    assert _ids(matrix) == ["tensorflow2.0.0-numpy1.16.6-py37", "tensorflow2.0.0-numpy1.19.5-py37"]
    assert matrix.cells[0].pins == {"tensorflow": "2.0.0", "numpy": "1.16.6"}


def test_python_auto_is_the_newest_with_files_among_the_candidates(load: Any) -> None:
    text = 'groups: {{one: {{keras: "2.3.1", tensorflow: "2.4.0"}}}}\ndefaults: {{pythons: {0}}}'
    assert load(text.format('["2.7", "3.6", "3.8"]')).cells[0].python == "3.8"
    assert load(text.format('["3.7", "3.6", "2.7"]')).cells[0].python == "3.7"


def test_python_auto_had_been_released_by_the_cells_date(load: Any) -> None:
    (cell,) = load('groups: {one: {keras: "2.3.1", theano: "1.0.5"}}').cells
    assert (cell.python, cell.as_of) == ("3.8", date(2020, 8, 26))


def test_an_impossible_cell_still_has_an_id_and_a_reason(load: Any) -> None:
    (auto,) = load(
        'groups: {one: {tensorflow: "2.0.0"}}\ndefaults: {pythons: ["2.7", "3.8", "3.9"]}'
    ).cells
    (asked,) = load('groups: {one: {tensorflow: "2.4.0", python: "3.9"}}').cells
    for cell in (auto, asked):
        assert isinstance(assess(cell, CATALOGUE), Impossible)
    assert asked.id == "tensorflow2.4.0-py39"


def test_as_of_is_never_before_2017(load: Any) -> None:
    (cell,) = load('groups: {one: {keras: "0.3.1", theano: "0.7.0", python: "2.7"}}').cells
    assert cell.as_of == date(2017, 1, 1)


def test_a_declared_date_and_grace_override_the_defaults(load: Any) -> None:
    matrix = load(
        """
        defaults: {grace_days: 3}
        groups:
          declared: {keras: "2.2.4", tensorflow: "2.0.0", as_of: 2019-10-15}
          graced: {keras: "2.3.1", tensorflow: "2.0.0", grace_days: 0}
          default: {tensorflow: "2.0.0"}
        """
    )
    declared, graced, default = matrix.cells
    assert (declared.as_of, declared.as_of_declared) == (date(2019, 10, 15), True)
    assert (graced.as_of, graced.as_of_declared) == (date(2019, 10, 7), False)
    assert default.as_of == date(2019, 10, 3)


def test_a_release_after_a_declared_date_makes_the_cell_impossible(load: Any) -> None:
    (cell,) = load(
        'groups: {one: {keras: "2.3.1", tensorflow: "1.15.5", as_of: "2020-01-01"}}'
    ).cells
    found = assess(cell, CATALOGUE)
    assert isinstance(found, Impossible)
    assert found.reason.code is ReasonCode.AFTER_AS_OF


def test_the_backend_is_said_where_several_frameworks_are_pinned(load: Any) -> None:
    matrix = load(
        'groups: {both: {keras: "2.2.4", tensorflow: "2.0.0", theano: "1.0.5", backend: theano}}'
    )
    assert matrix.cells[0].backend == "theano"
    assert matrix.cells[0].id == "keras2.2.4-tensorflow2.0.0-theano1.0.5-py37"


def test_excludes_of_group_and_file_take_cells_out_with_their_reason(load: Any) -> None:
    matrix = load(
        """
        groups:
          pair:
            keras: ["2.2.4", "2.3.1"]
            tensorflow: ["1.15.5", "2.0.0", "2.4.0"]
            python: "3.7"
            exclude:
              - {keras: "2.2.4", tensorflow: "2.*", reason: too old}
        exclude:
          - {tensorflow: ["2.4.0", "9"], python: "3.7", backend: tensorflow, reason: not now}
        """
    )
    assert _ids(matrix) == [
        "keras2.2.4-tensorflow1.15.5-py37",
        "keras2.3.1-tensorflow1.15.5-py37",
        "keras2.3.1-tensorflow2.0.0-py37",
    ]
    assert [(entry.cell.id, entry.reason) for entry in matrix.excluded] == [
        ("keras2.2.4-tensorflow2.0.0-py37", "too old"),
        ("keras2.2.4-tensorflow2.4.0-py37", "too old"),
        ("keras2.3.1-tensorflow2.4.0-py37", "not now"),
    ]


def test_tags_are_given_by_pattern_and_build_on_each_other(load: Any) -> None:
    matrix = load(
        """
        groups: {pair: {keras: ["2.2.4", "2.3.1"], tensorflow: ["1.15.5", "2.0.0"]}}
        tags:
          smoke: [keras2.3.1-tensorflow1.15.5-py37]
          nightly: [tag=smoke, "keras=2.2.4"]
        """
    )
    assert [cell.tags for cell in matrix.cells] == [
        ("nightly", "full"),
        ("nightly", "full"),
        ("smoke", "nightly", "full"),
        ("full",),
    ]


def test_a_cell_is_found_by_its_id_or_its_near_miss_is_named(load: Any) -> None:
    matrix = load('groups: {one: {keras: "2.3.1", tensorflow: "1.15.5"}}')
    assert matrix.cell("keras2.3.1-tensorflow1.15.5-py37") is matrix.cells[0]
    with pytest.raises(InputError, match=r"did you mean 'keras2\.3\.1-tensorflow1\.15\.5-py37'"):
        matrix.cell("keras2.3.1-tensorflow1.15.4-py37")


# --- what each mistake gets ----------------------------------------------------------------

ONE = 'groups: {one: {keras: "2.3.1", tensorflow: "2.0.0"}}\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE + "grops: {}", "2: unknown key 'grops' in the file; did you mean 'groups'?"),
        (
            'groups:\n  one:\n    kears: "2.3.1"\n    tensorflow: "2.0.0"',
            "3: unknown key 'kears' in group 'one'; did you mean 'keras'?",
        ),
        (
            'groups:\n  one:\n    tensorflow: "2.0.0"\n    keras: 2.10',
            "4: group 'one'.keras: 2.10 is a number to YAML; quote it: \"2.10\"",
        ),
        (
            'groups: {one: {tensorflow: ["2.0.0",\n 2]}}',
            "2: group 'one'.tensorflow: 2 is a number to YAML; quote it: \"2\"",
        ),
        (
            'groups:\n  one:\n    tensorflow:\n    - "2.0.0"\n    - "2.4.9"',
            "5: tensorflow 2.4.9 never existed; the nearest release is 2.4.0",
        ),
        ('groups: {one: {tensorflow: "2.0"}}', "1: tensorflow 2.0 is spelt 2.0.0"),
        (
            'groups: {one: {tensorflow: "2.0.0", extras: {numpi: "1.16.6"}}}',
            "1: numpi: the catalogue of releases doesn't list this project; did you mean 'numpy'?",
        ),
        (
            ONE + 'version: 1\nimport_paths: [keras.backend, "keras backend", keras.backend]',
            "3: import_paths: 'keras backend' is no dotted module name",
        ),
        (ONE + "import_paths: keras.backend", "2: import_paths must be a list, not a word"),
        (ONE + "version: 2", "2: version: only format 1 is known"),
        (
            ONE + "defaults:\n  grace_days: -3",
            "3: defaults.grace_days must be a whole number, not a number (-3)",
        ),
        (ONE + "defaults: {as_of: soon}", "2: defaults.as_of: 'soon' is no date"),
        (ONE + "defaults: {as_of: 2019-02-30}", "2: defaults.as_of: '2019-02-30' is no date"),
        (ONE + "defaults: {as_of: [1]}", "2: defaults.as_of must be a date such as"),
        (ONE + 'defaults: {python: "3.15"}', "2: defaults.python: '3.15' is none of 2.7, 3.4"),
        (ONE + "defaults: {tags: [smok]}", "none of smoke, nightly, full; did you mean 'smoke'?"),
        (ONE + "defaults: [1]", "2: defaults must be a mapping, not a list"),
        (ONE + "tags: {hourly: []}", "2: unknown key 'hourly' in tags"),
        (
            ONE + "tags:\n  smoke:\n  - keras2.3.1-tensorflow2.0.1-py37",
            "4: tags.smoke: no cell matches 'keras2.3.1-tensorflow2.0.1-py37'; "
            "did you mean 'keras2.3.1-tensorflow2.0.0-py37'?",
        ),
        ("groups: {}", "1: groups: an empty product"),
        ("version: 1", "1: the file declares no 'groups'"),
        ("groups: {one: {tensorflow: []}}", "1: group 'one'.tensorflow: an empty product"),
        ("groups: {one: }", "1: group 'one' must be a mapping, not nothing"),
        (
            'groups:\n  one: {combine: zip, keras: ["2.3.1", "2.2.4"], tensorflow: ["2.0.0"]}',
            "2: group 'one': zip of unequal lengths: keras has 2, tensorflow has 1",
        ),
        ('groups: {one: {combine: zipp, tensorflow: "2.0.0"}}', "did you mean 'zip'?"),
        ('groups: {one: {keras: "2.3.1"}}', "1: group 'one' pins no framework"),
        (
            'groups: {one: {theano: "1.0.5", tensorflow: "2.0.0"}}',
            "1: group 'one' pins tensorflow, theano: say which is the 'backend'",
        ),
        (
            'groups: {one: {tensorflow: "2.0.0", backend: theano}}',
            "1: group 'one': backend 'theano' is not pinned",
        ),
        (
            'groups:\n  a: {tensorflow: "2.0.0"}\n  b: {tensorflow: "2.0.0", as_of: 2020-01-01}',
            "3: group 'b': duplicate id tensorflow2.0.0-py37, already made by group 'a' (line 2)",
        ),
        (
            'groups:\n  a: {tensorflow: "2.0.0"}\n  a: {tensorflow: "2.4.0"}',
            "3: key 'a' stands here twice (first: line 2)",
        ),
        (
            ONE + 'exclude:\n- {keras: "2.2.4", reason: because}',
            "3: exclude: this entry matches no cell",
        ),
        (ONE + 'exclude:\n- {keras: "2.3.1"}', "3: exclude: an entry without a 'reason'"),
        (ONE + "exclude:\n- {reason: all}", "3: exclude: an entry that names no version"),
        (ONE + "exclude: {reason: all}", "2: exclude must be a list of mappings"),
        (
            'groups:\n  one:\n    tensorflow: "2.0.0"\n    exclude: [{python: "3.7", reason: x}]',
            "2: group 'one': an empty product: all is excluded",
        ),
        ("groups: [", "not YAML: "),
        ("? [a]\n: b", "1: a key must be a word"),
        ("", "1: the file is empty"),
        ("just words", "1: the file must be a mapping, not a word (just words)"),
        ("groups: &a [*a]", "nested more than"),
    ],
)
def test_a_mistake_is_named_with_its_line(problems: Any, text: str, expected: str) -> None:
    found = problems(text)
    wanted = expected if expected[0].isdigit() else f": {expected}"
    assert any(line.startswith("matrix.yaml:") and expected in line for line in found), (
        f"{wanted!r} not in {found}"
    )


def test_all_mistakes_are_reported_at_once_in_the_files_order(problems: Any) -> None:
    found = problems(
        "versoin: 1\n"
        "groups:\n"
        "  one:\n"
        '    keras: ["2.3.1", 2.2]\n'
        '    tensorflow: "2.0.7"\n'
        "  two:\n"
        '    theano: "1.0.5"\n'
        "    tags: [weekly]\n"
        "exclude:\n"
        "  - {keras: 2.4}\n"
    )
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == sorted(lines)
    assert set(lines) == {1, 4, 5, 8, 10}


def test_an_exclude_is_not_called_idle_where_a_version_is_wrong(problems: Any) -> None:
    found = problems(
        'groups: {one: {tensorflow: "2.0.1"}}\nexclude: [{tensorflow: "2.0.0", reason: never}]'
    )
    assert found == ["matrix.yaml:1: tensorflow 2.0.1 never existed; the nearest release is 2.0.0"]


def test_a_file_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read: No such file"):
        load_matrix(tmp_path / "matrix.yaml", CATALOGUE)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        load_matrix(tmp_path / "binary.yaml", CATALOGUE)


# --- the schema, and the file itself -------------------------------------------------------


@pytest.fixture(scope="module")
def schema() -> Any:
    text = files("keras_matrix").joinpath("schemas/matrix.schema.json").read_text("utf-8")
    return json.loads(text)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "docker/locks/releases.json")


@pytest.fixture(scope="module")
def real(catalogue: Catalogue) -> Matrix:
    return load_matrix(ROOT / "matrix.yaml", catalogue)


def test_the_schema_knows_the_keys_that_the_loader_knows(schema: Any) -> None:
    defs = schema["$defs"]
    assert set(schema["properties"]) == set(declarations.TOP_KEYS)
    assert set(schema["properties"]["defaults"]["properties"]) == set(declarations.DEFAULT_KEYS)
    assert set(schema["properties"]["tags"]["properties"]) == set(Tag)
    assert set(defs["group"]["properties"]) == set(declarations.GROUP_KEYS)
    assert set(defs["exclude"]["properties"]) == set(declarations.EXCLUDE_KEYS)
    assert defs["python"]["enum"] == list(PYTHONS)
    assert defs["tag"]["enum"] == [tag.value for tag in Tag]
    assert defs["group"]["properties"]["backend"]["enum"] == list(FRAMEWORK_PINS)
    assert set(defs["group"]["properties"]["combine"]["enum"]) == set(Combine)
    assert set(PINS) <= set(defs["group"]["properties"])


def test_the_file_names_its_schema_and_is_valid(schema: Any) -> None:
    text = (ROOT / "matrix.yaml").read_text("utf-8")
    first = text.splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (ROOT / first.partition("=")[2]).is_file()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(text), schema)


@pytest.mark.parametrize(
    "wrong",
    [
        {"groups": {"a": {"keras": 2.1}}},
        {"groups": {"a": {"kears": "2.1.0"}}},
        {"groups": {"a": {"keras": []}}},
        {"groups": {}},
        {"groups": {"a": {"tensorflow": "2.0.0"}}, "exclude": [{"keras": "2.1.0"}]},
        {"groups": {"a": {"tensorflow": "2.0.0"}}, "tags": {"weekly": []}},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(schema: Any, wrong: Any, load: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)
    with pytest.raises(InputError):
        load(json.dumps(wrong))


def test_the_real_matrix_covers_the_releases_that_it_promises(real: Matrix) -> None:
    minors = {
        pin: {".".join(cell.pins[pin].split(".")[:2]) for cell in real.cells if pin in cell.pins}
        for pin in ("keras", "tensorflow")
    }
    assert {f"1.{minor}" for minor in range(16)} <= minors["tensorflow"]
    assert {f"2.{minor}" for minor in range(22)} <= minors["tensorflow"]
    standalone = {"0.2", "0.3", "1.0", "1.1", "1.2", *(f"2.{minor}" for minor in range(5))}
    locked = {f"2.{minor}" for minor in range(6, 16)}
    assert standalone | locked | {f"3.{minor}" for minor in range(16)} <= minors["keras"]
    assert {cell.backend for cell in real.cells} == {"tensorflow", "theano", "cntk", "jax", "torch"}


def test_the_smoke_cells_are_few_feasible_and_of_every_era(
    real: Matrix, catalogue: Catalogue
) -> None:
    smoke = [cell for cell in real.cells if "smoke" in cell.tags]
    assert 6 <= len(smoke) <= 8
    assert all(isinstance(assess(cell, catalogue), Feasible) for cell in smoke)
    assert {cell.backend for cell in smoke} == {"tensorflow", "theano", "jax"}
    assert "2.7" in {cell.python for cell in smoke}
    assert all({"nightly", "full"} <= set(cell.tags) for cell in smoke)


def test_only_the_deliberate_cells_are_impossible(real: Matrix, catalogue: Catalogue) -> None:
    impossible = {c.group for c in real.cells if isinstance(assess(c, catalogue), Impossible)}
    assert impossible == {"impossible"}
    deliberate = [cell for cell in real.cells if cell.group == "impossible"]
    assert all(isinstance(assess(cell, catalogue), Impossible) for cell in deliberate)


def test_no_pin_of_the_real_matrix_is_newer_than_its_cells_date(
    real: Matrix, catalogue: Catalogue
) -> None:
    for cell in real.cells:
        for pin, version in cell.pins.items():
            release = catalogue.release(pin, version)
            assert release is not None
            assert release.uploaded + timedelta(days=30) <= cell.as_of


def test_the_real_matrix_loads_fast_enough_for_every_listing(catalogue: Catalogue) -> None:
    start = process_time()  # what others do meanwhile doesn't count
    load_matrix(ROOT / "matrix.yaml", catalogue)
    assert process_time() - start < 2.0  # 0.02 s on an idle machine
