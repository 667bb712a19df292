"""Follow rules: what they say, which releases they name, and how new cells get into the file."""

import json
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from keras_matrix.errors import InputError
from keras_matrix.matrix.cells import PINS
from keras_matrix.matrix.followrules import RULE_KEYS
from keras_matrix.proposing import declarations_of, proposals_of, write
from keras_matrix.proposing.cells import Proposals
from keras_matrix.proposing.news import followed_projects
from keras_matrix.releases import Catalogue, Release, load_catalogue

ROOT = Path(__file__).parents[2]
HEAD = "import_paths: [keras.backend]\n"


def release(
    project: str, version: str, uploaded: str, *pythons: str, yanked: bool = False
) -> Release:
    wheels = tuple(f"cp3{p}-cp3{p}-manylinux_2_28_x86_64" for p in pythons)
    return Release(
        project=project,
        version=version,
        uploaded=date.fromisoformat(uploaded),
        requires_python=None,
        files=wheels or ("py3-none-any",),
        yanked=yanked,
    )


def catalogue_of(*releases: Release) -> Catalogue:
    projects: dict[str, dict[str, Release]] = {}
    for each in releases:
        projects.setdefault(each.project, {})[each.version] = each
    return Catalogue(projects=projects)


KERAS = (
    release("keras", "3.13.0", "2025-12-17"),
    release("keras", "3.14.0", "2026-04-03"),
    release("keras", "3.14.1", "2026-05-07"),
    release("keras", "3.15.0", "2026-06-24"),
    release("keras", "3.15.1", "2026-07-29"),
    release("keras", "3.15.2", "2026-08-01", yanked=True),
    release("keras", "3.16.0rc0", "2026-08-02"),
)
TENSORFLOW = (
    release("tensorflow", "2.19.1", "2025-08-13", "12"),
    release("tensorflow", "2.20.0", "2025-08-13", "12", "13"),
    release("tensorflow", "2.21.0", "2026-03-06", "12", "13"),
    release("tensorflow", "2.21.0.post1", "2026-03-16", "12", "13"),
)
TF_KERAS = (
    release("tf-keras", "2.20.1", "2025-09-04"),
    release("tf-keras", "2.21.0", "2026-03-18"),
    release("tf-keras", "2.22.0", "2026-07-18"),
)
JAX = (
    release("jax", "0.10.2", "2026-06-17"),
    release("jax", "0.11.2", "2026-07-17"),
    release("jaxlib", "0.10.2", "2026-06-17", "12", "13"),
    release("jaxlib", "0.11.1", "2026-07-01", "11", "12"),
)
TORCH = (
    release("torch", "2.13.0", "2026-07-08", "11", "13"),
    release("torch", "2.13.0+cpu", "2026-07-08", "11"),
    release("torch", "2.14.0", "2026-09-02", "11", "13"),
    release("torch", "2.14.0+cpu", "2026-09-02", "11"),
)
EVERYTHING = catalogue_of(*KERAS, *TENSORFLOW, *TF_KERAS, *JAX, *TORCH)
PAIRS = (
    HEAD
    + """\
groups:
  pairs:
    combine: zip
    keras:      ["3.13.0", "3.15.1"]
    tensorflow: ["2.20.0", "2.20.0"]
follow:
  pairs:
"""
)


def proposed(text: str, catalogue: Catalogue = EVERYTHING) -> Proposals:
    return proposals_of(text, "matrix.yaml", catalogue)


def ids(found: Proposals) -> list[str]:
    return [proposal.cell.id for proposal in found.new]


def written(text: str, catalogue: Catalogue = EVERYTHING) -> str:
    return write(text, "matrix.yaml", catalogue, proposed(text, catalogue).new).text


@pytest.fixture
def problems() -> Callable[[str], list[str]]:
    def of(text: str) -> list[str]:
        with pytest.raises(InputError) as caught:
            proposed(text)
        return list(caught.value.problems)

    return of


