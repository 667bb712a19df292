"""Support ranges and signature drift: nothing is said of what was not measured."""

from collections.abc import Sequence

import pytest

from keras_matrix.tables.drift import compare, drifts, parameters
from keras_matrix.tables.ranges import Observation, support_ranges
from keras_matrix.tables.states import State

KNOWN = ("1.0.0", "2.2.4", "2.2.5", "2.3.0", "2.3.1", "2.4.0rc0", "2.4.3", "2.10.0")


def seen(
    release: str,
    state: State = State.WORKS,
    *,
    on: str | None = "1.15.5",
    family: str = "tensorflow",
    signature: str | None = None,
) -> Observation:
    return Observation(
        release=release,
        family=family,
        on=(on,) if on else (),
        state=state,
        signature=signature,
    )


def said(
    *observations: Observation, axis: str = "keras", known: Sequence[str] = KNOWN
) -> list[str]:
    return [f"{r.state} {r.text}" for r in support_ranges(observations, axis, known)]


def test_a_gap_is_never_bridged_in_silence() -> None:
    assert said(seen("2.2.4"), seen("2.3.1"), seen("1.0.0", State.RAISES)) == [
        "raises Keras 1.0.0 on TensorFlow 1.15.5",
        "works Keras 2.2.4 – ≥ 2.3.1 on TensorFlow 1.15.5 "
        "(2 of 4 releases measured; 2.2.5, 2.3.0 not)",
    ]


def test_a_whole_range_says_nothing_of_gaps() -> None:
    found = support_ranges([seen(v) for v in KNOWN if "rc" not in v], "keras", KNOWN)
    assert [r.text for r in found] == ["Keras 1.0.0 – 2.10.0 on TensorFlow 1.15.5"]
    assert (found[0].measured, found[0].known, found[0].unmeasured) == (7, 7, ())


def test_many_unmeasured_releases_are_counted_after_the_first() -> None:
    (text,) = said(seen("1.0.0"), seen("2.10.0"))
    assert text.endswith("(2 of 7 releases measured; 2.2.4, 2.2.5, 2.3.0 and 2 more not)")


@pytest.mark.parametrize(
    ("releases", "span"),
    [
        (("2.2.4", "2.2.5"), "≤ 2.2.4 – ≥ 2.2.5"),
        (("1.0.0",), "≥ 1.0.0"),
        (("2.10.0",), "≤ 2.10.0"),
        (("2.3.0",), "2.3.0"),
    ],
)
def test_an_end_is_open_where_nothing_beyond_it_was_measured(
    releases: tuple[str, ...], span: str
) -> None:
    (found,) = support_ranges([seen(release) for release in releases], "keras", KNOWN)
    assert found.span == span


def test_a_single_release_says_that_it_is_the_only_one() -> None:
    assert said(seen("2.3.0")) == [
        "works Keras 2.3.0 on TensorFlow 1.15.5 (the only release measured)"
    ]


def test_without_a_catalogue_ends_stay_open_and_gaps_unclaimed() -> None:
    assert said(seen("1.0.0"), seen("2.3.0"), known=()) == [
        "works Keras ≤ 1.0.0 – ≥ 2.3.0 on TensorFlow 1.15.5"
    ]


def test_ranges_break_where_a_measured_release_says_otherwise() -> None:
    texts = said(
        seen("2.2.4"), seen("2.2.5", State.UNIMPORTABLE), seen("2.3.0"), seen("2.3.1"), known=()
    )
    assert [text.split(" on ")[0] for text in texts] == [
        "works Keras ≤ 2.2.4",
        "unimportable Keras 2.2.5",
        "works Keras 2.3.0 – ≥ 2.3.1",
    ]


def test_releases_sort_as_versions() -> None:
    (text,) = said(seen("2.10.0"), seen("2.4.3"), known=())
    assert text.startswith("works Keras ≤ 2.4.3 – ≥ 2.10.0")


def test_two_outcomes_of_one_release_are_kept_apart_by_backend() -> None:
    found = support_ranges(
        [seen("2.2.4"), seen("2.2.4", State.RAISES, on="2.0.4"), seen("2.3.1")], "keras", KNOWN
    )
    assert [(r.state, r.on, r.mixed_on) for r in found] == [
        (State.WORKS, ("1.15.5",), ("2.0.4",)),
        (State.RAISES, ("2.0.4",), ("1.15.5",)),
    ]
    assert (
        found[1].text
        == "Keras ≤ 2.2.4 on TensorFlow 2.0.4 (other outcomes too on TensorFlow 1.15.5)"
    )
    assert found[0].brief == "≤ 2.2.4 – ≥ 2.3.1 (2 of 4), only on TensorFlow 1.15.5"


