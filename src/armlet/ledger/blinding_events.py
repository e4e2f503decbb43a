"""What is said about blinding between the guesses and the unblinding: remarks, which unblind nobody."""

from __future__ import annotations

from typing import Literal, TypeAlias

from armlet.ledger.event import OfParticipant, SealedBox
from armlet.protocol.model import Role


class RemarkKept(OfParticipant):
    """Somebody said, unasked, what they think was given. What they said is in the box, and opens after the lock."""

    kind: Literal["remark kept"] = "remark kept"
    of: Role
    box: SealedBox


BlindingEvent: TypeAlias = RemarkKept