# --- which releases a rule names -----------------------------------------------------------


def test_a_rule_is_the_product_of_the_newest_patches_of_the_newest_minors() -> None:
    found = proposed(PAIRS + "    keras: newest 2 minors\n    tensorflow: newest 2 minors\n")
    assert ids(found) == [
        "keras3.14.1-tensorflow2.20.0-py313",
        "keras3.14.1-tensorflow2.21.0.post1-py313",
        "keras3.15.1-tensorflow2.21.0.post1-py313",
    ], "3.15.1 on 2.20.0 is there; 3.15.2 is yanked, 3.16.0rc0 a pre-release"
    assert found.new[0].why == (
        "keras 3.14.1 of 2026-05-07 (the minor before), "
        "tensorflow 2.20.0 of 2025-08-13 (the minor before)"
    )
    assert found.refused == ()


def test_more_minors_than_there_are_is_all_of_them() -> None:
    found = proposed(PAIRS + "    keras: newest 9 minors\n    tensorflow: newest minor\n")
    assert ids(found) == [
        f"keras{version}-tensorflow2.21.0.post1-py313" for version in ("3.13.0", "3.14.1", "3.15.1")
    ]


def test_a_cell_with_older_patches_is_named_and_a_cell_of_another_minor_is_not() -> None:
    older = PAIRS.replace('"3.15.1"]', '"3.15.0"]')
    found = proposed(older + "    keras: newest minor\n    tensorflow: newest 2 minors\n")
    assert {proposal.cell.id: proposal.succeeds for proposal in found.new} == {
        "keras3.15.1-tensorflow2.20.0-py313": ("keras3.15.0-tensorflow2.20.0-py313",),
        "keras3.15.1-tensorflow2.21.0.post1-py313": (),
    }


TRIPLES = (
    HEAD
    + """\
groups:
  triples:
    combine: zip
    keras: ["3.13.0"]
    tf-keras: ["2.20.1"]
    tensorflow: ["2.20.0"]
follow:
  triples:
    keras: newest minor
    tf-keras: newest 2 minors
    tensorflow: minor of tf-keras
"""
)


def test_a_pin_may_have_the_minor_of_another_one() -> None:
    found = proposed(TRIPLES)
    assert ids(found) == ["keras3.15.1-tf-keras2.21.0-tensorflow2.21.0.post1-py313"]
    (refusal,) = found.refused
    assert refusal.name == "keras3.15.1-tf-keras2.22.0"
    assert refusal.reason == "there is no tensorflow 2.22 yet"


def test_a_local_build_is_followed_by_its_name_and_plain_releases_without() -> None:
    text = (
        HEAD
        + """\
groups:
  torch:
    keras: "3.15.1"
    torch: "2.13.0+cpu"
    python: "3.11"
follow:
  torch: {keras: newest minor, torch: newest minor}
"""
    )
    assert ids(proposed(text)) == ["keras3.15.1-torch2.14.0-py311"]
    cpu = text.replace("torch: newest minor", "torch: newest minor +cpu")
    assert ids(proposed(cpu)) == ["keras3.15.1-torch2.14.0+cpu-py311"]


JAX_GROUP = (
    HEAD
    + """\
groups:
  jax:
    combine: zip
    keras:  ["3.15.1"]
    jax:    ["0.10.2"]
    python: ["3.13"]
follow:
  jax: {keras: newest minor, jax: newest minor}
"""
)


def test_a_listed_python_is_chosen_with_what_the_pin_brings_in() -> None:
    assert ids(proposed(JAX_GROUP)) == ["keras3.15.1-jax0.11.2-py312"], "jaxlib has no 3.13 file"


def test_what_the_pin_brings_in_may_forbid_the_groups_python() -> None:
    found = proposed(JAX_GROUP.replace('["3.13"]', '"3.13"'))
    assert found.new == ()
    assert found.refused[0].name == "keras3.15.1-jax0.11.2-py313"
    assert found.refused[0].reason.startswith("impossible: jaxlib 0.11.1 has files for Python 3.11")


