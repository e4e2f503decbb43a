"""Files in one ZIP, made so that equal files give equal bytes, and read without trusting a name, a size or a link in it."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from armlet.errors import InputError
from armlet.issues import error

LARGEST_FILE: Final = 500_000_000
LARGEST_WHOLE: Final = 2_000_000_000
MOST_FILES: Final = 20_000
STEEPEST: Final = 200
"""So many times longer than packed a file may be once it is larger than a megabyte; text packs some ten to one."""
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The one date that every file gets: the first that the format knows."""
_STEP: Final = 1 << 20


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files as one ZIP, in the order of their names, each with the same date and rights."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EARLIEST)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, files[name], zipfile.ZIP_DEFLATED, 6)
    return out.getvalue()


def is_zip(data: bytes) -> bool:
    """Whether the bytes begin as a ZIP does."""
    return data[:4] in {b"PK\x03\x04", b"PK\x05\x06"}


def unpack(data: bytes, where: str) -> dict[str, bytes]:
    """The files of a ZIP by name.

    Raises InputError for what is no ZIP, is damaged, or holds anything but plain files of a sensible size and name.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = archive.infolist()
            _refuse_unfit(found, where)
            return {info.filename: _read(archive, info, where) for info in found}
    # the module says of a broken file any of these: no ZIP, broken data, cut off, an unknown method, encrypted, a bad name
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as problem:
        raise _no("damaged", where, f"it cannot be read as a ZIP file ({problem}).", "Fetch another copy.") from None


def _refuse_unfit(found: list[zipfile.ZipInfo], where: str) -> None:
    if len(found) > MOST_FILES:
        raise _no("too-large", where, f"it holds {len(found):,} files; at most {MOST_FILES:,} are read.")
    if sum(info.file_size for info in found) > LARGEST_WHOLE:
        raise _no("too-large", where, f"unpacked it would be more than {LARGEST_WHOLE:,} bytes.")
    if len({info.filename.casefold() for info in found}) != len(found):
        raise _no("name-twice", where, "two files in it have the same name.")
    for info in found:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if not is_safe_name(info.filename):
            raise _no("name", where, f"a file in it is named {info.filename!r}, which leads elsewhere.")
        if info.is_dir() or kind not in {0, stat.S_IFREG}:
            raise _no("no-file", where, f"{info.filename!r} in it is no plain file.")
        if info.file_size > LARGEST_FILE:
            raise _no("too-large", where, f"{info.filename!r} would be {info.file_size:,} bytes.")
        if info.file_size > _STEP and info.file_size > STEEPEST * max(info.compress_size, 1):
            raise _no(
                "bomb", where, f"{info.filename!r} would be {info.file_size:,} bytes from {info.compress_size:,}."
            )


def is_safe_name(name: str) -> bool:
    """Whether a name in an archive stays below the folder that it is unpacked into, on every system."""
    path = PurePosixPath(name)
    is_plain = bool(name) and "\\" not in name and ":" not in name and all(sign >= " " for sign in name)
    return is_plain and not path.is_absolute() and str(path) == name and ".." not in path.parts


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> bytes:
    """One file, read no further than the size that it claims: a wrong claim is met before the memory is full."""
    parts, size = list[bytes](), 0
    with archive.open(info) as file:
        while part := file.read(_STEP):
            size += len(part)
            if size > info.file_size:
                raise _no("bomb", where, f"{info.filename!r} is longer than it says.")
            parts.append(part)
    return b"".join(parts)


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files below an unpacked archive's folder by name. Raises InputError for links and for what is too large."""
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise _no("no-file", str(folder), f"{name!r} in it is a link, no plain file.")
        if path.is_dir():
            continue
        total += path.stat().st_size
        if total > LARGEST_WHOLE or len(files) >= MOST_FILES:
            raise _no("too-large", str(folder), f"it holds more than {LARGEST_WHOLE:,} bytes or {MOST_FILES:,} files.")
        files[name] = path.read_bytes()
    return files


def _no(
    rule: str, where: str, message: str, fix: str = "It is not an archive of a trial; nothing was unpacked."
) -> InputError:
    return InputError([error(f"archive/{rule}", where, message, fix)])
