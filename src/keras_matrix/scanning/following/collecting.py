"""What was found in a file so far."""

from dataclasses import dataclass, field

from keras_matrix.scanning.following.mentions import Doubt, Mention, Puzzle, Refs, Span
from keras_matrix.scanning.following.syntax import Node

_MOST = 200_000


class TooManyError(Exception):
    """A file that reaches for more than any program does."""


def span(node: Node) -> Span:
    """Where a node is in the source."""
    return node.start_byte, node.end_byte


@dataclass(slots=True, kw_only=True)
class Collection:
    """Mentions, attributes that are set, and doubts, of what may matter.

    ``roots`` are the packages whose paths matter; those of the scanned tree's own modules do too.
    """

    roots: frozenset[str]
    mentions: list[Mention] = field(default_factory=list)
    sets: list[Mention] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def mark(self) -> tuple[int, int, int]:
        """How much there is now."""
        return len(self.mentions), len(self.sets), len(self.doubts)

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Forget what came after a mark."""
        del self.mentions[mark[0] :]
        del self.sets[mark[1] :]
        del self.doubts[mark[2] :]

    def mention(self, found: Mention) -> None:
        """Keep a mention, if it may be of something that matters."""
        refs = self.relevant(found.refs)
        if refs:
            self.mentions.append(found)
        if len(self.mentions) > _MOST:
            raise TooManyError(f"more than {_MOST:,} places to follow")

    def doubt(self, puzzle: Puzzle, refs: Refs, node: Node) -> None:
        """Note what can't be told, if it may be of something that matters."""
        if self.relevant(refs):
            self.doubts.append(Doubt(puzzle=puzzle, refs=refs, span=span(node)))

    def relevant(self, refs: Refs) -> bool:
        """Whether any is of a package that matters, or of the tree."""
        return any(ref[0] in self.roots or ref[0].startswith("@") for ref in refs)
