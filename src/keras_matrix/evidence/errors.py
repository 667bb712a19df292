"""One error message -> its signature: what it complains of, in today's terms."""

import re

from keras_matrix.evidence.model import ErrorKind, ErrorSignature
from keras_matrix.evidence.names import normalise_path

_ROOT = r"(?:keras|keras_core|tensorflow|tensorflow_core|tf|tf_keras|theano|cntk|jax|torch|numpy)"
_ATTRIBUTE = re.compile(
    r"(?:(?P<type>type object )|(?:partially initialized )?(?:module )?)"
    r"(?:(?P<quote>['\"])(?P<quoted>[\w.]{1,200})(?P=quote)"
    rf"|(?<![\w.])(?P<bare>{_ROOT}(?:\.\w{{1,60}}){{0,9}}|K))"
    r"(?P<object> object)? has no at{1,2}rr?ibute:? ['\"]?(?P<name>[A-Za-z_]\w{0,100})",
    re.I,
)
_IMPORT = re.compile(
    r"can(?:not|'t) import (?:name )?(?:'(?P<quoted>\w{1,100})'|(?P<bare>[A-Za-z_]\w{0,100}))"
    r"(?: from (?:partially initialized module )?'?(?P<path>[A-Za-z_][\w.]{0,200})'?)?",
    re.I,
)
_MODULE = re.compile(
    r"no module (?:named |called )"
    r"(?:'(?P<quoted>[\w.]{1,200})'|\"?(?P<bare>[A-Za-z_][\w.]{0,200}))",
    re.I,
)
_HINT = re.compile(r"has no at|import name|no module ", re.I)
_EXCEPTION = re.compile(r"\b([A-Z]\w{0,40}(?:Error|Exception)) ?: ?$")
_USUAL = {
    ErrorKind.NO_ATTRIBUTE: "AttributeError",
    ErrorKind.CANNOT_IMPORT_NAME: "ImportError",
}


def parse_message(message: str, exception: str | None = None) -> ErrorSignature:
    """The signature of an exception's message, without knowledge of where it was raised."""
    found = _search(message)
    if found is None:
        return ErrorSignature(kind=ErrorKind.OTHER, exception=exception, message=message)
    kind, match = found
    return _signature(kind, match, message, exception or _USUAL.get(kind))


def find_message(sentence: str) -> ErrorSignature | None:
    """The error that a title or sentence quotes; None where it quotes none."""
    found = _search(sentence) if _HINT.search(sentence) else None
    if found is None:
        return None
    kind, match = found
    message = match.group()
    closing = match.string[match.end() : match.end() + 1]
    if closing in ("'", '"') and message.count(closing) % 2:
        message += closing
    before = _EXCEPTION.search(match.string[: match.start()])
    return _signature(kind, match, message, before[1] if before else _USUAL.get(kind))


def _search(text: str) -> tuple[ErrorKind, re.Match[str]] | None:
    plain = text.replace("`", "'")
    for kind, pattern in (
        (ErrorKind.NO_ATTRIBUTE, _ATTRIBUTE),
        (ErrorKind.CANNOT_IMPORT_NAME, _IMPORT),
        (ErrorKind.NO_MODULE, _MODULE),
    ):
        if match := pattern.search(plain):
            return kind, match
    return None


def _signature(
    kind: ErrorKind, match: re.Match[str], message: str, exception: str | None
) -> ErrorSignature:
    path: str | None
    if kind is ErrorKind.NO_ATTRIBUTE:
        named, name = match["quoted"] or match["bare"], match["name"]
        unnamed = match["object"] or match["type"] or named == "K"
        path = None if unnamed else normalise_path(named)
    elif kind is ErrorKind.CANNOT_IMPORT_NAME:
        name = match["quoted"] or match["bare"]
        path = normalise_path(match["path"].rstrip(".")) if match["path"] else None
    else:
        name = normalise_path((match["quoted"] or match["bare"]).strip("."))
        path = name.rpartition(".")[0] or None
    return ErrorSignature(kind=kind, exception=exception, message=message, path=path, name=name)
