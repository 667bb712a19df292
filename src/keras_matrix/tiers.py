"""Cell -> chain of tiers: python, backend, keras, extras. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from keras_matrix.installers import BOOTSTRAP, BOOTSTRAP_DAY
from keras_matrix.locks import Lock, lock_digest
from keras_matrix.matrix.cells import FRAMEWORK_PINS, PINS, Cell
from keras_matrix.matrix.expansion import auto_as_of
from keras_matrix.releases import Catalogue

KERAS_PINS = tuple(pin for pin in PINS if pin not in FRAMEWORK_PINS)


class TierKind(StrEnum):
    """The layers of an environment, from the bottom up."""

    PYTHON = "python"
    BACKEND = "backend"
    KERAS = "keras"
    EXTRAS = "extras"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tier:
    """One layer: what it installs on top of its parent, and as of when.

    ``name`` is whole words and unique for the content asked for
    ("tensorflow1.15.5-py37", "keras2.3.1-tensorflow1.15.5-py37"); it names the lock file.
    ``requirements`` are exact ("tensorflow-cpu==1.15.5"); ``provided`` are the distributions
    that the tiers below stand for, which the resolver must not bring in again (``tensorflow``
    where ``tensorflow-cpu`` stands in for it). A Python tier without requirements is the bare
    interpreter; with some it renews the installer that comes with an old interpreter, as of a
    day of its own (that installer is the harness's tool, not part of what is measured).
    """

    kind: TierKind
    name: str
    python: str
    requirements: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()
    as_of: date | None = None
    parent: "Tier | None" = None


def plan(
    cell: Cell,
    distributions: Mapping[str, str],
    catalogue: Catalogue,
    grace_days: int = 30,
) -> tuple[Tier, ...]:
    """The cell's chain, bottom first.

    ``distributions`` maps a pin to what is installed for it (as ``feasibility.assess`` says);
    a pin that isn't in it stands for itself. The tiers below the top one are dated by their own
    pins, so that cells with one TensorFlow share its tier whatever their Keras; a date that the
    cell declares itself holds for all its tiers and is part of their names.
    """
    chain = [
        Tier(
            kind=TierKind.PYTHON,
            name=f"python-{_short(cell.python)}",
            python=cell.python,
            requirements=BOOTSTRAP.get(cell.python, ()),
            as_of=BOOTSTRAP_DAY if cell.python in BOOTSTRAP else None,
        )
    ]
    groups = _groups(cell)
    below: dict[str, str] = {}
    for kind, pins in groups:
        named = {distributions.get(pin, pin): version for pin, version in pins.items()}
        everything = named | {distributions.get(pin, pin): below[pin] for pin in below}
        if cell.as_of_declared or (kind is groups[-1][0] and kind is not TierKind.BACKEND):
            as_of = cell.as_of
        else:
            as_of = auto_as_of(everything, grace_days, catalogue)
        chain.append(
            Tier(
                kind=kind,
                name=_name(everything, cell),
                python=cell.python,
                requirements=tuple(f"{name}=={version}" for name, version in named.items()),
                provided=tuple(sorted(pin for pin in below if distributions.get(pin, pin) != pin)),
                as_of=as_of,
                parent=chain[-1],
            )
        )
        below |= pins
    return tuple(chain)


def shared_tier(chain: Sequence[Tier]) -> str:
    """The name of the tier of a cell that it may share with other cells."""
    return [tier.name for tier in chain if tier.kind in (TierKind.PYTHON, TierKind.BACKEND)][-1]


def _short(python: str) -> str:
    return f"py{python.replace('.', '')}"


def _name(versions: Mapping[str, str], cell: Cell) -> str:
    words = [f"{name}{version}" for name, version in versions.items()]
    suffix = f"-asof{cell.as_of:%Y%m%d}" if cell.as_of_declared else ""
    return "-".join([*words, _short(cell.python)]) + suffix


def _groups(cell: Cell) -> list[tuple[TierKind, dict[str, str]]]:
    """The cell's pins by tier, bottom first; tiers without a pin are left out."""
    groups: dict[TierKind, dict[str, str]] = {
        TierKind.BACKEND: {},
        TierKind.KERAS: {},
        TierKind.EXTRAS: {},
    }
    for pin, version in cell.pins.items():
        groups[_kind_of(pin)][pin] = version
    return [(kind, pins) for kind, pins in groups.items() if pins]


def _kind_of(pin: str) -> TierKind:
    if pin in FRAMEWORK_PINS:
        return TierKind.BACKEND
    return TierKind.KERAS if pin in KERAS_PINS else TierKind.EXTRAS


def tag(tier: Tier, lock: Lock, parent_digest: str, recipe: str) -> str:
    """The "sha256:…" of everything that decides a tier's content.

    ``recipe`` names how the engine builds (its Dockerfile's text, a version of its own). The
    tier's name and date are not part of it: they decide the lock, and the lock decides.
    """
    content = [tier.python, lock_digest(lock), parent_digest, recipe]
    return f"sha256:{hashlib.sha256(json.dumps(content).encode()).hexdigest()}"
