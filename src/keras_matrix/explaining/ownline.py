"""A line of the user's own that asks TensorFlow itself for what TensorFlow 2 moved away.

Keras has no part in it: another Keras changes nothing. What helps is a TensorFlow that still has
the name, or the name under which the newer ones keep it.
"""

import re

from packaging.specifiers import SpecifierSet

from keras_matrix.causes import Cause
from keras_matrix.evidence import ErrorSignature
from keras_matrix.evidence.imports import package_of
from keras_matrix.evidence.traces import GONE_FROM_2
from keras_matrix.explaining import combinations
from keras_matrix.explaining.case import Case, Told
from keras_matrix.explaining.fitting import fits
from keras_matrix.explaining.model import Certainty, Finding, Likely
from keras_matrix.knowledge import KnownCell

_LONGEST = 100


def line_of(error: ErrorSignature) -> str | None:
    """The line that asks; None where Keras or TensorFlow does, or the traceback doesn't say."""
    frame = error.frames[-1] if error.frames else None
    if frame is None or error.path != "tensorflow" or error.name not in GONE_FROM_2:
        return None
    package = package_of(frame.file)
    asks = re.search(rf"\.{re.escape(error.name)}\b", frame.code or "")
    return frame.code if asks and package not in ("keras", "tensorflow", "tf_keras") else None


def tell(case: Case, error: ErrorSignature, line: str) -> Told:
    """What the name is called now, and the nearest combinations whose TensorFlow has it."""
    gone = SpecifierSet(case.evidence.shown.get("tensorflow", ">=2.0.0a0"))
    fit = fits(case.knowledge)

    def works(cell: KnownCell) -> str | None:
        version = cell.installed.get("tensorflow")
        return None if version is None or version in gone else fit(cell)

    shown = line.strip()[:_LONGEST]
    why = (
        f"the line “{shown}” asks TensorFlow itself, not Keras: TensorFlow 2 has {error.name} as "
        f"tensorflow.compat.v1.{error.name} only"
    )
    return Told(
        finding=Finding(
            certainty=Certainty.INFERRED, standing=None, why="the traceback itself says it"
        ),
        causes=(Likely(cause=Cause.VERSIONS, why=why),),
        fixes=tuple(combinations.other_versions(case, works)),
    )
