"""Run one snippet as ``python snippet.py`` would, and tell what it raised.

Runs on: the cell's own interpreter, inside the sandbox. Floor: Python 2.7; ceiling: 3.14.
Imports: the standard library. Forbidden syntax: f-strings, annotations, keyword-only arguments,
``nonlocal``, ``yield from``, a comma after ``**kwargs``.

``run_snippet.py FILE``, with a random text in KERAS_MATRIX_MARKER. Both of the snippet's streams go
to standard output, in their order. Between its lines are this file's own, ``<marker> <json>``::

    started                          the interpreter runs; the snippet comes next
    raised     thread, errors        nothing caught it; the outermost of ``errors`` first, then its
                                     cause, each with exception, kinds, message, frames

An end by os._exit, a signal or an exit status shows in the process's own end.
"""

import inspect
import json
import os
import sys
import threading
import traceback
import types

_LONGEST_MESSAGE = 20000
_MOST_FRAMES = 60
_MOST_CAUSES = 8


class Channel(object):
    """Lines that the snippet's own prints can't tear apart or redirect."""

    def __init__(self, marker):
        self._marker = marker.encode()
        self._file = os.dup(1)
        self._process = os.getpid()

    def send(self, kind, **fields):
        if os.getpid() != self._process:
            return  # a child that the snippet forked
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        message = json.dumps(dict(fields, type=kind), sort_keys=True)
        line = b"\n" + self._marker + b" " + message.encode("ascii") + b"\n"
        while line:
            line = line[os.write(self._file, line) :]


def told(error, name):
    """One exception as plain data."""
    kind = error.__class__
    return {
        "exception": kind.__name__,
        "kinds": [base.__name__ for base in inspect.getmro(kind)][:20],
        "message": text_of(error)[:_LONGEST_MESSAGE],
        "frames": frames_of(error, name),
    }


def text_of(error):
    """The message as a traceback shows it, whatever the exception's own methods do."""
    if isinstance(error, SyntaxError):
        return unicode_of(error.msg)
    try:
        return unicode_of(str(error))
    except Exception:
        shown = traceback.format_exception_only(error.__class__, error)[-1]
        return unicode_of(shown).partition(": ")[2].strip()


def unicode_of(text):
    if isinstance(text, bytes):
        return text.decode("utf-8", "replace")
    return str(text) if sys.version_info[0] > 2 and text is not None else text or ""


def frames_of(error, name):
    """(file, line, function, code) of the snippet's frame and those inside it."""
    trace = trimmed(getattr(error, "__traceback__", None) or PYTHON_2.get(id(error)), name)
    try:
        found = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    except Exception:
        return []
    return [
        [unicode_of(part) if n != 1 else part for n, part in enumerate(frame[:4])]
        for frame in found
    ]


PYTHON_2 = {}


def trimmed(trace, name):
    """The traceback from the snippet on, without the frames of this file."""
    outer = trace
    while trace is not None and trace.tb_frame.f_code.co_filename != name:
        trace = trace.tb_next
    if trace is None and outer is not None and is_ours(outer):
        return None  # a syntax error: no line of the snippet ran
    return trace or outer


def is_ours(trace):
    return trace.tb_frame.f_code.co_filename == __file__


def causes_of(error):
    """The exception, then what it was raised from or while handling."""
    seen = []
    while error is not None and len(seen) < _MOST_CAUSES:
        if any(error is each for each in seen):
            break
        seen.append(error)
        hidden = getattr(error, "__suppress_context__", False)
        cause = getattr(error, "__cause__", None)
        error = cause if cause is not None or hidden else getattr(error, "__context__", None)
    return seen


def listen(channel, name):
    """Be told of every exception that nothing caught, in the program and in its threads."""

    def report(error, trace, thread):
        try:
            PYTHON_2[id(error)] = trace
            channel.send(
                "raised", thread=thread, errors=[told(each, name) for each in causes_of(error)]
            )
        except Exception:
            traceback.print_exc()

    def in_program(kind, error, trace):
        trace = trimmed(trace, name)
        if hasattr(error, "with_traceback"):
            error = error.with_traceback(trace)
        sys.__excepthook__(kind, error, trace)
        report(error, trace, False)

    before = getattr(threading, "excepthook", None)

    def in_thread(arguments):
        before(arguments)
        if arguments.exc_type is not SystemExit:
            report(arguments.exc_value, arguments.exc_traceback, True)

    def in_old_thread():
        text = traceback.format_exc()
        report(sys.exc_info()[1], sys.exc_info()[2], True)
        return text

    sys.excepthook = in_program
    if before is not None:
        threading.excepthook = in_thread
    else:
        threading._format_exc = in_old_thread  # before 3.8, called for what ends a thread


def stage(path):
    """A fresh ``__main__``, as the interpreter makes it for a script."""
    main = types.ModuleType("__main__")
    main.__file__ = path
    main.__builtins__ = sys.modules["builtins" if sys.version_info[0] > 2 else "__builtin__"]
    sys.modules["__keras_matrix__"] = sys.modules["__main__"]  # or Python 2 would clear this one
    sys.modules["__main__"] = main
    sys.argv[:] = [path]
    sys.path[0] = os.path.dirname(path)
    return main


def start():
    path = sys.argv[1]
    name = os.path.basename(path)  # in tracebacks, as after "python snippet.py"
    os.dup2(1, 2)
    channel = Channel(os.environ.pop("KERAS_MATRIX_MARKER"))
    listen(channel, name)
    with open(path, "rb") as file:
        source = file.read()
    main = stage(path)
    channel.send("started")
    exec(compile(source, name, "exec", 0, True), main.__dict__)


if __name__ == "__main__":
    start()