def test_outcomes_that_differ_on_one_backend_version_are_called_mixed() -> None:
    found = support_ranges([seen("2.2.4"), seen("2.2.4", State.CRASHED)], "keras", KNOWN)
    assert [r.brief for r in found] == ["2.2.4, in some cells"] * 2


def test_families_have_ranges_of_their_own() -> None:
    texts = said(seen("2.2.4"), seen("2.2.4", family="theano", on="1.0.3"))
    assert [text.split(" on ")[1].split()[0] for text in texts] == ["TensorFlow", "Theano"]


def test_tensorflows_own_paths_run_over_tensorflow_releases() -> None:
    assert said(seen("1.4.0", on=None), seen("1.15.0", on=None), axis="tensorflow", known=()) == [
        "works TensorFlow ≤ 1.4.0 – ≥ 1.15.0"
    ]
    assert said(seen("2.16.1", on="0.4.30", family="jax"), axis="tensorflow", known=()) == [
        "works TensorFlow 2.16.1 with the JAX backend (the only release measured)"
    ]


def test_one_release_spelled_two_ways_is_one_release() -> None:
    (found,) = support_ranges([seen("2.0"), seen("2.0.0")], "keras", ("2.0.0",))
    assert (found.known, found.measured, found.on, found.span) == (1, 1, ("1.15.5",), "2.0")


def test_drift_names_the_release_where_the_signature_changed() -> None:
    (drift,) = drifts(
        [seen("2.2.5", signature="(x, axis=None)"), seen("2.3.0", signature="(x, axis=-1)")],
        "keras",
        KNOWN,
    )
    assert drift.text == "default of `axis` changed from None to -1 at Keras 2.3.0 on TensorFlow"


def test_drift_over_an_unmeasured_gap_says_between() -> None:
    (drift,) = drifts(
        [seen("2.2.4", signature="(x)"), seen("2.3.1", signature="(x, y)")], "keras", KNOWN
    )
    assert drift.text == "`y` added between Keras 2.2.4 and 2.3.1 on TensorFlow"


def test_signatures_that_vary_within_a_release_are_no_drift_while_one_is_shared() -> None:
    observations = [
        seen("2.2.4", signature="(x)"),
        seen("2.2.5", signature="(x)"),
        seen("2.2.5", signature="(y)", on="2.0.4"),
        seen("2.3.0", State.MISSING),
        seen("2.3.1", signature="(y)"),
    ]
    assert drifts(observations, "keras", KNOWN) == ()


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("(x, axis=None)", "(x, axis=None)", ()),
        ("(x, name=u'a')", "(x, name='a')", ()),
        ("(x: int) -> float", "(x)", ()),
        ("(x, f=<function f at 0x7f01>)", "(x, f=<function f at 0x7f99>)", ()),
        ("(x, ndim)", "(x, rank)", ("`ndim` renamed to `rank`",)),
        ("(x, a)", "(x)", ("`a` removed",)),
        ("(x, a)", "(a, x)", ("order of parameters changed",)),
        ("(x, a=1)", "(x, a)", ("default of `a` (1) dropped",)),
        ("(x, a)", "(x, a=(1, 2))", ("default of `a` is now (1, 2)",)),
        ("(*args)", "(*args, **kwargs)", ("`**kwargs` added",)),
    ],
)
def test_compare_tells_what_callers_notice(old: str, new: str, changes: tuple[str, ...]) -> None:
    observations = [seen("2.2.4", signature=old), seen("2.2.5", signature=new)]
    assert tuple(c for d in drifts(observations, "keras", KNOWN) for c in d.changes) == changes


def test_parameters_split_at_top_level_only() -> None:
    found = parameters("(a, b=(1, 2), c='x,=y', *, d: Dict[str, int]=None)")
    assert [(p.name, p.default) for p in found] == [
        ("a", None),
        ("b", "(1, 2)"),
        ("c", "'x,=y'"),
        ("*", None),
        ("d", "None"),
    ]
    assert compare("(a)", "(a)") == ()
