"""What the files and lines of a traceback show of versions, and where that contradicts a claim.

The releases in these lists were found by reading the files of every Keras release on the index,
and of TensorFlow 1.9 to 2.21.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import Version

from keras_matrix.evidence.imports import habits, module_of, resolve
from keras_matrix.evidence.model import Doubt, DoubtKind, ErrorSignature, Frame
from keras_matrix.releases import Catalogue, parse_version


@dataclass(frozen=True, kw_only=True, slots=True)
class Clue:
    """Something seen in a traceback, and the releases of a project that have it."""

    project: str
    releases: SpecifierSet
    seen: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rule:
    """``pattern`` is matched with an installed file's path, a source line or a message."""

    pattern: re.Pattern[str]
    project: str
    releases: str


def _rule(pattern: str, project: str, releases: str) -> _Rule:
    return _Rule(pattern=re.compile(pattern), project=project, releases=releases)


_FILES = (
    _rule(r"^keras/backend/(?:tensorflow|theano)_backend\.py", "keras", ">=0.3,<2.4.3"),
    _rule(r"^keras/backend/cntk_backend\.py", "keras", ">=2.0.5,<2.4.3"),
    _rule(r"^keras/backend/load_backend\.py", "keras", ">=2.2.5,<2.4.3"),
    _rule(r"^keras/backend\.py", "keras", ">=2.4,<2.13"),
    _rule(r"^keras/engine/base_layer\.py", "keras", ">=2.2,<2.13"),
    _rule(r"^keras/engine/topology\.py", "keras", ">=1,<2.6"),
    _rule(r"^keras/engine/network\.py", "keras", ">=2.2,<2.6"),
    _rule(r"^keras/engine/(?:sequential|saving)\.py", "keras", ">=2.2,<2.13"),
    _rule(r"^keras/engine/training\.py", "keras", ">=1,<2.13"),
    _rule(r"^keras/legacy/interfaces\.py", "keras", ">=2,<2.4.3"),
    _rule(r"^keras/layers/normalization\.py", "keras", "<2.6"),
    _rule(r"^keras/models\.py", "keras", "<2.9"),
    _rule(r"^keras/utils/traceback_utils\.py", "keras", ">=2.7,<2.13"),
    _rule(r"^keras/src/engine/", "keras", ">=2.13,<3"),
    _rule(r"^keras/src/(?:backend/|legacy/|ops/)", "keras", ">=3"),
    _rule(r"^keras/src/", "keras", ">=2.13"),
    _rule(r"^keras/api/_v[12]/", "keras", ">=2.6,<3"),
    _rule(r"^keras/_tf_keras/", "keras", ">=3"),
    _rule(r"^tensorflow_core/", "tensorflow", ">=1.15,<2.2"),
    _rule(r"^tensorflow/contrib/", "tensorflow", "<1.15"),
    _rule(r"^tensorflow/python/framework/", "tensorflow", "!=1.15.*,!=2.0.*,!=2.1.*"),
)
# In functions only: Keras 2.2 kept the file for its imports.
_TOPOLOGY = _rule(r"^keras/engine/topology\.py", "keras", ">=1,<2.2")
# Functions and source lines of keras/backend/tensorflow_backend.py.
_LINES = (
    _rule(r"\btf\.(?:get_default_graph|get_default_session)\(\)", "keras", ">=1.0.2,<2.3"),
    _rule(r"\btf\.(?:Session|ConfigProto|log|assign|random_uniform)\(", "keras", "<2.3"),
    _rule(
        r"\btf\.compat\.v1\b|\btf_keras_backend\b|\bsymbolic_fn_wrapper\b", "keras", ">=2.3,<2.4.3"
    ),
    _rule(r"experimental_list_devices", "keras", ">=2.3,<2.4.3"),
    _rule(r"\btf\.truncated_normal\(", "keras", ">=2,<2.3"),
    _rule(r"\btf\.pack\(", "keras", "<2"),
    _rule(r"\btf\.(?:unpack|select)\(", "keras", "<1.2.1"),
    _rule(r"\btf\.python\.control_flow_ops", "keras", ">=0.3.1,<1.1.1"),
    _rule(r"\breduction_indices\b", "keras", "<2.0.6"),
    _rule(r"\bkeep_dims=", "keras", "<2.1.3"),
    _rule(r"\btf\.nn\.leaky_relu\(", "keras", ">=2.1.3,<2.4.3"),
)
_MESSAGES = (
    _rule(r"'tensorflow\._api\.v1\.keras", "tensorflow", ">=1.11,<1.15"),
    _rule(r"'tensorflow(?:_core)?\._api\.v2\.", "tensorflow", ">=2"),
    _rule(r"'tensorflow_core\.", "tensorflow", ">=1.15,<2.2"),
    _rule(r"'keras\.api\._v[12]\.", "keras", ">=2.6,<3"),
    _rule(r"'keras\.api\.(?!_)", "keras", ">=3.3,<3.10"),
    _rule(r"'keras\._tf_keras\.", "keras", ">=3"),
    _rule(r"^Keras requires TensorFlow 2\.2 or higher", "keras", ">=2.4,<2.6"),
)
GONE_FROM_2 = frozenset(
    (
        *("get_default_graph", "get_default_session", "reset_default_graph", "Session"),
        *("InteractiveSession", "ConfigProto", "GPUOptions", "placeholder", "get_variable"),
        *("variable_scope", "global_variables_initializer", "assign", "log", "to_float"),
        *("set_random_seed", "Print", "space_to_depth", "truncated_normal", "random_uniform"),
    )
)
"""Names of TensorFlow 1; tf.compat.v1 has them all in 2.0.4, 2.15.0 and 2.16.1, tf none."""
_GONE_FROM_1 = frozenset(("pack", "unpack", "mul", "sub", "neg", "select"))
_BANNER = ">=0.3,<2.4.3"
_NAMED_FILE = re.compile(r"\(([^()]{1,400}\.py)\)")


