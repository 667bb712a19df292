"""The pasted text, bounded and cleaned: what every reader of this package reads."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

END = 1_000_000
"""So many characters of the beginning, and as many of the end, are read; what lies between in a
longer text is not."""

LINE = 2_000
"""Longer lines are read as several."""

_ANSI = re.compile(
    r"(?:\x1b|\\u001b|\\x1b|\\033)\[[0-9;?]{0,30}[A-Za-z]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)"
    r"|\x1b[@-Z\\-_]|\[(?:\d{1,3};){0,4}\d{1,3}m"
)
_QUOTES = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u00a0\u2007\u202f\u2009", " "),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u2060", None),
    }
)
_BREAKS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FENCES = re.compile(r"<pre[^<>]{0,200}>(?:\s{0,9}<code[^<>]{0,200}>)?", re.I)
_FENCES_END = re.compile(r"(?:</code>\s{0,9})?</pre>", re.I)
_TAGS = re.compile(
    r"</?(?:p|br|code|strong|em|a|li|ul|ol|div|span|details|summary|h[1-6]|b|i|tt|blockquote|td|tr"
    r"|th|table|tbody|thead|kbd|sub|sup)(?:\s[^<>\n]{0,400})?/?>",
    re.I,
)
_QUOTED = re.compile(r"^ {0,3}(?:> ?){1,5}(?!>)")
_PROMPT = re.compile(r"^ {0,8}>>>(?: |$)")
_LINK = re.compile(r"\[([^\[\]\n]{1,400})\]\((?:https?://|#)[^()\s]{0,400}\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Clean lines. ``cut`` tells whether the middle was left out."""

    lines: tuple[str, ...]
    cut: bool


def clean(text: str) -> Text:
    """The text without colours, HTML, typographic quotes, quote marks of a mail, or its middle."""
    text, cut = _bounded(text.strip())
    text = unstyled(text)
    text = _CONTROL.sub(" ", _BREAKS.sub("\n", text)).expandtabs(4)
    text = _without_comments(text)
    text = _FENCES_END.sub("\n```\n", _FENCES.sub("\n```\n", text))
    text = _TAGS.sub(_tag, text)
    text = html.unescape(text).translate(_QUOTES)  # after the tags: &lt;module&gt; is none
    text = _LINK.sub(r"\1", text)
    return Text(lines=tuple(_lines(text)), cut=cut)


def unstyled(text: str) -> str:
    """Without terminal colours and with plain quotes."""
    return _ANSI.sub("", text).translate(_QUOTES)


def _bounded(text: str) -> tuple[str, bool]:
    if len(text) <= 2 * END:
        return text, False
    return f"{text[:END]}\n{text[-END:]}", True


def _without_comments(text: str) -> str:
    """Without HTML comments: what an issue's template asks for is not what the reporter says."""
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[position:start])
        position = end + 3
    return "".join((*kept, text[position:]))


def _tag(match: re.Match[str]) -> str:
    name = match.group().strip("</>").split()[0].lower()
    if name == "code":
        return "`"
    return "\n" if name in ("p", "br", "li", "div", "tr", "summary", "blockquote") else " "


def _lines(text: str) -> Iterator[str]:
    for line in _unquoted([line.rstrip() for line in text.split("\n")]):
        if len(line) <= LINE:
            yield line
        else:
            yield from (line[start : start + LINE] for start in range(0, len(line), LINE))


def _unquoted(lines: Sequence[str]) -> Iterator[str]:
    """Without the marks of a quotation; a mark on a line of its own is pytest's or a prompt's."""
    quoted = [bool(_QUOTED.match(line)) and not _PROMPT.match(line) for line in lines]
    for number, line in enumerate(lines):
        around = quoted[max(0, number - 1) : number] + quoted[number + 1 : number + 2]
        yield _QUOTED.sub("", line, count=1) if quoted[number] and any(around) else line
