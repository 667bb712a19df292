"""How far two combinations of releases are from each other, by one rule for every answer."""

from collections.abc import Iterable

from packaging.version import InvalidVersion, Version

Pair = tuple[str | None, str | None]
"""One project's release on either side; None where the project isn't there."""
Distance = tuple[int, int, int]


def distance(pairs: Iterable[Pair]) -> Distance | None:
    """Steps in the first, second and third number, all projects together.

    A project that both sides lack counts nothing. None where only one side has it, or where a
    release has no number.
    """
    steps = [0, 0, 0]
    for one, other in pairs:
        if one is None and other is None:
            continue
        left, right = _numbers(one), _numbers(other)
        if left is None or right is None:
            return None
        steps = [total + abs(a - b) for total, a, b in zip(steps, left, right, strict=True)]
    return steps[0], steps[1], steps[2]


def _numbers(version: str | None) -> Distance | None:
    try:
        parsed = Version(version or "")
    except InvalidVersion:
        return None
    return parsed.major, parsed.minor, parsed.micro
