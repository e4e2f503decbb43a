"""The second factor of whoever breaks a code: a time-based code (RFC 6238) from a device that only they hold.

Each person has a file with the secret, made by `armlet unblind enrol` and kept where only the holder of the vault can
read it. A code counts once, and after some wrong ones there is a pause. The code is typed, never given as an argument:
arguments stand in process lists and in the shell's history.
"""

from __future__ import annotations

import base64
import getpass
import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from armlet.errors import InputError
from armlet.issues import error

SECRET_BYTES: Final = 20
"""160 bits, as RFC 4226 recommends; SHA-1, six digits and 30 seconds are what every authenticator understands."""
STEP: Final = 30
DIGITS: Final = 6
NEIGHBOURS: Final = (0, -1, 1)
"""One step early or late is taken: clocks differ (RFC 6238, 5.2 recommends at most one for the delay)."""
MOST_WRONG: Final = 5
PAUSE_SECONDS: Final = 300
"""After so many wrong codes in a row none is looked at for five minutes: our choice; a million codes take a lifetime."""
HOW: Final = "time-based code (RFC 6238)"
"""How the ledger says that a second factor was given."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One person's secret, the last step whose code was used, and wrong codes in a row with when the last one was."""

    person: str
    secret: str
    used: int = 0
    wrong: int = 0
    wrong_at: int = 0

    def __repr__(self) -> str:
        return f"Enrolled({self.person!r}, not shown)"


def enrol(path: Path, person: str, secret: bytes) -> None:
    """Makes the file of a person; only its owner may read it. Raises InputError where there is one."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        message = "there is a file of this name; nothing is overwritten."
        raise InputError([error("unblind/exists", str(path), message, "Name a new file.")]) from None
    _save(path, Enrolled(person, base64.b32encode(secret).decode("ascii")))


def load(path: Path) -> Enrolled:
    """The file of a person. Raises InputError where it is none."""
    try:
        return Enrolled(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        message = "this is not a file of `armlet unblind enrol`."
        raise InputError([error("unblind/second-factor", str(path), message, "Enrol the person first.")]) from None


def is_right(path: Path, code: str, now: datetime) -> bool:
    """Whether the code is the person's at this moment and was not used; the file remembers that it was tried."""
    one, seconds = load(path), int(now.timestamp())
    if one.wrong >= MOST_WRONG and seconds - one.wrong_at < PAUSE_SECONDS:
        return False
    step = _step_of(one, code, seconds)
    if step is None:
        _save(path, replace(one, wrong=one.wrong + 1, wrong_at=seconds))
        return False
    _save(path, replace(one, used=step, wrong=0))
    return True


def code_at(path: Path, now: datetime) -> str:
    """The code that the person's device shows at that moment: for a device that runs this program, and for tests."""
    return _totp(load(path)).generate(int(now.timestamp())).decode("ascii")


def ask_code(person: str) -> str:
    """The code as typed at the terminal without an echo, or the next line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Code of {person}: ").strip()
    return sys.stdin.readline().strip()


def _step_of(one: Enrolled, code: str, seconds: int) -> int | None:
    if not code.isascii():
        return None
    for neighbour in NEIGHBOURS:
        step = seconds // STEP + neighbour
        try:
            _totp(one).verify(code.encode("ascii"), step * STEP)
        except InvalidToken:
            continue
        return step if step > one.used else None
    return None


def _totp(one: Enrolled) -> TOTP:
    return TOTP(base64.b32decode(one.secret), DIGITS, SHA1(), STEP)  # noqa: S303


def _save(path: Path, one: Enrolled) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=0o600, exist_ok=False)
    beside.write_text(json.dumps(asdict(one)) + "\n", "utf-8")
    beside.replace(path)
