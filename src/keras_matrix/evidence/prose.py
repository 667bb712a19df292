"""Versions in sentences: "keras 2.2.4 with TF 2.0 on python 3.7"."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from keras_matrix.evidence.model import Source
from keras_matrix.evidence.projects import VERSION, Stated, stated

_NAME = (
    r"tensorflow[-_ ]?(?:gpu|cpu|macos|rocm|intel|directml)|tensorflow|tf[-_ ](?:gpu|cpu)"
    r"|tf[-_ ]nightly(?:[-_]gpu)?(?:-2\.0-preview)?|tf[-_.]keras|tensorflow\.keras|tf"
    r"|keras[-_](?:nightly|gpu|core)|keras|theano|jax|pytorch|torch|cntk|python|py"
)
_WORD = (
    r"[ :=`*\"'(|\[,@~/-]|\bversions?\b|\bver\b\.?|\bv(?=\d| \d)|\bis\b|\bwas\b|\breleases?\b"
    r"|\binstalled\b|\bnumber\b|\bpackage\b|\blibrary\b|\bapi\b|\bbackend\b|\bgpu\b|\bcpu\b"
    r"|\byou are using\b|\buse command below\b|\b[xX]64\b|\bstable\b|\bseems to be\b|\bimported\b"
    r"|\bunknown\b|\bb(?=')|\)|\bused\b|\busing\b|'s\b|\bfrom\b|\binstall\b|\benvironment\b|\bcode\b"
)
_END = r"(?![\w%])(?!\.\d)(?! ?(?:\+|or (?:higher|later|newer|above|greater|up)|and (?:above|up|later|higher|newer)|onwards?))"
_NAMED = re.compile(
    rf"(?<![\w./\\@<>-])(?P<name>{_NAME})(?P<gap>(?:{_WORD}){{0,18}})(?<![\d.])"
    rf"v?(?P<version>{VERSION}|\d\.[xX]|\d\.\d{{1,2}}\.[xX]){_END}",
    re.I,
)
_GIT_AND_VERSION = re.compile(
    rf"(?:v?{VERSION}|unknown)['\"]?,? {{1,3}}['\"]?(?P<version>\d{{1,2}}\.\d{{1,3}}\.\d{{1,3}}[\w.-]{{0,20}})"
)
_OF = re.compile(
    rf"(?<![\w.-])v?(?P<version>{VERSION}) (?:versions? )?(?:of|for) (?:the )?(?P<name>{_NAME})(?![\w.-])",
    re.I,
)
_BOTH = re.compile(
    rf"(?<![\w./-])(?P<one>{_NAME}) ?(?:,|/|&|and|with|\+) ?(?P<other>{_NAME})"
    rf"(?: ?'?s?\b(?: versions?)?(?: (?:are|is|were|of|installed|respectively))?)[ :=(]{{1,4}}"
    rf"v?(?P<first>{VERSION}) ?(?:,|/|&|and|with|\+|;) ?v?(?P<second>{VERSION}){_END}",
    re.I,
)
_COMPACT_PYTHON = re.compile(r"(?<![\w./\\-])(?:py|python)-?([23])(\d{1,2})(?![\w.])", re.I)
_SKIP = re.compile(
    r"Could not find a version|Uninstalling |Found existing installation|stream_executor"
    r"|will be (?:removed|deprecated)|was deprecated|default version of TensorFlow|compute capability"
)
_LOOKALIKE = re.compile(r"tensorflow|keras|theano|python|\btf|\bpy|torch|jax|cntk", re.I)
_BREAK = re.compile(
    r"[.;!?](?= |$)|,? (?=but |however|while |whereas |although )|, (?=and (?:now|it|then))"
)
_ELSEWHERE = re.compile(
    r"\bdowngrad|\bupgrad|\broll(?:ed|ing)? back|\b(?:re)?solve[sd]?\b|\bsolution\b|\bfix(?:ed|es)?\b"
    r"|\bwork(?:s|ed|ing)\b|\bwill work\b|\binstead\b|\btry\b|\bshould\b|\brecommend|\brequire"
    r"|\bneeds?\b|\bswitch(?:ed|ing)? (?:back )?to\b|\bhelp(?:ed|s)\b|\bchang(?:ed|ing)\b|\bin case of\b"
    r"|\bsupports?\b|\bcompatible with\b|\bwritten (?:for|in|with)\b|\bas of\b|\bsince\b"
    r"|\b(?:re)?moved? (?:in|from|to|since)\b|\bbefore\b|\bprior to\b|\buntil\b|\bolder than\b"
    r"|\bnewer than\b|\bdeprecated (?:in|since)\b|\bintroduced in\b|\bdesigned for\b|\bmeant for\b"
    r"|\bat least\b|\bup to\b|\bcalls for\b|\bexpects\b|\b(?:if|when) you\b|\bcould you\b|\bplease\b",
    re.I,
)
_FAILING = re.compile(
    r"\bnot\b|n't\b|\bno longer\b|\bstill\b|\berror\b|\bfail|\bbr[oe]ken?\b|\bstopped\b|\bnow\b"
    r"|\bafter\b|\bsame (?:error|issue|problem)|\bget(?:ting)?\b|\bgot\b|\bwithout success\b"
    r"|\bhave tried\b|\bi(?:'m| am|'ve| have) (?:using|running|on|installed)|\bcurrently\b|\braises\b"
    r"|\bin vain\b|\bcrash",
    re.I,
)
_PERSISTS = re.compile(
    r"\bstill\b|\bsame\b|n't (?:help|work)|\bnot help|\bno luck\b|\bno avail\b", re.I
)
_FROM = re.compile(r"\bfrom (?:version )?$|\bon (?:version )?$", re.I)


def told(lines: Sequence[str], skip: Set[int]) -> Iterator[Stated]:
    """Every version in a sentence; the lines of ``skip`` were understood otherwise."""
    for number, line in enumerate(lines):
        if number in skip or not _LOOKALIKE.search(line) or _SKIP.search(line):
            continue
        for name, version, start in _mentions(line):
            found = stated(name, version, Source.PROSE, line, number)
            if found is not None:
                yield found if not _aside(line, start) else _set_aside(found)


def _mentions(line: str) -> Iterator[tuple[str, str, int]]:
    """(name, version, where in the line)."""
    taken: set[int] = set()
    for match in _BOTH.finditer(line):
        taken.update(range(match.start(), match.end()))
        yield match["one"], match["first"], match.start()
        yield match["other"], match["second"], match.start()
    for match in _NAMED.finditer(line):
        if match.start() in taken or _is_path(line, match):
            continue
        taken.update(range(match.start(), match.end()))
        version = match["version"]
        if later := _GIT_AND_VERSION.match(line, match.start("version")):
            version = later["version"]
        yield _name(match["name"]), version, match.start()
    for match in _OF.finditer(line):
        if match.start() not in taken and match.start("name") not in taken:
            yield _name(match["name"]), match["version"], match.start()
    for match in _COMPACT_PYTHON.finditer(line):
        yield "python", f"{match[1]}.{match[2]}", match.start()


def _name(name: str) -> str:
    name = name.lower().replace(" ", "-").replace("_", "-")
    if name in ("tf.keras", "tensorflow.keras"):
        return "tf.keras"
    return {"tf-gpu": "tensorflow", "tf-cpu": "tensorflow"}.get(name, name)


def _is_path(line: str, match: re.Match[str]) -> bool:
    """Whether the name stands in a path, a module or a URL, not in a sentence."""
    following = line[match.end() : match.end() + 1]
    return following in ("\\", "_") or (following == "/" and line[match.end() + 1 :][:1].isalpha())


def _aside(line: str, start: int) -> bool:
    """Whether the sentence tells of another environment: a cure, a wish, a requirement."""
    if _FROM.search(line[max(0, start - 14) : start]):
        return False
    begin = max((m.end() for m in _BREAK.finditer(line, 0, start)), default=0)
    finish = next((m.start() for m in _BREAK.finditer(line, start)), len(line))
    clause = line[begin:finish]
    if not _ELSEWHERE.search(clause) or _FAILING.search(clause):
        return False
    return not _PERSISTS.search(line[finish : finish + 80])


def _set_aside(found: Stated) -> Stated:
    return replace(found, claim=replace(found.claim, aside=True))
