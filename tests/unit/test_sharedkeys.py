"""Mappings that share their keys behave like dicts."""

import pytest

from keras_matrix.sharedkeys import SharedKeys


def test_it_is_the_same_as_a_dict() -> None:
    plain = {"b": 1, "a": 2}
    shared = SharedKeys(plain, plain.values())
    assert shared == plain
    assert plain == shared
    assert shared != {"b": 1}
    assert (list(shared), list(shared.values()), list(shared.items())) == (
        list(plain),
        list(plain.values()),
        list(plain.items()),
    )
    assert (len(shared), "a" in shared, "c" in shared) == (2, True, False)
    assert (shared["a"], shared.get("a"), shared.get("c"), shared.get("c", 3)) == (2, 2, None, 3)
    with pytest.raises(KeyError):
        shared["c"]


def test_the_same_keys_are_kept_once_and_values_are_not_mixed_up() -> None:
    one, other = SharedKeys("ab", [1, 2]), SharedKeys("ab", [3, 4])
    turned = SharedKeys("ba", [1, 2])
    assert one._places is other._places
    assert (one["a"], other["a"], turned["a"]) == (1, 3, 2)
    assert (one.in_order, other.in_order) == ((1, 2), (3, 4))
