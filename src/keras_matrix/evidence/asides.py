"""Whether a sentence tells of another environment than the failing one: a cure, a wish, a rule."""

import re
from collections.abc import Sequence

_BREAK = re.compile(
    r"[.;!?](?= |$)|,? (?=(?:but|however|while|whereas|although) )|, (?=and (?:now|it|then))"
)
_ELSEWHERE = re.compile(
    r"\b(?:"
    r"downgrad|upgrad|roll(?:ed|ing)? back|(?:re)?solve[sd]?\b|solution\b|fix(?:ed|es)?\b"
    r"|work(?:s|ed|ing)?\b|instead\b|recommend|requires?\b|needs?\b|help(?:ed|s)\b"
    r"|chang(?:ed|ing)\b"
    r"|switch(?:ed|ing)? (?:back )?to\b|in case of\b|supports?\b|compatible with\b|as of\b|before\b"
    r"|written (?:for|in|with)\b|(?:re)?moved? (?:in|from|to|since)\b|until\b|prior to\b"
    r"|(?:older|newer) than\b|deprecated (?:in|since)\b|introduced in\b|(?:designed|meant) for\b"
    r"|at least\b|up to\b|calls for\b|expects\b|since (?!i |we )|uninstall"
    r"|(?:try|please|could you|you should|you can|you need to|must|have to|if you|when you)"
    r" (?:\w+ )?"
    r"(?:try|us(?:e|ing)|install(?:ing)?|with|this|it|have|be|set|make|check|run)\b"
    r"|should (?:be|use|install|have|try)\b|try:"
    r")",
    re.I,
)
_FAILING = re.compile(
    r"\bnot\b|n't\b|\bno longer\b|\bstill\b|\berrors?\b|\bfail|\bbr[oe]ken?\b|\bbreaks\b"
    r"|\bstopped\b|\bnow\b|\bafter\b|\bsame (?:error|issue|problem)|\bget(?:ting)?\b|\bgot\b"
    r"|\bwithout success\b|\bhave tried\b|\bcurrently\b|\braises\b|\bin vain\b|\bcrash|\bproblem\b"
    r"|\bi(?:'m| am|'ve| have)? (?:us(?:e|ing)|run(?:ning)?|on|installed|working|have)\b|\bmy\b",
    re.I,
)
_PERSISTS = re.compile(r"\bstill\b|\bsame\b|n't (?:help|work)|not help|no luck|no avail", re.I)
_REACH = 250
"""A sentence is looked at so many characters to each side."""
_FROM = re.compile(r"\b(?:from|off|of) (?:version )?$", re.I)


def is_aside(line: str, start: int) -> bool:
    """Whether the sentence around a place of a line speaks of another environment."""
    if _FROM.search(line[max(0, start - 14) : start]):
        return False  # "downgraded from Keras 2.3.1": that one failed
    first, last = max(0, start - _REACH), min(len(line), start + _REACH)
    begin = max((found.end() for found in _BREAK.finditer(line, first, start)), default=first)
    end = next((found.start() for found in _BREAK.finditer(line, start, last)), last)
    clause = line[begin:end]
    if not _ELSEWHERE.search(clause) or _FAILING.search(clause):
        return False
    return not _PERSISTS.search(line[end : end + 80])


def is_cure(lines: Sequence[str], number: int) -> bool:
    """Whether the command on a line is what the lines before it recommend."""
    before = [line for line in lines[max(0, number - 5) : number] if line.strip()][-2:]
    sentences = [line for line in before if " " in line.strip() and not line.startswith(" ")]
    return any(_ELSEWHERE.search(each) and not _FAILING.search(each) for each in sentences)
