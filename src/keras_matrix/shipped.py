"""The files of the checkout that the package takes along, wherever it runs from."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """A file or folder of the checkout ("docker/locks"): its copy in an installed package
    (``_docker/locks``), else the checkout's own. Whether it is there is for the caller to see.
    """
    copy = _HERE / f"_{name}"
    return copy if copy.exists() else _HERE.parents[1] / name
