"""Is what came what was expected? Pure."""

import re
from collections.abc import Iterator

from keras_matrix.evidence import ErrorKind, Frame, normalise_message, parse_message
from keras_matrix.reproducing.model import End, Ending, Expected, Seen, Verdict

_TYPE = re.compile(r"(?P<name>(?:[A-Za-z_]\w*\.)*[A-Z]\w*)(?:: ?(?P<message>.*))?", re.S)
_PACKAGE = re.compile(r"(?:^|/)(?:site|dist)-packages/(?P<module>[\w./-]+)\.py[cx]?$")
_LOCAL_LAYER = re.compile(r"/(?:packages|below-\d+)/(?P<module>[\w./-]+)\.py[cx]?$")
_OBJECT = re.compile(r"'(?!module')[\w.]+' object has no|type object ")
# Of a module's dotted name, Python 2 says the last part, without quotes.
_LAST_PART_ONLY = re.compile(r"No module named [A-Za-z_]", re.I)
# One class until Python 3.6, a class and its heir since.
_ALIKE = {"ModuleNotFoundError": "ImportError"}


def expected_from(text: str) -> Expected | None:
    """What ``--expect`` says: "Type: message", a part of a message, or a type; None for nothing."""
    text = " ".join(text.split())
    match = _TYPE.fullmatch(text)
    if match and (match["message"] or _is_exception(match["name"])):
        return Expected(
            exception=match["name"].rpartition(".")[2], message=(match["message"] or "").strip()
        )
    return Expected(message=text) if text else None


def _is_exception(name: str) -> bool:
    return name.endswith(("Error", "Exception", "Warning", "Interrupt", "Exit"))


def compare(ending: Ending, expected: Expected | None) -> tuple[Verdict, str]:
    """The verdict, and what its sentence needs besides."""
    clean = ending.end is End.FINISHED and not ending.errors
    if expected is None:
        return (Verdict.NO_ERROR, "") if clean else (Verdict.RAISED, _besides(ending))
    if clean:
        return Verdict.NO_ERROR, ""
    elsewhere = None
    for number, seen in enumerate(ending.errors):
        if not _means(seen, expected):
            continue
        other = _another_place(seen, expected.place)
        if other is None:
            return Verdict.REPRODUCED, _whence(ending, number)
        elsewhere = other
    if not ending.errors and _holds(ending.reason, expected):
        return Verdict.REPRODUCED, ""
    return Verdict.DIFFERENT, elsewhere or _besides(ending)


def _means(seen: Seen, expected: Expected) -> bool:
    if expected.exception is not None and not _is_a(seen, expected.exception):
        return False
    wanted = normalise_message(expected.message)
    return any(wanted in said for said in _sayings(seen)) or _same_complaint(seen, expected)


def _same_complaint(seen: Seen, expected: Expected) -> bool:
    """Whether both miss the same name of the same module, each in the words of its Python.

    Python 2 says "'module' object" and no module's name, and of an import no package.
    """
    one, other = parse_message(expected.message), parse_message(seen.message)
    if one.kind is ErrorKind.OTHER or one.kind is not other.kind:
        return False
    if any(_OBJECT.search(message) for message in (expected.message, seen.message)):
        return False
    if one.kind is ErrorKind.NO_MODULE and one.name != other.name:
        old = any(_LAST_PART_ONLY.search(message) for message in (expected.message, seen.message))
        return old and _last(one.name) == _last(other.name)
    return one.name == other.name and (None in (one.path, other.path) or one.path == other.path)


def _last(name: str | None) -> str:
    return (name or "").rpartition(".")[2]


def _is_a(seen: Seen, exception: str) -> bool:
    return _ALIKE.get(exception, exception) in {_ALIKE.get(kind, kind) for kind in seen.kinds}


def _sayings(seen: Seen) -> Iterator[str]:
    """The message, with and without its type: normalising looks at how a text begins."""
    message = normalise_message(seen.message)
    yield message
    yield f"{seen.exception}: {message}"


def _holds(reason: str, expected: Expected) -> bool:
    return expected.exception is None and normalise_message(expected.message) in reason


def _whence(ending: Ending, number: int) -> str:
    """How the error that fits relates to the one that the sentence names."""
    if number == 0:
        return _besides(ending)
    seen = ending.errors[number]
    return f"in a thread: {seen}" if seen.thread else f"led to by {seen}"


def _besides(ending: Ending) -> str:
    """What the first error did not do: end the program by itself."""
    if not ending.errors:
        return ""
    parts = ["in a thread"] if ending.errors[0].thread else []
    if ending.end not in (End.FINISHED, End.RAISED):
        parts.append(f"then {ending.reason}")
    return ", ".join(parts)


def _another_place(seen: Seen, place: Frame | None) -> str | None:
    """Where else the same error came from; None where that is the same place or can't be told.

    Only places in installed packages are compared: a report's own file is not here.
    """
    wanted = _module(place)
    found = _module(seen.frames[-1]) if seen.frames else None
    if place is None or wanted is None or place.function is None:
        return None
    if found == wanted and seen.frames[-1].function == place.function:
        return None
    here = f"{found}, {seen.frames[-1].function}" if found else "the code itself"
    return f"the same message from another place: {here}, not {wanted}, {place.function}"


def _module(frame: Frame | None) -> str | None:
    """The dotted name of an installed file, its directory's spelling undone."""
    if frame is None:
        return None
    file = frame.file.replace("\\", "/")
    match = _PACKAGE.search(file) or _LOCAL_LAYER.search(file)
    return match["module"].removesuffix("/__init__").replace("/", ".") if match else None
