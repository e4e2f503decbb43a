"""The envelope of a backup: a tar archive, encrypted in the age format (age-encryption.org/v1) to a public key.

Both are open formats that other programs read: ``age -d -i KEY FILE | tar -x`` opens a backup without Armlet. The
library `pyrage` does the work. Who made a backup cannot be told from it: anybody may encrypt to a public key.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping, Sequence
from typing import Final

import pyrage

from armlet.errors import InputError
from armlet.issues import error

_PUBLIC: Final = re.compile(r"^age1[02-9ac-hj-np-z]{58}$", re.MULTILINE)
_PRIVATE: Final = re.compile(r"^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$", re.MULTILINE)


class BackupKey:
    """The private key that opens backups; it never prints itself. `public` is what they are encrypted to."""

    __slots__ = ("_identity", "public")

    def __init__(self, text: str) -> None:
        self._identity = pyrage.x25519.Identity.from_str(text)
        self.public = str(self._identity.to_public())

    @classmethod
    def generate(cls) -> BackupKey:
        """A new key from the operating system."""
        return cls(str(pyrage.x25519.Identity.generate()))

    def __repr__(self) -> str:
        return "BackupKey(not shown)"

    def spell(self) -> str:
        """The file of this key, as the program `age` reads it."""
        return f"# public key: {self.public}\n{self._identity}\n"

    def decrypt(self, data: bytes, where: str) -> bytes:
        """What was encrypted to this key. Raises InputError for another key, and for data that was altered or cut."""
        try:
            return bytes(pyrage.decrypt(data, [self._identity]))
        except pyrage.DecryptError as problem:
            if "no matching keys" in str(problem).lower():
                message, fix = "this key does not open it.", "Use the key of the pair that it was encrypted to."
                raise InputError([error("restore/key", where, message, fix)]) from None
            message, fix = "it was altered or cut off, or is no backup.", "Fetch another copy; nothing was put back."
            raise InputError([error("restore/damaged", where, message, fix)]) from None


def read_private_key(text: str, where: str) -> BackupKey:
    """The key in a file. Raises InputError, never showing it, where there is none."""
    found = _PRIVATE.search(text)
    try:
        if found is not None:
            return BackupKey(found[0])
    except pyrage.IdentityError:
        pass
    message = "this is no private key for backups."
    raise InputError([error("backup/key", where, message, "Make a pair with `armlet backup key --out DIR`.")])


def read_public_key(text: str, where: str) -> str:
    """The public key in a file. Raises InputError where there is none, or a private one, which belongs elsewhere."""
    if _PRIVATE.search(text):
        message = "this is the private key; whoever makes backups should not have it."
        raise InputError([error("backup/key", where, message, "Give the public key of the pair.")])
    found = _PUBLIC.search(text)
    try:
        if found is not None:
            return str(pyrage.x25519.Recipient.from_str(found[0]))
    except pyrage.RecipientError:
        pass
    message = "this is no public key for backups."
    raise InputError([error("backup/key", where, message, "Make a pair with `armlet backup key --out DIR`.")])


def encrypt(data: bytes, public: Sequence[str]) -> bytes:
    """The data, for whoever has the private key of any of these."""
    return bytes(pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(one) for one in public]))


def pack(files: Mapping[str, bytes], at: int) -> bytes:
    """The files as a tar archive, in the order given, each for its owner alone; `at` is the time that they all get."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = len(data), at, 0o600
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def unpack(data: bytes, where: str) -> dict[str, bytes]:
    """The files of a tar archive, in memory. Raises InputError for anything in it but plain files, each once."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() and member.name not in files else None
                if content is None:
                    raise tarfile.TarError
                files[member.name] = content.read()
    except tarfile.TarError:
        message = "what was encrypted is no backup of Armlet."
        raise InputError(
            [error("restore/damaged", where, message, "Fetch another copy; nothing was put back.")]
        ) from None
    return files
