"""What people ask to be kept about blinding; `armlet.conduct.blinding.decide` answers."""

from __future__ import annotations

from dataclasses import dataclass

from armlet.protocol.model import Role


@dataclass(frozen=True, slots=True)
class KeepRemark:
    """Somebody said, unasked, what they think was given. `of` is the role of who said it."""

    participant: str
    of: Role
    remark: str


@dataclass(frozen=True, slots=True)
class NotePossibleUnmasking:
    """Entry `of`, which everybody can see, may have told somebody the arm; `remark` says whom and how."""

    participant: str
    of: int
    remark: str


BlindingCommand = KeepRemark | NotePossibleUnmasking
