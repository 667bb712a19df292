"""Which distributions count as which project, and what a version looks like."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from keras_matrix.evidence.model import Claim, Source
from keras_matrix.releases import parse_version

PYTHON = "python"
TF_KERAS_VERSION = "tensorflow.keras"
"""The version that TensorFlow gives its own ``tf.keras``: no release of any project."""

_TENSORFLOW = (
    "tensorflow tensorflow-gpu tensorflow-cpu tensorflow-macos tensorflow-rocm tensorflow-intel "
    "intel-tensorflow tensorflow-mkl tensorflow-eigen tensorflow-base tensorflow-gpu-base "
    "tensorflow-directml tensorflow-aarch64 tf"
)
NIGHTLIES = {
    "tf-nightly": "tensorflow",
    "tf-nightly-gpu": "tensorflow",
    "tf-nightly-cpu": "tensorflow",
    "tf-nightly-2-0-preview": "tensorflow",
    "tf-nightly-gpu-2-0-preview": "tensorflow",
    "keras-nightly": "keras",
}
PROJECTS = {
    **dict.fromkeys(_TENSORFLOW.split(), "tensorflow"),
    **NIGHTLIES,
    **dict.fromkeys(("keras", "keras-gpu", "keras-base"), "keras"),
    "tf-keras": "tf-keras",
    "keras-core": "keras-core",
    "theano": "theano",
    "jax": "jax",
    **dict.fromkeys(("torch", "pytorch", "pytorch-cpu", "pytorch-gpu"), "torch"),
    **dict.fromkeys(("cntk", "cntk-gpu"), "cntk"),
    **dict.fromkeys(("python", "py", "cpython"), PYTHON),
}

VERSION = (
    r"\d{1,4}(?:\.\d{1,8}){0,4}"
    r"(?:[-_.]?(?:alpha|beta|preview|pre|rc|dev|post|a|b|c)[-_.]?\d{0,9}){0,2}"
    r"(?:-tf\b)?(?:-\d{1,6}-g[0-9a-f]{6,40})?(?:\+(?:cu|cpu|rocm|nv|g[0-9a-f])[\w.]{0,40})?(?:-dirty)?"
)
_DESCRIBED = re.compile(r"(?:-rc\d+)?-\d+-g[0-9a-f]+$|-dirty$", re.I)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """A claim and the number of the line it is on."""

    claim: Claim
    line: int


def project_of(name: str) -> str | None:
    """The project that a distribution's name stands for; None for any other distribution."""
    if name.lower() in ("tf.keras", "tensorflow.keras"):
        return TF_KERAS_VERSION
    return PROJECTS.get(canonicalize_name(name.strip("._-") or "-"))


def is_nightly(claim: Claim) -> bool:
    """Whether the claim is of a build between releases."""
    named = rf"nightly[\w.-]{{0,30}}[ =:(|]{{0,40}}v?{re.escape(claim.version)}"
    return "dev" in claim.version or bool(re.search(named, claim.quote, re.I))


def stated(name: str, version: str, source: Source, quote: str, line: int) -> Iterator[Stated]:
    """What a distribution's name and a version say; nothing where no project is meant."""
    project = project_of(name)
    tidy = tidy_version(version)
    if tidy.endswith("-tf"):
        project = TF_KERAS_VERSION
    if project is not None and plausible(project, tidy):
        claim = Claim(project=project, version=tidy, source=source, quote=short(quote))
        yield Stated(claim=claim, line=line)


def tidy_version(version: str) -> str:
    """As an index spells it: ``v2.3.0-rc2-23-gb36436b087`` is what Git calls the tag v2.3.0."""
    version = _DESCRIBED.sub("", version.strip().strip("'\"`*()[],:;").removeprefix("v"))
    if version.endswith("-tf") or version.lower().endswith(".x"):
        return version.rstrip(".")
    version = version.rstrip(".-_").partition("+")[0]
    parsed = parse_version(version)
    if parsed is None or re.fullmatch(r"[\d.]+", version):
        return version  # 2.02 stays what it is: 2.2 is another release
    return str(parsed)


def plausible(project: str, version: str) -> bool:
    """Whether a number can be a version of the project at all, and no year, count or GPU."""
    parts = version.lower().removesuffix("-tf").split(".")
    if version == "latest":
        return project in ("keras", "tensorflow")
    if not parts[0].isdigit():
        return False
    major = int(parts[0])
    if project == TF_KERAS_VERSION:
        return len(parts) > 2
    if project == PYTHON:
        return major in (2, 3) and (len(parts) == 1 or parts[1].isdigit())
    if len(parts) == 1:
        return {"keras": 0 < major < 4, "tensorflow": 0 < major < 3}.get(project, False)
    return major < 10


def short(quote: str) -> str:
    """A quote of at most a line, which fits beside other words."""
    quote = " ".join(quote.split())
    return quote if len(quote) <= 120 else f"{quote[:119]}…"
