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


BlindingCommand = KeepRemark
