"""Boxes that anybody can fill and only the vault can open: what a blinded role writes and nobody blinded may read later.

X25519 between a key of this one box and the published sealing key, HKDF-SHA256, AES-256-GCM (RFC 7748, RFC 5869, NIST
SP 800-38D). What is put in is padded, so that the length of a box tells no more than which of few sizes it has.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from armlet.errors import SealBroken

SIZES: Final = (1024, 4096, 16384, 65536)
"""A text is padded to the first of these that holds it; a result always fits the first."""
CHANCE_BYTES: Final = 32
_KEY_BYTES: Final = 32
_NONCE: Final = bytes(12)  # one key seals one box, so one nonce is enough


class OpeningKey:
    """The secret half of a sealing key; it stands in the vault and never prints itself."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _KEY_BYTES:
            raise SealBroken(f"an opening key has {_KEY_BYTES} bytes; got {len(secret)}.")
        self._secret = X25519PrivateKey.from_private_bytes(secret)

    def public(self) -> str:
        """The sealing key to be published, in hexadecimal digits."""
        return self._secret.public_key().public_bytes_raw().hex()

    def open(self, box: str, bound: str) -> bytes:
        """What is in the box. Raises SealBroken where it was altered, moved elsewhere, or is for another key."""
        try:
            data = base64.b64decode(box, validate=True)
            own, sealed = data[:_KEY_BYTES], data[_KEY_BYTES:]
            shared = self._secret.exchange(X25519PublicKey.from_public_bytes(own))
            padded = AESGCM(_derive(shared, own, bytes.fromhex(self.public()))).decrypt(_NONCE, sealed, bound.encode())
        except (binascii.Error, ValueError, InvalidTag):
            raise SealBroken("a box does not open with this key, or is not where it was put.") from None
        return padded[4 : 4 + int.from_bytes(padded[:4], "big")]

    def __repr__(self) -> str:
        return "OpeningKey(not shown)"


def seal_box(key: str, plain: bytes, bound: str, chance: bytes) -> str:
    """A box with `plain` in it for the holder of the vault; `bound` is where it stands, `chance` 32 bytes for it alone.

    Raises ValueError for more than the largest size holds.
    """
    room = next((size for size in SIZES if len(plain) + 4 <= size), None)
    if room is None:
        raise ValueError(f"{len(plain)} bytes do not fit a box; the largest holds {SIZES[-1] - 4}")
    own = X25519PrivateKey.from_private_bytes(chance)
    recipient = bytes.fromhex(key)
    public = own.public_key().public_bytes_raw()
    shared = own.exchange(X25519PublicKey.from_public_bytes(recipient))
    padded = (len(plain).to_bytes(4, "big") + plain).ljust(room, b"\0")
    sealed = AESGCM(_derive(shared, public, recipient)).encrypt(_NONCE, padded, bound.encode())
    return base64.b64encode(public + sealed).decode("ascii")


def _derive(shared: bytes, own: bytes, recipient: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, None, b"armlet/box/1/" + own + recipient).derive(shared)
