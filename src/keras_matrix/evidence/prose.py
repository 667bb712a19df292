"""Versions in sentences: "keras 2.2.4 with TF 2.0 on python 3.7"."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice

from keras_matrix.evidence.asides import is_aside
from keras_matrix.evidence.model import Source
from keras_matrix.evidence.projects import VERSION, Stated, stated

_NAME = (
    r"tensor[- ]?flow[-_ ](?:gpu|cpu|macos|rocm|intel|directml)|tensor[- ]?flow|tf[-_ ](?:gpu|cpu)"
    r"|tf[-_ ]nightly(?:[-_]gpu)?(?:-2\.0-preview)?|tf[-_.]keras|tensorflow\.keras|tf"
    r"|keras[-_](?:nightly|gpu|core)|keras|theano|jax|pytorch|torch|cntk|python|py"
)
# What may stand between a name and its version.
_BETWEEN = (
    r"[ :=`*\"'(|\[,@~/)-]"
    r"|\b(?:versions?|is|was|releases?|installed|number|package|library|api|backend|gpu|cpu|use"
    r"|you are using|use command below|x64|stable|seems to be|imported|unknown|used|using"
    r"|from|to|install|environment|code)\b"
    r"|\bver\b\.?|\bv(?=\d| \d)|\bb(?=')|'s\b"
)
_AND = r" ?(?:,|/|&|;|\band\b|\bwith\b|\+) ?"
_BARE = rf"v?(?:{VERSION}|\d\.[xX]|\d\.\d{{1,2}}\.[xX]|latest)"
_END = (
    r"(?![\w%])(?!\.\d)(?!\+(?![A-Za-z]))(?! ?(?:onwards?"
    r"|(?:or|and) (?:higher|later|newer|above|greater|up|upwards)\b))"
)
_BEFORE = r"(?<![\w./\\@<>-])"
_NAMED = re.compile(
    rf"{_BEFORE}(?P<name>{_NAME})(?:{_BETWEEN}){{0,18}}(?<![\d.])(?P<version>{_BARE}){_END}", re.I
)
_BOTH = re.compile(
    rf"{_BEFORE}(?P<one>{_NAME}){_AND}(?P<other>{_NAME})"
    r"(?: ?'?s?\b(?: versions?)?(?: (?:are|is|were|of|installed|respectively))?)[ :=(]{1,4}"
    rf"(?P<first>v?{VERSION}){_AND}(?P<second>v?{VERSION}){_END}",
    re.I,
)
_OF = re.compile(
    rf"(?<![\w.-])(?:(?P<version>v?{VERSION})(?: stable)?(?: versions?| releases?| of| for){{1,2}}"
    r"|(?:latest|newest|most recent)(?: stable| versions?| releases?| of| for){0,3})"
    rf"(?: the)? (?P<name>{_NAME})(?![\w-]|\.\w)",
    re.I,
)
_DESCRIBED = re.compile(
    rf"(?:v?{VERSION}|unknown)['\"]?,? {{1,3}}['\"]?"
    r"(?P<version>\d{1,2}\.\d{1,3}\.\d{1,3}[\w.-]{0,20})"
)
_COMPACT_PYTHON = re.compile(r"(?<![\w./\\-])(?:py|python)-?([23])(\d{1,2})(?!\w|\.\d)", re.I)
_LOOKALIKE = re.compile(r"flow|keras|theano|python|\btf|\bpy|torch|jax|cntk", re.I)
# Lines that name versions and say nothing of the environment: installers, logs, issue templates.
_SKIP = re.compile(
    r"Could not find a version|Uninstalling |Found existing installation|stream_executor"
    r"|will be (?:removed|deprecated)|was deprecated|default version of TensorFlow"
    r"|compute capability|GIT_VERSION, tf\.|https?://\S{0,300}$|^ {0,4}(?:```|~~~)"
)


MOST = 20
"""So many versions of one line are read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mention:
    """A name and a version that belong together; ``start`` is their place in the line."""

    name: str
    version: str
    start: int


def told(lines: Sequence[str], skip: Set[int]) -> Iterator[Stated]:
    """Every version in a sentence; the lines of ``skip`` were understood otherwise."""
    for number, line in enumerate(lines):
        if number in skip or not _LOOKALIKE.search(line) or _SKIP.search(line):
            continue
        for each in islice(_mentions(line), MOST):
            aside = is_aside(line, each.start)
            for found in stated(_name(each.name), each.version, Source.PROSE, line, number):
                yield replace(found, claim=replace(found.claim, aside=aside))


def _mentions(line: str) -> Iterator[_Mention]:
    taken: set[int] = set()
    for match in _BOTH.finditer(line):
        taken.update(range(match.start(), match.end()))
        yield _Mention(name=match["one"], version=match["first"], start=match.start())
        yield _Mention(name=match["other"], version=match["second"], start=match.start())
    for match in _NAMED.finditer(line):
        if match.start() in taken or _is_path(line, match.end()):
            continue
        taken.update(range(match.start(), match.end()))
        if "." not in match["version"] and line[match.start() - 1 : match.start()] in ("'", '"'):
            continue  # no attribute 'tf2'
        longer = _DESCRIBED.match(line, match.start("version"))
        version = (longer or match)["version"]
        yield _Mention(name=match["name"], version=version, start=match.start())
    for match in _OF.finditer(line):
        if match.start() in taken or match.start("name") in taken:
            continue
        version = match["version"] or "latest"
        yield _Mention(name=match["name"], version=version, start=match.start())
    for match in _COMPACT_PYTHON.finditer(line):
        yield _Mention(name="python", version=f"{match[1]}.{match[2]}", start=match.start())


def _name(name: str) -> str:
    """The distribution that is meant."""
    name = name.lower().replace("_", "-").replace(" ", "-").replace("tensor-flow", "tensorflow")
    return {"tf-gpu": "tensorflow", "tf-cpu": "tensorflow"}.get(name, name)


def _is_path(line: str, end: int) -> bool:
    """Whether the name stands in a path, a module or a file's name, not in a sentence."""
    following = line[end : end + 2]
    return (
        following[:1] in ("\\", "_")
        or (following[:1] == "/" and following[1:].isalpha())
        or re.match(r"\.(?:py|ipynb)\b", line[end:]) is not None
    )
