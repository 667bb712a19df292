"""A file on its way: who reads along gets it whole or hears why not, whatever the moment."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from keras_matrix.index.transfers import Transfer


def test_a_partial_file_that_was_just_moved_is_read_from_its_place(tmp_path: Path) -> None:
    transfer = Transfer("six.whl")
    transfer.begin(tmp_path / "partial", 3)
    (tmp_path / "six.whl").write_bytes(b"six")
    # The file is in its place before the transfer says so.
    later = _later(lambda: transfer.finish(tmp_path / "six.whl"))
    stream = transfer.opened()
    later.join()
    assert b"".join(transfer.chunks(stream)) == b"six"


def test_a_partial_file_that_was_just_dropped_fails_for_the_transfers_reason(
    tmp_path: Path,
) -> None:
    transfer = Transfer("six.whl")
    transfer.begin(tmp_path / "partial", 3)
    later = _later(lambda: transfer.fail(ValueError("other bytes")))
    with pytest.raises(ValueError, match="other bytes"):
        transfer.opened()
    later.join()


def _later(deed: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(0.1, deed)
    timer.start()
    return timer
