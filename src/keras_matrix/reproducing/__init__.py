"""One combination of versions, one piece of code: does that error come?

``reproduce(request, place)`` builds the combination, declared or not, runs the code in the
sandbox and compares what came with what is expected. Everything before that is pure: from
versions to a cell, from an error to a snippet, from an end to a verdict.
"""

from keras_matrix.reproducing.model import (
    Combination,
    End,
    Ending,
    Expected,
    Origin,
    Reproduction,
    Request,
    Seen,
    Snippet,
    Verdict,
)
from keras_matrix.reproducing.workplace import Workplace, reproduce

__all__ = [
    "Combination",
    "End",
    "Ending",
    "Expected",
    "Origin",
    "Reproduction",
    "Request",
    "Seen",
    "Snippet",
    "Verdict",
    "Workplace",
    "reproduce",
]
