"""Error messages -> signatures: what they complain of, in today's terms."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from keras_matrix.evidence.frames import Raised, raised
from keras_matrix.evidence.imports import Aliases, habits, import_source, resolve, without_prompt
from keras_matrix.evidence.model import ErrorKind, ErrorSignature, Frame
from keras_matrix.evidence.names import normalise_message, normalise_path

MOST = 200
"""So many error messages of one text are looked at."""

_ROOT = r"(?:keras|keras_core|tensorflow|tensorflow_core|tf|tf_keras|theano|cntk|jax|torch|numpy)"
_ATTRIBUTE = re.compile(
    r"(?:(?P<type>type object )|(?:partially initialized )?(?:module )?)"
    rf"(?:(?P<quote>['\"])(?P<quoted>[\w.]{{1,200}})(?P=quote)|(?P<bare>{_ROOT}(?:\.\w{{1,60}}){{0,9}}|K))"
    r"(?P<object> object)? has no at{1,2}rr?ibute:? ['\"]?(?P<name>[A-Za-z_]\w{0,100})",
    re.I,
)
_IMPORT = re.compile(
    r"can(?:not|'t) import (?:name )?(?:'(?P<quoted>\w{1,100})'|(?P<bare>[A-Za-z_]\w{0,100}))"
    r"(?: from (?:partially initialized module )?'?(?P<path>[A-Za-z_][\w.]{0,200})'?)?",
    re.I,
)
_MODULE = re.compile(
    r"no module (?:named |called )(?:'(?P<quoted>[\w.]{1,200})'|(?P<bare>[A-Za-z_][\w.]{0,200}))",
    re.I,
)
_HINT = re.compile(r"has no at|import name|no module ", re.I)
_EXCEPTION = re.compile(r"\b([A-Z]\w{0,40}(?:Error|Exception)) ?: ?$")
_EXCEPTIONS = {
    ErrorKind.NO_ATTRIBUTE: "AttributeError",
    ErrorKind.CANNOT_IMPORT_NAME: "ImportError",
    ErrorKind.NO_MODULE: None,
    ErrorKind.OTHER: None,
}
_OF_KERAS = re.compile(r"keras|tensorflow|theano|cntk|^jax|^torch")
_BACKEND_FILE = "tensorflow_backend"


def read_errors(
    lines: Sequence[str], code: Sequence[str], known: Aliases
) -> tuple[ErrorSignature, ...]:
    """Every error of the text, the one to explain first.

    An error of a framework's namespace comes before one of anything else, then the order of the
    text decides. The same message twice (title and traceback) is one error. ``code`` are the lines
    that may show where a name was taken from, ``known`` what local names stand for.
    """
    found: list[tuple[int, ErrorSignature]] = []
    seen: set[int] = set()
    for each in raised(lines):
        seen.add(each.line)
        found.append((each.line, _of_raised(each, lines)))
        if len(found) >= MOST:
            break
    found.extend(_in_prose(lines, seen))
    located = [_located(error, code, known) for _, error in sorted(found, key=lambda one: one[0])]
    return tuple(sorted(_merged(located), key=_rank))


def parse_message(message: str, exception: str | None = None) -> ErrorSignature:
    """The signature of one message, without knowledge of where it was raised."""
    plain = message.replace("`", "'")
    for pattern, read in ((_ATTRIBUTE, _attribute), (_IMPORT, _import), (_MODULE, _module)):
        if match := pattern.search(plain):
            kind, path, name = read(match)
            return ErrorSignature(
                kind=kind,
                exception=exception or _EXCEPTIONS[kind],
                message=message,
                path=path,
                name=name,
            )
    return ErrorSignature(kind=ErrorKind.OTHER, exception=exception, message=message)


def _attribute(match: re.Match[str]) -> tuple[ErrorKind, str | None, str]:
    named = match["quoted"] or match["bare"]
    is_object = bool(match["object"] or match["type"]) or named == "K"
    return ErrorKind.NO_ATTRIBUTE, None if is_object else normalise_path(named), match["name"]


def _import(match: re.Match[str]) -> tuple[ErrorKind, str | None, str]:
    path = match["path"]
    name = match["quoted"] or match["bare"]
    return ErrorKind.CANNOT_IMPORT_NAME, normalise_path(path.rstrip(".")) if path else None, name


def _module(match: re.Match[str]) -> tuple[ErrorKind, str | None, str]:
    name = normalise_path((match["quoted"] or match["bare"]).strip("."))
    return ErrorKind.NO_MODULE, name.rpartition(".")[0] or None, name


def _of_raised(each: Raised, lines: Sequence[str]) -> ErrorSignature:
    """The signature of an exception line; a message broken across two lines is joined."""
    error = parse_message(each.message, each.exception)
    if error.kind is ErrorKind.OTHER and each.line + 1 < len(lines):
        joined = f"{each.message} {lines[each.line + 1].strip()}".strip()
        longer = parse_message(joined, each.exception)
        if longer.kind is not ErrorKind.OTHER:
            error = longer
    return replace(error, frames=each.frames)


def _in_prose(lines: Sequence[str], seen: set[int]) -> Iterator[tuple[int, ErrorSignature]]:
    """Messages in titles and sentences, where no exception's name begins the line."""
    found = 0
    for number, line in enumerate(lines):
        if number in seen or found >= MOST or not _HINT.search(line):
            continue
        following = lines[number + 1].strip() if number + 1 < len(lines) else ""
        for text in (line, f"{line} {following}"):
            plain = text.replace("`", "'")
            match = next(
                (m for p in (_ATTRIBUTE, _IMPORT, _MODULE) if (m := p.search(plain))), None
            )
            if match is None:
                continue
            before = _EXCEPTION.search(plain[: match.start()])
            error = parse_message(_message(plain, match), before[1] if before else None)
            yield number, error
            found += 1
            break


