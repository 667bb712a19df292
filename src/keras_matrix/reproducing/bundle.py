"""A reproduction as a folder that builds without this tool. The files are made purely."""

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from keras_matrix.errors import InputError
from keras_matrix.locks import Lock
from keras_matrix.plaintext import visible
from keras_matrix.probing import variables_for
from keras_matrix.reproducing.combination import described
from keras_matrix.reproducing.model import Reproduction, Verdict

_PIP = "python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes"
_SHOWN = 40

_DOCKERFILE = """\
# docker build -t {name} .
# docker run --rm --network none {name}
#
# Made by `keras-matrix reproduce --export`. Needs an image registry and a package index, and not
# that tool. --build-arg PIP_INDEX_URL=URL names another index than pip's usual one.
FROM python:{python}-slim
ARG PIP_INDEX_URL
ARG PIP_TRUSTED_HOST
WORKDIR /bundle
COPY requirements-*.txt ./
RUN {installs}
COPY {snippet} ./
ENV {variables}
USER 1000:1000
CMD ["python", "{snippet}"]
"""

_README = """\
# {title}

{versions}. Everything else is as it was on {as_of}, each file with its sha256.

## Expected

{expected}

## With a container engine

```
docker build -t {name} .
docker run --rm --network none {name}
```

On another processor than x86-64, both with `--platform linux/amd64`.

## Without

On Linux x86-64 with Python {python}:

```
{venv} && . venv/bin/activate
{commands}
{environment} python {snippet}
```

The requirements are installed one file after the other, as listed: a later one may replace a
package of an earlier one.

## The code: `{snippet}`

```python
{code}
```
"""


def bundle(made: Reproduction) -> Mapping[str, bytes]:
    """The files by name: Dockerfile, README.md, requirements in their order, the snippet."""
    requirements = dict(_requirements(made.prepared.locks))
    texts = {
        "Dockerfile": _dockerfile(made, tuple(requirements)),
        "README.md": _readme(made, tuple(requirements)),
        **requirements,
    }
    return {
        **{name: text.encode() for name, text in texts.items()},
        made.snippet.name: made.snippet.code,
    }


def write_bundle(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files into a folder, which is made.

    Raises:
        InputError: something is in it already.
    """
    require_empty(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def require_empty(folder: Path) -> None:
    """Refuse to write where something is.

    Raises:
        InputError: the folder is there and not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError([f"{folder} is there already, and not empty: name another folder"])


def _requirements(locks: tuple[Lock, ...]) -> Iterator[tuple[str, str]]:
    filled = [lock for lock in locks if lock.packages]
    for number, lock in enumerate(filled, start=1):
        day = f", as of {lock.as_of}" if lock.as_of else ""
        lines = [f"# Step {number} of {len(filled)}: {lock.tier}{day}."]
        lines += [
            f"{each.name}=={each.version} --hash=sha256:{each.sha256}  # {each.filename}"
            for each in lock.packages
        ]
        yield f"requirements-{number}.txt", "\n".join(lines) + "\n"


def _variables(made: Reproduction) -> Mapping[str, str]:
    return {"HOME": "/tmp", **variables_for(made.cell.backend)}


def _dockerfile(made: Reproduction, requirements: tuple[str, ...]) -> str:
    return _DOCKERFILE.format(
        name=made.cell.id,
        python=made.cell.python,
        snippet=made.snippet.name,
        installs=" && \\\n    ".join(f"{_PIP} -r {name}" for name in requirements),
        variables=" \\\n    ".join(
            f"{name}={json.dumps(text)}" for name, text in _variables(made).items()
        ),
    )


def _readme(made: Reproduction, requirements: tuple[str, ...]) -> str:
    wanted = variables_for(made.cell.backend)
    return _README.format(
        title=made.cell.id,
        name=made.cell.id,
        versions=described(made.cell),
        as_of=made.cell.as_of,
        expected=_expected(made),
        python=made.cell.python,
        venv=_venv(made.cell.python),
        commands="\n".join(f"{_PIP} -r {name}" for name in requirements),
        environment=" ".join(f"{name}={shlex.quote(text)}" for name, text in wanted.items()),
        snippet=made.snippet.name,
        code=visible(made.snippet.text).rstrip("\n"),
    )


def _venv(python: str) -> str:
    return "virtualenv -p python2.7 venv" if python == "2.7" else f"python{python} -m venv venv"


def _expected(made: Reproduction) -> str:
    """What came when the bundle was made, and whether that was looked for."""
    said = f"`{made.ending}`" if made.verdict is not Verdict.NO_ERROR else "No error."
    if made.expected is not None and made.verdict is not Verdict.REPRODUCED:
        said += f" Looked for was `{made.expected}`."
    output = made.ending.output.strip("\n").splitlines()[-_SHOWN:]
    shown = "\n".join(f"    {line}" for line in output)
    return f"{said}\n\nWhat it printed{' last' if len(output) == _SHOWN else ''}:\n\n{shown}"