def test_a_pin_waits_for_what_it_brings_in() -> None:
    without = catalogue_of(*KERAS, *(each for each in JAX if each.version != "0.11.1"))
    found = proposed(JAX_GROUP, without)
    assert found.new == ()
    assert found.refused[0].reason == ("there is no jaxlib 0.11 yet, which jax 0.11.2 brings in")


def test_what_the_file_excludes_is_not_proposed() -> None:
    excluded = (
        PAIRS
        + "    keras: newest minor\n    tensorflow: newest minor\n"
        + 'exclude: [{keras: ["3.13.0", "3.15.1"], tensorflow: "2.2[01]*", reason: too slow}]\n'
    ).replace('"2.20.0", "2.20.0"]', '"2.19.1", "2.20.0"]')
    found = proposed(excluded)
    assert found.new == ()
    assert found.refused[0].reason == "excluded: too slow"


def test_the_index_is_asked_for_what_stands_in_for_or_comes_with_a_pin() -> None:
    rules = declarations_of(JAX_GROUP, "matrix.yaml").follow
    assert followed_projects(rules) == {"keras", "jax", "jaxlib"}
    rules = declarations_of(TRIPLES, "matrix.yaml").follow
    assert followed_projects(rules) == {"keras", "tf-keras", "tensorflow", "tensorflow-cpu"}