def clues(
    frames: Sequence[Frame], errors: Iterable[ErrorSignature], banner: str | None
) -> Iterator[Clue]:
    """Everything in the traceback, the messages and the banner that tells releases apart."""
    for frame in frames:
        file = _installed(frame.file)
        if file is None:
            continue
        yield from _matching(_FILES, file, f"{file} is in the traceback")
        if frame.function not in (None, "<module>"):
            yield from _matching((_TOPOLOGY,), file, f"{file} is in the traceback")
        if file.startswith("keras/backend/tensorflow_backend.") and frame.code:
            line = f"the traceback shows the line “{frame.code[:80]}” of {file}"
            yield from _matching(_LINES, f"{frame.function}: {frame.code}", line)
    for error in errors:
        named = _NAMED_FILE.search(error.message)
        if named and (file := _installed(named[1])):
            yield from _matching(_FILES, file, f"the message names {file}")
        yield from _matching(_MESSAGES, error.message, f"the message is “{error.message[:80]}”")
        if error.path == "tensorflow" and error.name in GONE_FROM_2:
            seen = f"tf.{error.name}, which TensorFlow 1 has, is missing"
            yield Clue(project="tensorflow", releases=SpecifierSet(">=2.0.0a0"), seen=seen)
        if error.path == "tensorflow" and error.name in _GONE_FROM_1:
            seen = f"tf.{error.name}, which TensorFlow before 1.0 has, is missing"
            yield Clue(project="tensorflow", releases=SpecifierSet(">=1.0.0a0"), seen=seen)
    if banner is not None:
        releases = SpecifierSet(_BANNER)
        yield Clue(project="keras", releases=releases, seen=f"“{banner[:60]}” was printed")


