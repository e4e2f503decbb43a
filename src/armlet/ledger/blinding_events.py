"""What is said about blinding between the guesses and the unblinding: remarks, and what may have told somebody something.

Neither is an unblinding: nobody was shown anything. What was said is in a box of one size for everybody.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from armlet.ledger.event import OfParticipant, SealedBox
from armlet.protocol.model import Role


class RemarkKept(OfParticipant):
    """Somebody said by themselves what they think was given. What they said is in the box, and opens after the lock."""

    kind: Literal["remark kept"] = "remark kept"
    of: Role
    box: SealedBox


class PossibleUnmaskingNoted(OfParticipant):
    """What entry `of` told everybody may have told somebody the arm. Why is in the box, for the board's statistician."""

    kind: Literal["possible unmasking noted"] = "possible unmasking noted"
    of: int = Field(ge=1)
    box: SealedBox


BlindingEvent: TypeAlias = RemarkKept | PossibleUnmaskingNoted
