"""Messages of exceptions and warnings, made the same on every run. Python 2.7 to 3.14."""
from __future__ import absolute_import, division, print_function

import os
import re
import sys

LIMIT = 300

_RULES = (
    (re.compile(r" at 0x[0-9a-fA-F]+"), ""),
    (re.compile(r"0x[0-9a-fA-F]{6,}"), "0x..."),
    (re.compile(r"/(?:tmp|var/tmp)/[^\s'\",:;)\]]+"), "/tmp/..."),
    (re.compile(r"\b(_?AnonymousVar)\d+"), r"\1N"),
    (re.compile(r"\bids?( is |=|: ?| )\d{3,}"), r"id\1N"),
    # Operations are numbered as a graph grows: Mean_12, keras_learning_phase_3:0.
    (re.compile(r"(?<=[A-Za-z])_\d+(?=[^A-Za-z0-9]|$)"), ""),
)


def of_exception(error):
    """"TypeError: the first line", normalised, at most LIMIT characters."""
    name = type(error).__name__
    text = first_line(as_text(error))
    return tidy("%s: %s" % (name, text) if text else name)


def as_text(error):
    try:
        text = str(error)
    except Exception:
        text = repr(error)
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return text


def first_line(text):
    for line in text.splitlines():
        if line.strip():
            return " ".join(line.split())
    return ""


def tidy(text):
    """No addresses, no temporary paths, no paths of this installation, no running numbers."""
    for entry in sorted(set(sys.path), key=len, reverse=True):
        if len(entry) > 1:
            text = text.replace(entry + os.sep, "")
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    text = text.encode("ascii", "backslashreplace").decode("ascii")
    return text if len(text) <= LIMIT else text[: LIMIT - 3] + "..."
