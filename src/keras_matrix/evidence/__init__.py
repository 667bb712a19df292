"""Pasted text -> what it claims: the error, the versions, the code, and what speaks against it.

Pure: text and the catalogue of releases in, a value out. Nothing of the text is ever run.
"""

from keras_matrix.evidence.errors import parse_message
from keras_matrix.evidence.model import (
    Claim,
    Doubt,
    DoubtKind,
    ErrorKind,
    ErrorSignature,
    Evidence,
    Frame,
    Source,
)
from keras_matrix.evidence.names import normalise_message, normalise_path
from keras_matrix.evidence.reading import read_evidence

__all__ = [
    "Claim",
    "Doubt",
    "DoubtKind",
    "ErrorKind",
    "ErrorSignature",
    "Evidence",
    "Frame",
    "Source",
    "normalise_message",
    "normalise_path",
    "parse_message",
    "read_evidence",
]
