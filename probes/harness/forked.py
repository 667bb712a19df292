"""Do something in a copy of this process, so that nothing of it stays behind. Python 2.7 to 3.14.

A copy costs milliseconds where a process of its own costs an import of the framework. It must be made
before the framework has computed anything in this process: its threads would be missing in the copy.
"""
from __future__ import absolute_import, division, print_function

import json
import os
import select
import signal
import time
import warnings


def in_copy(call, seconds):
    """What ``call()`` returns, through JSON; None where the copy died, hung or could not be made."""
    if not hasattr(os, "fork"):
        return None
    reading, writing = os.pipe()
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of threads; a copy that hangs for their sake is given up below.
            warnings.simplefilter("ignore")
            child = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return None
    if child == 0:
        _answer(call, writing)
    os.close(writing)
    text = _read(reading, time.time() + seconds)
    os.close(reading)
    if text is None:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def _answer(call, writing):
    code = 1
    try:
        text = json.dumps(call())
        while text:
            text = text[os.write(writing, text.encode("ascii")) :]
        code = 0
    finally:
        # Whatever happened, the copy must not go on with the parent's work.
        os._exit(code)


def _read(reading, deadline):
    chunks = []
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.time()))
        if not ready:
            return None
        chunk = os.read(reading, 65536)
        if not chunk:
            return b"".join(chunks).decode("ascii")
        chunks.append(chunk)
