"""A backend with one function for each outcome. Python 2.7 to 3.14."""
import os
import signal
import sys
import time
import warnings

import numpy as np

try:
    import tensorflow
except ImportError:
    tensorflow = None

HERE = os.path.dirname(os.path.abspath(__file__))
GAMMA = 0.5
_FLOATX = "float32"


def backend():
    return "numpy" if tensorflow is None else "tensorflow"


def constant(value, dtype=None):
    return value


def eval(x):
    return x


def floatx():
    return _FLOATX


def set_floatx(value):
    global _FLOATX
    _FLOATX = value


def double(x, factor=2, *rest, **options):
    return x * factor


def _private(x):
    return x


def going(x):
    warnings.warn("`fakekeras.backend.going` is deprecated", DeprecationWarning)
    return x * 2


def not_going(x):
    warnings.warn("`going` is deprecated and will be removed. Use not_going.", DeprecationWarning)
    return x * 2


def wrong(x):
    return x * 3


def failing(x):
    raise ValueError("no such thing at 0x7f0011223344 in /tmp/abc/def.py, node Mean_12:0\nmore")


def segfaults(x):
    os.kill(os.getpid(), signal.SIGSEGV)


def hangs(x):
    time.sleep(3600)


def exits(x):
    sys.exit(3)


def crashes_once(x):
    flag = os.path.join(HERE, "crashed")
    if not os.path.exists(flag):
        open(flag, "w").close()
        os.kill(os.getpid(), signal.SIGABRT)
    return x * 2


def graph_only(x):
    if tensorflow is not None and tensorflow.executing_eagerly():
        raise RuntimeError("graph_only needs a graph")
    return x * 2


def prints(x):
    print("a framework prints to standard output")
    os.write(1, b"and so does its C++\n")
    return x * 2


def left_alone(x):
    set_floatx("spoilt for good")
    return x * 2


def no_recipe(x):
    return x


class Model(object):
    pass


def untested(x):
    return x
