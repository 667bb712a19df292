"""What is pushed, pulled and believed of a registry, and what a failing one costs; no engine."""

from pathlib import Path

import pytest
from docker.errors import APIError

from keras_matrix.engines.choice import choose_engine
from keras_matrix.engines.docker_registry import Registry
from keras_matrix.errors import EnvironmentUnusableError, InputError

LABELS = {"io.keras-matrix.digest": "sha256:aa", "io.keras-matrix.role": "tier"}
NAME = ("theano1.0.5-py37", "keras-matrix/tier", "aa")


class FakeApi:
    """An engine in front of a registry that holds ``there``: "repository:tag" -> labels."""

    def __init__(self, there=(), trouble=None):
        self.there = dict(there)
        self.trouble = trouble
        self.local = {}
        self.asked = []

    def pull(self, repository, *, tag, **_):
        self.asked.append(("pull", f"{repository}:{tag}"))
        if self.trouble:
            raise APIError(self.trouble)
        if f"{repository}:{tag}" not in self.there:
            raise APIError(f"manifest for {repository}:{tag} not found: manifest unknown")
        self.local[f"{repository}:{tag}"] = self.there[f"{repository}:{tag}"]
        yield {"status": "Downloaded"}

    def push(self, repository, *, tag, **_):
        self.asked.append(("push", f"{repository}:{tag}"))
        if self.trouble:
            yield {"error": self.trouble}
            return
        known = f"{repository}:{tag}" in self.there
        self.there[f"{repository}:{tag}"] = {}
        yield {"status": "Layer already exists" if known else "Pushed"}

    def tag(self, _image, repository, tag, **_):
        self.local[f"{repository}:{tag}"] = {}

    def inspect_image(self, name):
        return {"Id": "sha256:11", "Config": {"Labels": self.local[name]}}

    def remove_image(self, name):
        if self.local.pop(name, None) is None:
            raise APIError(f"No such image: {name}")

    def import_image_from_data(self, _data, *, repository, tag, **_):
        self.local[f"{repository}:{tag}"] = {}
        return '{"status":"sha256:22"}\n'


class FakeSdk:
    def __init__(self, api):
        self.api = api


def registry(**options):
    api = FakeApi(**options)
    return Registry(FakeSdk(api), "127.0.0.1:5000"), api


def test_an_image_with_the_labels_of_its_name_is_pulled_under_its_local_name():
    it, api = registry(there={"127.0.0.1:5000/keras-matrix/tier:aa": {**LABELS, "more": "1"}})
    assert it.fetch(*NAME, LABELS)
    assert list(api.local) == ["keras-matrix/tier:aa"]
    assert it.moves().pulled == ("theano1.0.5-py37",)
    assert it.moves().pulled == ()


def test_an_image_that_is_not_what_its_name_says_is_not_used():
    wrong = {**LABELS, "io.keras-matrix.digest": "sha256:bb"}
    it, api = registry(there={"127.0.0.1:5000/keras-matrix/tier:aa": wrong})
    assert not it.fetch(*NAME, LABELS)
    assert api.local == {}
    (warning,) = it.moves().warnings
    assert "is not what its name says" in warning


def test_what_the_registry_does_not_have_is_no_trouble():
    it, _ = registry()
    for _ in range(3):
        assert not it.fetch(*NAME, LABELS)
    assert it.moves().warnings == ()


def test_an_image_is_pushed_once_and_leaves_no_second_name():
    it, api = registry()
    it.offer(*NAME, "sha256:11")
    it.offer(*NAME, "sha256:11")
    assert api.asked == [("push", "127.0.0.1:5000/keras-matrix/tier:aa")]
    assert api.local == {}
    assert it.moves().pushed == ("theano1.0.5-py37",)


def test_what_the_registry_has_already_was_not_pushed():
    it, _ = registry(there={"127.0.0.1:5000/keras-matrix/tier:aa": LABELS})
    it.offer(*NAME, "sha256:11")
    assert it.moves().pushed == ()


def test_a_registry_that_fails_twice_is_told_and_not_asked_any_more():
    it, api = registry(trouble="connection refused")
    it.offer(*NAME, "sha256:11")
    assert not it.fetch(*NAME, LABELS)
    assert not it.fetch(*NAME, LABELS)
    first, second = it.moves().warnings
    assert "was not pushed to the registry 127.0.0.1:5000: connection refused" in first
    assert second.endswith("it is not asked any more")
    assert len(api.asked) == 2


def test_a_registry_that_refuses_at_the_start_is_named():
    it, api = registry(trouble="denied: requested access to the resource is denied")
    with pytest.raises(EnvironmentUnusableError, match=r"127\.0\.0\.1:5000 can't be used: denied"):
        it.check()
    assert api.local == {}


def test_a_registry_that_works_is_left_as_it_was_here():
    it, api = registry()
    it.check()
    assert api.local == {}


@pytest.mark.parametrize("address", ["http://127.0.0.1:5000", "127.0.0.1:5000/mine", "", "a b:1"])
def test_what_is_no_address_of_a_registry_is_bad_input(address):
    with pytest.raises(InputError, match="must be HOST:PORT"):
        Registry(FakeSdk(FakeApi()), address)


def test_the_local_engine_shares_no_images(tmp_path: Path):
    with pytest.raises(EnvironmentUnusableError, match="the local engine has none"):
        choose_engine("local", {}, tmp_path, "127.0.0.1:5000")
