"""The line to the host: ``<marker> <json>`` on the real standard output. Python 2.7 to 3.14.

Frameworks print to standard output: the real one is kept under another descriptor, and descriptor 1
becomes standard error, so that C++ code and child processes can't get between the lines either.
"""
from __future__ import absolute_import, division, print_function

import io
import json
import os
import sys

SCHEMA = 1


class Channel(object):
    """Writes one message a line, and flushes it: what was written survives a crash."""

    def __init__(self, marker, stream):
        self._marker = marker
        self._stream = stream

    def send(self, type, **fields):
        fields["type"] = type
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), default=str)
        self._stream.write(("%s %s\n" % (self._marker, text)).encode("ascii"))
        self._stream.flush()


def take_stdout():
    """The real standard output as a binary stream; everybody else's prints go to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return io.open(kept, "wb")
