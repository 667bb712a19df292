"""Which environments stand on which: what may be removed and what must stay. Pure."""

from collections.abc import Collection, Iterable, Mapping

from keras_matrix.engines import Environment, Held


def removable(
    parents: Mapping[str, str], keep: Iterable[str], present: Iterable[str]
) -> tuple[str, ...]:
    """The digests in ``present`` that nothing in ``keep`` stands on, children before parents.

    ``parents`` maps a digest to its parent's.
    """
    kept: set[str] = set()
    for digest in keep:
        while digest and digest not in kept:
            kept.add(digest)
            digest = parents.get(digest, "")

    def depth(digest: str) -> int:
        steps, seen = 0, set[str]()
        while digest in parents and digest not in seen:
            seen.add(digest)
            digest, steps = parents[digest], steps + 1
        return steps

    return tuple(sorted((d for d in present if d not in kept), key=lambda d: (-depth(d), d)))


def superfluous(
    held: Iterable[Held], needed: Collection[str], newest: int
) -> tuple[Environment, ...]:
    """What may go, children before parents: all but the ``needed`` tiers and the newest others.

    What a kept environment stands on is kept with it, and doesn't count.
    """
    by_digest = {each.environment.digest: each for each in held}
    parents = {digest: each.parent for digest, each in by_digest.items()}
    wanted = [digest for digest, each in by_digest.items() if each.tier in needed]
    # Only what nothing stands on is a choice: the rest goes or stays with its children.
    choice = removable(parents, [*wanted, *parents.values()], by_digest)
    choice = tuple(sorted(choice, key=lambda digest: (by_digest[digest].made, digest)))
    kept = choice[len(choice) - newest :] if newest else ()
    gone = removable(parents, [*wanted, *kept], by_digest)
    return tuple(by_digest[digest].environment for digest in gone)
