"""Reads what people name on the command line: a file, a folder of files, or standard input for ``-``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from armlet.errors import InputError
from armlet.issues import Issue, error

STANDARD_INPUT: Final = "-"


def name_of(path: str) -> str:
    """How messages name the input."""
    return "standard input" if path == STANDARD_INPUT else path


LARGEST_BYTES: Final = 200_000_000
"""What a verb takes into memory at most: a pipe or a device can go on without end."""


def find_files(paths: Sequence[str], rule: str) -> tuple[str, ...]:
    """The files that are meant: those named, and all below each folder named, in order of name; hidden ones left out.

    Raises InputError for what is neither a file nor a folder, and for a folder without any file.
    """
    found, problems = list[str](), list[Issue]()
    for path in paths:
        is_folder = bool(path) and Path(path).is_dir()
        inside = (
            sorted(str(below) for below in Path(path).rglob("*") if _is_shown_file(below, Path(path)))
            if is_folder
            else []
        )
        if path == STANDARD_INPUT or (path and Path(path).exists() and not is_folder):  # a pipe is no regular file
            found.append(path)
        elif inside:
            found += inside
        else:
            message = "the folder has no file." if is_folder else "there is no such file or folder."
            problems.append(
                error(f"{rule}/unreadable", path, message, "Check the name and the folder that you are in.")
            )
    if problems:
        raise InputError(problems)
    return tuple(dict.fromkeys(found))


def _is_shown_file(path: Path, folder: Path) -> bool:
    return path.is_file() and not any(step.startswith(".") for step in path.relative_to(folder).parts)


def read_bytes(path: str, rule: str) -> bytes:
    """The bytes of a file or of standard input. Raises InputError for a folder, no file, or one that cannot be read."""
    try:
        if path == STANDARD_INPUT:
            data = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(LARGEST_BYTES + 1)
        if len(data) <= LARGEST_BYTES:
            return data
        message, fix = f"there are more than {LARGEST_BYTES // 1_000_000} MB.", "Is it the right file?"
    except IsADirectoryError:
        message, fix = "this is a folder; expected a file.", "Name a file in it."
    except FileNotFoundError:
        message, fix = "there is no such file.", "Check the name and the folder that you are in."
    except OSError as problem:
        message, fix = f"the file cannot be read: {problem.strerror}.", "Check the name and who may read it."
    raise InputError([error(f"{rule}/unreadable", name_of(path), message, fix)])


def decode_utf8(data: bytes, path: str, rule: str) -> str:
    """The bytes as UTF-8 text, a byte-order mark passed over. Raises InputError, with the line, for anything else."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        message = f"this is not UTF-8 text (byte 0x{data[problem.start]:02X})."
        issue = error(f"{rule}/encoding", f"{name_of(path)}:{line}", message, "Is it text? Save it as UTF-8.")
        raise InputError([issue]) from None
