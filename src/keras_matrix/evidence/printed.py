"""Versions that an interpreter printed: of a module, or of itself."""

import re
from collections.abc import Iterator, Sequence

from keras_matrix.evidence.imports import Aliases, resolve
from keras_matrix.evidence.model import Claim, Source
from keras_matrix.evidence.projects import (
    PYTHON,
    TF_KERAS_VERSION,
    VERSION,
    Stated,
    plausible,
    short,
    tidy_version,
)

_ASKED = re.compile(
    r"\b((?:tf|tensorflow)\.(?:compat\.v[12]\.)?keras|[A-Za-z_]\w{0,30})"
    r"\.(?:__version__|VERSION\b|version\.VERSION\b)"
)
_BEHIND = re.compile(
    r"[)\]}'\"`,;* ]{0,8}"
    r"(?:#|==?|:|-{1,2}>|>{1,3}|=>|\u2192|(?:is|returns?|prints?|gives?|shows?|outputs?)\b)?"
    rf"[-=>:*#` ]{{0,6}}(?:Out ?\[\d{{1,5}}\]: ?)?['\"`(b]{{0,3}}v?({VERSION})(?![\w.]*[/\\])"
)
_OUTPUT = re.compile(
    r"^ {0,8}(?:Out ?\[\d{1,5}\]: ?|#>? ?|Output:? ?|[->=]{1,3} ?)?"
    rf"[(b'\"`*]{{0,4}}v?({VERSION})[)'\"`*, ]{{0,4}}(?:['\"(]{{0,2}}v?({VERSION})['\")]{{0,3}})?$"
)
# Lines that stand between a question and its answer.
_BETWEEN = re.compile(
    r"^$|^ {0,4}(?:```|~~~)|^Using \w+ backend|^\d{4}-\d\d-\d\d \d\d:|^(?:WARNING|INFO)|Warning"
    r"|^ {0,4}(?:Outputs?|Results?|Out)\b.{0,20}:?$|^ {0,12}(?:>>>|In ?\[\d+\]:|\$|\.\.\.) ?"
    r"|^ {0,12}(?:import|from|print) ?|_np_q|np_resource|dtype"
)
_REACH = 14
_PYTHON_HEADER = re.compile(
    r"(?:^|[ \"'(=])Python {1,3}(\d\.\d{1,2}(?:\.\d{1,2})?)(?:rc\d|[ab]\d|\+)?"
    r"(?: ?(?:\||\[|::|\((?:default|main|tags|v\d|r\d|heads|Anaconda|packaged)|-- )|$)"
)
_SYS_VERSION = re.compile(
    r"(?:^|[ '\"=])(\d\.\d{1,2}\.\d{1,2})\+? ?"
    r"(?:\|[A-Z]|\((?:default|main|tags|v\d|r\d|heads|packaged))"
)
_VERSION_INFO = re.compile(r"sys\.version_info\(major=(\d), minor=(\d{1,2})")
_PROJECTS = {
    **{name: name for name in ("tensorflow", "keras", "theano", "jax", "torch", "cntk")},
    "tf_keras": "tf-keras",
    "keras_core": "keras-core",
    "tensorflow.keras": TF_KERAS_VERSION,
    "tensorflow.python.keras": TF_KERAS_VERSION,
    "tensorflow.compat.v1.keras": TF_KERAS_VERSION,
}


def printed(lines: Sequence[str], known: Aliases) -> Iterator[Stated]:
    """Every version that the text shows an interpreter saying of itself or of a module."""
    waiting: list[tuple[str, str]] = []
    since = 0
    for number, line in enumerate(lines):
        yield from _of_python(line, number)
        asked = list(_asked(line, known)) if "ersion" in line or "VERSION" in line else []
        if waiting and not asked:
            yield from _answers(waiting, line, number)
            goes_on = _BETWEEN.search(line) or _OUTPUT.match(line)
            waiting = waiting if goes_on and number - since < _REACH else []
        for project, expression, version in asked:
            if version is not None:
                yield from _said(project, version, line, number)
            else:
                waiting.append((project, expression))
                since = number


def _asked(line: str, known: Aliases) -> Iterator[tuple[str, str, str | None]]:
    """(project, expression, the version printed on the same line)."""
    for match in _ASKED.finditer(line):
        project = _PROJECTS.get(resolve(match[1], known) or "")
        if project is not None:
            behind = _BEHIND.match(line, match.end())
            yield project, match[0], behind[1] if behind else None


def _answers(waiting: list[tuple[str, str]], line: str, number: int) -> Iterator[Stated]:
    """Gives the versions on an output line to the expressions that wait for one."""
    match = _OUTPUT.match(line)
    if match is None:
        return
    versions = [version for version in match.groups() if version]
    if len(waiting) == 1:
        versions = versions[-1:]  # ('v1.12.0-0-ga6d8ffae09', '1.12.0')
    for version in versions[: len(waiting)]:
        project, expression = waiting.pop(0)
        yield from _said(project, version, f"{expression}: {version}", number)


def _said(project: str, version: str, quote: str, number: int) -> Iterator[Stated]:
    tidy = tidy_version(version)
    if tidy.endswith("-tf"):
        project = TF_KERAS_VERSION
    if plausible(project, tidy) and "." in tidy:
        claim = Claim(project=project, version=tidy, source=Source.FREEZE, quote=short(quote))
        yield Stated(claim=claim, line=number)


def _of_python(line: str, number: int) -> Iterator[Stated]:
    if "ython" not in line and "(" not in line and "|" not in line:
        return
    match = _PYTHON_HEADER.search(line) or _SYS_VERSION.search(line)
    if match is not None:
        yield from _said(PYTHON, match[1], line, number)
    elif info := _VERSION_INFO.search(line):
        yield from _said(PYTHON, f"{info[1]}.{info[2]}", line, number)
