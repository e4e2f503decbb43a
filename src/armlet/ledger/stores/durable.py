"""Writing at the end of a file so that all of it is there or none of it: for the open strand and for the sealed one.

Whoever calls holds the lock on the file. A crash may leave the beginning of what was written. An unfinished line shows
by itself, and whoever opens the file next sets it aside and says so. Whole lines of an unfinished batch do not show, so
a batch is announced beside the file before it is written (``NAME.pending``: where it begins and ends, and its digest),
and whoever locks the file next and finds the announcement but not the batch takes the rest of it back.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from armlet.document import canonical_json, digest


@contextmanager
def locked(path: Path) -> Iterator[FileIO]:
    """The file, made where there is none, with no buffer in between and nobody else writing until it is closed.

    Who held the lock before may have put another file in its place (`replace_durably`): then that one is locked.
    """
    while True:
        is_new = not path.exists()
        with FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+") as file:
            if is_new:
                sync_folder(path.parent)
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists() and not os.path.samestat(os.fstat(file.fileno()), path.stat()):
                continue
            yield file
            return


def replace_durably(path: Path, file: FileIO, data: bytes) -> None:
    """Puts a file with other bytes in the place of the locked one, all or nothing.

    A file that a crash left half-written beside it holds nothing that the new one does not, and is written anew.
    """
    beside = path.with_name(f"{path.name}.redacting")
    beside.unlink(missing_ok=True)
    with beside.open("xb", buffering=0) as new:
        os.fchmod(new.fileno(), os.fstat(file.fileno()).st_mode & 0o777)
        append_durably(new, data, 0)
    beside.replace(path)
    sync_folder(path.parent)


def read_settled(path: Path) -> tuple[bytes, bool]:
    """The file as it is between two appends, and whether a batch was announced in it that nobody finished.

    Nobody is writing while it is read; it need not be writable.
    """
    with FileIO(path, "r") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        return file.readall(), is_unfinished(path)


def sync_folder(folder: Path) -> None:
    """Waits until the disk has what was made, renamed or removed in the folder."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def write_new_durably(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Makes a file, by default for its owner alone, and waits for the disk; what fails leaves none.

    Raises FileExistsError where there is one.
    """
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    is_done = False
    try:
        with FileIO(number, "r+") as file:
            append_durably(file, data, 0)
        sync_folder(path.parent)
        is_done = True
    finally:
        if not is_done:
            path.unlink()


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


def _announcement(path: Path) -> Path:
    return path.with_name(f"{path.name}.pending")


def append_as_one(path: Path, file: FileIO, lines: bytes, size: int) -> None:
    """Like `append_durably`, for several lines: all of them or none, whenever the machine fails."""
    announcement = _announcement(path)
    plain = {"from": size, "to": size + len(lines), "digest": digest(lines)}
    with announcement.open("xb", buffering=0) as note:
        try:
            append_durably(note, canonical_json(plain), 0)
            sync_folder(path.parent)
            append_durably(file, lines, size)
        finally:
            os.fsync(file.fileno())  # where it failed, what was written is taken back before the announcement is
            announcement.unlink()


def is_unfinished(path: Path) -> bool:
    """Whether somebody announced a batch and did not come to say that it is written."""
    return _announcement(path).exists()


def take_back_unfinished(path: Path, file: FileIO) -> str:
    """Takes back what a batch that was announced and not finished left in the file; tells so in words, or "".

    A batch that is all there stays: only its acknowledgement was lost.
    """
    announcement = _announcement(path)
    if not announcement.exists():
        return ""
    said = ""
    batch = _read_announcement(announcement)
    if batch is not None:
        start, end, expected = batch
        file.seek(start)
        left = file.readall()
        if left and digest(left[: end - start]) != expected:
            aside = set_tail_aside(path, file, start + len(left), left)
            said = (
                f"{path.name}: an append of several entries was cut off by a crash, and none of them was acknowledged. "
                f"The {len(left)} bytes that were written are kept in {aside.name}."
            )
    announcement.unlink()
    sync_folder(path.parent)
    return said


def _read_announcement(announcement: Path) -> tuple[int, int, str] | None:
    """Where the batch begins and ends, and its digest; None where the crash came before it was fully announced."""
    try:
        plain = json.loads(announcement.read_bytes())
    except ValueError:
        return None
    return int(plain["from"]), int(plain["to"]), str(plain["digest"])


def set_tail_aside(path: Path, file: FileIO, size: int, cut: bytes) -> Path:
    """Moves the cut end of the `size` bytes to a new file beside `path`, never an older one, and answers its name."""
    aside = path.with_name(f"{path.name}.cut-{size}")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.name}.cut-{size}-{count}")
    with aside.open("xb", buffering=0) as kept:
        append_durably(kept, cut, 0)
    file.truncate(size - len(cut))
    os.fsync(file.fileno())
    return aside


def describe_recovery(path: Path, last: int, cut: bytes, aside: Path) -> str:
    """What to tell people after a tail was set aside."""
    return (
        f"{path.name}: the last line was cut off by a crash; recovered to entry {last}. "
        f"The {len(cut)} bytes of the unfinished line are kept in {aside.name}."
    )
