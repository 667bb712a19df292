"""How far two combinations of releases are from each other, by one rule for every answer."""

from collections.abc import Iterable

from packaging.version import InvalidVersion, Version

Pair = tuple[str | None, str | None]
"""One project's release on either side; None where the project isn't there."""
Distance = tuple[int, int, int]


_MOST = 1000


def distance(pairs: Iterable[Pair]) -> Distance | None:
    """Steps in the first, second and third number, all projects together.

    In another major series the release next to the border is the nearest: 1.15 to 2.0, not 1.0.
    A project that both sides lack counts nothing. None where only one side has it, or where a
    release has no number.
    """
    steps = (0, 0, 0)
    for one, other in pairs:
        if one is None and other is None:
            continue
        left, right = _numbers(one), _numbers(other)
        if left is None or right is None:
            return None
        apart = _apart(left, right)
        steps = (steps[0] + apart[0], steps[1] + apart[1], steps[2] + apart[2])
    return steps


def _apart(left: Distance, right: Distance) -> Distance:
    if left[0] == right[0]:
        return 0, abs(left[1] - right[1]), abs(left[2] - right[2])
    if right > left:
        return right[0] - left[0], right[1], right[2]
    return left[0] - right[0], max(0, _MOST - right[1]), max(0, _MOST - right[2])


def _numbers(version: str | None) -> Distance | None:
    try:
        parsed = Version(version or "")
    except InvalidVersion:
        return None
    return parsed.major, parsed.minor, parsed.micro