def shown(found: Iterable[Clue], catalogue: Catalogue) -> Mapping[str, str]:
    """All clues of a project as one specifier; nothing where no release fits them all."""
    together: dict[str, SpecifierSet] = {}
    for clue in found:
        together[clue.project] = together.get(clue.project, SpecifierSet()) & clue.releases
    return {
        project: str(_tightest(releases))
        for project, releases in together.items()
        if any(releases.contains(version) for version in catalogue.versions(project))
    }


def _tightest(releases: SpecifierSet) -> SpecifierSet:
    """The same without the bounds that others imply."""
    least = [each for each in releases if each.operator == ">="]
    below = [each for each in releases if each.operator == "<"]
    kept = [each for each in releases if each.operator not in (">=", "<")]
    kept.extend(sorted(least, key=_bound)[-1:])
    kept.extend(sorted(below, key=_bound)[:1])
    return SpecifierSet(",".join(str(each) for each in kept))


def _bound(specifier: Specifier) -> Version:
    return Version(specifier.version)


def trace_doubts(
    found: Iterable[Clue], frames: Sequence[Frame], versions: Mapping[str, str]
) -> Iterator[Doubt]:
    """Each way in which the traceback contradicts the versions to go by."""
    told: set[tuple[str, str]] = set()
    for clue in found:
        version = versions.get(clue.project)
        key = clue.project, str(clue.releases)
        if key in told or version is None or not _outside(version, clue.releases):
            continue
        told.add(key)
        yield _doubt(
            f"{clue.project} {version} is claimed, but {clue.seen}: "
            f"only {clue.project} {_words(clue.releases)} shows that."
        )
    yield from _tf_keras(frames, versions)


def line_doubts(error: ErrorSignature) -> Iterator[Doubt]:
    """Where the line shown takes the missing name from another module than the message names."""
    last = error.frames[-1] if error.frames else None
    if last is None or last.code is None or error.path is None or _installed(last.file) is None:
        return
    owner = re.search(rf"(?<![\w.])([A-Za-z_][\w.]*)\.{re.escape(error.name or '')}\b", last.code)
    path = resolve(owner[1], habits(last.file)) if owner else None
    if path is not None and path != error.path:
        yield _doubt(
            f"The line shown, “{last.code[:80]}”, asks {path} for {error.name}, but the message "
            f"names {error.path}: the file was changed after it was loaded, or it is another one."
        )


def _matching(rules: Sequence[_Rule], text: str, seen: str) -> Iterator[Clue]:
    for rule in rules:
        if rule.pattern.search(text):
            yield Clue(project=rule.project, releases=SpecifierSet(rule.releases), seen=seen)


def _installed(file: str) -> str | None:
    module = module_of(file)
    return f"{module.replace('.', '/')}.py" if module else None


def _tf_keras(frames: Sequence[Frame], versions: Mapping[str, str]) -> Iterator[Doubt]:
    files = [file for frame in frames if (file := _installed(frame.file))]
    own = any(re.match(r"tensorflow(?:_core)?/python/keras/", file) for file in files)
    standalone = any(file.startswith("keras/") for file in files)
    keras = versions.get("keras")
    if own and not standalone and keras and _outside(keras, SpecifierSet(">=2.4,<2.6")):
        yield _doubt(
            f"keras {keras} is claimed, but the traceback runs through tensorflow/python/keras "
            "alone: it is TensorFlow's own tf.keras that fails."
        )


def _outside(version: str, releases: SpecifierSet) -> bool:
    return parse_version(version) is not None and not releases.contains(version, prereleases=True)


def _words(releases: SpecifierSet) -> str:
    """ "from 2.2 and before 2.13" for ">=2.2,<2.13"."""
    words = {">=": "from", "<": "before", "!=": "not"}
    parts = sorted(releases, key=lambda each: list(words).index(each.operator))
    return " and ".join(
        f"{words[part.operator]} {part.version.removesuffix('.0a0')}" for part in parts
    )


def _doubt(text: str) -> Doubt:
    return Doubt(kind=DoubtKind.TRACEBACK_CONTRADICTS, text=text)