def _message(text: str, match: re.Match[str]) -> str:
    """The message as an exception would say it: quotes closed, no words of the sentence."""
    message = match.group()
    end = text[match.end() : match.end() + 1]
    return message + end if end in ("'", '"') else message


def _located(error: ErrorSignature, code: Sequence[str], known: Aliases) -> ErrorSignature:
    """The signature with its namespace, where the message doesn't say it but the code does."""
    if error.name is None or (error.path is not None and error.kind is not ErrorKind.NO_MODULE):
        return error
    if error.kind is ErrorKind.NO_MODULE:
        return _located_module(error, code)
    if error.kind is ErrorKind.CANNOT_IMPORT_NAME:
        return replace(error, path=_first_source(error, code))
    if (
        "'module' object" in error.message
        or "'function' object" in error.message
        or (error.message.startswith("K "))
    ):
        return replace(error, path=_owner(error, code, known))
    return error


def _located_module(error: ErrorSignature, code: Sequence[str]) -> ErrorSignature:
    """Python 2 names only the last part of a module that isn't there."""
    name = error.name or ""
    if "." in name or not re.fullmatch(r"(?:tensorflow|theano|cntk)_backend|backend", name):
        return error
    sources = {
        found[1]
        for line in _codes(error.frames, code)
        if (found := re.search(rf"\b((?:[A-Za-z_]\w*\.)+)(?={name}\b)", line))
    }
    parents = {normalise_path(source.rstrip(".")) for source in sources}
    if len(parents) > 1 or (not parents and not name.endswith(f"_{'backend'}")):
        return error
    parent = parents.pop() if parents else "keras.backend"
    return replace(error, path=parent, name=f"{parent}.{name}")


def _first_source(error: ErrorSignature, code: Sequence[str]) -> str | None:
    name = error.name or ""
    for frame in reversed(error.frames):
        if frame.code and (source := import_source(frame.code, name, frame.file)):
            return source
    sources = {source for line in code if (source := import_source(line, name, None))}
    return sources.pop() if len(sources) == 1 else None


def _owner(error: ErrorSignature, code: Sequence[str], known: Aliases) -> str | None:
    """The module whose attribute is asked for: of the innermost frame that shows the name."""
    wanted = re.compile(rf"([A-Za-z_][\w.]{{0,200}})\.{re.escape(error.name or '')}\b")
    shown = [frame for frame in reversed(error.frames) if frame.code and wanted.search(frame.code)]
    if shown:
        return _owner_in(shown[0].code or "", wanted, {**known, **habits(shown[0].file)})
    if error.frames and any(frame.code for frame in error.frames[-1:]):
        return None
    owners = {owner for line in code if (owner := _owner_in(without_prompt(line), wanted, known))}
    return owners.pop() if len(owners) == 1 else None


def _owner_in(line: str, wanted: re.Pattern[str], known: Aliases) -> str | None:
    match = wanted.search(line)
    path = resolve(match[1], known) if match else None
    if path and path.endswith(".backend.backend"):
        return path.removesuffix(".backend")  # the function of that name; meant is its module
    return path


def _codes(frames: Iterable[Frame], code: Iterable[str]) -> Iterator[str]:
    yield from (frame.code for frame in frames if frame.code)
    yield from code


def _merged(errors: Iterable[ErrorSignature]) -> Iterator[ErrorSignature]:
    """Each error once, with its namespace and the longest traceback that any mention shows."""
    kept: dict[tuple[ErrorKind, str], ErrorSignature] = {}
    for error in errors:
        key = error.kind, error.name or normalise_message(error.message)
        before = kept.get(key)
        if before is None or (before.path and error.path and before.path != error.path):
            kept[key if before is None else (error.kind, f"{error.path}.{error.name}")] = error
            continue
        fuller = error if len(error.frames) > len(before.frames) else before
        said = before if before.path and "'" in before.message else error if error.path else before
        kept[key] = replace(
            fuller,
            path=before.path or error.path,
            message=said.message,
            exception=before.exception or error.exception,
        )
    yield from kept.values()


def _rank(error: ErrorSignature) -> int:
    named = f"{error.path or ''} {error.name or ''}"
    if error.kind is ErrorKind.OTHER:
        return 3 if _OF_KERAS.search(error.message) or error.frames else 4
    if error.path and _OF_KERAS.search(error.path):
        return 0
    return 1 if _OF_KERAS.search(named) or error.path is None else 2
