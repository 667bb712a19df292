"""Golden files: what a rendering must look like, byte for byte.

Set ``KERAS_MATRIX_RENEW_GOLDEN=1`` to write them anew, then read the difference.
"""

import os
from pathlib import Path

GOLDEN = Path(__file__).with_name("golden")


def assert_golden(name: str, text: str) -> None:
    """The text is what the golden file of that name holds."""
    path = GOLDEN / name
    if os.environ.get("KERAS_MATRIX_RENEW_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
