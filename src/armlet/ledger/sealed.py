"""What can happen on the unblinded side: the second family of events. The open strand cannot hold one of these.

For every participant the same events are written in the same order, whatever the arm: a sham preparation is made,
tested and dosed on paper like a real one, with results that say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from armlet.document import Document
from armlet.ledger.events import Moment, ParticipantId
from armlet.protocol.criteria import Name
from armlet.protocol.model import Settings
from armlet.units import Quantity


class _Sealed(Document):
    """Base of the sealed events; they never print their contents, plainly or prettily."""

    version: Literal[1] = 1

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: not shown>"

    __str__ = __repr__

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        return iter(())


class SealedFactor(Document):
    """What the arms are balanced over: its name and levels, in the protocol's order."""

    name: Name
    levels: tuple[str, ...]


class VaultOpened(_Sealed):
    """The vault begins: the method with its limits, and the seed that every draw is replayed from."""

    kind: Literal["vault opened"] = "vault opened"
    trial: Name
    arms: tuple[Name, ...]
    ratio: tuple[int, ...]
    method: str
    settings: Settings
    factors: tuple[SealedFactor, ...] | None = None
    seed: str = Field(pattern=r"^[0-9a-f]{64}$")
    simulated: bool


class SealingKeyMade(_Sealed):
    """The secret half of the trial's sealing key: it opens the boxes of the open strand."""

    kind: Literal["sealing key made"] = "sealing key made"
    secret: str = Field(pattern=r"^[0-9a-f]{64}$")


class ArmAssigned(_Sealed):
    """One slot went to one participant, for ever. `drawn` is the number drawn, so that the draw can be replayed.

    `levels` are those of the request: without them a draw that balances over factors could not be replayed.
    """

    kind: Literal["arm assigned"] = "arm assigned"
    participant: ParticipantId
    request: str
    slot: int = Field(ge=1)
    arm: Name
    drawn: str
    preparation: str
    levels: dict[Name, str] | None = None


class PreparationMade(_Sealed):
    """A preparation was made: product or sham, from which lot and donor."""

    kind: Literal["preparation made"] = "preparation made"
    preparation: str
    content: Literal["product", "sham"]
    lot: str
    donor: str


class ReleaseTested(_Sealed):
    """One release test of a preparation. A sham has the same tests with no value and `passed` true."""

    kind: Literal["release tested"] = "release tested"
    preparation: str
    test: Name
    value: str
    unit: str
    passed: bool


class DosePrepared(_Sealed):
    """The dose drawn up: the volume for the weight, and the dose per kilogram after rounding (0 in a sham)."""

    kind: Literal["dose prepared"] = "dose prepared"
    preparation: str
    weight: Quantity
    concentration: Quantity
    volume: Quantity
    dose: Quantity


class PreparationCertified(_Sealed):
    """Somebody who did not make it released the preparation, or did not."""

    kind: Literal["preparation certified"] = "preparation certified"
    preparation: str
    verdict: Literal["pass", "fail"]
    expires: Moment


class ArmRead(_Sealed):
    """Somebody learned an allocation, under which warrant."""

    kind: Literal["arm read"] = "arm read"
    participant: ParticipantId | None = None
    warrant: str
    by: str


SealedEvent: TypeAlias = (
    VaultOpened
    | SealingKeyMade
    | ArmAssigned
    | PreparationMade
    | ReleaseTested
    | DosePrepared
    | PreparationCertified
    | ArmRead
)
AnySealedEvent = Annotated[SealedEvent, Field(discriminator="kind")]
__all__ = [
    "AnySealedEvent",
    "ArmAssigned",
    "ArmRead",
    "DosePrepared",
    "PreparationCertified",
    "PreparationMade",
    "ReleaseTested",
    "SealedEvent",
    "SealedFactor",
    "SealingKeyMade",
    "VaultOpened",
]
