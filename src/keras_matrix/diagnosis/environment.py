"""One environment of a user, as ``probes/environment.py`` told it, line by line. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FRAMEWORKS = ("tensorflow", "theano", "jax", "torch", "cntk")
"""The modules that a Keras can run on."""

ROOTS = ("keras", "tensorflow", "tf_keras", "theano", "keras_core", "jax", "torch", "cntk")
"""What is imported, in this order: keras first, as a user's script does."""


class Import(StrEnum):
    """What became of importing one module or path."""

    IMPORTED = "imported"
    RAISES = "raises"
    ABSENT = "absent"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """One installed distribution in one folder of ``sys.path``.

    ``modules`` are the frameworks that its files are in; ``lost`` those of them that are not there.
    """

    name: str
    version: str
    location: str
    modules: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    installer: str | None = None
    editable: bool = False
    user_site: bool = False
    requires: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """One top-level module; ``detail`` is the exception, or how importing it ended the process."""

    name: str
    outcome: Import
    version: str | None = None
    file: str | None = None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPath:
    """One declared import path; ``names`` are its public functions and classes."""

    path: str
    outcome: Import
    detail: str | None = None
    backend: str | None = None
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """Of the names that two paths share, how many are one and the same object."""

    one: str
    other: str
    shared: int
    same: int

    @property
    def one_keras(self) -> bool:
        """Whether both paths lead to the same Keras; wrappers may hide a few objects."""
        return self.same * 2 > self.shared


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """The whole environment. ``shadows`` are files of the current folder named like a framework."""

    python: str
    executable: str
    prefix: str
    markers: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    copies: tuple[Copy, ...] = ()
    conda: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, Module] = field(default_factory=dict)
    paths: Mapping[str, ImportPath] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    keras_backend: str | None = None
    keras_json: Mapping[str, Any] | None = None
    keras_json_file: str | None = None
    legacy_keras: str | None = None
    user_site: str | None = None
    shadows: tuple[str, ...] = ()

    @property
    def wanted_backend(self) -> str | None:
        """What the settings ask for: KERAS_BACKEND, else keras.json, else nothing."""
        from_file = (self.keras_json or {}).get("backend")
        return self.keras_backend or (from_file if isinstance(from_file, str) else None)

    @property
    def active_backend(self) -> str | None:
        """What ``keras.backend`` runs on; where there is no such path, the others' one answer."""
        standalone = self.paths.get("keras.backend")
        if standalone is not None and standalone.backend is not None:
            return standalone.backend
        named = {
            p.backend for p in self.paths.values() if p.path.startswith(("tensorflow.", "tf_"))
        }
        return next(iter(named - {None}), None)

    def version(self, name: str) -> str | None:
        """The version of a module: its own word, else its distribution's, else None."""
        module = self.modules.get(name)
        if module is not None and module.version is not None:
            return module.version
        return next((copy.version for copy in self.copies if name in copy.modules), None)

    def imports(self, name: str) -> bool:
        """Whether the module was imported."""
        return name in self.modules and self.modules[name].outcome is Import.IMPORTED

    def absent(self, name: str) -> bool:
        """Whether the module is known not to be there."""
        return name in self.modules and self.modules[name].outcome is Import.ABSENT

    @property
    def tensorflow_path(self) -> str:
        """The path to TensorFlow's own Keras: in 1.1 to 1.3 it is below contrib."""
        contrib = self.paths.get("tensorflow.contrib.keras.backend")
        usual = self.paths.get("tensorflow.keras.backend")
        here = [p.path for p in (usual, contrib) if p and p.outcome is Import.IMPORTED]
        return here[0] if here else "tensorflow.keras.backend"

    def broken(self) -> tuple[str, ...]:
        """What ended the process, or never came back, when it was imported."""
        ends = (Import.CRASHED, Import.TIMED_OUT)
        modules = ((m.name, m.outcome, m.detail) for m in self.modules.values())
        paths = ((p.path, p.outcome, p.detail) for p in self.paths.values())
        return tuple(
            f"importing {name} {detail}"
            for name, outcome, detail in (*modules, *paths)
            if outcome in ends
        )

    def importable(self) -> tuple[ImportPath, ...]:
        """The paths that could be imported, in the order of asking."""
        return tuple(p for p in self.paths.values() if p.outcome is Import.IMPORTED)

    def relation(self, one: str, other: str) -> Relation | None:
        """How two paths relate, in either order."""
        return next((r for r in self.relations if {r.one, r.other} == {one, other}), None)


def surroundings(
    messages: Iterable[Mapping[str, Any]], ends: Mapping[str, tuple[Import, str]]
) -> Surroundings:
    """Put together what one or several processes told; of two answers the first counts.

    ``ends`` says what importing a name did to a process: crashed, or never came back.

    Raises:
        ValueError: the lines are not those of the probe.
    """
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for message in messages:
        by_type.setdefault(str(message.get("type")), []).append(message)
    try:
        hello, installed = by_type["hello"][0], by_type["installed"][0]
        settings = by_type["settings"][0]
        return Surroundings(
            python=hello["python"],
            executable=hello["executable"],
            prefix=hello["prefix"],
            markers=hello["markers"],
            packages=installed["packages"],
            copies=tuple(_copy(each) for each in installed["copies"]),
            conda=installed["conda"],
            modules=_modules(by_type.get("module", ()), ends),
            paths=_paths(by_type.get("path", ()), ends),
            relations=_relations(by_type.get("relation", ())),
            keras_backend=settings["keras_backend"],
            keras_json=settings["keras_json"],
            legacy_keras=settings["legacy_keras"],
            user_site=hello["user_site"],
            shadows=tuple(hello["shadows"]),
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not the probe's lines: {error!r}") from error


def _copy(told: Mapping[str, Any]) -> Copy:
    return Copy(
        name=told["name"],
        version=told["version"],
        location=told["location"],
        modules=tuple(told["modules"]),
        lost=tuple(told["lost"]),
        installer=told["installer"],
        editable=told["editable"],
        user_site=told["user_site"],
        requires=tuple(told["requires"]),
    )


def _modules(
    told: Iterable[Mapping[str, Any]], ends: Mapping[str, tuple[Import, str]]
) -> dict[str, Module]:
    found = {name: Module(name=name, outcome=Import.UNKNOWN) for name in ROOTS}
    for each in told:
        found[each["name"]] = Module(
            name=each["name"],
            outcome=Import(each["outcome"]),
            version=each["version"],
            file=each["file"],
            detail=each["detail"],
        )
    for name, (outcome, detail) in ends.items():
        if name in found:
            found[name] = Module(name=name, outcome=outcome, detail=detail)
    return found


def _paths(
    told: Iterable[Mapping[str, Any]], ends: Mapping[str, tuple[Import, str]]
) -> dict[str, ImportPath]:
    found: dict[str, ImportPath] = {}
    for each in told:
        imported = each["outcome"] == "importable"
        found.setdefault(
            each["path"],
            ImportPath(
                path=each["path"],
                outcome=Import.IMPORTED if imported else Import.RAISES,
                detail=each["detail"],
                backend=each["backend"],
                names=frozenset(each["names"]),
            ),
        )
    for name, (outcome, detail) in ends.items():
        if name not in ROOTS:
            found[name] = ImportPath(path=name, outcome=outcome, detail=detail)
    return found


def _relations(told: Iterable[Mapping[str, Any]]) -> tuple[Relation, ...]:
    return tuple(
        Relation(one=r["one"], other=r["other"], shared=r["shared"], same=r["same"]) for r in told
    )
