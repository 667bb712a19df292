"""What is asked: of which name or script, over whose releases, with what held fixed. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePath

from keras_matrix.errors import InputError
from keras_matrix.evidence.names import normalise_path
from keras_matrix.knowledge import Knowledge
from keras_matrix.matrix.cells import FRAMEWORK_PINS
from keras_matrix.matrix.yamlmarks import did_you_mean
from keras_matrix.releases import Catalogue, parse_version
from keras_matrix.tables.eras import version_key
from keras_matrix.wheels import PYTHONS

AXES = ("keras", "tensorflow", "theano", "jax")
"""Projects over whose releases can be asked."""

_DEFAULT_BACKEND = "tensorflow"
_SPELT_ALIKE = 0.8
_FILE_NAME = re.compile(r"[A-Za-z_][\w.-]{0,60}\.py")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """A name of an import path, measured by its own probe."""

    path: str
    name: str

    def __str__(self) -> str:
        return f"{self.path}.{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """A user's program, measured by how it ends. ``name`` is its path as it was given."""

    name: str
    code: bytes

    @property
    def file(self) -> str:
        """What it is called where it runs."""
        name = PurePath(self.name).name
        return name if _FILE_NAME.fullmatch(name) else "script.py"

    def __str__(self) -> str:
        return self.name


Subject = Attribute | Script


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """``releases`` are those of ``over`` in the range, oldest first; pre-releases are left out.

    ``fixed`` maps a pin to the version that it has in every step; ``moving`` is the project that
    goes along by rule, None where its version is fixed. ``every`` asks for every single release.
    """

    subject: Subject
    over: str
    releases: tuple[str, ...]
    backend: str
    fixed: Mapping[str, str]
    moving: str | None
    python: str | None = None
    every: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The command line, before anything is known of it.

    ``beside`` are the words of --with: NAME=VERSION, or a NAME that goes along by rule.
    """

    over: str
    beside: Sequence[str] = ()
    lowest: str | None = None
    highest: str | None = None
    every: bool = False


def understand(asked: Asked, subject: Subject, catalogue: Catalogue) -> Question:
    """The question that the words mean.

    Raises:
        InputError: every unknown project or release, each with the nearest that exists.
    """
    problems: list[str] = []
    named = dict(_beside(asked, catalogue, problems))
    python = named.pop("python", None)
    releases = _range(asked, catalogue, problems)
    backend = asked.over
    if asked.over == "keras":
        frameworks = [pin for pin in named if pin in FRAMEWORK_PINS]
        backend = frameworks[0] if frameworks else _DEFAULT_BACKEND
    partner = backend if asked.over == "keras" else "keras"
    if asked.over in named:
        problems.append(f"--with {asked.over}: its releases are what --over runs over")
    for name, version in named.items():
        if version is None and name != partner:
            problems.append(f"--with {name}: say which release, as in --with {name}=…")
    if problems:
        raise InputError(problems)
    fixed = {name: version for name, version in named.items() if version is not None}
    return Question(
        subject=subject,
        over=asked.over,
        releases=releases,
        backend=backend,
        fixed=fixed,
        moving=None if partner in fixed else partner,
        python=python,
        every=asked.every,
    )


def _beside(
    asked: Asked, catalogue: Catalogue, problems: list[str]
) -> Iterator[tuple[str, str | None]]:
    for word in asked.beside:
        name, equals, version = (part.strip() for part in word.partition("="))
        version = version.removeprefix("=")  # tensorflow==1.15.5 is as clear
        if name == "python":
            if version not in PYTHONS:
                problems.append(f"--with {word}: Python is one of {', '.join(PYTHONS)}")
            yield name, version
        elif not catalogue.versions(name):
            hint = did_you_mean(name, [*catalogue.projects, "python"])
            problems.append(f"--with {word}: no project called {name!r} is known{hint}")
        elif not equals:
            yield name, None
        elif (release := catalogue.release(name, version)) is None:
            problems.append(_never_existed(name, version, catalogue))
        else:
            yield name, release.version


def _range(asked: Asked, catalogue: Catalogue, problems: list[str]) -> tuple[str, ...]:
    """The final releases between the ends, both included; an end may itself be a pre-release."""
    known = catalogue.versions(asked.over)
    lowest = _end("--from", asked.over, asked.lowest, catalogue, problems)
    highest = _end("--to", asked.over, asked.highest, catalogue, problems)
    first, last = lowest[:1], highest[-1:]
    if first and last and version_key(first[0]) > version_key(last[0]):
        problems.append(f"--from {asked.lowest} is newer than --to {asked.highest}")
    return tuple(
        version
        for version in known
        if (not version_key(version).is_prerelease or version in (*first, *last))
        and all(version_key(version) >= version_key(end) for end in first)
        and all(version_key(version) <= version_key(end) for end in last)
    )


def _end(
    option: str, over: str, text: str | None, catalogue: Catalogue, problems: list[str]
) -> tuple[str, ...]:
    """The releases that an end names: "2.4" is each final 2.4.x, "2.4.0" itself alone."""
    if text is None:
        return ()
    wanted = parse_version(text)
    if wanted is not None and len(wanted.release) <= 2 and not wanted.is_prerelease:
        of_minor = [v for v in map(version_key, catalogue.versions(over)) if not v.is_prerelease]
        length = len(wanted.release)
        if found := [str(v) for v in of_minor if v.release[:length] == wanted.release]:
            return tuple(found)
    release = catalogue.release(over, text)
    if release is None:
        problems.append(f"{option}: {_never_existed(over, text, catalogue)}")
        return ()
    return (release.version,)


def _never_existed(project: str, version: str, catalogue: Catalogue) -> str:
    if parse_version(version) is None:
        return f"{project}: {version!r} is no version"
    nearest = catalogue.nearest(project, version)
    return f"{project} {version} never existed; the nearest release is {nearest}"


def attribute(text: str, paths: Sequence[str]) -> Attribute:
    """The name that a dotted text means.

    Raises:
        InputError: no import path that is probed, or no name of Python's.
    """
    path, _, name = text.strip().removesuffix("()").rpartition(".")
    path = normalise_path(path)
    if path not in paths:
        hint = did_you_mean(path, paths) or f"; known: {', '.join(paths)}"
        raise InputError([f"--attribute: {path or text!r} is no import path that is probed{hint}"])
    if not re.fullmatch(r"[^\W\d]\w*", name):
        raise InputError([f"--attribute: {name!r} is no name that a module can have"])
    return Attribute(path=path, name=name)


def near_miss(subject: Attribute, knowledge: Knowledge) -> str | None:
    """The measured name that is spelt like this one, where no measured cell has this one."""
    if any(subject.name in set(knowledge.names(path)) for path in knowledge.paths):
        return None
    known = sorted(set(knowledge.names(subject.path)))
    return next(iter(get_close_matches(subject.name, known, n=1, cutoff=_SPELT_ALIKE)), None)
