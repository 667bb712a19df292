"""What frameworks and notebooks print of themselves, and what file paths give away."""

import re
from collections.abc import Iterator, Sequence

from keras_matrix.evidence.model import Claim, Source
from keras_matrix.evidence.projects import PYTHON, Stated, project_of, short, tidy_version

_BACKEND = re.compile(
    r"\bUsing (TensorFlow|Theano|CNTK|JAX|PyTorch|torch|NumPy|OpenVINO) backend\b", re.I
)
_CHOSEN = re.compile(
    r"KERAS_BACKEND['\"]?\]? ?[=:,] ?['\"]?(tensorflow|theano|cntk|jax|torch|numpy)\b"
    r"|['\"]backend['\"] ?: ?['\"](tensorflow|theano|cntk|jax|torch|numpy)\b",
    re.I,
)
_SPOKEN = re.compile(
    r"\b(tensorflow|theano|cntk|jax|pytorch|torch)(?: as (?:the |my |a |its )?| )back-?end\b", re.I
)
_ANOTHER = re.compile(
    r"\b(?:work\w*|fine|switch\w*|chang\w*|instead|try|not|without|set|only)\b[^.]{0,40}$", re.I
)
"""What comes before a backend that is not the failing one's."""
_BEFORE = 60
_COLAB_SELECTED = re.compile(r"\bTensorFlow ([12])\.x selected\b|%tensorflow_version ([12])\.x")
_COLAB_SWITCH = re.compile(
    r"default version of TensorFlow in Colab (?:will|is)(?: soon)? switch(?:ing)? to TensorFlow 2"
)
_PYTHON_PATHS = (
    re.compile(r"python-?(\d\.\d{1,2})(?:/|\\)", re.I),
    re.compile(r"[/\\]python-?([23])(\d{1,2})(?:-\d{2})?[/\\]", re.I),
    re.compile(r"[/\\]ana(conda2)[/\\]", re.I),
    re.compile(
        r"(?:[/\\]|pyenv[/\\]versions[/\\])([23]\.\d{1,2})\.\d{1,2}[/\\](?:lib|bin)[/\\]", re.I
    ),
    re.compile(r"-py(\d\.\d{1,2})\.egg"),
    re.compile(r"\.cpython-([23])(\d{1,2})[.-]"),
    re.compile(
        r"[/\\]envs[/\\][\w.-]{0,40}?py(?:thon)?-?([23])\.?(\d{1,2})[\w.-]{0,40}[/\\]", re.I
    ),
)
_ARCHIVES = re.compile(
    r"(?:site-packages|dist-packages|pkgs)[/\\]([A-Za-z][A-Za-z_]{1,40})-(\d[\w.]{0,30}?)"
    r"(?:-py\d|\.dist-info|\.egg|-[\w]{1,40}[/\\])"
)


def backend(lines: Sequence[str]) -> str | None:
    """The backend that Keras said it uses; else the one that the text chooses for it, else the only
    one that it speaks of."""
    chosen: str | None = None
    spoken: set[str] = set()
    for line in lines:
        if said := _printed(line):
            return _backend(said[1])
        if chosen is None and "backend" in line.lower() and (match := _CHOSEN.search(line)):
            chosen = _backend(match[1] or match[2])
        spoken.update(_spoken(line))
    return chosen or (spoken.pop() if len(spoken) == 1 and "another" not in spoken else None)


def _spoken(line: str) -> Iterator[str]:
    """The backends that a line speaks of."""
    if "back" in line.lower() and "write(" not in line:
        for named in _SPOKEN.finditer(line):
            before = line[max(0, named.start() - _BEFORE) : named.start()]
            yield "another" if _ANOTHER.search(before) else _backend(named[1])


def _printed(line: str) -> re.Match[str] | None:
    """Keras' own banner; not the line of Keras that prints it, which a traceback shows."""
    return _BACKEND.search(line) if "sing " in line and "write(" not in line else None


def _backend(name: str) -> str:
    return {"pytorch": "torch"}.get(name.lower(), name.lower())


def multi_backend_banner(lines: Sequence[str]) -> str | None:
    """The line with which Keras before 2.4.3 told its backend; keras_core printed it too."""
    if any("keras_core" in line for line in lines):
        return None
    said = (found for line in lines if (found := _printed(line)))
    return next((m[0] for m in said if m[1].lower() in ("tensorflow", "theano", "cntk")), None)


def colab(lines: Sequence[str]) -> Iterator[Stated]:
    """What a Colab banner says of TensorFlow: "1.x" or "2.x"."""
    for number, line in enumerate(lines):
        if "ensor" not in line:
            continue
        selected = _COLAB_SELECTED.search(line)
        major = (selected[1] or selected[2]) if selected else None
        if major is None and _COLAB_SWITCH.search(line):
            major = "1"
        if major is not None:
            claim = Claim(
                project="tensorflow", version=f"{major}.x", source=Source.BANNER, quote=short(line)
            )
            yield Stated(claim=claim, line=number)


def from_paths(lines: Sequence[str]) -> Iterator[Stated]:
    """Versions in file paths: python3.6/dist-packages, Keras-2.0.8-py3.5.egg."""
    for number, line in enumerate(lines):
        if "/" not in line and "\\" not in line:
            continue
        for pattern in _PYTHON_PATHS:
            if match := pattern.search(line):
                version = ".".join(match.groups()).lower().replace("conda2", "2.7")
                claim = Claim(
                    project=PYTHON, version=version, source=Source.TRACEBACK, quote=short(match[0])
                )
                yield Stated(claim=claim, line=number)
                break
        for archive in _ARCHIVES.finditer(line):
            project = project_of(archive[1])
            if project is not None:
                claim = Claim(
                    project=project,
                    version=tidy_version(archive[2]),
                    source=Source.TRACEBACK,
                    quote=short(archive[0]),
                )
                yield Stated(claim=claim, line=number)
