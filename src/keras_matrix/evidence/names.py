"""Module names in today's terms, and error messages that can be compared."""

import re

from keras_matrix.evidence.text import unstyled

# Beginnings of module names that stand for another one, tried in this order, one after another.
_ALIASES = tuple(
    (re.compile(rf"^{pattern}(?=\.|$)"), name)
    for pattern, name in (
        (r"tf", "tensorflow"),
        (r"tensorflow_core", "tensorflow"),
        (r"tensorflow\._api\.v[12]", "tensorflow"),
        (r"tensorflow\.compat\.v2", "tensorflow"),
        (r"tensorflow\.python\.keras\.api\._v[12]\.keras", "tensorflow.keras"),
        (r"tensorflow\.python\.keras\._impl\.keras", "tensorflow.python.keras"),
        (r"tensorflow\.keras\.api\._v[12]\.keras", "tensorflow.keras"),
        (r"keras\.api\._v2\.keras", "tensorflow.keras"),
        (r"keras\.api\._v1\.keras", "tensorflow.compat.v1.keras"),
        (r"keras\.api", "keras"),
        (r"tf_keras\.api\._v[12]\.keras", "tf_keras"),
    )
)
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,16}\b")
_PLACE = re.compile(r" ?\((?:unknown location|[^()\n]{0,400}[/\\][^()\n]{0,400})\)")
_MODULE = re.compile(r"(\bmodule |\bfrom |\bmodule named |^)'([\w.]{1,200})'", re.I)
_BARE_NAME = re.compile(r"\b(cannot import name|No module named) ([A-Za-z_][\w.]{0,200})")
_SUGGESTION = re.compile(r"\.? Did you mean:? .{0,200}$")
_SPACES = re.compile(r"\s+")


def normalise_path(path: str) -> str:
    """The name by which the table knows a module: ``keras.api._v2.keras.backend`` is
    ``tensorflow.keras.backend``."""
    for pattern, name in _ALIASES:
        path = pattern.sub(name, path, count=1)
    return path


def normalise_message(message: str) -> str:
    """An error message as it can be compared with another one.

    Quotes are straight, module names in today's terms, object addresses are ``0x…``; file paths
    in parentheses and the interpreter's suggestions are gone.
    """
    message = _SPACES.sub(" ", unstyled(message).replace("`", "'").replace('"', "'")).strip()
    message = _SUGGESTION.sub("", _PLACE.sub("", message))
    message = _BARE_NAME.sub(r"\1 '\2'", _ADDRESS.sub("0x…", message))
    return _MODULE.sub(lambda m: f"{m[1]}'{normalise_path(m[2])}'", message).rstrip(" .")
