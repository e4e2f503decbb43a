"""The bytes of a file as text, and the place of words in it; or why it is no text. Never a guess at an encoding."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from io import StringIO
from itertools import accumulate
from typing import Final, NamedTuple, NoReturn

from armlet.errors import InputError
from armlet.issues import error

LARGEST_FILE_BYTES: Final = 20_000_000
_UTF_32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_KINDS: Final = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"\x28\xb5\x2f\xfd", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


class Words(NamedTuple):
    """What one line of the source gives to a value.

    `text` has references resolved and keeps the blanks before its first word; `quote` is what stands in the line.
    """

    # A named tuple, as `Line` and `Fact` are, because a record with results has hundred thousands of them.
    line: int
    text: str
    quote: str


class LineEnds:
    """Which line of a text an offset lies in."""

    def __init__(self, text: str) -> None:
        self._ends = list(accumulate(map(len, StringIO(text, newline=""))))
        if not text.endswith(("\n", "\r")):
            self._ends = self._ends[:-1]

    def line_at(self, offset: int) -> int:
        """The line of an offset, counted from 1."""
        return bisect_right(self._ends, offset) + 1


def split_lines(text: str) -> list[str]:
    """The lines of a text, whatever ends them, without their ends."""
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


def decode_text(data: bytes, name: str) -> str:
    """The text of a file in UTF-8 (with or without byte-order mark) or in UTF-16 with byte-order mark.

    Raises InputError for a file that is empty, larger than 20 MB, binary, or in another encoding.
    """
    if len(data) > LARGEST_FILE_BYTES:
        megabytes = f"{len(data) / 1_000_000:.1f}"
        refuse("read/too-large", name, f"the file has {megabytes} MB; expected at most 20 MB.", "Is it the right one?")
    if not data.strip(b" \t\r\n\x0c"):
        refuse("read/empty", name, "the file is empty.", "Expected a registry record.")
    _refuse_binary(data, name)
    text = _decode(data, name)
    if not text.strip():
        refuse("read/empty", name, "the file is empty but for blanks.", "Expected a registry record.")
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        message = f"the file is not text: it has the control character U+{ord(found[0]):04X}."
        refuse("read/binary", f"{name}:{line}", message, "Expected a registry record as text or JSON.")
    return text


def _refuse_binary(data: bytes, name: str) -> None:
    for start, kind in _KINDS:
        if data.startswith(start):
            fix = "Unpack it, if it is packed, and read each record by itself; or save the record as text or JSON."
            refuse("read/binary", name, f"the file is {kind}, not text.", fix)
    if b"\0" in data and not data.startswith((*_UTF_16, *_UTF_32)):
        message = "the file is not text: it has NUL bytes."
        refuse("read/binary", name, message, "If it is UTF-16, save it as UTF-8 or with a byte-order mark.")


def _decode(data: bytes, name: str) -> str:
    expected = "Expected UTF-8, or UTF-16 with a byte-order mark"
    if data.startswith(_UTF_32):
        refuse("read/wrong-encoding", name, "the file is in UTF-32.", f"{expected}; save it so.")
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        label = "UTF-16" if encoding == "utf-16" else "UTF-8"
        message = f"the file is not {label} (byte {problem.start + 1}, 0x{data[problem.start]:02X})."
        fix = f"{expected}; it may be in Windows-1252 or Latin-1: open it as that and save it as UTF-8."
        refuse("read/wrong-encoding", f"{name}:{line}", message, fix)


def refuse(rule: str, where: str, message: str, fix: str) -> NoReturn:
    """Raises InputError with one issue."""
    raise InputError([error(rule, where, message, fix)])
