"""Which environments stand on which, and which may go."""

from keras_matrix.engines import Environment, Held
from keras_matrix.engines.lineage import removable, superfluous

PARENTS = {"tf": "py", "keras1": "tf", "keras2": "tf", "theano": "py", "top": "theano"}


def held() -> list[Held]:
    """One environment for each of PARENTS, older ones first; its tier has its digest's name."""
    return [
        Held(
            environment=Environment(reference=name, digest=name, python="3", interpreter="python"),
            tier=name,
            parent=parent,
            made=age,
        )
        for age, (name, parent) in enumerate(PARENTS.items())
    ]


def gone(needed: set[str], newest: int) -> list[str]:
    return [each.digest for each in superfluous(held(), needed, newest)]


def test_what_the_kept_stand_on_stays_and_children_go_first() -> None:
    parents = {"tf": "py", "keras1": "tf", "keras2": "tf", "theano": "py", "py": ""}
    assert removable(parents, ["keras1"], parents) == ("keras2", "theano")
    assert removable(parents, [], parents) == ("keras1", "keras2", "tf", "theano", "py")
    assert removable(parents, ["unknown"], ["py"]) == ("py",)


def test_needed_tiers_and_the_newest_others_stay_with_what_they_stand_on() -> None:
    assert gone(set(), 0) == ["keras1", "keras2", "top", "tf", "theano"]
    assert gone({"keras1"}, 0) == ["keras2", "top", "theano"]
    assert gone({"keras1"}, 1) == ["keras2"]
    assert gone({"tf"}, 1) == ["keras1", "keras2"]
    assert gone(set(), 2) == ["keras1"]
    assert gone(set(), 9) == []
