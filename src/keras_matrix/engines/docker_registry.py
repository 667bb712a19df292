"""A registry that engines share: what one has built, the others pull instead of building it again.

Images go by the hash that their tier is found by anyway, and what is pulled must carry it on its
labels. The registry is a help, not a need: where it fails in mid-run, engines build.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from keras_matrix.engines.docker_plan import OURS, ROLE
from keras_matrix.engines.docker_sdk import Sdk, translated
from keras_matrix.errors import EnvironmentUnusableError, InputError, KerasMatrixError

_ADDRESS = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9a-fA-F:]+\]:\d+")
_ABSENT = re.compile(r"manifest unknown|name unknown|not found", re.IGNORECASE)
_CHECK = ("keras-matrix/check", "writable")
_EMPTY_TAR = bytes(1024)
_PATIENCE = 2
"""After so many failures in a row it isn't asked any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moves:
    """What went to the registry and came from it, by tier, and what went wrong."""

    pushed: tuple[str, ...] = ()
    pulled: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Registry:
    """The registry at ``address`` as one engine reaches it. Safe to use from several threads."""

    def __init__(self, sdk: Sdk, address: str) -> None:
        if not _ADDRESS.fullmatch(address):
            raise InputError([f"--registry {address}: must be HOST:PORT"])
        self._sdk = sdk
        self._address = address
        self._guard = Lock()
        self._offered: set[str] = set()
        self._failures = 0
        self._pushed: list[str] = []
        self._pulled: list[str] = []
        self._warnings: list[str] = []

    def check(self) -> None:
        """Push an empty image: can the engine reach the registry, may it write there.

        Raises:
            EnvironmentUnusableError: no; with the engine's or the registry's own words.
        """
        repository, tag = _CHECK
        labels = [f'LABEL {OURS}="1"', f'LABEL {ROLE}="check"']
        try:
            with translated():
                # An image of a moment; two processes of one engine may make it at once.
                answer = self._sdk.api.import_image_from_data(
                    _EMPTY_TAR, repository=repository, tag=tag, changes=labels
                )
            self._push(_imported(answer), repository, tag)
        except KerasMatrixError as error:
            raise EnvironmentUnusableError(
                f"the registry {self._address} can't be used: {error}. A registry without TLS "
                "must be on the loopback or among the engine's insecure-registries."
            ) from error
        finally:
            self._forget(f"{repository}:{tag}")

    def fetch(self, tier: str, repository: str, tag: str, labels: Mapping[str, str]) -> bool:
        """Pull an image under that name; True where it came and its labels are these."""
        there = f"{self._address}/{repository}"
        try:
            if not self._asked() or not self._pull(there, tag):
                return False
            with translated():
                found = self._sdk.api.inspect_image(f"{there}:{tag}")
                carried = found["Config"].get("Labels") or {}
                if not labels.items() <= carried.items():
                    self._failed(f"{there}:{tag} is not what its name says, and was not used")
                    return False
                self._sdk.api.tag(found["Id"], repository, tag, force=True)
        except KerasMatrixError as error:
            self._failed(f"{tier} was not pulled from the registry {self._address}: {error}")
            return False
        finally:
            self._forget(f"{there}:{tag}")
        with self._guard:
            self._failures = 0
            self._pulled.append(tier)
            self._offered.add(tag)
        return True

    def offer(self, tier: str, repository: str, tag: str, image: str) -> None:
        """Push an image under that name, once per process; it takes only the layers it hasn't."""
        with self._guard:
            if tag in self._offered:
                return
            self._offered.add(tag)
        if not self._asked():
            return
        try:
            layers = self._push(image, repository, tag)
        except KerasMatrixError as error:
            self._failed(f"{tier} was not pushed to the registry {self._address}: {error}")
            return
        with self._guard:
            self._failures = 0
            if layers:
                self._pushed.append(tier)

    def moves(self) -> Moves:
        """What happened since the last call."""
        with self._guard:
            found = Moves(
                pushed=tuple(self._pushed),
                pulled=tuple(self._pulled),
                warnings=tuple(self._warnings),
            )
            for each in (self._pushed, self._pulled, self._warnings):
                each.clear()
        return found

    def _asked(self) -> bool:
        return self._failures < _PATIENCE

    def _failed(self, text: str) -> None:
        with self._guard:
            self._failures += 1
            last = self._failures == _PATIENCE
            self._warnings.append(f"{text}{'; it is not asked any more' if last else ''}")

    def _pull(self, there: str, tag: str) -> bool:
        """False where the registry has no such image."""
        try:
            with translated():
                for event in self._sdk.api.pull(there, tag=tag, stream=True, decode=True):
                    _raise_if_failed(event)
        except KerasMatrixError as error:
            if _ABSENT.search(str(error)):
                return False
            raise
        return True

    def _push(self, image: str, repository: str, tag: str) -> int:
        """How many layers it didn't have."""
        there, new = f"{self._address}/{repository}", 0
        try:
            with translated():
                self._sdk.api.tag(image, there, tag, force=True)
                for event in self._sdk.api.push(there, tag=tag, stream=True, decode=True):
                    _raise_if_failed(event)
                    new += event.get("status") == "Pushed"
        finally:
            self._forget(f"{there}:{tag}")
        return new

    def _forget(self, name: str) -> None:
        """Take a name from its image here; an image without any other is removed."""
        with contextlib.suppress(KerasMatrixError), translated():
            self._sdk.api.remove_image(name)


def _imported(answer: str) -> str:
    """The id in what an import answers: a line of JSON whose status it is."""
    return "sha256:" + answer.rpartition("sha256:")[2].partition('"')[0]


def _raise_if_failed(event: Mapping[str, Any]) -> None:
    if "error" in event:
        raise EnvironmentUnusableError(" ".join(str(event["error"]).split())[:500])
