"""What the published packages bind, read statically, beside what the reports measured.

The oracle is a file beside the checkout; it covers about half of the releases. Its ``_about`` says
how it was made. Nothing here is a test: ``test_oracle.py`` asks the questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from packaging.version import Version

#: The last release whose keras.backend took its functions in by ``from .x_backend import *``.
LAST_STAR_IMPORT = Version("2.2.4")

TENSORFLOW = ("tensorflow", "tensorflow-cpu")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The names that must be there, and those that may be there as well."""

    release: str
    required: frozenset[str]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, order=True)
class Disagreement:
    """One name that is there although the oracle knows none, or the other way round."""

    release: str
    path: str
    name: str
    measured: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What came of comparing one report: how many names, on which paths, and what disagreed."""

    cell: str
    compared: Mapping[str, int]
    disagreements: frozenset[Disagreement]


def compare(report: Mapping[str, Any], oracle: Mapping[str, Any]) -> Comparison:
    """Compare the public names of every importable path that the oracle covers."""
    compared: dict[str, int] = {}
    found: set[Disagreement] = set()
    for path, entry in report["paths"].items():
        expected = expectation(path, report, oracle)
        if expected is None or entry["outcome"] != "importable":
            continue
        there = _public(n for n, a in entry["attributes"].items() if a["outcome"] != "missing")
        differing = [
            *((name, "missing") for name in expected.required - there),
            *((name, "present") for name in there - expected.required - expected.optional),
        ]
        compared[path] = len(there | expected.required)
        found.update(
            Disagreement(release=expected.release, path=path, name=name, measured=measured)
            for name, measured in differing
        )
    cell = str(report["cell"]["id"])
    return Comparison(cell=cell, compared=compared, disagreements=frozenset(found))


def expectation(path: str, report: Mapping[str, Any], oracle: Mapping[str, Any]) -> Expected | None:
    """What the oracle knows of a path in a report's environment; None where it knows nothing."""
    packages = report["packages"]
    if path == "tf_keras.backend":
        return _keras("tf-keras", "tensorflow", packages, oracle["tf_keras"])
    if path == "keras.backend":
        return _keras("keras", str(report["cell"]["backend"]), packages, oracle["keras"])
    if path in ("keras.backend.tensorflow_backend", "keras.backend.theano_backend"):
        return _star_imported(path, packages, oracle["keras"])
    return _tensorflow(path, packages, oracle["tf.keras"])


def _keras(
    distribution: str, backend: str, packages: Mapping[str, str], releases: Mapping[str, Any]
) -> Expected | None:
    version = packages.get(distribution, "")
    bound = releases.get(version, {}).get("backends", {}).get(backend)
    if bound is None:
        return None
    names = _public([*bound["functions"], *bound["other"]])
    optional = frozenset(bound.get("conditional", ()))
    return Expected(
        release=f"{distribution} {version}", required=names - optional, optional=optional
    )


def _star_imported(
    path: str, packages: Mapping[str, str], releases: Mapping[str, Any]
) -> Expected | None:
    """Every public name of the module was one of keras.backend too; which ones, is not known."""
    version = packages.get("keras", "0")
    if Version(version) > LAST_STAR_IMPORT:
        return None
    backend = path.rpartition(".")[2].removesuffix("_backend")
    known = _keras("keras", backend, packages, releases)
    if known is None:
        return None
    every = known.required | known.optional
    return Expected(release=known.release, required=frozenset(), optional=every)


def _tensorflow(
    path: str, packages: Mapping[str, str], releases: Mapping[str, Any]
) -> Expected | None:
    kinds = {
        "tensorflow.keras.backend": ("functions", "other"),
        "tensorflow.compat.v1.keras.backend": ("compat_v1_functions", "compat_v1_other"),
        "tensorflow.contrib.keras.backend": ("contrib_keras_functions", ""),
    }
    version = next((packages[name] for name in TENSORFLOW if name in packages), "")
    bound = releases.get(version)
    functions, other = kinds.get(path, ("", ""))
    if bound is None or functions not in bound:
        return None
    optional = [*bound.get("conditional", ()), *bound.get("undetermined", ())]
    required = _public([*bound[functions], *bound.get(other, ())])
    return Expected(
        release=f"tensorflow {version}",
        required=required - frozenset(optional),
        optional=frozenset(optional),
    )


def _public(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if not name.startswith("_"))


def public_functions(oracle: Mapping[str, Any]) -> frozenset[str]:
    """Every function that any release of the oracle binds in public."""
    names: set[str] = set()
    for family in ("keras", "tf_keras"):
        for release in oracle[family].values():
            for bound in release["backends"].values():
                names.update(bound["functions"])
    for release in oracle["tf.keras"].values():
        for kind, bound in release.items():
            if kind.endswith("functions"):
                names.update(bound)
    return _public(names)


def explained(text: str) -> dict[Disagreement, str]:
    """{disagreement: its cause}, from the committed YAML file."""
    causes: dict[Disagreement, str] = {}
    for entry in yaml.safe_load(text) or ():
        for name in entry["names"]:
            key = Disagreement(
                release=entry["release"],
                path=entry["path"],
                name=name,
                measured=entry["measured"],
            )
            causes[key] = entry["cause"]
    return causes
