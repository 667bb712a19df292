"""Who warned that the attribute will go: Python's warnings and TensorFlow's log. Python 2.7 to 3.14."""
from __future__ import absolute_import, division, print_function

import contextlib
import logging
import re
import sys
import warnings

from harness import messages

_GOING = re.compile(r"deprecat|will be removed|has been removed|will go away", re.I)
#: Where a notice turns to what should be used instead: names from there on are not the ones that go.
_INSTEAD = re.compile(r"Instructions for updating|\b(?:please|use|instead|in favou?r of)\b", re.I)
_CATEGORIES = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)


class _Listener(logging.Handler):
    def __init__(self):
        logging.Handler.__init__(self)
        self.found = []

    def emit(self, record):
        try:
            self.found.append(record.getMessage())
        except Exception:
            # A record with the wrong number of arguments is the framework's bug, not ours.
            self.found.append(str(record.msg))


def quiet():
    """Once, before anything is imported: no warning is remembered as shown, none is printed."""
    warnings.simplefilter("always")
    warnings.showwarning = lambda *args, **kwargs: None


@contextlib.contextmanager
def listen():
    """A list that fills with (is it of a deprecation category, text) while the block runs."""
    heard = []
    logger, listener = logging.getLogger("tensorflow"), _Listener()
    _forget_printed()
    logger.addHandler(listener)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield heard
    finally:
        logger.removeHandler(listener)
        for warning in caught:
            counts = issubclass(warning.category, _CATEGORIES)
            heard.append((counts, messages.as_text(warning.message)))
        heard.extend((False, text) for text in listener.found)


def _forget_printed():
    # TensorFlow warns once for each function and process; the order of calls must not matter.
    module = sys.modules.get("tensorflow.python.util.deprecation")
    printed = getattr(module, "_PRINTED_WARNING", None)
    if printed:
        printed.clear()


def about(name, heard):
    """The first notice that says that this very name will go, tidied, or None."""
    word = re.compile(r"(?<![A-Za-z0-9_])%s(?![A-Za-z0-9_])" % re.escape(name))
    for counts, text in heard:
        # TensorFlow's begins with the caller's file and function: "From x/backend.py:95: name (from x)".
        body = re.sub(r"^From \S+?( \(from .*?\))?: ", "", text)
        going = _INSTEAD.split(body, 1)[0] or body
        if (counts or _GOING.search(going)) and word.search(going):
            return messages.tidy(messages.first_line(body))
    return None