# --- mistakes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "  pair: {keras: newest minor}",
            "follow: there is no group 'pair' to write new cells to; did",
        ),
        ("  pairs: newest", "follow 'pairs' must be a mapping, not a word (newest)"),
        ("  pairs: {kears: newest minor}", "unknown key 'kears' in follow 'pairs'; did you mean"),
        ("  pairs: {tags: []}", "follow 'pairs' follows no project"),
        (
            "  pairs: {keras: newest minors, tensorflow: newest minor}",
            "follow 'pairs'.keras: 'newest minors' says nothing to follow; did you mean 'newest",
        ),
        (
            "  pairs: {keras: newest 0 minors, tensorflow: newest minor}",
            "follow 'pairs'.keras: 'newest 0 minors' says nothing to follow",
        ),
        ("  pairs: {keras: 2, tensorflow: newest minor}", "follow 'pairs'.keras: 2 is a number"),
        (
            "  pairs: {keras: newest minor, tensorflow: minor of tf-keras}",
            "follow 'pairs'.tensorflow: the rule follows no newest tf-keras",
        ),
        (
            "  pairs: {keras: minor of tensorflow, tensorflow: minor of keras}",
            "follow 'pairs'.keras: the rule follows no newest tensorflow",
        ),
        (
            "  pairs: {keras: newest minor}",
            "follow 'pairs': group 'pairs' has a list of tensorflow, which the rule must follow",
        ),
        (
            "  pairs: {keras: newest minor, tensorflow: newest minor, jax: newest minor}",
            "follow 'pairs'.jax: group 'pairs' pins no jax",
        ),
        (
            "  pairs: {keras: newest minor, tensorflow: newest minor, tags: [nightli]}",
            "follow 'pairs'.tags: 'nightli' is none of smoke, nightly, full; did you mean",
        ),
        (
            "  pairs: {keras: newest minor, tensorflow: newest minor, tags: [nightly]}",
            "follow 'pairs'.tags: there are no patterns of nightly under 'tags'",
        ),
        (
            "  pairs: {keras: newest minor, tensorflow: newest minor +cpu}",
            "follow 'pairs'.tensorflow: matches nothing: neither sources nor catalogue have a "
            "+cpu release of tensorflow",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(
    rule: str, expected: str, problems: Callable[[str], list[str]]
) -> None:
    found = problems(PAIRS.removesuffix("  pairs:\n") + rule)
    assert any(line.startswith("matrix.yaml:8: ") for line in found), found
    assert any(expected in line for line in found), found


def test_a_rule_of_a_project_without_a_release_matches_nothing(
    problems: Callable[[str], list[str]],
) -> None:
    none = catalogue_of(*KERAS[:1], release("theano", "1.0.5", "2020-07-27"))
    text = HEAD + 'groups:\n  one: {keras: "3.13.0", theano: "1.0.5"}\nfollow:\n  one:\n'
    rule = "    keras: newest minor\n    theano: newest minor\n"
    yanked = catalogue_of(*KERAS[:1], release("theano", "1.0.5", "2020-07-27", yanked=True))
    assert ids(proposed(text + rule, none)) == []
    with pytest.raises(InputError, match=r"matrix.yaml:7: .* have a release of theano"):
        proposed(text + rule, yanked)


def test_a_product_cannot_take_one_more_cell(problems: Callable[[str], list[str]]) -> None:
    text = PAIRS.replace("    combine: zip\n", "").replace('"2.20.0", "2.20.0"]', '"2.20.0"]')
    assert problems(text + "    keras: newest minor\n    tensorflow: newest minor\n") == [
        "matrix.yaml:7: follow 'pairs': group 'pairs' is a product, where one more version is more "
        "than one cell; it wants `combine: zip`"
    ]


def test_the_schema_and_the_loader_agree() -> None:
    text = files("keras_matrix").joinpath("schemas/matrix.schema.json").read_text("utf-8")
    schema = json.loads(text)
    assert set(schema["$defs"]["rule"]["properties"]) == set(RULE_KEYS)
    assert set(PINS) < set(RULE_KEYS)
    for words, good in [
        ("newest minor", True),
        ("newest 2 minors", True),
        ("newest 2 minors +cpu", True),
        ("minor of tf-keras", True),
        ("newest", False),
        ("newest 0 minors", False),
    ]:
        text = PAIRS + f"    keras: newest minor\n    tensorflow: {words}\n"
        valid = jsonschema.Draft202012Validator(schema).is_valid(yaml.safe_load(text))
        assert valid is good, words


# --- writing -------------------------------------------------------------------------------


RULE = "    keras: newest 2 minors\n    tensorflow: newest minor\n"


def test_new_entries_stand_below_each_other_where_the_old_ones_do() -> None:
    text = (PAIRS + RULE).replace("\n    tensorflow: [", " # of 2026 – ½\n    tensorflow: [")
    assert written(text) == text.replace(
        '["3.13.0", "3.15.1"]', '["3.13.0", "3.15.1", "3.14.1",       "3.15.1"]'
    ).replace('["2.20.0", "2.20.0"]', '["2.20.0", "2.20.0", "2.21.0.post1", "2.21.0.post1"]')


def test_lists_that_are_in_no_columns_just_go_on() -> None:
    text = (PAIRS + RULE).replace("keras:      [", "keras: [")
    assert '    keras: ["3.13.0", "3.15.1", "3.14.1", "3.15.1"]\n' in written(text)


def test_an_entry_a_line_gets_more_lines_in_the_files_own_quotes_and_line_ends() -> None:
    text = PAIRS.replace(
        '    keras:      ["3.13.0", "3.15.1"]',
        "    keras:\n      - '3.13.0'   # old\n      - '3.15.1'   # new",
    )
    text = (text + RULE).replace("\n", "\r\n")
    assert written(text) == text.replace(
        "      - '3.15.1'   # new\r\n",
        "      - '3.15.1'   # new\r\n      - '3.14.1'\r\n      - '3.15.1'\r\n",
    ).replace('"2.20.0"]', '"2.20.0", "2.21.0.post1", "2.21.0.post1"]')


def test_a_single_word_becomes_a_list_where_new_cells_differ_from_it() -> None:
    text = (PAIRS + RULE).replace('["2.20.0", "2.20.0"]', '"2.20.0"')
    assert '"3.15.1", "3.14.1", "3.15.1"]' in written(text)
    assert '    tensorflow: ["2.20.0", "2.20.0", "2.21.0.post1", "2.21.0.post1"]' in written(text)
    same = text.replace('"2.20.0"', '"2.21.0.post1"').replace('"3.15.1"', '"3.15.0"')
    assert '    tensorflow: "2.21.0.post1"\n' in written(same)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (
            '  one:\n    keras: "3.13.0"   # first\n    tensorflow: "2.20.0"\n',
            '  one:\n    combine: zip\n    keras: ["3.13.0", "3.15.1"]   # first\n'
            '    tensorflow: ["2.20.0", "2.21.0.post1"]\n',
        ),
        (
            '  one: {keras: "3.13.0", tensorflow: "2.20.0"}\n',
            '  one: {combine: zip, keras: ["3.13.0", "3.15.1"], '
            'tensorflow: ["2.20.0", "2.21.0.post1"]}\n',
        ),
    ],
)
def test_a_group_of_one_cell_becomes_a_zip(group: str, expected: str) -> None:
    rule = "follow:\n  one: {keras: newest minor, tensorflow: newest minor}\n"
    text = HEAD + "groups:\n" + group + rule
    assert written(text) == HEAD + "groups:\n" + expected + rule
    assert proposed(written(text)).new == ()


