#!/usr/bin/env python
"""Tell what a user's own environment is: installed distributions, modules, import paths, settings.

Runs on: any interpreter that a user names, as that user, with nothing between. Floor: Python 2.7;
ceiling: 3.14. Imports: the standard library, then the frameworks, which are never called.
Forbidden syntax: f-strings, annotations, keyword-only arguments, ``nonlocal``, ``yield from``.

Writes nothing: the host sets PYTHONDONTWRITEBYTECODE, and names a folder that stands in for the home
(old Keras creates ~/.keras/keras.json when it is imported, Theano ~/.theano).

The request is JSON in the environment variable KERAS_MATRIX_REQUEST::

    {"schema": 1, "marker": "random text", "home": "/a/folder" with a copy of the .keras/keras.json,
     "targets": [["module" or "path", dotted name], ...],    in the order of importing
     "broken": [dotted name, ...]}                           crashed or hung: not again

Every answer is one line on standard output, ``<marker> <json>``. The ``type`` of a line, in order::

    hello       python, executable, prefix, user_site, markers (PEP 508), shadows: [file, ...]
    installed   packages: {name: version}, copies: [...], conda: {name: version}
    settings    keras_backend, keras_json, legacy_keras
    importing   name                             the next line is its answer, or the process died
    module      name, outcome: "imported", "raises" or "absent", version, file, detail
    path        path, outcome: "importable" or "unimportable", detail, backend, names
    relation    one, other, shared, same: of the public names of both paths, how many are one object
    end         nothing comes after it
"""
from __future__ import absolute_import, division, print_function

import json
import os
import platform
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
if HERE not in sys.path:
    sys.path.insert(0, HERE)

from harness import installs, messages, namespaces, notices  # noqa: E402
from harness.channel import SCHEMA, Channel, take_stdout  # noqa: E402


def main():
    notices.quiet()
    request = json.loads(os.environ["KERAS_MATRIX_REQUEST"])
    if request["schema"] != SCHEMA:
        raise SystemExit("environment.py speaks schema %d, not %r" % (SCHEMA, request["schema"]))
    channel = Channel(request["marker"], take_stdout())
    # What is beside this file is not the user's.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != HERE]
    user_site = _user_site()
    os.environ["HOME"] = request["home"]
    if os.environ.get("KERAS_HOME"):
        os.environ["KERAS_HOME"] = os.path.join(request["home"], ".keras")
    channel.send("hello", **_hello(user_site))
    copies, packages = _copies(user_site)
    channel.send("installed", packages=packages, copies=copies, conda=_conda())
    channel.send(
        "settings",
        keras_backend=os.environ.get("KERAS_BACKEND"),
        keras_json=installs.keras_json(),
        legacy_keras=os.environ.get("TF_USE_LEGACY_KERAS"),
    )
    _import_all(request, channel)
    channel.send("end")
    sys.stderr.flush()
    # Frameworks crash when an interpreter is torn down: everything is told by now.
    os._exit(0)


def _user_site():
    site = sys.modules.get("site")
    if site is None or not getattr(site, "ENABLE_USER_SITE", None):
        return None
    return site.getusersitepackages()


def _hello(user_site):
    version = "%d.%d" % sys.version_info[:2]
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "prefix": sys.prefix,
        "user_site": user_site,
        "shadows": _shadows(),
        "markers": {
            "implementation_name": platform.python_implementation().lower(),
            "implementation_version": platform.python_version(),
            "os_name": os.name,
            "platform_machine": platform.machine(),
            "platform_python_implementation": platform.python_implementation(),
            "platform_release": platform.release(),
            "platform_system": platform.system(),
            "platform_version": platform.version(),
            "python_full_version": platform.python_version(),
            "python_version": version,
            "sys_platform": "linux" if sys.platform.startswith("linux") else sys.platform,
        },
    }


def _shadows():
    """Files of the current folder that a script started there imports instead of a framework."""
    folder = os.getcwd()
    if folder in sys.path:
        return []
    found = []
    for name in installs.MODULES:
        for candidate in (name + ".py", os.path.join(name, "__init__.py")):
            if os.path.isfile(os.path.join(folder, candidate)):
                found.append(os.path.join(folder, candidate))
    return found


def _copies(user_site):
    """Every related distribution on sys.path, those that another one hides too; and all packages."""
    copies, packages = [], {}
    for location in _unique(sys.path):
        try:
            children = sorted(os.listdir(location))
        except OSError:
            continue
        for child in children:
            if not child.endswith((".dist-info", ".egg-info")) and child != "EGG-INFO":
                continue
            directory = os.path.join(location, child)
            made = installs.read(directory)
            if made is None:
                continue
            name = installs.normalised(made.name)
            packages.setdefault(name, made.version)
            if installs.RELATED.match(name) or made.modules:
                copies.append(_copy(name, made, location, directory, user_site))
    return copies, packages


