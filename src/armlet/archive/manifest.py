"""The list of all that is in an archive, with a digest of each file, and the signature under that list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, ValidationError

from armlet.document import Document, canonical_json, digest
from armlet.ledger.anchor import key_text
from armlet.ledger.event import Moment

MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "manifest.signature.json"
OUTSIDE: Final = frozenset({MANIFEST, SUMS, SIGNATURE})
"""What stands beside the listed files and is not listed itself."""
_CONTEXT: Final = b"armlet/archive/1/"
"""Stands before what is signed, so that the key's signature under anything else is none of an archive."""

Kind = Literal["blinded", "unblinded", "participant"]


class NotAnArchiveError(ValueError):
    """The bytes are no manifest or no signature of one; the message says so in plain words."""


class ArchivedFile(Document):
    """One file: its name in the archive, its length, and its SHA-256."""

    name: str = Field(min_length=1)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ArchiveManifest(Document):
    """What an archive is of. There is no date of making in it: the same trial gives the same bytes.

    `until` is when the last entry was recorded; `entries` and `head` are where the open strand ends. `participant` is
    whom a certified copy is of.
    """

    archive: Literal[1] = 1
    kind: Kind
    trial: str
    simulated: bool
    program: str
    protocols: tuple[str, ...]
    entries: int = Field(ge=1)
    head: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    until: Moment
    participant: str | None = None
    files: tuple[ArchivedFile, ...]

    def content_digest(self) -> str:
        """The digest of all files with their names: equal for two archives that hold the same."""
        return digest(canonical_json([one.model_dump(mode="json") for one in self.files]))


class ManifestSignature(Document):
    """Whose key signed which manifest. It proves as much as is known of whose key it is."""

    signature_of: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")

    def fits(self, manifest: bytes) -> bool:
        """Whether the holder of `key` signed exactly these bytes."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(self.signature), _CONTEXT + manifest)
        except (InvalidSignature, ValueError):
            return False
        return self.signature_of == digest(manifest)


def list_file(name: str, data: bytes) -> ArchivedFile:
    """The line of a file in the manifest."""
    return ArchivedFile(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def list_files(files: Mapping[str, bytes]) -> tuple[ArchivedFile, ...]:
    """Every file, in the order of the names."""
    return tuple(list_file(name, files[name]) for name in sorted(files))


def spell_manifest(manifest: ArchiveManifest) -> bytes:
    """The manifest as it is written, for people to read as well."""
    plain = json.loads(manifest.canonical())
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def spell_sums(manifest: ArchiveManifest) -> bytes:
    """The checksums as ``sha256sum --check`` reads them, so that no program of ours is needed."""
    return "".join(f"{one.sha256}  {one.name}\n" for one in manifest.files).encode()


def sign_manifest(key: Ed25519PrivateKey, manifest: bytes) -> bytes:
    """The signature file of a manifest; the same key gives the same bytes."""
    signature = key.sign(_CONTEXT + manifest).hex()
    signed = ManifestSignature(signature_of=digest(manifest), key=key_text(key.public_key()), signature=signature)
    return signed.canonical() + b"\n"


def read_manifest(data: bytes) -> ArchiveManifest:
    """The manifest that bytes spell. Raises NotAnArchiveError."""
    try:
        return ArchiveManifest.model_validate_json(data)
    except ValidationError:
        raise NotAnArchiveError("this is no manifest of an archive") from None


def read_signature(data: bytes) -> ManifestSignature:
    """The signature that bytes spell. Raises NotAnArchiveError."""
    try:
        return ManifestSignature.model_validate_json(data)
    except ValidationError:
        raise NotAnArchiveError("this is no signature of a manifest") from None


def find_differences(manifest: ArchiveManifest, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """How the files differ from what the manifest lists, in words; empty where they are what it says."""
    said = {one.name: one for one in manifest.files}
    here = {name: data for name, data in files.items() if name not in OUTSIDE}
    altered = [name for name in said.keys() & here.keys() if list_file(name, here[name]) != said[name]]
    found = (
        ("is missing", sorted(said.keys() - here.keys())),
        ("is not listed", sorted(here.keys() - said.keys())),
        ("was altered", sorted(altered)),
    )
    twice = ("the manifest lists a file twice",) if len(said) != len(manifest.files) else ()
    return (*twice, *(f"{name} {what}" for what, names in found for name in names))