def test_tags_are_given_by_id_unless_a_pattern_gives_them() -> None:
    tagged = (
        PAIRS
        + RULE
        + "    tags: [smoke, nightly]\n"
        + "tags:\n  smoke: [keras3.13.0-*]\n"
        + "  nightly:\n    - tag=smoke\n    - keras3.15*-tensorflow*   # the newest\n\n# end\n"
    )
    new = written(tagged)
    assert new.endswith(
        "tags:\n  smoke: [keras3.13.0-*, keras3.14.1-tensorflow2.21.0.post1-py313, "
        "keras3.15.1-tensorflow2.21.0.post1-py313]\n"
        "  nightly:\n    - tag=smoke\n    - keras3.15*-tensorflow*   # the newest\n"
        "    - keras3.14.1-tensorflow2.21.0.post1-py313\n\n# end\n"
    )
    assert proposed(new).new == ()


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ('keras: ["3.14.0", "3.14.1"], tensorflow: *old', "zip of unequal lengths"),
        ('keras: *pairs, tensorflow: *old, python: "3.12"', "other cells would come or go"),
    ],
)
def test_what_would_change_other_cells_is_refused(other: str, why: str) -> None:
    text = PAIRS.replace('["3.13.0", "3.15.1"]', '&pairs ["3.13.0", "3.15.1"]').replace(
        '["2.20.0", "2.20.0"]', '&old ["2.20.0", "2.20.0"]'
    )
    text = text.replace("follow:", f"  others: {{combine: zip, {other}}}\nfollow:")
    with pytest.raises(InputError) as caught:
        written(text + RULE)
    (problem,) = caught.value.problems
    assert problem.startswith("matrix.yaml:9: follow 'pairs': new cells can't be written into")
    assert why in problem


def test_the_repositorys_rules_are_of_every_pair_that_is_promised() -> None:
    text = (ROOT / "matrix.yaml").read_text("utf-8")
    rules = declarations_of(text, "matrix.yaml").follow
    assert {frozenset(rule.follows) for rule in rules} == {
        frozenset({"keras", "tensorflow"}),
        frozenset({"keras", "jax"}),
        frozenset({"keras", "torch"}),
        frozenset({"keras", "tf-keras", "tensorflow"}),
    }
    catalogue = load_catalogue(ROOT / "docker" / "locks" / "releases.json")
    found = proposed(text, catalogue)
    after = write(text, "matrix.yaml", catalogue, found.new)
    assert proposed(after.text, catalogue).new == ()