def _unique(entries):
    seen = []
    for entry in entries:
        if entry and os.path.realpath(entry) not in [os.path.realpath(other) for other in seen]:
            seen.append(entry)
    return seen


def _copy(name, made, location, directory, user_site):
    lost = []
    editable = '"editable": true' in (installs.text_of(os.path.join(directory, "direct_url.json")) or "")
    for module in made.modules:
        top = os.path.join(location, module)
        if not editable and not os.path.exists(os.path.join(top, "__init__.py")):
            if not os.path.isfile(top + ".py"):
                lost.append(module)
    installer = installs.text_of(os.path.join(directory, "INSTALLER"))
    return {
        "name": name,
        "version": made.version,
        "modules": made.modules,
        "lost": lost,
        "location": location,
        "installer": (installer or "").strip() or None,
        "editable": editable,
        "user_site": bool(user_site) and os.path.realpath(location) == os.path.realpath(user_site),
        "requires": _requires(directory),
    }


def _requires(directory):
    text = installs.text_of(os.path.join(directory, "METADATA"))
    if text is not None:
        head = text.replace("\r\n", "\n").split("\n\n")[0].splitlines()
        return [line.split(":", 1)[1].strip() for line in head if line.startswith("Requires-Dist:")]
    text = installs.text_of(os.path.join(directory, "requires.txt")) or ""
    # Sections below the first are extras and conditions.
    head = text.split("[")[0] if not text.startswith("[") else ""
    return [line.strip() for line in head.splitlines() if line.strip()]


def _conda():
    """What conda believes that it installed here; empty where there is no conda."""
    try:
        records = sorted(os.listdir(os.path.join(sys.prefix, "conda-meta")))
    except OSError:
        return {}
    found = {}
    for record in records:
        parts = record.rsplit("-", 2)
        if record.endswith(".json") and len(parts) == 3:
            name = installs.normalised(parts[0])
            if installs.RELATED.match(name) or name in ("pytorch", "numpy"):
                found[name] = parts[1]
    return found


def _import_all(request, channel):
    loaded = []
    for kind, name in request["targets"]:
        if name in request["broken"] or name.split(".")[0] in request["broken"]:
            continue
        if kind == "module":
            if not _findable(name):
                channel.send("module", name=name, outcome="absent", version=None, file=None, detail=None)
                continue
            channel.send("importing", name=name)
            channel.send("module", **_module(name))
        elif _findable(name.split(".")[0]):
            channel.send("importing", name=name)
            fields, found = _path(name)
            channel.send("path", **fields)
            if found is not None:
                loaded.append((name, found))
    for at, (one, names) in enumerate(loaded):
        for other, others in loaded[at + 1 :]:
            both = [name for name in names if name in others]
            same = sum(1 for name in both if names[name] is others[name])
            channel.send("relation", one=one, other=other, shared=len(both), same=same)


def _findable(name):
    try:
        from importlib.util import find_spec
    except ImportError:
        from pkgutil import find_loader as find_spec
    try:
        return find_spec(name) is not None
    except Exception:
        # Something is there, and it is broken: importing it says how.
        return True


def _module(name):
    answer = {"name": name, "outcome": "imported", "version": None, "file": None, "detail": None}
    try:
        module = __import__(name)
    except BaseException as error:
        answer.update(outcome="raises", detail=_reason(error))
        module = sys.modules.get(name)
    version = getattr(module, "__version__", None)
    answer["version"] = None if version is None else str(version)
    answer["file"] = _file(module)
    return answer


def _file(module):
    path = getattr(module, "__file__", None)
    if path is None:
        # A folder without __init__.py: the rest of an uninstalled package, mostly.
        path = next(iter(getattr(module, "__path__", ())), None)
    if path is None:
        return None
    return path[:-1] if path.endswith((".pyc", ".pyo")) else path


def _path(path):
    answer = {"path": path, "outcome": "importable", "detail": None, "backend": None, "names": []}
    try:
        module, note = namespaces.load(path)
        answer["backend"] = namespaces.Namespace(path, module, None).backend
        names = _public(module)
    except BaseException as error:
        answer.update(outcome="unimportable", detail=_reason(error))
        return answer, None
    answer.update(detail=note and messages.tidy(note), names=sorted(names))
    return answer, names


def _reason(error):
    if isinstance(error, KeyboardInterrupt):
        raise error
    return messages.of_exception(error)


def _public(module):
    found = {}
    for name in dir(module):
        if not name.startswith("_"):
            try:
                value = getattr(module, name)
            except Exception:
                continue
            if callable(value):
                found[name] = value
    return found


if __name__ == "__main__":
    main()
