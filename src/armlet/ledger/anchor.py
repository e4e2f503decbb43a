"""A signed head: proof, kept away from the writer, of how far a strand had come and what was in it.

A chain of digests shows an altered entry; it cannot show that the end was cut off, that an older copy was put back, or
that all of it was written anew. A head kept elsewhere does. Its signature (Ed25519, RFC 8032) says that it is the head
which somebody outside the trial team read then, wherever the file has been since. The private key never belongs to
whoever can write the strand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import Field, ValidationError

from armlet.document import Document, canonical_json
from armlet.ledger.chain import Break
from armlet.ledger.entry import Chained, Head
from armlet.ledger.event import Moment
from armlet.ledger.events import TrialOpened

_CONTEXT: Final = b"armlet/anchor/1/"
"""Stands before what is signed, so that the key's signature under anything else is no anchor."""


class NotAnAnchorError(ValueError):
    """The bytes are no anchor or no key; the message says what is wrong, in plain words."""


class Anchor(Document):
    """The head of one trial's open strand at one moment, with the public key that the signature fits.

    `entries` are how many there were then, `head` is the digest of the last of them.
    `key` and `signature` are hexadecimal digits; an anchor is on its own only as good as the knowledge whose key it is.
    """

    anchor: Literal[1] = 1
    trial: str = Field(min_length=1)
    entries: int = Field(ge=1)
    head: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    at: Moment
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    signature: str = Field(default="", pattern=r"^([0-9a-f]{128})?$")

    @property
    def published(self) -> Head:
        """The head that was published."""
        return Head(self.entries, self.head)

    def signed_bytes(self) -> bytes:
        """What the signature is over: a fixed text, then the canonical JSON of all but the signature."""
        plain = json.loads(self.canonical())
        return _CONTEXT + canonical_json({name: value for name, value in plain.items() if name != "signature"})

    def has_valid_signature(self) -> bool:
        """Whether the holder of `key` signed exactly this."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(self.signature), self.signed_bytes())
        except (InvalidSignature, ValueError):
            return False
        return True


def sign_head(key: Ed25519PrivateKey, trial: str, head: Head, at: datetime) -> Anchor:
    """The head, signed now."""
    anchor = Anchor(trial=trial, entries=head.seq, head=head.digest, at=at, key=key_text(key.public_key()))
    return anchor.model_copy(update={"signature": key.sign(anchor.signed_bytes()).hex()})


def check_anchors(
    entries: Sequence[Chained], anchors: Sequence[Anchor], public: Ed25519PublicKey | None
) -> tuple[Break, ...]:
    """What is wrong with the anchors themselves: altered, signed by another key than `public`, or of another trial.

    That the strand still has the head of each is checked by `armlet.ledger.chain.verify`.
    """
    opened = [entry.event.trial for entry in entries[:1] if isinstance(entry.event, TrialOpened)]
    found = []
    for one in anchors:
        if not one.has_valid_signature():
            found.append(f"the anchor of entry {one.entries} was altered: its signature does not fit")
        elif public is not None and one.key != key_text(public):
            found.append(f"the anchor of entry {one.entries} was signed by another key than the one that was given")
        elif opened and opened != [one.trial]:
            found.append(f"the anchor of entry {one.entries} is of the trial {one.trial}, the strand of {opened[0]}")
    return tuple(Break(1, what) for what in found)


# --- Files ----------------------------------------------------------------------------------------------------------


def read_anchor(data: bytes) -> Anchor:
    """The anchor that a file holds. Raises NotAnAnchorError; whether its signature fits is another question."""
    try:
        return Anchor.model_validate_json(data)
    except ValidationError:
        raise NotAnAnchorError("this is no signed head") from None


def key_text(public: Ed25519PublicKey) -> str:
    """A public key as an anchor names it: its 32 bytes in hexadecimal digits."""
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def spell_keys(key: Ed25519PrivateKey) -> tuple[bytes, bytes]:
    """The private and the public key as PEM files (PKCS #8, SubjectPublicKeyInfo), as other programs read them."""
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_private_key(data: bytes) -> Ed25519PrivateKey:
    """The key in a PEM file. Raises NotAnAnchorError for another kind of key, or none."""
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise NotAnAnchorError("this is no private Ed25519 key")
    return key


def read_public_key(data: bytes) -> Ed25519PublicKey:
    """The key in a PEM file. Raises NotAnAnchorError for another kind of key, or none."""
    try:
        key = load_pem_public_key(data)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise NotAnAnchorError("this is no public Ed25519 key")
    return key
