"""Text that strangers wrote, made safe to look at. Pure."""

import re

_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, cursor movements
    # Titles, links.
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# Controls, and the characters that turn the direction of what follows.
_HIDDEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_UNPRINTABLE = re.compile(f"[{_HIDDEN}]")
_RETURNS = re.compile(r"\r+\n?")


def plain(text: str) -> str:
    """Without terminal codes and controls; a carriage return begins a new line."""
    return _UNPRINTABLE.sub("", _RETURNS.sub("\n", _SEQUENCES.sub("", text)))


def visible(text: str) -> str:
    """Code to be read before it runs: nothing is left out, what can't be seen is spelt out."""
    text = text.replace("\r\n", "\n")
    return _UNPRINTABLE.sub(lambda found: ascii(found.group())[1:-1], text)
