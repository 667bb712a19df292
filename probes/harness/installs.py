"""What is installed, by the interpreter's own account. Python 2.7 to 3.14.

Reads the metadata directories on sys.path: neither importlib.metadata nor pkg_resources is there on
every Python, and a distribution that another one shadows must not count. Holds no path of the host:
files are named relative to the directory on sys.path that they come from.
"""
from __future__ import absolute_import, division, print_function

import io
import json
import os
import re
import sys

#: The top-level modules that answer "which Keras is this?".
MODULES = ("keras", "tensorflow", "tf_keras", "theano", "jax", "torch", "cntk", "keras_core")

#: Tools that build an environment: which of them are there depends on the engine, not on the cell.
TOOLS = ("pip", "setuptools", "wheel", "virtualenv", "pkg-resources", "distribute", "uv")

RELATED = re.compile(r"^(tf-)?keras|^tensorflow|^theano|^jax|^torch$|^cntk|^tf-nightly")


class Distribution(object):
    """One installed distribution."""

    def __init__(self, name, version, modules):
        self.name = name
        self.version = version
        self.modules = modules


def distributions():
    """Normalised name -> Distribution; the first on sys.path wins, as for imports."""
    found = {}
    for entry in sys.path:
        try:
            children = sorted(os.listdir(entry or "."))
        except OSError:
            continue
        for child in children:
            if child.endswith((".dist-info", ".egg-info")):
                made = read(os.path.join(entry, child))
                if made is not None:
                    found.setdefault(normalised(made.name), made)
    return found


def packages(found):
    """name -> version, without the tools of the environment."""
    return dict((name, made.version) for name, made in found.items() if name not in TOOLS)


def account(found, paths):
    """Distributions that provide or touch a Keras, where modules come from, and what disagrees."""
    related = dict(
        (name, {"version": made.version, "modules": made.modules})
        for name, made in found.items()
        if RELATED.match(name) or set(made.modules) & set(MODULES)
    )
    modules = dict((name, _module(name)) for name in MODULES if name in sys.modules)
    answer = {
        "distributions": related,
        "modules": modules,
        "keras_backend": os.environ.get("KERAS_BACKEND"),
        "keras_json": keras_json(),
        "active_backends": dict((n.path, n.backend) for n in paths),
    }
    answer["disagreements"] = _disagreements(related, modules)
    return answer


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def text_of(path):
    try:
        with io.open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except (IOError, OSError):
        return None


def read(directory):
    text = text_of(os.path.join(directory, "METADATA")) or text_of(os.path.join(directory, "PKG-INFO"))
    if text is None and os.path.isfile(directory):
        text = text_of(directory)
    fields = {}
    for line in (text or "").splitlines():
        if not line.strip():
            break
        key, _, value = line.partition(":")
        fields.setdefault(key.strip().lower(), value.strip())
    if not fields.get("name") or not fields.get("version"):
        return None
    return Distribution(fields["name"], fields["version"], _modules(directory))


def _modules(directory):
    """The top-level modules of interest that a distribution's files are in, sorted."""
    record = text_of(os.path.join(directory, "RECORD"))
    if record is None:
        record = text_of(os.path.join(directory, "installed-files.txt")) or ""
    tops = set()
    for line in record.splitlines():
        path = line.split(",")[0].replace("\\", "/")
        path = path[3:] if path.startswith("../") else path
        if path.endswith(".py"):
            tops.add(path.split("/")[0].replace(".py", ""))
    declared = text_of(os.path.join(directory, "top_level.txt")) or ""
    tops.update(line.strip() for line in declared.splitlines())
    return sorted(top for top in tops if top in MODULES)


def _module(name):
    module = sys.modules[name]
    version = getattr(module, "__version__", None)
    return {
        "file": _relative(getattr(module, "__file__", None)),
        "version": None if version is None else str(version),
    }


def _relative(path):
    if path is None:
        return None
    path = re.sub(r"\.py[co]$", ".py", path)
    for entry in sorted(sys.path, key=len, reverse=True):
        if entry and path.startswith(entry.rstrip(os.sep) + os.sep):
            return path[len(entry.rstrip(os.sep)) + 1 :]
    return os.path.basename(path)


def keras_json():
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    text = text_of(os.path.join(home, "keras.json"))
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return {"unreadable": text[:200]}


def _disagreements(related, modules):
    found = []
    for name, module in sorted(modules.items()):
        owners = sorted(owner for owner, made in related.items() if name in made["modules"])
        if len(owners) > 1:
            found.append("%s is provided by %s" % (name, " and ".join(owners)))
        versions = sorted(set(related[owner]["version"] for owner in owners))
        if owners and module["version"] and not any(
            _same_version(module["version"], version) for version in versions
        ):
            found.append(
                "module %s says %s, installed is %s %s"
                % (name, module["version"], owners[0], ", ".join(versions))
            )
        if not owners:
            found.append("module %s belongs to no installed distribution" % name)
    return found


def _same_version(one, other):
    return one.replace("-", "").replace("+", ".").lower() == other.replace("-", "").replace("+", ".").lower()
