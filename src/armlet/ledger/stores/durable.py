"""Writing at the end of a file so that all of it is there or none of it: for the open strand and for the sealed one.

Whoever calls holds the lock on the file. A crash may still leave the beginning of what was written; whoever opens the
file next sets an unfinished line aside and says so.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[FileIO]:
    """The file, made where there is none, with no buffer in between and nobody else writing until it is closed."""
    is_new = not path.exists()
    with FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+") as file:
        if is_new:
            _sync_folder(path.parent)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def append_durably(file: FileIO, lines: bytes, size: int) -> None:
    """Writes the lines after the first `size` bytes and waits for the disk; what fails leaves the file as it was."""
    is_done = False
    try:
        file.seek(size)
        left = memoryview(lines)
        while left:
            left = left[file.write(left) or 0 :]
        os.fsync(file.fileno())
        is_done = True
    finally:
        if not is_done:
            file.truncate(size)


def set_tail_aside(path: Path, file: FileIO, data: bytes, cut: bytes) -> Path:
    """Moves the cut end of `data` to a new file beside `path` and answers its name; an older one is never replaced."""
    aside = path.with_name(f"{path.name}.cut-{len(data)}")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.name}.cut-{len(data)}-{count}")
    with aside.open("xb", buffering=0) as kept:
        append_durably(kept, cut, 0)
    file.truncate(len(data) - len(cut))
    os.fsync(file.fileno())
    return aside


def describe_recovery(path: Path, last: int, cut: bytes, aside: Path) -> str:
    """What to tell people after a tail was set aside."""
    return (
        f"{path.name}: the last line was cut off by a crash; recovered to entry {last}. "
        f"The {len(cut)} bytes of the unfinished line are kept in {aside.name}."
    )
