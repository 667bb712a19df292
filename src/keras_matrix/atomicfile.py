"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path``: a reader sees the old file or the new one, never half of one."""
    write_all([(path, (text,))])


def write_all(files: Iterable[tuple[Path, Iterable[str]]]) -> None:
    """Write several files from their pieces: none is replaced before all are written."""
    written: list[tuple[Path, Path]] = []
    try:
        for path, pieces in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
            written.append((Path(name), path))
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.writelines(pieces)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o644)
        for temporary, path in written:
            temporary.replace(path)
    except BaseException:
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)
        raise
